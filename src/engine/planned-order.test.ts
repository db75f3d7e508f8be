import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NodeId } from '../domain/ids.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { resolveLimits } from '../planner/limits.ts'
import { planBatches } from '../planner/plan-batches.ts'
import { FROM, type ModelNode, nodeId, PoolModel, TO } from './test-model.ts'

const arbitraryNode: fc.Arbitrary<ModelNode> = fc.record({
  revisionId: fc.constantFrom(FROM, FROM, TO),
  health: fc.constantFrom('Healthy', 'Healthy', 'Healthy', 'Unhealthy'),
  status: fc.constant('Running'),
  zone: fc.constantFrom('a', 'b'),
})

const arbitraryParams: fc.Arbitrary<UpdateParams> = fc
  .record({
    strategy: fc.constantFrom('ROLLING', 'ROLLING', 'NO_RESTART', 'FORCE'),
    order: fc.record({ by: fc.constantFrom('index', 'reverse-index', 'zone') }),
    maxUnavailable: fc.constantFrom(1, 2, 3, '50%'),
    maxSurge: fc.constantFrom(0, 0, 1, 2, '50%'),
    maxUnhealthy: fc.constantFrom(null, null, 0, 1),
    batchPauseSeconds: fc.constantFrom(null, 0),
    checkpoints: fc.constantFrom([], [1], [2, '60%'], ['100%']),
  })
  .map((given) => ({ ...DEFAULT_UPDATE_PARAMS, ...given }) as UpdateParams)

const arbitraryStory = fc.record({
  nodes: fc.array(arbitraryNode, { maxLength: 12 }),
  params: arbitraryParams,
  chosen: fc.option(fc.uniqueArray(fc.nat(11), { minLength: 1 })),
})

/** Carries out an update in which all goes well: the nodes that were away together, each time until all were back. */
function carryOut(model: PoolModel): { batches: NodeId[][]; holds: [number, number][] } {
  const batches: NodeId[][] = []
  const holds: [number, number][] = []
  for (let looks = 0; looks < 200 && !model.ended; looks += 1) {
    const started = model.look().changes.started.map((action) => action.nodeId as NodeId)
    if (started.length > 0) batches.push(started)
    for (const id of [...model.running.keys()]) model.endStep(id, 'ok')
    const { hold, control } = model.update
    if (!hold) continue
    holds.push([hold.checkpoint, batches.length])
    const said = { by: 'ann', at: model.now, checkpoint: hold.checkpoint }
    model.control({ continued: [...control.continued, said] })
  }
  return { batches, holds }
}

test('an update in which nothing fails moves nodes in the planned batches, and holds where it was planned', () => {
  fc.assert(
    fc.property(arbitraryStory, ({ nodes, params, chosen }) => {
      const selection = chosen?.filter((at) => at < nodes.length) ?? null
      const model = new PoolModel({ nodes, params, selection })
      const plan = planBatches({
        nodes: [...model.nodes.values()],
        toRevisionId: TO,
        ...resolveLimits(params, nodes.length),
        maxUnhealthy: params.maxUnhealthy as number | null,
        strategy: params.strategy,
        isStrict: params.batchPauseSeconds !== null,
        order: params.order,
        checkpoints: params.checkpoints,
        selection: selection?.map(nodeId) ?? null,
      })
      const { batches, holds } = carryOut(model)
      const sorted = (batch: readonly NodeId[]) => [...batch].sort()
      const planned = plan.batches.map((batch) => sorted(batch.map(({ id }) => id)))
      // FORCE goes over its one batch twice, to stop it and to start it.
      const done = params.strategy === 'FORCE' ? batches.slice(0, planned.length) : batches
      assert.deepEqual(done.map(sorted), planned)
      assert.deepEqual(
        holds,
        plan.holds.map((hold) => [hold.checkpoint, hold.afterBatches]),
      )
      assert.equal(model.ended, plan.blocked.length === 0)
    }),
    { numRuns: 500 },
  )
})
