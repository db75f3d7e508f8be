import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { UPDATE_WARNING_CODES } from '../domain/forecast.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { NodeId, RevisionId, UpdateId } from '../domain/ids.ts'
import { isAvailable } from '../domain/node.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { judgeHealth, startingHealth } from './judge-health.ts'
import { resolveLimits } from './limits.ts'
import { type PlannableNode, planBatches } from './plan-batches.ts'
import { surveyPool } from './survey-pool.ts'
import { type UpdateOutlook, warnOfUpdate } from './update-warnings.ts'

/** One letter a node, its zone (`.` for none); in capitals it does not serve. */
function pool(shape: string): PlannableNode[] {
  return [...shape].map((letter, at) => ({
    id: `n${at + 1}` as NodeId,
    index: at + 1,
    status: 'Running',
    health: letter === letter.toLowerCase() ? 'Healthy' : 'Unhealthy',
    revisionId: 'old' as RevisionId,
    metadata: letter === '.' ? {} : { zone: letter.toLowerCase() },
    data: {},
    drift: null,
    driftReason: null,
  }))
}

interface Given extends Partial<Omit<UpdateOutlook, 'params'>> {
  readonly shape?: string
  readonly selection?: readonly NodeId[]
  readonly params?: Partial<UpdateParams>
}

/** Three nodes with a check that can fail while it is watched, one at a time: nothing to warn of. */
function outlook({ shape = '...', params: given, selection, ...rest }: Given = {}): UpdateOutlook {
  const params = { ...DEFAULT_UPDATE_PARAMS, minReadySeconds: 20, ...given }
  const kinds = pool(shape).map((node) => ({ ...node, count: 1 }))
  const chosen = selection === undefined ? null : kinds.filter(({ id }) => selection.includes(id))
  const limits = resolveLimits(params, kinds.length)
  const maxUnhealthy = params.maxUnhealthy as number | null
  return {
    params,
    maxUnavailable: limits.maxUnavailable,
    pool: surveyPool({
      ...{ kinds, chosen, toRevisionId: null, strategy: params.strategy },
      ...{ maxUnavailable: limits.maxUnavailable, maxSurge: limits.maxSurge, maxUnhealthy },
    }),
    healthCheck: { type: 'tcp' },
    perNode: null,
    inFlight: null,
    onConflict: 'refuse',
    batchPolicy: null,
    missingFiles: [],
    ...rest,
  }
}

const http: HealthCheck = {
  type: 'http',
  path: '/',
  intervalSeconds: 2,
  timeoutSeconds: 1,
  unhealthyThreshold: 3,
}
const slow = { samples: 9, medianMs: 20_000, slowMs: 40_000 }

const cases: readonly { readonly name: string; readonly given: Given; readonly codes: readonly string[] }[] =
  [
    { name: 'nothing where there is nothing to say', given: {}, codes: [] },
    {
      name: 'an update that has the pool',
      given: { inFlight: 'u1' as UpdateId },
      codes: ['pool-has-update'],
    },
    {
      name: 'a policy that decides',
      given: { batchPolicy: 'slowly' },
      codes: ['batch-policy-decides'],
    },
    {
      name: 'files that are not in the bundle, each',
      given: { missingFiles: ['a', 'b'].map((path) => ({ path, neededBy: 'the command' })) },
      codes: ['file-not-in-bundle', 'file-not-in-bundle'],
    },
    { name: 'FORCE', given: { params: { strategy: 'FORCE' } }, codes: ['force-stops-all'] },
    {
      name: 'a limit that takes all',
      given: { params: { maxUnavailable: 3 } },
      codes: ['all-nodes-at-once'],
    },
    {
      name: 'a single node',
      given: { shape: '.', params: { maxFailures: 0 } },
      codes: ['all-nodes-at-once'],
    },
    {
      name: 'a zone whose last healthy node may go',
      given: { shape: 'aabbb', params: { maxUnavailable: 2 } },
      codes: ['whole-zone-at-once'],
    },
    {
      name: 'a zone of one node, which any update takes',
      given: { shape: 'aab' },
      codes: ['whole-zone-at-once'],
    },
    {
      name: 'no zone of which one node stays',
      given: { shape: 'aabb', params: { maxUnavailable: 2 }, selection: ['n1', 'n3'] as NodeId[] },
      codes: ['nodes-not-chosen'],
    },
    {
      name: 'no zone whose broken nodes use up the allowance before the last healthy one',
      given: { shape: 'aAb', selection: ['n1', 'n2'] as NodeId[] },
      codes: ['nodes-not-serving', 'nodes-not-chosen'],
    },
    {
      name: 'no zone where nothing restarts',
      given: { shape: 'aab', params: { strategy: 'NO_RESTART' } },
      codes: [],
    },
    {
      name: 'nodes that may not move',
      given: { shape: '.X', selection: ['n1'] as NodeId[] },
      codes: ['nodes-not-serving', 'nodes-blocked', 'nodes-not-chosen'],
    },
    {
      name: 'a pool in which nobody asks whether nodes work',
      given: { healthCheck: { type: 'alive' } },
      codes: ['health-check-only-alive'],
    },
    {
      name: 'nothing of that where nothing restarts',
      given: { healthCheck: { type: 'alive' }, params: { strategy: 'NO_RESTART' } },
      codes: [],
    },
    {
      name: 'an observation that ends before the check can fail',
      given: { healthCheck: http, params: { minReadySeconds: 6 } },
      codes: ['observation-too-short'],
    },
    {
      name: 'no observation that nobody asked for',
      given: { healthCheck: http, params: { minReadySeconds: 0 } },
      codes: [],
    },
    {
      name: 'none that is long enough',
      given: { healthCheck: http, params: { minReadySeconds: 7 } },
      codes: [],
    },
    {
      name: 'failures that stop nothing, by onFailure',
      given: { params: { onFailure: 'continue' } },
      codes: ['failures-never-stop'],
    },
    {
      name: 'failures that stop nothing, by maxFailures',
      given: { params: { maxFailures: '100%' } },
      codes: ['failures-never-stop'],
    },
    { name: 'no failures that stop it before the last', given: { params: { maxFailures: 2 } }, codes: [] },
    {
      name: 'limits of time that nodes do not keep',
      given: { perNode: slow, params: { nodeTimeoutSeconds: 30, progressDeadlineSeconds: 50 } },
      codes: ['node-timeout-too-short', 'progress-deadline-too-short'],
    },
    {
      name: 'none that they keep',
      given: { perNode: slow, params: { nodeTimeoutSeconds: 40, progressDeadlineSeconds: 60 } },
      codes: [],
    },
    {
      name: 'nothing about steps where no node moves',
      given: {
        shape: '',
        healthCheck: { type: 'alive' },
        perNode: slow,
        params: { progressDeadlineSeconds: 1 },
      },
      codes: [],
    },
  ]
for (const { name, given, codes } of cases) {
  test(`somebody is warned of ${name}`, () => {
    const warnings = warnOfUpdate(outlook(given))
    assert.deepEqual(
      warnings.map(({ code }) => code),
      codes,
    )
    for (const { message, remedy } of warnings) assert.ok(message !== '' && remedy !== '')
  })
}

test('what comes of an update that has the pool is said', () => {
  for (const [onConflict, text] of [
    ['refuse', /is refused while update u1/],
    ['queue', /waits until update u1/],
    ['supersede', /takes over from update u1/],
  ] as const) {
    const [warning] = warnOfUpdate(outlook({ inFlight: 'u1' as UpdateId, onConflict }))
    assert.match(warning?.message ?? '', text)
  }
})

test('an update without a warning of zones leaves a healthy node in each, whichever of its nodes are away', () => {
  const shapes = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', '.'),
    minLength: 1,
    maxLength: 9,
  })
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 9 }), (shape, maxUnavailable) => {
      const given = outlook({ shape, params: { maxUnavailable } })
      const warned = warnOfUpdate(given).some(({ code }) => /-at-once$/.test(code))
      if (warned) return
      const nodes = pool(shape)
      const limits = resolveLimits(given.params, nodes.length)
      const { strategy, order, checkpoints } = given.params
      const rest = { toRevisionId: null, maxUnhealthy: null, isStrict: false, selection: null }
      const plan = planBatches({ nodes, ...limits, ...rest, strategy, order, checkpoints })
      const moved = new Set(plan.batches.flat().map(({ id }) => id))
      for (const zone of new Set(nodes.map(({ metadata }) => metadata['zone']).filter(Boolean))) {
        const of = nodes.filter(({ metadata }) => metadata['zone'] === zone)
        const serving = of.filter(isAvailable)
        const broken = of.length - serving.length
        // The worst that the budget lets happen: those that are broken stay so, and the rest is taken from here.
        const taken = Math.min(serving.filter(({ id }) => moved.has(id)).length, maxUnavailable - broken)
        if (serving.length > 0) assert.ok(serving.length - Math.max(0, taken) > 0, `${zone} of ${shape}`)
      }
    }),
  )
})

test('a node that is watched for as long as the warning asks for is seen to fail by then', () => {
  const checks = fc.record({
    intervalSeconds: fc.integer({ min: 1, max: 20 }),
    timeoutSeconds: fc.integer({ min: 1, max: 10 }),
    unhealthyThreshold: fc.integer({ min: 1, max: 6 }),
  })
  fc.assert(
    fc.property(checks, (timing) => {
      const check: HealthCheck = { type: 'tcp', startPeriodSeconds: 0, ...timing }
      const needed = timing.intervalSeconds * timing.unhealthyThreshold + timing.timeoutSeconds
      const warns = (minReadySeconds: number) =>
        warnOfUpdate(outlook({ healthCheck: check, params: { minReadySeconds } })).length > 0
      assert.deepEqual([warns(needed - 1), warns(needed)], [true, false])
      // It passes once and then never again, each time at the last moment.
      let health = judgeHealth(startingHealth(0), check, { running: true, passing: true, detail: '' }, 0)
      let seconds = 0
      for (let failures = 0; failures < timing.unhealthyThreshold; failures += 1) {
        seconds += timing.intervalSeconds
        health = judgeHealth(health, check, { running: true, passing: false, detail: '' }, seconds * 1000)
      }
      assert.equal(health.health, 'Unhealthy')
      assert.ok(seconds + timing.timeoutSeconds <= needed)
    }),
  )
})

test('every code stands in the guide to updates', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../docs/updates.md'), 'utf8')
  for (const code of UPDATE_WARNING_CODES) assert.ok(guide.includes(`\`${code}\``), code)
})
