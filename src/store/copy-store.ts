import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { DroverError } from '../domain/errors.ts'
import { readLastSequence, skipToSequence } from './event-sequence.ts'
import type { Tables } from './schema.ts'
import type { Store, Tx } from './store.ts'

const ROWS_AT_ONCE = 500

/** Each table after those that it refers to, with the columns that put its rows in one order. */
const TABLES: readonly (readonly [keyof Tables, ...string[]])[] = [
  ['projects', 'id'],
  ['environments', 'id'],
  ['secret_keys', 'id'],
  ['api_keys', 'id'],
  ['access_keys', 'id'],
  ['users', 'id'],
  ['application_credentials', 'id'],
  ['tokens', 'id'],
  ['bundles', 'id'],
  ['profiles', 'id'],
  ['clusters', 'id'],
  ['node_pools', 'id'],
  ['revisions', 'id'],
  ['nodes', 'id'],
  ['updates', 'id'],
  ['actions', 'id'],
  ['policies', 'id'],
  ['policy_bindings', 'id'],
  ['events', 'sequence'],
  ['client_tokens', 'scope', 'token'],
  ['receivers', 'id'],
  ['receiver_messages', 'id'],
  ['node_hosts', 'node_id'],
  ['host_keys', 'project_id', 'route'],
  ['forgotten_nodes', 'node_id'],
  ['bundle_origins', 'project_id', 'place', 'bucket', 'object_key', 'state'],
  ['buckets', 'id'],
  ['bucket_objects', 'id'],
  ['stages', 'project_id', 'position'],
  ['infras', 'id'],
  ['published_projects', 'id'],
  ['deployments', 'id'],
  ['deployment_updates', 'id'],
  ['governance_rules', 'published_project_id'],
  ['sign_offs', 'id'],
  ['delegations', 'id'],
  ['signing_keys', 'id'],
  ['bundle_signatures', 'id'],
]

/** What a table holds: the checksum is the same for the same rows in any database. */
export interface TableSum {
  readonly rows: number
  /** SHA-256 of all rows in the order of their keys. */
  readonly checksum: string
}

/**
 * Copies everything from one database to another one, of whatever kind, in one transaction: all of it or nothing.
 * Before it commits, it reads everything back and compares. Engines are not copied, and own nothing in the copy.
 * @returns what each table has
 * @throws DroverError `in_use` when the other one is not empty, `internal` when what was read back differs
 * @throws the signal's reason when it is aborted
 */
export async function copyStore(
  from: Store,
  to: Store,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, TableSum>> {
  return await from.read((source) =>
    to.write(async (target) => {
      await requireEmpty(target)
      const sums = new Map<string, TableSum>()
      for (const [table, ...keys] of TABLES) {
        sums.set(table, await copyTable({ source, target, table, keys, signal }))
      }
      for (const [table, ...keys] of TABLES) {
        requireSame(table, sums.get(table) as TableSum, await sumTable(target, table, keys, signal))
      }
      await skipToSequence(target, await readLastSequence(source))
      return sums
    }),
  )
}

/** @throws DroverError `in_use` when some Drover has used this database */
export async function requireEmpty(target: Tx): Promise<void> {
  const found = await target.selectFrom('projects').select('name').limit(1).executeTakeFirst()
  if (!found) return
  throw new DroverError(
    'in_use',
    `the database to copy to has project "${found.name}" already; give one in which no Drover has run`,
  )
}

/** How many rows each of the copied tables has. */
export async function countRows(tx: Tx): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const [table] of TABLES) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
      tx,
    )
    counts[table] = Number(rows[0]?.count)
  }
  return counts
}

interface TableCopy {
  readonly source: Tx
  readonly target: Tx
  readonly table: keyof Tables
  readonly keys: readonly string[]
  readonly signal: AbortSignal | undefined
}

async function copyTable({ source, target, table, keys, signal }: TableCopy): Promise<TableSum> {
  const sum = createSum()
  for await (const rows of pagesOf(source, table, keys)) {
    signal?.throwIfAborted()
    if (table === 'clusters') for (const row of rows) row['engine_id'] = null
    sum.add(rows)
    await target
      .insertInto(table)
      .values(rows as never)
      .execute()
  }
  return sum.done()
}

async function sumTable(
  tx: Tx,
  table: keyof Tables,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<TableSum> {
  const sum = createSum()
  for await (const rows of pagesOf(tx, table, keys)) {
    signal?.throwIfAborted()
    sum.add(rows)
  }
  return sum.done()
}

async function* pagesOf(
  tx: Tx,
  table: keyof Tables,
  keys: readonly string[],
): AsyncGenerator<Record<string, unknown>[]> {
  const refs = sql.join(keys.map((key) => sql.ref(key)))
  let last: Record<string, unknown> | undefined
  for (;;) {
    const after = last
      ? sql`where (${refs}) > (${sql.join(keys.map((key) => (last as Record<string, unknown>)[key]))})`
      : sql``
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)} ${after}
      order by ${refs} limit ${ROWS_AT_ONCE}`.execute(tx)
    last = rows.at(-1)
    if (!last) return
    yield rows
  }
}

function createSum() {
  const hash = createHash('sha256')
  let count = 0
  return {
    add(rows: readonly Record<string, unknown>[]): void {
      for (const row of rows) {
        const values = Object.keys(row)
          .sort()
          .map((column) => [column, toComparable(row[column])])
        hash.update(JSON.stringify(values))
      }
      count += rows.length
    },
    done: (): TableSum => ({ rows: count, checksum: hash.digest('hex') }),
  }
}

/** PostgreSQL has a sign where there was a NUL, and no database has halves of surrogate pairs. */
function toComparable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value
}

function requireSame(table: string, read: TableSum, written: TableSum): void {
  if (read.rows === written.rows && read.checksum === written.checksum) return
  throw new DroverError(
    'internal',
    `table ${table} is not the same in the copy (${read.rows} rows were read, ${written.rows} are there): ` +
      'nothing was kept of it',
  )
}
