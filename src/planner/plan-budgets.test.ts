import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planUpdate } from './plan-update.ts'
import { counts, type Given, snapshot } from './test-snapshot.ts'
import type { Decision } from './update-snapshot.ts'

const rollBack = { by: 'ann', mode: 'roll-back' } as const

const cases: readonly {
  readonly name: string
  readonly given: Given
  /** `end` with outcome and whether it commits. */
  readonly want: Decision['kind'] | `end ${string}`
  readonly because: RegExp
}[] = [
  {
    name: 'nodes that fell over after the update count as failed',
    given: { nodes: counts({ up: 2, fallen: 1, unavailable: 1 }), firstFailure: 'web-1: boom' },
    want: 'turnBack',
    because: /^1 node failed, 0 allowed \(web-1: boom\)/,
  },
  {
    name: 'nodes that fell over count apart where they have a limit of their own',
    given: {
      limits: { maxUnavailable: 2, maxUnhealthyUpdated: 1 },
      nodes: counts({ up: 2, fallen: 1, unavailable: 1 }),
    },
    want: 'step',
    because: /nodes to move/,
  },
  {
    name: 'more of them than that limit turn it back',
    given: {
      limits: { maxFailures: 5, maxUnhealthyUpdated: 1 },
      nodes: counts({ fallen: 2, unavailable: 2 }),
    },
    want: 'turnBack',
    because: /2 nodes became unhealthy after the update, 1 may: rolling back/,
  },
  {
    name: 'more of them end a `continue` as failed',
    given: {
      onFailure: 'continue',
      limits: { maxUnhealthyUpdated: 0 },
      nodes: counts({ updated: 5, fallen: 1, unavailable: 1 }),
    },
    want: 'end Failed false',
    because: /became unhealthy after the update, 0 may; 5 were updated/,
  },
  {
    name: 'on the way back no node may fall over',
    given: {
      direction: 'back',
      limits: { maxUnhealthyUpdated: 3 },
      nodes: counts({ fallen: 1, unavailable: 1 }),
    },
    want: 'pause',
    because: /rolling back failed: 1 node failed/,
  },
  {
    name: 'when all run the candidate it bakes first',
    given: { bakeMs: 100, nodes: counts({ updated: 6 }) },
    want: 'wait',
    because: /6 nodes on the target revision; it bakes for 0.1 s/,
  },
  {
    name: 'a failure while it bakes turns back',
    given: { bakeMs: 100, nodes: counts({ updated: 5, fallen: 1, unavailable: 1 }) },
    want: 'turnBack',
    because: /rolling back/,
  },
  {
    name: 'a cancel while it bakes turns back',
    given: { bakeMs: 100, cancellation: rollBack, nodes: counts({ updated: 6 }) },
    want: 'turnBack',
    because: /cancelled by ann/,
  },
  {
    name: 'when it has baked it commits',
    given: { now: 1100, bakeMs: 100, nodes: counts({ updated: 6 }) },
    want: 'end Successful true',
    because: /^6 nodes on the target revision$/,
  },
  {
    name: 'going back does not bake',
    given: { direction: 'back', bakeMs: 100, nodes: counts({ updated: 6 }) },
    want: 'end Failed false',
    because: /every node is back/,
  },
  {
    name: 'an ill pool is let be until its deadline',
    given: {
      limits: { maxUnavailable: 5, maxUnhealthy: 1 },
      nodes: counts({ up: 2, unavailable: 2, unhealthy: 2 }),
    },
    want: 'wait',
    because: /2 nodes to move, but 2 of 6 are unhealthy and 1 may be before a step/,
  },
  {
    name: 'an ill pool is let be no longer',
    given: {
      now: 1500,
      limits: { maxUnavailable: 5, maxUnhealthy: 1 },
      nodes: counts({ up: 2, unavailable: 2, unhealthy: 2 }),
    },
    want: 'turnBack',
    because: /no progress in 1 s/,
  },
  {
    name: 'in an ill pool nodes that do not serve move all the same',
    given: { limits: { maxUnavailable: 5, maxUnhealthy: 1 }, nodes: counts({ up: 2, down: 3 }) },
    want: 'step',
    because: /^3 of 5 nodes to move, 3 of them not serving anyway/,
  },
  {
    name: 'an ill pool does not hold up the way back',
    given: {
      direction: 'back',
      limits: { maxUnavailable: 5, maxUnhealthy: 0 },
      nodes: counts({ up: 2, unavailable: 2, unhealthy: 2 }),
    },
    want: 'step',
    because: /2 of 2 nodes to move/,
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
