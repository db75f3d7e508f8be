import { isStandaloneClusterId } from '../domain/cluster.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import { listPoolsOf, loadClusterNames } from '../store/clusters.ts'
import { loadRevisionHeads } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { loadUpdatesInFlightOf } from '../store/updates.ts'
import { viewNodeSync } from './sync-views.ts'
import type { NodeView } from './views.ts'

/** A constant number of queries, however many nodes. */
export async function viewNodes(tx: Tx, nodes: readonly Node[]): Promise<NodeView[]> {
  const clusterIds = unique(nodes.map((node) => node.clusterId))
  const clusterNames = await loadClusterNames(tx, clusterIds)
  const pools = new Map((await listPoolsOf(tx, clusterIds)).map((pool) => [pool.id, pool]))
  const moving = new Set((await loadUpdatesInFlightOf(tx, clusterIds)).map((update) => update.poolId))
  const revisionOf = ({ revisionId, poolId }: Node) => revisionId ?? pools.get(poolId)?.committedRevisionId
  const committed = nodes.flatMap(({ poolId }) => pools.get(poolId)?.committedRevisionId ?? [])
  const own = nodes.flatMap(({ revisionId }) => revisionId ?? [])
  const heads = await loadRevisionHeads(tx, unique([...own, ...committed]))
  return nodes.map((node) => {
    const pool = pools.get(node.poolId)
    const revision = revisionOf(node)
    const head = revision && heads.get(revision)
    const isMember = !isStandaloneClusterId(node.clusterId)
    const goal = {
      // A node without a cluster is what it was last made.
      committed: (isMember ? pool?.committedRevisionId : node.revisionId) ?? undefined,
      isMoving: moving.has(node.poolId),
    }
    const number = (node.revisionId && head?.number) ?? null
    const committed = (pool && heads.get(pool.committedRevisionId)?.number) ?? null
    const sync = viewNodeSync(node, goal, { own: number, committed })
    return {
      node,
      cluster: isMember ? (clusterNames.get(node.clusterId) ?? node.clusterId) : null,
      pool: isMember ? (pool?.name ?? node.poolId) : null,
      revision: number,
      profile: head?.profile ?? null,
      drifted: sync.reasons.some(({ kind }) => kind === 'revision'),
      sync,
      available: isAvailable(node),
    }
  })
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)]
}
