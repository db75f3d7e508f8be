import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActionName } from '../domain/action.ts'
import type { ActionId, NodeId } from '../domain/ids.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { type Ending, FROM, nodeId, PoolModel } from './test-model.ts'

const well = { revisionId: FROM, health: 'Healthy', status: 'Running' } as const

function pool(size: number, params: Partial<UpdateParams> = {}, selection: readonly number[] | null = null) {
  return new PoolModel({
    nodes: Array.from({ length: size }, () => well),
    params: { ...DEFAULT_UPDATE_PARAMS, ...params },
    selection,
  })
}

function look(model: PoolModel) {
  model.now += 1
  return model.look()
}

/** Ends what runs on the node, and looks. */
function end(model: PoolModel, id: NodeId, ending: Ending) {
  model.endStep(model.nodes.get(id)?.actionId as ActionId, ending)
  return look(model)
}

function workOn(model: PoolModel, id: NodeId): ActionName | undefined {
  const held = model.nodes.get(id)?.actionId
  return held ? model.actions.get(held)?.name : undefined
}

const cancellation = { by: 'ann', at: 0, mode: 'roll-back', reason: null } as const

test('an engine that takes over after a resume knows what was forgiven: a node that fell over is tried again', () => {
  const model = pool(3, { onFailure: 'pause' })
  look(model)
  end(model, nodeId(0), 'ok')
  model.tellHealth(nodeId(0), 'Unhealthy', true)
  end(model, nodeId(1), 'ok')
  assert.equal(model.update.status, 'Paused')
  model.control({ paused: null, resumedAt: model.now })
  look(model)
  const live = [...model.state.updates.values()][0]?.snapshot(model.now).nodes
  assert.equal(live?.failed, 0)
  assert.deepEqual(model.recount().snapshot(model.now).nodes, live)
})

test('a pause and a resume between two looks still forgive what failed before', () => {
  const model = pool(3, { maxFailures: 1 })
  look(model)
  end(model, nodeId(0), 'late')
  assert.equal(model.update.progress.failed, 1)
  model.control({ resumedAt: model.now })
  look(model)
  assert.equal(model.update.progress.failed, 0)
  assert.deepEqual(
    model.recount().snapshot(model.now),
    [...model.state.updates.values()][0]?.snapshot(model.now),
  )
})

test('a node whose deletion failed is watched afresh, for it may still serve', () => {
  const model = pool(2, {}, [1])
  look(model)
  model.ask('NODE_DELETE', { nodeId: nodeId(0) })
  look(model)
  end(model, nodeId(0), 'late')
  assert.equal(model.nodes.get(nodeId(0))?.status, 'Failed')
  model.tellHealth(nodeId(0), 'Healthy', true)
  look(model)
  assert.equal(model.nodes.get(nodeId(0))?.status, 'Running')
})

test('an engine that takes over a rollback hurries the steps that were on their way forward', () => {
  const model = pool(3)
  look(model)
  model.control({ cancellation })
  const { changes } = look(model)
  assert.equal(model.update.direction, 'back')
  assert.equal(changes.dropped.length, 1)
  for (const work of model.running.values()) work.hurried = false
  model.reload()
  assert.deepEqual([...model.running.values()], [{ hurried: true, aborted: false }])
})

test('an engine that takes over a deletion breaks off the steps that it found running', () => {
  const model = pool(2)
  look(model)
  model.ask('CLUSTER_DELETE', { poolId: null })
  assert.equal(look(model).changes.aborted.length, 1)
  model.reload()
  assert.deepEqual(model.state.changes.aborted, [...model.running.keys()].slice(0, 1))
  for (const id of [nodeId(0), nodeId(0), nodeId(1)]) end(model, id, 'ok')
  assert.ok(model.clusterDeleted)
  assert.equal(workOn(model, nodeId(0)), undefined)
})

test('a resize that was asked for right after a FORCE update waits for it, even when both were held up', () => {
  const model = pool(2, { strategy: 'FORCE' })
  model.resize(3)
  const resize = [...model.actions.values()].find(({ name }) => name === 'CLUSTER_RESIZE')
  look(model)
  assert.equal(model.update.status, 'InProgress')
  assert.equal(model.actions.get(resize?.id as ActionId)?.status, 'WAITING')
})

test('cancelling a repair, which has nowhere to go back to, does not wait for the health of its steps', () => {
  const model = new PoolModel({
    nodes: [{ ...well, health: 'Unhealthy' }],
    params: DEFAULT_UPDATE_PARAMS,
    selection: null,
    toRevisionId: FROM,
  })
  look(model)
  model.control({ cancellation })
  assert.equal(look(model).changes.hurried.length, 1)
  end(model, nodeId(0), 'ok')
  assert.equal(model.update.status, 'Cancelled')
})
