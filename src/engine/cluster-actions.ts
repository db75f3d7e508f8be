import type { Action, ActionName } from '../domain/action.ts'
import { DEFAULT_POOL, type NodePool } from '../domain/cluster.ts'
import type { Json, JsonObject, NodeId, PoolId } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import { chooseNodesToRemove } from '../planner/choose-nodes.ts'
import { beginNewStep } from './begin-step.ts'
import type { ClusterState } from './cluster-state.ts'
import { beginUpdate, endUpdate } from './drive-update.ts'

/**
 * Begins a cluster action: all the node actions it consists of are made in the same transaction that marks it as
 * running. Nothing else need be remembered: it is over when all of its children are (`endFinishedFanouts`).
 */
export function beginClusterAction(state: ClusterState, action: Action): void {
  if (action.name === 'CLUSTER_UPDATE') {
    beginUpdate(state, action)
    return
  }
  const running = state.startAction(action, 'running')
  state.fanoutOf(action.id)
  state.event(`action.started`, `${action.name} began`, subject(action))
  switch (action.name) {
    case 'CLUSTER_CREATE':
    case 'CLUSTER_RESIZE':
    case 'CLUSTER_ADD_NODES':
      fitToDesiredCapacity(state, running)
      break
    case 'CLUSTER_DEL_NODES':
      for (const node of chosen(state, running)) deleteNode(state, running, node)
      break
    case 'CLUSTER_REPLACE_NODES':
      for (const node of chosen(state, running))
        createNode(state, running, node.poolId, { metadata: node.metadata, replaces: node.id })
      break
    case 'CLUSTER_CHECK':
      for (const node of state.nodes.values()) queueNodeAction(state, running, node, 'NODE_CHECK')
      break
    case 'CLUSTER_RECOVER':
      for (const node of state.nodes.values()) {
        if (!isAvailable(node) && node.actionId === null)
          queueNodeAction(state, running, node, 'NODE_RECOVER')
      }
      break
    case 'POOL_DELETE':
      deleteEverything(state, running, state.nodesOf(running.poolId as PoolId))
      break
    case 'CLUSTER_DELETE':
      deleteEverything(state, running, [...state.nodes.values()])
      break
  }
}

/** Ends the cluster actions whose last child has ended. */
export function endFinishedFanouts(state: ClusterState): void {
  for (const [id, { open, failed, firstFailure }] of state.fanouts) {
    const action = state.actions.get(id)
    if (open > 0 || !action || action.status !== 'RUNNING' || action.name === 'CLUSTER_UPDATE') continue
    if (failed === 0) removeEmptied(state, action)
    const first = firstFailure === null ? '' : `, the first: ${firstFailure}`
    const failures = `${failed} ${failed === 1 ? 'node' : 'nodes'} failed${first}`
    const because = failed === 0 ? 'all nodes are done' : failures
    state.endAction(action, failed === 0 ? 'SUCCEEDED' : 'FAILED', because)
    const level = failed === 0 ? 'info' : 'error'
    state.event('action.ended', `${action.name}: ${because}`, { ...subject(action), level })
  }
}

/** Brings the pool to the size that is wanted now, which may be another than when the action was accepted. */
function fitToDesiredCapacity(state: ClusterState, action: Action): void {
  const pool = poolOf(state, action.poolId as PoolId)
  const members = state.nodesOf(pool.id).filter((node) => node.status !== 'Deleting')
  const missing = pool.desiredCapacity - members.length
  const names = (action.inputs['names'] ?? []) as readonly string[]
  const metadata = (action.inputs['metadata'] ?? {}) as JsonObject
  for (let made = 0; made < missing; made += 1) {
    createNode(state, action, pool.id, { metadata, ...(names[made] !== undefined && { name: names[made] }) })
  }
  for (const id of chooseNodesToRemove(members, -missing, pool.committedRevisionId)) {
    deleteNode(state, action, state.nodes.get(id) as Node)
  }
}

interface NewNode {
  /** Absent, or taken meanwhile: the next one of the pool. */
  readonly name?: string
  readonly metadata: JsonObject
  /** The node that goes once this one serves. */
  readonly replaces?: NodeId
}

function createNode(state: ClusterState, action: Action, poolId: PoolId, wanted: NewNode): void {
  const pool = poolOf(state, poolId)
  const prefix = pool.name === DEFAULT_POOL ? state.cluster.name : `${state.cluster.name}-${pool.name}`
  let index = pool.nextNodeIndex
  // Somebody may have given one of these names to a node of their own.
  while (state.nodeNames.has(`${prefix}-${index}`)) index += 1
  state.patchPool(pool.id, { nextNodeIndex: index + 1 })
  const node: Node = {
    id: state.nextNodeId(),
    projectId: state.cluster.projectId,
    clusterId: state.cluster.id,
    poolId: pool.id,
    name: wanted.name && !state.nodeNames.has(wanted.name) ? wanted.name : `${prefix}-${index}`,
    index,
    status: 'Creating',
    statusReason: 'accepted',
    health: 'Unknown',
    revisionId: null,
    attempt: 0,
    actionId: null,
    physicalId: null,
    endpoint: null,
    handle: null,
    metadata: wanted.metadata,
    availableSince: null,
    createdAt: state.now,
    updatedAt: state.now,
  }
  const fields = { name: 'NODE_CREATE' as const, createdBy: action.createdBy, parentId: action.id }
  const revisionId = pool.committedRevisionId
  const inputs = { revisionId, ...(wanted.replaces && { replaces: wanted.replaces }) }
  beginNewStep(state, node, { ...fields, inputs }, 'created')
}

function deleteNode(state: ClusterState, action: Action, node: Node): void {
  queueNodeAction(state, action, node, 'NODE_DELETE')
}

/** The node may be held by something else: then the action waits for it. */
function queueNodeAction(state: ClusterState, parent: Action, node: Node, name: ActionName): void {
  const { createdBy, id: parentId } = parent
  if (node.actionId === null) beginNewStep(state, node, { name, createdBy, parentId }, parent.name)
  else {
    const inputs: Record<string, Json> = {}
    state.putAction(
      state.newAction({ name, inputs, createdBy, parentId, poolId: node.poolId, nodeId: node.id }),
    )
  }
}

/** Whatever is under way gives way to the deletion. */
function deleteEverything(state: ClusterState, action: Action, nodes: readonly Node[]): void {
  const because = `${action.name} (action ${action.id})`
  for (const inFlight of [...state.updates.values()]) {
    if (action.poolId === null || inFlight.update.poolId === action.poolId) {
      endUpdate(state, inFlight, { outcome: 'Cancelled', commit: false, because: `ended by ${because}` })
    }
  }
  for (const other of [...state.actions.values()]) {
    const concerned = action.poolId === null || other.poolId === action.poolId
    if (!concerned || other.id === action.id) continue
    if (other.status === 'RUNNING' && other.nodeId !== null) state.changes.aborted.push(other.id)
    else state.endAction(other, 'CANCELLED', `ended by ${because}`)
  }
  for (const node of nodes) deleteNode(state, action, node)
}

function removeEmptied(state: ClusterState, action: Action): void {
  if (action.name === 'CLUSTER_DELETE') {
    state.changes.clusterDeleted = true
    state.event(
      'cluster.deleted',
      `cluster ${state.cluster.name} and everything in it is gone`,
      subject(action),
    )
  } else if (action.name === 'POOL_DELETE') {
    const pool = poolOf(state, action.poolId as PoolId)
    state.changes.deletedPools.push(pool.id)
    state.pools.delete(pool.id)
    state.changes.pools.delete(pool.id)
    state.event('pool.deleted', `pool ${pool.name} and its nodes are gone`, subject(action))
  }
}

function chosen(state: ClusterState, action: Action): Node[] {
  const ids = (action.inputs['nodeIds'] ?? []) as readonly NodeId[]
  return ids.map((id) => state.nodes.get(id)).filter((node) => node !== undefined)
}

function poolOf(state: ClusterState, id: PoolId): NodePool {
  const pool = state.pools.get(id)
  if (!pool) throw new Error(`pool ${id} of cluster ${state.cluster.name} is not loaded`)
  return pool
}

function subject(action: Action) {
  return { actionId: action.id, principal: action.createdBy }
}
