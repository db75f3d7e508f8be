import { PostgresAdapter, sql } from 'kysely'
import type { Migration } from './migrations.ts'
import type { Tx } from './store.ts'

/** The migrations that a database has seen, in order; null when no Drover ever used it. Changes nothing. */
export async function readAppliedMigrations(
  tx: Tx,
): Promise<Pick<Migration, 'number' | 'name' | 'breaking'>[] | null> {
  const isPostgres = tx.getExecutor().adapter instanceof PostgresAdapter
  const { rows: tables } = await (isPostgres
    ? sql`select 1 as found where to_regclass('migrations') is not null`
    : sql`select 1 as found from sqlite_master where type = 'table' and name = 'migrations'`
  ).execute(tx)
  if (tables.length === 0) return null
  const { rows } = await sql<{ number: number; name: string; breaking: number }>`
    select number, name, breaking from migrations order by number`.execute(tx)
  return rows.map(({ number, name, breaking }) => ({ number, name, breaking: breaking === 1 }))
}
