import { PostgresAdapter, sql } from 'kysely'
import { DroverError } from '../domain/errors.ts'
import type { Tables } from './schema.ts'
import type { Store, Tx } from './store.ts'

const ROWS_AT_ONCE = 500

/** Each table after those that it refers to, with the columns that put its rows in one order. */
const TABLES: readonly (readonly [keyof Tables, ...string[]])[] = [
  ['projects', 'id'],
  ['api_keys', 'id'],
  ['bundles', 'id'],
  ['profiles', 'id'],
  ['clusters', 'id'],
  ['node_pools', 'id'],
  ['revisions', 'id'],
  ['nodes', 'id'],
  ['updates', 'id'],
  ['actions', 'id'],
  ['events', 'sequence'],
  ['client_tokens', 'scope', 'token'],
]

/**
 * Copies everything from one database to another one, of whatever kind, in one transaction: all of it or nothing.
 * Engines are not copied, and own nothing in the copy. No server may run on either meanwhile.
 * @returns how many rows each table has
 * @throws DroverError `in_use` when the other one is not empty
 */
export async function copyStore(from: Store, to: Store): Promise<ReadonlyMap<string, number>> {
  return await from.read((source) =>
    to.write(async (target) => {
      await requireEmpty(target)
      const counts = new Map<string, number>()
      for (const [table, ...keys] of TABLES) counts.set(table, await copyTable(source, target, table, keys))
      await target.updateTable('clusters').set({ engine_id: null }).execute()
      await continueSequence(target)
      return counts
    }),
  )
}

async function requireEmpty(target: Tx): Promise<void> {
  const found = await target.selectFrom('projects').select('name').limit(1).executeTakeFirst()
  if (!found) return
  throw new DroverError(
    'in_use',
    `the database to copy to has project "${found.name}" already; give one in which no Drover has run`,
  )
}

async function copyTable(
  source: Tx,
  target: Tx,
  table: keyof Tables,
  keys: readonly string[],
): Promise<number> {
  const refs = sql.join(keys.map((key) => sql.ref(key)))
  let count = 0
  let last: Record<string, unknown> | undefined
  for (;;) {
    const after = last
      ? sql`where (${refs}) > (${sql.join(keys.map((key) => (last as Record<string, unknown>)[key]))})`
      : sql``
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)} ${after}
      order by ${refs} limit ${ROWS_AT_ONCE}`.execute(source)
    last = rows.at(-1)
    if (!last) return count
    await target
      .insertInto(table)
      .values(rows as never)
      .execute()
    count += rows.length
  }
}

/** Numbers that were given stay; the next one must not be one of them. SQLite sees to that by itself. */
async function continueSequence(target: Tx): Promise<void> {
  if (!(target.getExecutor().adapter instanceof PostgresAdapter)) return
  await sql`select setval(pg_get_serial_sequence('events', 'sequence'), greatest(1, max(sequence)), max(sequence) is not null)
    from events`.execute(target)
}
