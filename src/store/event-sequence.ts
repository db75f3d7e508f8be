import { PostgresAdapter, sql } from 'kysely'
import type { Tx } from './store.ts'

/** The highest number that an event was ever given, gone ones too; 0 before the first. */
export async function readLastSequence(tx: Tx): Promise<number> {
  const { rows } = await (isPostgres(tx)
    ? sql<{ last: number | null }>`select pg_sequence_last_value(
        pg_get_serial_sequence('events', 'sequence')::regclass) as last`
    : sql<{ last: number | null }>`select seq as last from sqlite_sequence where name = 'events'`
  ).execute(tx)
  return Number(rows[0]?.last ?? 0)
}

/** Events that come get numbers above `last`: readers who have seen it miss none. Never goes back. */
export async function skipToSequence(tx: Tx, last: number): Promise<void> {
  const reached = Math.max(last, await readLastSequence(tx))
  if (isPostgres(tx)) {
    await sql`select setval(pg_get_serial_sequence('events', 'sequence'), ${Math.max(1, reached)}, ${reached > 0})`.execute(
      tx,
    )
    return
  }
  await sql`delete from sqlite_sequence where name = 'events'`.execute(tx)
  await sql`insert into sqlite_sequence (name, seq) values ('events', ${reached})`.execute(tx)
}

function isPostgres(tx: Tx): boolean {
  return tx.getExecutor().adapter instanceof PostgresAdapter
}
