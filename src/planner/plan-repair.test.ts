import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { inBatches, resolveAllowance, resolveLimits } from './limits.ts'
import { planRepair, toPossible } from './plan-repair.ts'
import { planRolling } from './plan-steps.ts'
import { counts, snapshot } from './test-snapshot.ts'

interface Case {
  readonly name: string
  readonly params?: Partial<UpdateParams>
  readonly unavailable: number
  readonly size?: number
  readonly serves?: boolean
  readonly whyNotBeside?: string
  readonly batchSize?: number
  readonly want: 'repair' | 'wait' | 'giveUp'
}

const beside = { maxUnavailable: 0, maxSurge: 1 }
const port = 'its port is always 80'

const cases: readonly Case[] = [
  { name: 'a node of a pool that serves is repaired', unavailable: 0, want: 'repair' },
  { name: 'not while as many are away as may', unavailable: 1, want: 'wait' },
  { name: 'nor while more are', unavailable: 3, want: 'wait' },
  { name: 'one that does not serve is repaired at once', serves: false, unavailable: 3, want: 'repair' },
  { name: 'a share rounds down', params: { maxUnavailable: '50%' }, size: 5, unavailable: 2, want: 'wait' },
  { name: 'and up to it there is room', params: { maxUnavailable: '50%' }, unavailable: 2, want: 'repair' },
  { name: 'a share of few is one', params: { maxUnavailable: '10%' }, unavailable: 0, want: 'repair' },
  { name: 'what surges takes nothing away', params: beside, unavailable: 2, want: 'repair' },
  {
    name: 'an ill pool is let be',
    params: { maxUnavailable: 3, maxUnhealthy: 1 },
    unavailable: 2,
    want: 'wait',
  },
  { name: 'even by what surges', params: { ...beside, maxUnhealthy: 0 }, unavailable: 1, want: 'wait' },
  {
    name: 'what is ill in it is not',
    serves: false,
    params: { maxUnhealthy: 0 },
    unavailable: 1,
    want: 'repair',
  },
  {
    name: 'what cannot surge is stopped first where one may be away',
    params: { maxUnavailable: 1, maxSurge: 1 },
    whyNotBeside: port,
    unavailable: 0,
    want: 'repair',
  },
  {
    name: 'without either nothing can ever move',
    params: { maxUnavailable: 0 },
    unavailable: 0,
    want: 'giveUp',
  },
  {
    name: 'a policy that says how many move at once is heeded',
    ...{ params: { maxUnavailable: 3 }, batchSize: 1, unavailable: 1, want: 'wait' },
  },
  { name: 'also where it says more', batchSize: 2, unavailable: 1, want: 'repair' },
  {
    name: 'its batches surge where the parameters do',
    params: beside,
    batchSize: 1,
    unavailable: 5,
    want: 'repair',
  },
  {
    name: 'but only while none is',
    params: { maxUnavailable: 1, maxSurge: 1 },
    whyNotBeside: port,
    unavailable: 1,
    want: 'wait',
  },
  {
    name: 'and never where none may be',
    params: beside,
    whyNotBeside: port,
    unavailable: 0,
    want: 'giveUp',
  },
]

for (const { name, params, want, ...given } of cases) {
  test(`repair: ${name}`, () => {
    const facts = { serves: true, size: 6, whyNotBeside: null, batchSize: null, ...given }
    assert.equal(planRepair({ ...facts, params: { ...DEFAULT_UPDATE_PARAMS, ...params } }).kind, want)
  })
}

test('repair: giving up says what is in the way', () => {
  const facts = { serves: true, size: 6, unavailable: 0, batchSize: null }
  const because = (given: Partial<UpdateParams>, whyNotBeside: string | null) => {
    const plan = planRepair({ ...facts, params: { ...DEFAULT_UPDATE_PARAMS, ...given }, whyNotBeside })
    return plan.kind === 'giveUp' ? plan.because : plan.kind
  }
  const rule = 'no node of its pool may be away (maxUnavailable), and none can start beside it:'
  assert.equal(because(beside, port), `${rule} ${port}`)
  assert.equal(because({ maxUnavailable: '0%' }, null), `${rule} maxSurge is 0`)
})

test('repair: whatever it does, a node that serves is repaired only where the planner would move one', () => {
  const share = fc.oneof(
    fc.nat(4),
    fc.nat(100).map((percent) => `${percent}%`),
  )
  const facts = fc.record({
    size: fc.integer({ min: 1, max: 8 }),
    away: fc.nat(7),
    maxUnavailable: share,
    maxSurge: share,
    maxUnhealthy: fc.option(share),
    batchSize: fc.option(fc.integer({ min: 1, max: 4 })),
    whyNotBeside: fc.constantFrom(port, null),
  })
  fc.assert(
    fc.property(facts, ({ size, away, batchSize, whyNotBeside, ...given }) => {
      const params = { ...DEFAULT_UPDATE_PARAMS, ...given }
      const unavailable = Math.min(away, size - 1)
      const plan = planRepair({ serves: true, size, unavailable, params, batchSize, whyNotBeside })
      const possible = toPossible(params, whyNotBeside)
      const moved = batchSize === null ? possible : inBatches(possible, { size: batchSize, pauseSeconds: 0 })
      const { maxUnhealthy } = moved
      const limits = {
        ...resolveLimits(moved, size),
        maxUnhealthy: maxUnhealthy === null ? null : resolveAllowance('maxUnhealthy', maxUnhealthy, size),
      }
      const nodes = counts({ size, unavailable, unhealthy: unavailable, up: 1 })
      const begins = planRolling(snapshot({ limits, nodes })) !== undefined
      if (plan.kind !== 'giveUp') assert.equal(begins, plan.kind === 'repair')
    }),
  )
})

test('repair: nothing surges where nothing can, unless nothing else may', () => {
  const params = { ...DEFAULT_UPDATE_PARAMS, maxUnavailable: 2, maxSurge: '25%' }
  assert.deepEqual(toPossible(params, port), { ...params, maxSurge: 0 })
  assert.equal(toPossible(params, null), params)
  const none = { ...params, maxUnavailable: 0 }
  assert.equal(toPossible(none, port), none)
})
