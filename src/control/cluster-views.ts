import type { Cluster, NodePool } from '../domain/cluster.ts'
import { listPoolsOf } from '../store/clusters.ts'
import { loadEnvironmentNames } from '../store/environments.ts'
import { countNodesByPool, type NodeCounts } from '../store/node-counts.ts'
import { listNodeIds } from '../store/nodes.ts'
import { listPolicyIds } from '../store/policies.ts'
import { loadRevisionHeads } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { loadUpdatesInFlightOf } from '../store/updates.ts'
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
    // A committed revision is never deleted while its pool is there.
    committedRevision: heads.get(pool.committedRevisionId)!.number,
    profile: heads.get(pool.committedRevisionId)!.profile,
    nodes: nodesOf(pool, counts.get(pool.id)),
    updateInFlight: updates.find((update) => update.poolId === pool.id) ?? null,
  }))
}

const NONE: NodeCounts = {
  ...{ total: 0, available: 0, creating: 0, deleting: 0, unknown: 0 },
  byRevision: new Map(),
}

function nodesOf({ committedRevisionId }: NodePool, { byRevision, ...counts } = NONE): PoolView['nodes'] {
  const { total } = counts
  const upToDate = byRevision.get(committedRevisionId) ?? 0
  // Those on which nothing was put yet are under no revision's name.
  return { ...counts, upToDate, differing: total - upToDate - (byRevision.get('') ?? 0) }
}
