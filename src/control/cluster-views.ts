import type { Cluster, NodePool } from '../domain/cluster.ts'
import type { NodeGroup } from '../domain/node-group.ts'
import { listPoolsOf } from '../store/clusters.ts'
import { loadEnvironmentNames } from '../store/environments.ts'
import { countNodesByPool, type NodeCounts } from '../store/node-counts.ts'
import { listNodeIds } from '../store/nodes.ts'
import { listPolicyIds } from '../store/policies.ts'
import { loadRevisionHeads } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { loadUpdatesInFlightOf } from '../store/updates.ts'
import { countDiffering, sumUpSync, viewPoolSync } from './sync-views.ts'
import type { ClusterView, ClusterWithNodes, PoolView } from './views.ts'

/** A constant number of queries, however many clusters. */
export async function viewClusters(tx: Tx, clusters: readonly Cluster[]): Promise<ClusterView[]> {
  const pools = await viewPools(
    tx,
    await listPoolsOf(
      tx,
      clusters.map((cluster) => cluster.id),
    ),
  )
  const byCluster = Map.groupBy(pools, (view) => view.pool.clusterId)
  const environments = await loadEnvironmentNames(
    tx,
    clusters.flatMap(({ environmentId }) => environmentId ?? []),
  )
  return clusters.map((cluster) => ({
    cluster,
    sync: sumUpSync((byCluster.get(cluster.id) ?? []).map(({ sync }) => sync)),
    environment: (cluster.environmentId && environments.get(cluster.environmentId)) ?? null,
    pools: byCluster.get(cluster.id) ?? [],
  }))
}

/** Beside {@link viewClusters} two queries more: what it answers grows with the nodes. */
export async function viewClustersWithNodes(
  tx: Tx,
  clusters: readonly Cluster[],
): Promise<ClusterWithNodes[]> {
  const ids = clusters.map((cluster) => cluster.id)
  const nodeIds = await listNodeIds(tx, ids)
  const policyIds = await listPolicyIds(tx, ids)
  const views = await viewClusters(tx, clusters)
  return views.map((view) => ({
    ...view,
    nodeIds: nodeIds.get(view.cluster.id) ?? [],
    policyIds: policyIds.get(view.cluster.id) ?? [],
  }))
}

export async function viewPools(tx: Tx, pools: readonly NodePool[]): Promise<PoolView[]> {
  const clusterIds = [...new Set(pools.map((pool) => pool.clusterId))]
  const counts = await countNodesByPool(tx, clusterIds)
  const heads = await loadRevisionHeads(
    tx,
    pools.map((pool) => pool.committedRevisionId),
  )
  const updates = await loadUpdatesInFlightOf(tx, clusterIds)
  return pools.map((pool) => ({
    pool,
    sync: viewPoolSync(counts.get(pool.id)?.groups ?? [], {
      committed: pool.committedRevisionId,
      isMoving: updates.some((update) => update.poolId === pool.id),
    }),
    // A committed revision is never deleted while its pool is there.
    committedRevision: heads.get(pool.committedRevisionId)!.number,
    profile: heads.get(pool.committedRevisionId)!.profile,
    nodes: nodesOf(pool, counts.get(pool.id)),
    updateInFlight: updates.find((update) => update.poolId === pool.id) ?? null,
  }))
}

const NONE: NodeCounts = {
  ...{ total: 0, available: 0, creating: 0, deleting: 0, unknown: 0 },
  ...{ byRevision: new Map(), groups: [] },
}

function nodesOf(
  { committedRevisionId: committed }: NodePool,
  { byRevision, groups, ...counts } = NONE,
): PoolView['nodes'] {
  return {
    ...counts,
    upToDate: byRevision.get(committed) ?? 0,
    // A process that does not run is in `available` already.
    differing: countDiffering(groups.map(withoutProcess), { committed, isMoving: false }),
  }
}

function withoutProcess(group: NodeGroup): NodeGroup {
  return group.drift === 'process' ? { ...group, drift: null } : group
}
