import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextCheckpoint, planHold } from './plan-hold.ts'
import { planUpdate } from './plan-update.ts'
import { checkpointAt, counts, type Given, snapshot } from './test-snapshot.ts'
import type { Decision } from './update-snapshot.ts'

for (const { points, passed, selected, want } of [
  { points: [1, '30%', '60%'], passed: 0, selected: 10, want: { number: 1, through: 1, of: 3, nodes: 1 } },
  { points: [1, '30%', '60%'], passed: 1, selected: 10, want: { number: 2, through: 2, of: 3, nodes: 3 } },
  { points: [1, '30%', '60%'], passed: 0, selected: 3, want: { number: 1, through: 2, of: 3, nodes: 1 } },
  { points: [1, '30%', '60%'], passed: 3, selected: 10, want: null },
  { points: ['100%'], passed: 0, selected: 7, want: { number: 1, through: 1, of: 1, nodes: 7 } },
  { points: ['50%', 1], passed: 0, selected: 9, want: { number: 1, through: 2, of: 2, nodes: 5 } },
  { points: [], passed: 0, selected: 9, want: null },
] as const) {
  test(`after ${passed} of [${points.join(', ')}] in ${selected} nodes comes ${JSON.stringify(want)}`, () => {
    assert.deepEqual(nextCheckpoint(points, passed, selected), want)
  })
}

const held = { heldSince: 900 }
const cases: readonly {
  readonly name: string
  readonly given: Given
  readonly want: Decision['kind'] | null
  readonly because?: RegExp
}[] = [
  { name: 'nothing holds without a checkpoint', given: { nodes: counts({ up: 1, updated: 5 }) }, want: null },
  {
    name: 'nothing holds before it is reached',
    given: { checkpoint: checkpointAt(2), nodes: counts({ up: 5, updated: 1 }) },
    want: null,
  },
  {
    name: 'it holds once it is reached',
    given: { checkpoint: checkpointAt(2), nodes: counts({ up: 4, updated: 2 }) },
    want: 'hold',
    because: /holds at checkpoint 1 of 2: 2 nodes are updated/,
  },
  {
    name: 'what is in flight finishes first',
    given: { checkpoint: checkpointAt(2), nodes: counts({ up: 3, updated: 2, inFlight: 1 }) },
    want: 'wait',
    because: /1 in flight finish first/,
  },
  {
    name: 'a tolerated failure does not let the last one slip past',
    given: { checkpoint: checkpointAt(6), nodes: counts({ updated: 5, failed: 1 }) },
    want: 'hold',
  },
  {
    name: 'it waits for somebody without a limit',
    given: { checkpoint: checkpointAt(2, held), nodes: counts({ up: 4, updated: 2 }) },
    want: 'wait',
    because: /until somebody says to go on/,
  },
  {
    name: 'it goes on when somebody says so, before its time is over',
    given: { checkpoint: checkpointAt(2, { ...held, holdMs: 500, continuedBy: 'ann' }) },
    want: 'goOn',
    because: /ann said to go on at checkpoint 1 of 2/,
  },
  {
    name: 'it waits until its time is over',
    given: { now: 1399, checkpoint: checkpointAt(2, { ...held, holdMs: 500 }) },
    want: 'wait',
    because: /for 0.5 s, then it goes on/,
  },
  {
    name: 'it goes on when its time is over',
    given: { now: 1400, checkpoint: checkpointAt(2, { ...held, holdMs: 500 }) },
    want: 'goOn',
    because: /was held for 0.5 s/,
  },
  {
    name: 'it says what comes when its time is over',
    given: { now: 1399, checkpoint: checkpointAt(2, { ...held, holdMs: 500, afterHold: 'roll-back' }) },
    want: 'wait',
    because: /then it rolls back/,
  },
  {
    name: 'it rolls back when its time is over, if asked to',
    given: { now: 1400, checkpoint: checkpointAt(2, { ...held, holdMs: 500, afterHold: 'roll-back' }) },
    want: 'turnBack',
    because: /nobody said to go on at checkpoint 1 of 2 within 0.5 s/,
  },
  {
    name: 'with nowhere to go back it fails when its time is over',
    given: {
      now: 1400,
      canGoBack: false,
      checkpoint: checkpointAt(2, { ...held, holdMs: 500, afterHold: 'roll-back' }),
    },
    want: 'end',
    because: /nobody said to go on/,
  },
  {
    name: 'nothing holds the way back',
    given: { direction: 'back', checkpoint: checkpointAt(2, held), nodes: counts({ up: 4, updated: 2 }) },
    want: null,
  },
]
for (const { name, given, want, because } of cases) {
  test(name, () => {
    const decision = planHold(snapshot(given))
    assert.equal(decision?.kind ?? null, want)
    if (because) assert.match(decision?.because ?? '', because)
  })
}

test('no more nodes begin to move than the next checkpoint lets pass, and so many do', () => {
  const given = fc.record({
    strategy: fc.constantFrom('ROLLING' as const, 'NO_RESTART' as const),
    up: fc.nat(8),
    down: fc.nat(3),
    inFlight: fc.nat(3),
    updated: fc.nat(6),
    checkpoint: fc.integer({ min: 1, max: 12 }),
    isHeld: fc.boolean(),
    size: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(given, ({ strategy, up, down, inFlight, updated, checkpoint, isHeld, size }) => {
      const nodes = counts({ size: 30, up, down, inFlight, updated, unavailable: down })
      const decision = planUpdate(
        snapshot({
          strategy,
          limits: { maxUnavailable: size },
          nodes,
          checkpoint: checkpointAt(checkpoint, isHeld ? held : {}),
        }),
      )
      if (isHeld) assert.equal(decision.kind, 'wait')
      if (decision.kind === 'step')
        assert.ok(updated + inFlight + decision.nodes.length <= checkpoint, decision.because)
      const mayMove = down > 0 || (up > 0 && down < size)
      if (!isHeld && inFlight === 0 && updated < checkpoint && mayMove) assert.equal(decision.kind, 'step')
    }),
  )
})
