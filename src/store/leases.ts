import { type Expression, PostgresAdapter, sql } from 'kysely'
import type { ClusterLease } from '../domain/cluster.ts'
import type { Engine } from '../domain/engine.ts'
import type { ClusterId, EngineId, EpochMs } from '../domain/ids.ts'
import { locksRows } from './row-locks.ts'
import { engineRows } from './rows.ts'
import type { Tx } from './store.ts'

const DATABASE_CLOCK = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

/**
 * An engine proves that it lives by one heartbeat row; it owns clusters, each under a term that grows with every
 * change of owner. A write about a cluster names the term, so an engine that was thought dead and wakes up late
 * can change nothing. One heartbeat renews all of an engine's clusters: a thousand idle ones cost one write.
 * @param engine its times by the engine's own clock; see {@link timeOfLeases} for what becomes of them
 */
export async function putEngine(tx: Tx, engine: Engine): Promise<void> {
  const now = timeOfLeases(tx, engine.heartbeatAt)
  await tx
    .insertInto('engines')
    .values({
      ...engineRows.toRow(engine),
      heartbeat_at: now,
      lease_until: sql`${now} + ${engine.leaseUntil - engine.heartbeatAt}`,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        heartbeat_at: eb.ref('excluded.heartbeat_at'),
        lease_until: eb.ref('excluded.lease_until'),
      })),
    )
    .execute()
}

/**
 * By which clock leases begin and end. Engines that meet in one database may be on machines whose clocks differ, so
 * there the database's own counts. Where a process is alone, its own does, which a simulation can turn.
 */
function timeOfLeases(tx: Tx, own: EpochMs): Expression<number> {
  return locksRows(tx) ? DATABASE_CLOCK : sql.val(own)
}

export async function listEngines(tx: Tx): Promise<Engine[]> {
  const rows = await tx.selectFrom('engines').selectAll().orderBy('id').execute()
  return rows.map(engineRows.toNoun)
}

/** Gives back everything an engine holds, at a clean stop. */
export async function releaseEngine(tx: Tx, id: EngineId): Promise<void> {
  await tx.updateTable('clusters').set({ engine_id: null }).where('engine_id', '=', id).execute()
  await tx.deleteFrom('engines').where('id', '=', id).execute()
}

/** Gives back single clusters, unless somebody else has taken them meanwhile. */
export async function giveBackClusters(tx: Tx, leases: readonly ClusterLease[]): Promise<void> {
  for (const { clusterId, engineId, term } of leases) {
    await tx
      .updateTable('clusters')
      .set({ engine_id: null })
      .where('id', '=', clusterId)
      .where('engine_id', '=', engineId)
      .where('term', '=', term)
      .execute()
  }
}

/** Everything that the store says this engine holds. */
export async function listHeldClusters(tx: Tx, engineId: EngineId): Promise<ClusterLease[]> {
  const rows = await tx
    .selectFrom('clusters')
    .select(['id', 'term'])
    .where('engine_id', '=', engineId)
    .execute()
  return rows.map(({ id, term }) => ({ clusterId: id as ClusterId, engineId, term }))
}

/** Ends the leases of all engines but this one: for a database that only one process can have open. */
export async function expireOtherEngines(tx: Tx, id: EngineId): Promise<void> {
  await tx.updateTable('engines').set({ lease_until: 0 }).where('id', '!=', id).execute()
}

/**
 * An engine whose lease is not over, by the database's clock where there is one, and for how much longer it lasts.
 * For who only reads, and wants to know whether anybody is there.
 */
export async function findLiveEngine(
  tx: Tx,
  now: EpochMs,
): Promise<{ readonly host: string; readonly pid: number; readonly leftMs: number } | undefined> {
  const clock = tx.getExecutor().adapter instanceof PostgresAdapter ? DATABASE_CLOCK : sql.val(now)
  const { rows } = await sql<{ host: string; pid: number; left_ms: number }>`
    select host, pid, lease_until - ${clock} as left_ms from engines
    where lease_until > ${clock} order by id limit 1`.execute(tx)
  const [row] = rows
  return row && { host: row.host, pid: row.pid, leftMs: row.left_ms }
}

/**
 * How many milliseconds the first of the other engines' leases still lasts, if none is renewed; undefined if there is
 * none. By the same clock as the leases.
 * @param now by the engine's own clock; see {@link timeOfLeases}
 */
export async function nextLeaseEndMs(tx: Tx, id: EngineId, now: EpochMs): Promise<number | undefined> {
  const clock = timeOfLeases(tx, now)
  const row = await tx
    .selectFrom('engines')
    .select(sql<number>`min(lease_until) - ${clock}`.as('left_ms'))
    .where('id', '!=', id)
    .where('lease_until', '>=', clock)
    .having(sql`count(*)`, '>', 0)
    .executeTakeFirst()
  return row?.left_ms
}

/**
 * Takes all clusters from whoever had them and forgets all engines, for a database that comes back from a backup.
 * @param ahead how many terms to pass over, so that nobody has seen a higher one
 */
export async function disownClusters(tx: Tx, ahead: number): Promise<void> {
  await tx
    .updateTable('clusters')
    .set((eb) => ({ engine_id: null, term: eb('term', '+', ahead) }))
    .execute()
  await tx.deleteFrom('engines').execute()
}

/** Removes engines whose lease has been over for `silentMs` and that hold nothing. */
export async function pruneEngines(tx: Tx, now: EpochMs, silentMs: number): Promise<void> {
  await tx
    .deleteFrom('engines')
    .where('lease_until', '<', sql<number>`${timeOfLeases(tx, now)} - ${silentMs}`)
    .where(
      'id',
      'not in',
      tx
        .selectFrom('clusters')
        .select('engine_id')
        .where('engine_id', 'is not', null)
        .$castTo<{ engine_id: string }>(),
    )
    .execute()
}

/**
 * Takes up to `limit` clusters that nobody holds, or whose holder's lease is over.
 * @param now by the engine's own clock; see {@link timeOfLeases}
 */
export async function claimClusters(
  tx: Tx,
  engineId: EngineId,
  now: EpochMs,
  limit: number,
): Promise<ClusterLease[]> {
  const free = await tx
    .selectFrom('clusters')
    .leftJoin('engines', 'engines.id', 'clusters.engine_id')
    .select(['clusters.id', 'clusters.term'])
    .where((eb) =>
      eb.or([eb('engines.id', 'is', null), eb('engines.lease_until', '<', timeOfLeases(tx, now))]),
    )
    .limit(limit)
    .$if(locksRows(tx), (query) => query.forNoKeyUpdate('clusters').skipLocked())
    .execute()
  const leases: ClusterLease[] = []
  for (const { id, term } of free) {
    const result = await tx
      .updateTable('clusters')
      .set({ engine_id: engineId, term: term + 1 })
      .where('id', '=', id)
      .where('term', '=', term)
      .executeTakeFirst()
    if (result.numUpdatedRows === 1n) leases.push({ clusterId: id as ClusterId, engineId, term: term + 1 })
  }
  return leases
}

/** What a cluster's engine must compare before it writes. */
export interface Fence {
  readonly engineId: string | null
  readonly term: number
  readonly intent: number
}

/** In a database with several writers this also holds the row until the transaction ends. */
export async function lockFence(tx: Tx, clusterId: ClusterId): Promise<Fence | undefined> {
  const row = await tx
    .selectFrom('clusters')
    .select(['engine_id', 'term', 'intent'])
    .where('id', '=', clusterId)
    .$if(locksRows(tx), (query) => query.forNoKeyUpdate())
    .executeTakeFirst()
  return row && { engineId: row.engine_id, term: row.term, intent: row.intent }
}

/** Notes that the requests up to `intent` were looked at. */
export async function markIntentSeen(tx: Tx, clusterId: ClusterId, intent: number): Promise<void> {
  await tx.updateTable('clusters').set({ seen_intent: intent }).where('id', '=', clusterId).execute()
}

/** This engine's clusters with requests it has not looked at yet. */
export async function findAskedClusters(tx: Tx, engineId: EngineId): Promise<ClusterId[]> {
  const rows = await tx
    .selectFrom('clusters')
    .select('id')
    .where('engine_id', '=', engineId)
    .whereRef('intent', '>', 'seen_intent')
    .execute()
  return rows.map((row) => row.id as ClusterId)
}
