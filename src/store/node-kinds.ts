import type { NodePool } from '../domain/cluster.ts'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Tx } from './store.ts'

const IDS_PER_STATEMENT = 200

/** Nodes of a pool that have all of this in common. */
export interface NodeKind
  extends Pick<Node, 'status' | 'health' | 'revisionId' | 'drift' | 'metadata' | 'data'> {
  readonly count: number
}

/**
 * How many nodes of each kind a pool has: a few rows, however large it is, as long as its nodes say nothing of their own.
 * @param ids only these; a kind may come several times then
 */
export async function listNodeKinds(
  tx: Tx,
  { id, clusterId }: Pick<NodePool, 'id' | 'clusterId'>,
  ids?: readonly NodeId[],
): Promise<NodeKind[]> {
  const all = tx
    .selectFrom('nodes')
    .select(['status', 'health', 'revision_id', 'drift', 'metadata', 'data'])
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('cluster_id', '=', clusterId)
    .where('pool_id', '=', id)
    .groupBy(['status', 'health', 'revision_id', 'drift', 'metadata', 'data'])
  if (ids === undefined) return (await all.execute()).map(toKind)
  const kinds: NodeKind[] = []
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const some = all.where('id', 'in', ids.slice(start, start + IDS_PER_STATEMENT))
    for (const row of await some.execute()) kinds.push(toKind(row))
  }
  return kinds
}

function toKind(row: {
  readonly status: string
  readonly health: string
  readonly revision_id: string | null
  readonly drift: string | null
  readonly metadata: string
  readonly data: string
  readonly count: number
}): NodeKind {
  return {
    status: row.status as Node['status'],
    health: row.health as Node['health'],
    revisionId: row.revision_id as RevisionId | null,
    drift: row.drift as Node['drift'],
    metadata: JSON.parse(row.metadata) as Node['metadata'],
    data: JSON.parse(row.data) as Node['data'],
    // PostgreSQL counts beyond what a number holds, and says so as a text.
    count: Number(row.count),
  }
}
