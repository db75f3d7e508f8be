import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type PoolOnItsWay,
  planVersionChange,
  type VersionChangeSnapshot,
  type VersionDecision,
} from './plan-version-change.ts'

const pool = (state: PoolOnItsWay['state'], failed = false): PoolOnItsWay => ({
  name: 'ng',
  state,
  failed,
  because: `it is ${state}`,
})
const snapshot = (given: Partial<VersionChangeSnapshot> = {}): VersionChangeSnapshot => ({
  now: 100,
  to: '1.33',
  deadlineAt: 1000,
  cancelledBy: null,
  suspendedBy: null,
  givenUp: null,
  pools: [pool('ready'), pool('moving')],
  ...given,
})
const givenUp = { outcome: 'Cancelled', because: 'cancelled by ann' } as const
const ready = [pool('ready'), pool('ready')]

const cases: readonly {
  readonly name: string
  readonly given: Partial<VersionChangeSnapshot>
  readonly want: string
  readonly because: RegExp
}[] = [
  {
    name: 'waits while nodes move',
    given: {},
    want: 'wait until 1000',
    because: /move to 1.33: ng \(it is moving/,
  },
  {
    name: 'commits when every pool is ready',
    given: { pools: ready },
    want: 'commit',
    because: /now the cluster/,
  },
  {
    name: 'commits a cluster whose pools need not move',
    given: { pools: [] },
    want: 'commit',
    because: /1.33/,
  },
  {
    name: 'heeds a cancellation before it commits',
    given: { pools: ready, cancelledBy: 'ann' },
    want: 'giveUp Cancelled',
    because: /cancelled by ann/,
  },
  {
    name: 'does not commit while it is suspended',
    given: { pools: ready, suspendedBy: 'bob' },
    want: 'wait',
    because: /suspended by bob/,
  },
  {
    name: 'is cancelled although it is suspended',
    given: { suspendedBy: 'bob', cancelledBy: 'ann' },
    want: 'giveUp Cancelled',
    because: /ann/,
  },
  {
    name: 'gives all pools up when nodes of one fail',
    given: { pools: [pool('moving'), pool('returning', true)] },
    want: 'giveUp Failed',
    because: /ng: it is returning/,
  },
  {
    name: 'gives all pools up when somebody cancels the update of one',
    given: { pools: [pool('ready'), pool('over')] },
    want: 'giveUp Cancelled',
    because: /ng: it is over/,
  },
  {
    name: 'gives up when the nodes take too long',
    given: { now: 1000 },
    want: 'giveUp Cancelled',
    because: /not all on 1.33 in time/,
  },
  {
    name: 'commits late rather than not when every pool is ready',
    given: { now: 5000, pools: ready },
    want: 'commit',
    because: /1.33/,
  },
  {
    name: 'tells pools again that have not heard of it',
    given: { givenUp, pools: [pool('returning'), pool('moving')] },
    want: 'giveUp Cancelled',
    because: /cancelled by ann/,
  },
  {
    name: 'waits for nodes to go back',
    given: { givenUp, pools: [pool('returning'), pool('over')] },
    want: 'wait',
    because: /cancelled by ann; nodes go back: ng/,
  },
  {
    name: 'ends as it was given up, once all are back',
    given: { givenUp: { outcome: 'Failed', because: 'a node failed' }, pools: [pool('over'), pool('over')] },
    want: 'end Failed',
    because: /a node failed; the cluster's version stays/,
  },
]

for (const { name, given, want, because } of cases) {
  test(`a return to an earlier version ${name}`, () => {
    const decision = planVersionChange(snapshot(given))
    assert.equal(inWords(decision), want)
    assert.match(decision.because, because)
  })
}

const states = ['moving', 'ready', 'returning', 'over'] as const
const arbitrary = fc.record({
  now: fc.integer({ min: 0, max: 2000 }),
  to: fc.constant('1.33'),
  deadlineAt: fc.constant(1000),
  cancelledBy: fc.option(fc.constant('ann')),
  suspendedBy: fc.option(fc.constant('bob')),
  givenUp: fc.option(fc.constant(givenUp)),
  pools: fc.array(
    fc.record({
      name: fc.constant('ng'),
      state: fc.constantFrom(...states),
      failed: fc.boolean(),
      because: fc.constant('why'),
    }),
    { maxLength: 4 },
  ),
})

test('the version changes only when every node is there and nobody called it off', () => {
  fc.assert(
    fc.property(arbitrary, (s) => {
      if (planVersionChange(s).kind !== 'commit') return
      assert.ok(s.pools.every(({ state }) => state === 'ready'))
      assert.equal(s.cancelledBy, null)
      assert.equal(s.givenUp, null)
    }),
  )
})

test('what was given up leaves no pool moving, and ends when all are back', () => {
  fc.assert(
    fc.property(arbitrary, (s) => {
      if (!s.givenUp && s.cancelledBy === null) return
      const decision = planVersionChange(s)
      const isForward = s.pools.some(({ state }) => state === 'moving' || state === 'ready')
      if (isForward || !s.givenUp) assert.equal(decision.kind, 'giveUp')
      else if (s.pools.every(({ state }) => state === 'over')) assert.equal(decision.kind, 'end')
      else assert.equal(decision.kind, 'wait')
    }),
  )
})

test('a return that nobody holds up always moves on: it waits only for nodes, and not beyond its time', () => {
  fc.assert(
    fc.property(arbitrary, (s) => {
      const decision = planVersionChange({ ...s, suspendedBy: null })
      if (decision.kind !== 'wait') return
      const waitsFor = s.givenUp ? 'returning' : 'moving'
      assert.ok(s.pools.some(({ state }) => state === waitsFor))
      if (!s.givenUp) assert.ok(s.now < s.deadlineAt && decision.until === s.deadlineAt)
    }),
  )
})

function inWords(decision: VersionDecision): string {
  if (decision.kind === 'wait') return decision.until === undefined ? 'wait' : `wait until ${decision.until}`
  return 'outcome' in decision ? `${decision.kind} ${decision.outcome}` : decision.kind
}
