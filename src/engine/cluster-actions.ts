import type { Action, ActionName } from '../domain/action.ts'
import { DEFAULT_POOL, type NodePool } from '../domain/cluster.ts'
import type { ActionId, Json, JsonObject, NodeId, PoolId } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import { chooseNodesToRemove } from '../planner/choose-nodes.ts'
import { beginNewStep } from './begin-step.ts'
import { type ClusterState, type MembershipWork, NO_WORK } from './cluster-state.ts'
import { beginUpdate, endUpdate } from './drive-update.ts'

/** Node actions of one cluster action that are open at once: bounds what one transaction writes. */
const MOST_OPEN = 500

/**
 * Begins a cluster action. What it consists of is node actions: those that make and delete nodes follow from what the
 * pool is and shall be, and are begun some at a time (`continueFanouts`); all others are made in the same
 * transaction that marks the action as running. So nothing else need be remembered: it is over when nothing is left
 * to begin and all of its children have ended (`endFinishedFanouts`).
 */
export function beginClusterAction(state: ClusterState, action: Action): void {
  if (action.name === 'CLUSTER_UPDATE') {
    beginUpdate(state, action)
    return
  }
  const running = state.startAction(action, 'running')
  const fanout = state.fanoutOf(action.id)
  state.event(`action.started`, `${action.name} began`, subject(action))
  switch (action.name) {
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
    case 'CLUSTER_DELETE':
      endWhatGivesWay(state, running)
      break
  }
  fanout.rest = remainingWork(state, running)
}

/** What an action that changes membership still has to begin, from what the pool is now and what it shall be. */
export function remainingWork(state: ClusterState, action: Action): MembershipWork {
  const isGoing = ({ id, status }: Node) =>
    status === 'Deleting' ||
    (state.waitingByNode.get(id) ?? []).some((waiting) => state.actions.get(waiting)?.name === 'NODE_DELETE')
  const remove = (nodes: readonly Node[]) => ({
    make: 0,
    remove: nodes.filter((node) => !isGoing(node)).map((node) => node.id),
  })
  switch (action.name) {
    case 'CLUSTER_CREATE':
    case 'CLUSTER_RESIZE':
    case 'CLUSTER_ADD_NODES': {
      // The size that is wanted now may be another than when the action was accepted.
      const pool = poolOf(state, action.poolId as PoolId)
      const members = state.nodesOf(pool.id).filter((node) => !isGoing(node))
      const missing = pool.desiredCapacity - members.length
      return {
        make: Math.max(0, missing),
        remove: chooseNodesToRemove(members, -missing, pool.committedRevisionId),
      }
    }
    case 'CLUSTER_DEL_NODES':
      return remove(chosen(state, action))
    // What others began to remove gives way to these two, which see to the end of it themselves.
    case 'POOL_DELETE':
      return { make: 0, remove: othersThan(state, action, state.nodesOf(action.poolId as PoolId)) }
    case 'CLUSTER_DELETE':
      return { make: 0, remove: othersThan(state, action, [...state.nodes.values()]) }
    default:
      return NO_WORK
  }
}

/** The nodes that this action has not begun to remove. */
function othersThan(state: ClusterState, { id: parentId }: Action, nodes: readonly Node[]): NodeId[] {
  const isOwn = (id: ActionId) => state.actions.get(id)?.parentId === parentId
  const isBegun = ({ id, actionId }: Node) =>
    (actionId !== null && isOwn(actionId)) || (state.waitingByNode.get(id) ?? []).some(isOwn)
  return nodes.filter((node) => !isBegun(node)).map((node) => node.id)
}

/** Begins the next nodes of actions that have more to do than may be open at once. */
export function continueFanouts(state: ClusterState): void {
  for (const [id, fanout] of state.fanouts) {
    const { make, remove } = fanout.rest
    if (make + remove.length === 0 || fanout.open > MOST_OPEN / 2) continue
    const action = state.actions.get(id) as Action
    const room = MOST_OPEN - fanout.open
    const made = Math.min(make, room)
    for (let count = 0; count < made; count += 1) createMember(state, action)
    for (const nodeId of remove.slice(0, room - made)) {
      const node = state.nodes.get(nodeId)
      if (node) queueNodeAction(state, action, node, 'NODE_DELETE')
    }
    fanout.rest = { make: make - made, remove: remove.slice(room - made) }
  }
}

/** Ends the cluster actions whose last child has ended. */
export function endFinishedFanouts(state: ClusterState): void {
  for (const [id, { open, failed, firstFailure, rest }] of state.fanouts) {
    const action = state.actions.get(id)
    if (
      open + rest.make + rest.remove.length > 0 ||
      !action ||
      action.status !== 'RUNNING' ||
      action.name === 'CLUSTER_UPDATE'
    )
      continue
    if (failed === 0) removeEmptied(state, action)
    const first = firstFailure === null ? '' : `, the first: ${firstFailure}`
    const failures = `${failed} ${failed === 1 ? 'node' : 'nodes'} failed${first}`
    const because = failed === 0 ? 'all nodes are done' : failures
    state.endAction(action, failed === 0 ? 'SUCCEEDED' : 'FAILED', because)
    const level = failed === 0 ? 'info' : 'error'
    state.event('action.ended', `${action.name}: ${because}`, { ...subject(action), level })
  }
}

function createMember(state: ClusterState, action: Action): void {
  const names = (action.inputs['names'] ?? []) as readonly string[]
  const name = names.find((wanted) => !state.nodeNames.has(wanted))
  const metadata = (action.inputs['metadata'] ?? {}) as JsonObject
  createNode(state, action, action.poolId as PoolId, { metadata, ...(name !== undefined && { name }) })
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

/** Whatever is under way gives way to a deletion. */
function endWhatGivesWay(state: ClusterState, action: Action): void {
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
