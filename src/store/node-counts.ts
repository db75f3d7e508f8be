import type { ClusterId, PoolId } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import type { NodeGroup } from '../domain/node-group.ts'
import type { Tx } from './store.ts'

/** Nodes of a pool, counted. */
export interface NodeCounts {
  readonly total: number
  /** That serve. */
  readonly available: number
  readonly creating: number
  readonly deleting: number
  /** That should serve, and of which nobody knows whether they do. */
  readonly unknown: number
  /** By the revision that was last put on them. */
  readonly byRevision: ReadonlyMap<string, number>
  /** All that can be counted of them. */
  readonly groups: readonly NodeGroup[]
}

/**
 * The nodes that each pool of these clusters has. What engines have counted is taken from them; nodes are gone through
 * only for clusters that were asked something that their engine has not seen. At most 1000 clusters.
 */
export async function countNodesByPool(
  tx: Tx,
  clusterIds: readonly ClusterId[],
): Promise<Map<PoolId, NodeCounts>> {
  if (clusterIds.length === 0) return new Map()
  const known = await tx
    .selectFrom('clusters')
    .select(['id', 'node_counts'])
    .where('id', 'in', clusterIds)
    .execute()
  const counted = known.flatMap(({ node_counts: text }) =>
    text === null ? [] : (JSON.parse(text) as readonly NodeGroup[]),
  )
  const others = known.filter(({ node_counts }) => node_counts === null).map(({ id }) => id)
  const byPool = Map.groupBy([...counted, ...(await countRows(tx, others))], ({ poolId }) => poolId)
  return new Map([...byPool].map(([id, groups]) => [id, sumUp(groups)]))
}

const KINDS = ['pool_id', 'status', 'health', 'revision_id', 'drift'] as const

async function countRows(tx: Tx, clusterIds: readonly string[]): Promise<NodeGroup[]> {
  if (clusterIds.length === 0) return []
  const rows = await tx
    .selectFrom('nodes')
    .select([...KINDS, (eb) => eb.fn.countAll<number>().as('count')])
    .where('cluster_id', 'in', clusterIds)
    .groupBy(KINDS)
    .execute()
  return rows.map(({ pool_id, status, health, revision_id, drift, count }) => ({
    ...({ poolId: pool_id, status, health, revisionId: revision_id, drift } as Omit<NodeGroup, 'count'>),
    count: Number(count),
  }))
}

function sumUp(groups: readonly NodeGroup[]): NodeCounts {
  const sum = (which: (group: NodeGroup) => boolean) =>
    groups.filter(which).reduce((total, { count }) => total + count, 0)
  const byRevision = Map.groupBy(groups, ({ revisionId }) => revisionId ?? '')
  return {
    total: sum(() => true),
    available: sum((group) => isAvailable(group as Pick<Node, 'status' | 'health'>)),
    creating: sum(({ status }) => status === 'Creating'),
    deleting: sum(({ status }) => status === 'Deleting'),
    unknown: sum(({ status, health }) => status === 'Running' && health === 'Unknown'),
    byRevision: new Map(
      [...byRevision.keys()].map((id) => [id, sum(({ revisionId }) => (revisionId ?? '') === id)]),
    ),
    groups,
  }
}
