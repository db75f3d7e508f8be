import { type Action, hasBegun } from '../domain/action.ts'
import type { ClusterLease } from '../domain/cluster.ts'
import { LeaseLostError, messageOf } from '../domain/errors.ts'
import type { ActionId, ClusterId, EngineId, PolicyId, UpdateId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { countEndedChildren, loadEndedSteps, loadOpenActions } from '../store/actions.ts'
import { getCluster, listPools } from '../store/clusters.ts'
import { type Fence, lockFence } from '../store/leases.ts'
import { loadNodes, loadNodesWrittenSince } from '../store/nodes.ts'
import { loadAttachedPolicies, loadPolicies } from '../store/policies.ts'
import { findProject } from '../store/projects.ts'
import { loadRevisions } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { loadOpenUpdates } from '../store/updates.ts'
import type { Ids } from '../system/ids.ts'
import { ClusterState } from './cluster-state.ts'
import { adoptJoins, readJoins } from './joins.ts'
import { remainingWork } from './membership.ts'
import { UpdateInFlight } from './update-in-flight.ts'

/**
 * Checks, inside the transaction that is going to write, that this engine still runs the cluster.
 * @throws LeaseLostError when it does not
 */
export async function checkLease(tx: Tx, lease: ClusterLease): Promise<Fence> {
  const fence = await lockFence(tx, lease.clusterId)
  if (fence?.engineId !== lease.engineId || fence.term !== lease.term) {
    throw new LeaseLostError(`cluster ${lease.clusterId}`)
  }
  return fence
}

/** Reads all there is to know of a cluster: done once, when its lease is taken, and again after a failed commit. */
export async function loadCluster(
  tx: Tx,
  clusterId: ClusterId,
  fence: Fence,
  ids: Ids,
  engineId: EngineId,
): Promise<ClusterState> {
  const cluster = await getCluster(tx, clusterId)
  if (!cluster) throw new LeaseLostError(`cluster ${clusterId}`)
  const project = await findProject(tx, cluster.projectId)
  const state = new ClusterState(cluster, project?.name ?? cluster.projectId, fence.intent, ids, engineId)
  await readRequests(tx, state, await loadNodes(tx, clusterId))
  state.takeOverActions()
  orderUnfinishedBreakOffs(state)
  return state
}

/**
 * Orders again that steps be broken off or hurried: such an order is carried out after its commit and kept nowhere,
 * so an engine that was killed in between has left those steps waiting for what nobody wants any more.
 */
export function orderUnfinishedBreakOffs(state: ClusterState): void {
  const deletions = [...state.actions.values()].filter(
    (action) => hasBegun(action) && (action.name === 'CLUSTER_DELETE' || action.name === 'POOL_DELETE'),
  )
  const back = new Set<UpdateId>()
  // Steps of an update that was superseded: its successor waits for them, and nobody for their health.
  const superseded = new Set<UpdateId>()
  for (const { update } of state.updates.values()) {
    if (update.direction === 'back') back.add(update.id)
    for (const id of update.control.supersedes) superseded.add(id)
  }
  for (const action of state.actions.values()) {
    if (action.nodeId === null || action.status !== 'RUNNING') continue
    const givesWay = deletions.some(
      ({ id, poolId }) => action.parentId !== id && (poolId === null || poolId === action.poolId),
    )
    const isLeftOver = action.updateId !== null && superseded.has(action.updateId)
    if (givesWay || (isOrphan(state, action) && !isLeftOver)) state.changes.aborted.push(action.id)
    if (isLeftOver) state.changes.hurried.push(action.id)
    const forward = action.inputs['direction'] === 'forward'
    if (forward && action.updateId !== null && back.has(action.updateId))
      state.changes.dropped.push(action.id)
  }
}

/**
 * Whether what it was begun for was ended by force. A removal is brought to its end all the same, and a join is begun for
 * an action of another cluster.
 */
function isOrphan(state: ClusterState, { parentId, name }: Action): boolean {
  if (parentId === null || state.actions.has(parentId)) return false
  return name !== 'NODE_DELETE' && name !== 'NODE_LEAVE' && name !== 'NODE_JOIN'
}

/** Reads what people may have changed since, and of the nodes those that somebody else than this engine wrote. */
export async function refreshCluster(tx: Tx, state: ClusterState, fence: Fence): Promise<void> {
  const cluster = await getCluster(tx, state.cluster.id)
  if (cluster) state.cluster = cluster
  state.forgetCounts()
  const written = await loadNodesWrittenSince(tx, state.cluster.id, state.intent)
  await readRequests(tx, state, written)
  for (const { id } of written) state.changes.arrived.push(id)
  await readJoins(tx, state)
  state.intent = fence.intent
}

async function readRequests(tx: Tx, state: ClusterState, nodes: readonly Node[]): Promise<void> {
  const clusterId = state.cluster.id
  for (const pool of await listPools(tx, clusterId)) state.pools.set(pool.id, pool)
  for (const revision of await loadRevisions(tx, clusterId)) state.revisions.set(revision.id, revision)
  const open = await loadOpenActions(tx, clusterId)
  const known = new Set(state.actions.keys())
  // Nodes first: an action looks for the node it is queued at.
  for (const node of nodes) state.loadNode(node)
  for (const action of open) state.loadAction(action)
  const adopted = open.filter((action) => action.nodeId === null && hasBegun(action) && !known.has(action.id))
  const ended = await countEndedChildren(
    tx,
    adopted.map((action): ActionId => action.id),
  )
  for (const action of adopted) {
    const fanout = state.fanoutOf(action.id)
    Object.assign(fanout, ended.get(action.id))
    try {
      fanout.rest = remainingWork(state, action)
    } catch (error) {
      state.unreadable.set(action.id, messageOf(error))
    }
  }
  await adoptJoins(tx, state, adopted)
  await readUpdates(tx, state)
  await readPolicies(tx, state)
}

async function readPolicies(tx: Tx, state: ClusterState): Promise<void> {
  state.policies.clear()
  for (const attached of await loadAttachedPolicies(tx, [state.cluster.id])) {
    state.policies.set(attached.policy.id, attached)
  }
  const attaching = [...state.waitingClusterActions]
    .map((id) => state.actions.get(id))
    .filter((action) => action?.name === 'CLUSTER_ATTACH_POLICY')
  state.attachable.clear()
  const wanted = attaching.map((action) => action?.inputs['policyId'] as PolicyId)
  for (const policy of await loadPolicies(tx, wanted)) state.attachable.set(policy.id, policy)
}

async function readUpdates(tx: Tx, state: ClusterState): Promise<void> {
  const actionOf = (node: Node) => (node.actionId === null ? undefined : state.actions.get(node.actionId))
  state.queued.clear()
  for (const update of await loadOpenUpdates(tx, state.cluster.id)) {
    if (update.status === 'Queued') {
      state.queued.set(update.actionId, update)
      continue
    }
    const known = state.updates.get(update.poolId)
    if (known && known.update.id === update.id) {
      // All but `control` is written by this engine alone, and is in memory already.
      known.update = { ...known.update, control: update.control }
      continue
    }
    const steps = await loadEndedSteps(tx, update.id)
    state.updates.set(
      update.poolId,
      new UpdateInFlight(update, steps, state.nodesOf(update.poolId), actionOf),
    )
  }
}
