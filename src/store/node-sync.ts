import { type RawBuilder, sql } from 'kysely'
import type { SyncStatus } from '../domain/drift.ts'
import type { Tx } from './store.ts'
import { IN_FLIGHT } from './updates.ts'

/**
 * Which nodes differ from what they should be: something was found, or they are on another revision than their pool's
 * committed one, while no update has the pool. A node without a cluster should be what it was last made.
 */
const OUT_OF_SYNC = sql`(nodes.drift is not null or (nodes.revision_id is not null and exists (
  select 1 from node_pools join clusters on clusters.id = node_pools.cluster_id
  where node_pools.id = nodes.pool_id and clusters.kind = 'cluster'
    and node_pools.committed_revision_id <> nodes.revision_id
    and not exists (
      select 1 from updates where updates.pool_id = node_pools.id
        and updates.status in (${sql.join(IN_FLIGHT.map((status) => sql.lit(status)))})))))`

/** A condition on rows of `nodes`. */
export function inSync(status: SyncStatus): RawBuilder<unknown> {
  return status === 'OUT_OF_SYNC' ? OUT_OF_SYNC : sql`not ${OUT_OF_SYNC}`
}

/** Of all projects: nodes of which a difference was found. */
export async function countDriftedNodes(
  tx: Tx,
): Promise<readonly { readonly drift: string; readonly count: number }[]> {
  const rows = await tx
    .selectFrom('nodes')
    .select(['drift', (eb) => eb.fn.countAll<number>().as('count')])
    .where('drift', 'is not', null)
    .groupBy('drift')
    .execute()
  return rows.map(({ drift, count }) => ({ drift: drift ?? '', count: Number(count) }))
}
