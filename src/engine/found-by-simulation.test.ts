import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCodeUnknown } from '../domain/node.ts'
import { DEFAULT_UPDATE_PARAMS } from '../domain/update.ts'
import { FROM, type ModelNode, nodeId, PoolModel } from './test-model.ts'

/** The smallest form of what the simulation found in decisions: docs/simulation.md has the seeds. */
const well: ModelNode = { revisionId: FROM, health: 'Healthy', status: 'Running' }

test('going back puts the old code under a node of which nobody knows what was placed', () => {
  const params = { ...DEFAULT_UPDATE_PARAMS, strategy: 'NO_RESTART' } as const
  const model = new PoolModel({ nodes: [well], params, selection: null })
  model.look()
  const [placing] = model.running.keys()
  model.endStep(placing!, 'early')
  model.look()
  assert.equal(model.update.status, 'RollingBack')
  const step = model.actions.get([...model.running.keys()][0]!)
  assert.deepEqual([step?.name, step?.inputs['direction']], ['NODE_PLACE_CODE', 'back'])
  assert.equal(model.recount().snapshot(model.now).nodes.inFlight, 1)
})

test('which code a node has stays unknown after the update whose placing broke off, until something puts code in place', () => {
  const strategy = 'NO_RESTART'
  const params = { ...DEFAULT_UPDATE_PARAMS, strategy, onFailure: 'continue' } as const
  const model = new PoolModel({ nodes: [well], params, selection: null })
  model.look()
  model.endStep([...model.running.keys()][0]!, 'early')
  model.look()
  assert.equal(model.update.status, 'Failed')
  const left = model.nodes.get(nodeId(0))!
  assert.deepEqual([left.revisionId, isCodeUnknown(left)], [FROM, true])

  // As far as the row tells, it is there already.
  const next = new PoolModel({
    nodes: [{ ...well, data: left.data }],
    params: { ...DEFAULT_UPDATE_PARAMS, strategy: 'FORCE' },
    selection: null,
    toRevisionId: FROM,
  })
  for (let looks = 0; looks < 10 && !next.ended; looks += 1) {
    for (const id of [...next.running.keys()]) next.endStep(id, 'ok')
    next.look()
  }
  assert.deepEqual(
    [...next.actions.values()].flatMap(({ nodeId: id, name }) => (id ? [name] : [])),
    ['NODE_STOP', 'NODE_START'],
  )
  assert.equal(isCodeUnknown(next.nodes.get(nodeId(0))!), false)
})

test('deleting a cluster waits for a node that was being removed when it began', () => {
  const model = new PoolModel({ nodes: [well, well], params: DEFAULT_UPDATE_PARAMS, selection: [] })
  model.look()
  model.ask('CLUSTER_DEL_NODES', { inputs: { nodeIds: [nodeId(0)] } })
  model.look()
  model.ask('CLUSTER_DELETE', { poolId: null })
  model.look()
  assert.equal(model.clusterDeleted, false)
  for (let looks = 0; looks < 10 && !model.clusterDeleted; looks += 1) {
    for (const id of [...model.running.keys()]) model.endStep(id, 'ok')
    model.look()
  }
  assert.equal(model.clusterDeleted, true)
  assert.equal(model.nodes.size, 0)
})

test('a failure counts although somebody has the node checked at once', () => {
  const params = { ...DEFAULT_UPDATE_PARAMS, maxUnavailable: 2 }
  const model = new PoolModel({ nodes: [well, well, well, well], params, selection: null })
  model.look()
  model.ask('NODE_CHECK', { nodeId: nodeId(0) })
  model.look()
  model.endStep([...model.running.keys()][0]!, 'late')
  model.look()
  assert.equal(model.update.status, 'RollingBack')
})
