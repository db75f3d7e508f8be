import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planUpdate, toProgress } from './plan-update.ts'
import { counts, type Given, snapshot } from './test-snapshot.ts'
import type { Decision } from './update-snapshot.ts'

const rollBack = { by: 'ann', mode: 'roll-back' } as const
const stopHere = { by: 'ann', mode: 'stop-here' } as const
const paused = { by: 'bob', reason: 'lunch' }
const failed = { up: 2, failed: 1, unavailable: 1 }
const stuck = { up: 2, unavailable: 3 }

const cases: readonly {
  readonly name: string
  readonly given: Given
  /** `end` with outcome and whether it commits. */
  readonly want: Decision['kind'] | `end ${string}`
  readonly because: RegExp
}[] = [
  {
    name: 'a roll-back cancel turns back',
    given: { cancellation: rollBack, nodes: counts({ up: 3 }) },
    want: 'turnBack',
    because: /cancelled by ann/,
  },
  {
    name: 'a roll-back cancel does not wait for what is in flight',
    given: { cancellation: rollBack, nodes: counts({ up: 3, inFlight: 1 }) },
    want: 'turnBack',
    because: /cancelled by ann/,
  },
  {
    name: 'a roll-back cancel comes before a pause',
    given: { cancellation: rollBack, paused },
    want: 'turnBack',
    because: /cancelled by ann/,
  },
  {
    name: 'a roll-back cancel with nowhere to go waits for what is in flight',
    given: { cancellation: rollBack, canGoBack: false, nodes: counts({ up: 3, inFlight: 1 }) },
    want: 'wait',
    because: /cancelled by ann; 1 node in flight/,
  },
  {
    name: 'a roll-back cancel with nowhere to go ends',
    given: { cancellation: rollBack, canGoBack: false, nodes: counts({ up: 3 }) },
    want: 'end Cancelled false',
    because: /cancelled by ann/,
  },
  {
    name: 'on the way back a cancel goes on',
    given: { cancellation: rollBack, direction: 'back', nodes: counts({ up: 3 }) },
    want: 'step',
    because: /1 of 3 nodes to move/,
  },
  {
    name: 'on the way back a pause is heard although it was cancelled',
    given: { cancellation: rollBack, direction: 'back', paused, nodes: counts({ up: 3 }) },
    want: 'wait',
    because: /paused by bob/,
  },
  {
    name: 'a cancelled update that is back ends as cancelled',
    given: { cancellation: rollBack, direction: 'back' },
    want: 'end Cancelled false',
    because: /every node is back/,
  },
  {
    name: 'stop-here waits for what is in flight',
    given: { cancellation: stopHere, nodes: counts({ up: 3, inFlight: 2 }) },
    want: 'wait',
    because: /2 nodes in flight/,
  },
  {
    name: 'stop-here ends where it is',
    given: { cancellation: stopHere, nodes: counts({ up: 3, updated: 2 }) },
    want: 'end Cancelled false',
    because: /2 of them on the target revision/,
  },
  {
    name: 'stop-here comes before a pause',
    given: { cancellation: stopHere, paused },
    want: 'end Cancelled false',
    because: /cancelled by ann/,
  },
  {
    name: 'stop-here ends a rollback, too',
    given: { cancellation: stopHere, direction: 'back', nodes: counts({ up: 3 }) },
    want: 'end Cancelled false',
    because: /cancelled by ann/,
  },
  {
    name: 'a pause starts nothing',
    given: { paused, nodes: counts({ up: 3 }) },
    want: 'wait',
    because: /^paused by bob: lunch$/,
  },
  {
    name: 'a pause says what still finishes',
    given: { paused, nodes: counts({ up: 3, inFlight: 1 }) },
    want: 'wait',
    because: /1 node in flight finish/,
  },
  {
    name: 'a pause comes before a failure',
    given: { paused, nodes: counts(failed) },
    want: 'wait',
    because: /paused/,
  },
  {
    name: 'a pause keeps a finished update open',
    given: { paused, nodes: counts({ updated: 6 }) },
    want: 'wait',
    because: /paused/,
  },
  {
    name: 'a failure turns back',
    given: { nodes: counts(failed), firstFailure: 'web-1: boom' },
    want: 'turnBack',
    because: /1 node failed, 0 allowed \(web-1: boom\): rolling back/,
  },
  {
    name: 'a failure pauses when asked to',
    given: { onFailure: 'pause', nodes: counts(failed) },
    want: 'pause',
    because: /^1 node failed, 0 allowed$/,
  },
  {
    name: 'a failure is passed over when asked to',
    given: { onFailure: 'continue', nodes: counts({ ...failed, unavailable: 0 }) },
    want: 'step',
    because: /nodes to move/,
  },
  {
    name: 'a failure on the way back waits for a person',
    given: { direction: 'back', nodes: counts(failed) },
    want: 'pause',
    because: /^rolling back failed: 1 node failed/,
  },
  {
    name: 'a failure on the way back waits for a person whatever was asked',
    given: { direction: 'back', onFailure: 'continue', nodes: counts(failed) },
    want: 'pause',
    because: /rolling back failed/,
  },
  {
    name: 'a failure with nowhere to go back waits for what is in flight',
    given: { canGoBack: false, nodes: counts({ ...failed, inFlight: 1 }) },
    want: 'wait',
    because: /1 node in flight finish/,
  },
  {
    name: 'a failure with nowhere to go back ends',
    given: { canGoBack: false, nodes: counts(failed) },
    want: 'end Failed false',
    because: /1 node failed/,
  },
  {
    name: 'tolerated failures let it go on',
    given: { limits: { maxUnavailable: 2, maxFailures: 1 }, nodes: counts(failed) },
    want: 'step',
    because: /nodes to move/,
  },
  {
    name: 'tolerated failures let it succeed, and are told',
    given: {
      limits: { maxUnavailable: 1, maxFailures: 1 },
      nodes: counts({ updated: 5, failed: 1, unavailable: 1 }),
    },
    want: 'end Successful true',
    because: /^5 nodes on the target revision; 1 node failed, 1 allowed$/,
  },
  {
    name: 'more failures than tolerated end a `continue` as failed',
    given: { onFailure: 'continue', nodes: counts({ updated: 5, failed: 1, unavailable: 1 }) },
    want: 'end Failed false',
    because: /1 node failed, 0 allowed; 5 were updated/,
  },
  {
    name: 'it waits for what is in flight',
    given: { nodes: counts({ inFlight: 1, unavailable: 1, up: 2 }) },
    want: 'wait',
    because: /1 node in flight of 1 allowed, 2 still to move/,
  },
  {
    name: 'it waits for the last one',
    given: { nodes: counts({ inFlight: 1, unavailable: 1 }) },
    want: 'wait',
    because: /^1 node in flight of 1 allowed$/,
  },
  {
    name: 'it waits for room until its deadline',
    given: { now: 1499, nodes: counts(stuck) },
    want: 'wait',
    because: /2 nodes to move, but 3 of 6 do not serve and 1 may/,
  },
  {
    name: 'without room for too long it turns back',
    given: { now: 1500, nodes: counts(stuck) },
    want: 'turnBack',
    because: /no progress in 1 s/,
  },
  {
    name: 'without room for too long it pauses when asked to',
    given: { now: 1500, onFailure: 'pause', nodes: counts(stuck) },
    want: 'pause',
    because: /no progress/,
  },
  {
    name: 'without room for too long a `continue` fails',
    given: { now: 1500, onFailure: 'continue', nodes: counts(stuck) },
    want: 'end Failed false',
    because: /no progress/,
  },
  {
    name: 'without room for too long on the way back it waits for a person',
    given: { now: 1500, direction: 'back', nodes: counts(stuck) },
    want: 'pause',
    because: /rolling back failed: no progress/,
  },
  {
    name: 'when all run the candidate it commits',
    given: { nodes: counts({ updated: 6 }) },
    want: 'end Successful true',
    because: /^6 nodes on the target revision$/,
  },
  {
    name: 'what is part of something larger is ready, and committed by that',
    given: { isPart: true, nodes: counts({ updated: 6 }) },
    want: 'ready',
    because: /^6 nodes on the target revision$/,
  },
  {
    name: 'what is part of something larger is cancelled although it is ready',
    given: { isPart: true, cancellation: rollBack, nodes: counts({ updated: 6 }) },
    want: 'turnBack',
    because: /cancelled by ann/,
  },
  {
    name: 'others that do not serve are told at the end',
    given: { nodes: counts({ updated: 3, unavailable: 2 }) },
    want: 'end Successful true',
    because: /2 of 6 nodes in the pool do not serve/,
  },
  {
    name: 'an update of nothing succeeds',
    given: { nodes: counts({ size: 0 }) },
    want: 'end Successful true',
    because: /^0 nodes on the target revision$/,
  },
  {
    name: 'a rollback that is back ends as failed',
    given: { direction: 'back', nodes: counts({ updated: 6 }) },
    want: 'end Failed false',
    because: /every node is back/,
  },
  {
    name: 'FORCE goes by its own rule',
    given: { strategy: 'FORCE', nodes: counts({ up: 3 }) },
    want: 'step',
    because: /FORCE: 3 nodes stop/,
  },
  {
    name: 'NO_RESTART goes by its own rule',
    given: { strategy: 'NO_RESTART', nodes: counts({ up: 3 }) },
    want: 'step',
    because: /nothing restarts/,
  },
]
for (const { name, given, want, because } of cases) {
  test(name, () => {
    const decision = planUpdate(snapshot(given))
    const kind = decision.kind === 'end' ? `end ${decision.outcome} ${decision.commit}` : decision.kind
    assert.equal(kind, want)
    assert.match(decision.because, because)
  })
}

test('a wait for room says when it will look again, any other wait does not', () => {
  const room = planUpdate(snapshot({ nodes: counts(stuck) }))
  assert.equal(room.kind === 'wait' && room.until, 1500)
  const flight = planUpdate(snapshot({ nodes: counts({ inFlight: 1 }) }))
  assert.equal(flight.kind === 'wait' && flight.until, undefined)
})

test('progress adds up, and remembers the worst', () => {
  const nodes = counts({
    updated: 1,
    failed: 1,
    inFlight: 2,
    up: 1,
    down: 1,
    stopped: 1,
    unavailable: 4,
    size: 9,
  })
  const s = snapshot({ nodes, limits: { maxUnavailable: 3, maxFailures: 0 } })
  const progress = {
    selected: 7,
    updated: 1,
    failed: 1,
    inFlight: 2,
    pending: 3,
    unavailable: 4,
    maxUnavailable: 3,
  }
  assert.deepEqual(toProgress(s, 2), { ...progress, highestUnavailable: 4 })
  assert.deepEqual(toProgress(s, 5), { ...progress, highestUnavailable: 5 })
})
