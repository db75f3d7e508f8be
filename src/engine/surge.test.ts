import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ActionId, NodeId } from '../domain/ids.ts'
import { hasStray, isAvailable, lastStartOf } from '../domain/node.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { resolveLimits } from '../planner/limits.ts'
import { FROM, type ModelNode, nodeId, PoolModel, TO } from './test-model.ts'

const WELL: ModelNode = { revisionId: FROM, health: 'Healthy', status: 'Running' }

const arbitraryParams: fc.Arbitrary<UpdateParams> = fc
  .record({
    maxUnavailable: fc.constantFrom(0, 1, 2, '25%'),
    maxSurge: fc.constantFrom(1, 2, 3, '25%', '100%'),
    batchPauseSeconds: fc.constantFrom(null, null, 0),
    order: fc.record({ by: fc.constantFrom('index', 'reverse-index') }),
    maxFailures: fc.constantFrom(0, 1, '50%'),
    onFailure: fc.constantFrom('rollback', 'pause', 'continue'),
  })
  .map((given) => ({ ...DEFAULT_UPDATE_PARAMS, ...given }) as UpdateParams)

test('surge: available nodes never fall below size − maxUnavailable, and at no time are more than maxSurge extra things alive', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      arbitraryParams,
      fc.array(fc.record({ at: fc.nat(20), how: fc.constantFrom('ok', 'ok', 'ok', 'early', 'gate') }), {
        maxLength: 60,
      }),
      fc.option(fc.nat(20)),
      (size, params, endings, cancelAt) => {
        const model = new PoolModel({
          nodes: Array.from({ length: size }, () => WELL),
          params,
          selection: null,
        })
        const { maxUnavailable, maxSurge } = resolveLimits(params, size)
        const check = () => {
          const nodes = [...model.nodes.values()]
          const serving = nodes.filter(isAvailable).length
          assert.ok(
            serving >= size - maxUnavailable,
            `${serving} of ${size} serve, ${maxUnavailable} may be away`,
          )
          const extra = nodes.filter(hasStray).length
          assert.ok(extra <= maxSurge, `${extra} have a second thing, ${maxSurge} may`)
        }
        model.look()
        check()
        for (const [count, { at, how }] of endings.entries()) {
          if (count === cancelAt)
            model.control({ cancellation: { by: 'ann', at: model.now, mode: 'roll-back', reason: null } })
          const ids = [...model.running.keys()]
          const id = ids[at % Math.max(1, ids.length)]
          if (id) model.endStep(id, how)
          model.now += 1
          model.look()
          check()
        }
      },
    ),
  )
})

test('an update where nothing may be away is done by surge alone, each node serving until its replacement does', () => {
  const params = { ...DEFAULT_UPDATE_PARAMS, maxUnavailable: 0, maxSurge: '50%' }
  const model = new PoolModel({ nodes: [WELL, WELL, WELL], params, selection: null })
  model.look()
  assert.equal(model.running.size, 2)
  while (!model.ended) {
    assert.ok([...model.nodes.values()].every(isAvailable))
    for (const id of [...model.running.keys()]) model.endStep(id, 'ok')
    model.now += 1
    model.look()
  }
  assert.equal(model.update.status, 'Successful')
  for (const node of model.nodes.values()) {
    assert.deepEqual([node.revisionId, node.attempt, lastStartOf(node), hasStray(node)], [TO, 2, 2, false])
  }
})

test('a node whose replacement does not pass failed, and serves on the old revision', () => {
  const { model, node } = surgingOne()
  model.endStep(firstStep(model), 'gate')
  model.look()
  const after = node()
  assert.ok(isAvailable(after))
  assert.deepEqual([after.revisionId, lastStartOf(after), hasStray(after)], [FROM, 1, false])
  assert.match(model.update.because, /every node is back on the committed revision after a failure/)
  assert.equal(model.update.status, 'Failed')
})

test('where nobody knows whether the replacement lives on, going back touches the node again', () => {
  const { model, node } = surgingOne()
  const id = firstStep(model)
  model.running.get(id)!.aborted = true
  model.endStep(id, 'ok')
  model.control({ cancellation: { by: 'ann', at: model.now, mode: 'roll-back', reason: null } })
  model.look()
  assert.ok(isAvailable(node()))
  assert.equal(hasStray(node()), true)
  model.endStep(firstStep(model), 'ok')
  model.look()
  assert.deepEqual([model.update.status, node().revisionId, hasStray(node())], ['Cancelled', FROM, false])
})

test('a node that does not serve has nothing to keep, and does not surge', () => {
  const params = { ...DEFAULT_UPDATE_PARAMS, maxUnavailable: 0, maxSurge: 1 }
  const nodes = [WELL, { ...WELL, health: 'Unhealthy' as const }]
  const model = new PoolModel({ nodes, params, selection: null })
  model.look()
  const [step] = [...model.running.keys()].map((id) => model.actions.get(id))
  assert.deepEqual([step?.nodeId, step?.inputs['surge']], [nodeId(1), undefined])
})

function surgingOne() {
  const params = { ...DEFAULT_UPDATE_PARAMS, maxUnavailable: 0, maxSurge: 1 }
  const model = new PoolModel({ nodes: [WELL], params, selection: null })
  model.look()
  const id = nodeId(0)
  assert.equal(hasStray(model.nodes.get(id)!), true)
  return { model, node: () => model.nodes.get(id as NodeId)! }
}

function firstStep(model: PoolModel): ActionId {
  const [id] = model.running.keys()
  assert.ok(id)
  return id
}
