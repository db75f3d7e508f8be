import type { Action } from '../domain/action.ts'
import { standaloneClusterId } from '../domain/cluster.ts'
import type { ActionId, NodeId, PoolId } from '../domain/ids.ts'
import { joiningNodes, pairsOf } from '../domain/joining.ts'
import { loadChildrenNamed } from '../store/actions.ts'
import type { Tx } from '../store/store.ts'
import type { ClusterState } from './cluster-state.ts'
import { decisionsOf } from './consultation.ts'
import { poolOf, queueNodeAction } from './membership.ts'

/** The nodes that an action takes out of its pool without stopping them. */
export function leavingNodes({ inputs }: Action): readonly NodeId[] {
  return (inputs['leaving'] as readonly NodeId[] | undefined) ?? []
}

/**
 * Asks the engine of the nodes without a cluster for those that join: it hands each over when nothing is being done to it,
 * and makes the pool's desired capacity larger by it, unless another node goes for it.
 * @returns why nothing was begun; null when it was
 */
export function beginJoins(state: ClusterState, action: Action): string | null {
  const nodes = joiningNodes(action)
  const pool = poolOf(state, action.poolId as PoolId)
  const isReplacement = action.name === 'CLUSTER_REPLACE_NODES'
  const size = pool.desiredCapacity + (isReplacement ? 0 : nodes.length)
  if (pool.maxSize !== null && size > pool.maxSize) {
    return `${size} nodes are more than the pool's maxSize, ${pool.maxSize}`
  }
  const awaited = new Set<ActionId>()
  const clusterId = standaloneClusterId(state.cluster.projectId)
  for (const nodeId of nodes) {
    const child = state.newAction({
      name: 'NODE_JOIN',
      clusterId,
      nodeId,
      parentId: action.id,
      createdBy: action.createdBy,
      inputs: { clusterId: state.cluster.id, poolId: pool.id, resizes: !isReplacement },
    })
    state.changes.actions.set(child.id, child)
    awaited.add(child.id)
  }
  state.changes.asked.add(clusterId)
  state.awaited.set(action.id, awaited)
  state.fanoutOf(action.id).open += awaited.size
  return null
}

/**
 * Begins to take nodes out of the cluster, each with its place in the pool; where a deletion policy says how, it is begun
 * like any other removal. @returns why nothing was begun; null when it was
 */
export function beginLeaving(state: ClusterState, action: Action): string | null {
  const pool = poolOf(state, action.poolId as PoolId)
  const nodes = leavingNodes(action).flatMap((id) => state.nodes.get(id) ?? [])
  const size = pool.desiredCapacity - nodes.length
  if (size < pool.minSize) return `${size} nodes are fewer than the pool's minSize, ${pool.minSize}`
  if (decisionsOf(action).remove) return null
  for (const node of nodes) queueNodeAction(state, action, node, 'NODE_LEAVE', { resizes: true })
  return null
}

/** Reads how the joins ended that this cluster waits for. Costs nothing while it waits for none. */
export async function readJoins(tx: Tx, state: ClusterState): Promise<void> {
  for (const child of await loadChildrenNamed(tx, [...state.awaited.keys()], 'NODE_JOIN')) {
    const parentId = child.parentId as ActionId
    if (child.endedAt === null || !state.awaited.get(parentId)?.delete(child.id)) continue
    const fanout = state.fanoutOf(parentId)
    fanout.open -= 1
    if (child.status === 'SUCCEEDED') continue
    fanout.failed += 1
    const reason = child.status === 'FAILED' ? child.statusReason : `${child.nodeId}: ${child.statusReason}`
    fanout.firstFailure = fanout.firstFailure === null ? reason : `${fanout.firstFailure}; ${reason}`
  }
}

/** Takes up the joins of actions that an engine before this one began. */
export async function adoptJoins(tx: Tx, state: ClusterState, adopted: readonly Action[]): Promise<void> {
  const parents = adopted.filter((action) => joiningNodes(action).length > 0)
  for (const { id } of parents) state.awaited.set(id, new Set())
  const children = await loadChildrenNamed(
    tx,
    parents.map(({ id }) => id),
    'NODE_JOIN',
  )
  for (const child of children) {
    const parentId = child.parentId as ActionId
    state.awaited.get(parentId)?.add(child.id)
    state.fanoutOf(parentId).open += 1
    // These are among the failed children that were counted already; they are counted again below.
    if (child.status === 'FAILED') state.fanoutOf(parentId).failed -= 1
  }
  await readJoins(tx, state)
}

/** Lets the old node of each pair leave whose new one has come. */
export function continueReplacements(state: ClusterState): void {
  for (const parentId of state.awaited.keys()) {
    const parent = state.actions.get(parentId)
    if (!parent) continue
    for (const pair of pairsOf(parent)) {
      const old = state.nodes.get(pair.old)
      if (
        parent.control?.cancellation ||
        !old ||
        !state.nodes.has(pair.new) ||
        isLeaving(state, parentId, old.id)
      )
        continue
      queueNodeAction(state, parent, old, 'NODE_LEAVE')
    }
  }
}

function isLeaving(state: ClusterState, parentId: ActionId, nodeId: NodeId): boolean {
  const holder = state.nodes.get(nodeId)?.actionId
  const own = [...(holder ? [holder] : []), ...(state.waitingByNode.get(nodeId) ?? [])]
  return own.some((id) => state.actions.get(id)?.parentId === parentId)
}
