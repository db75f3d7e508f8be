import { type RawBuilder, sql } from 'kysely'
import { AmbiguousError } from '../domain/errors.ts'
import { locksRows } from './row-locks.ts'
import type { Tables } from './schema.ts'
import type { Tx } from './store.ts'

/** So many ids stand in the message about an ambiguous reference. */
const MOST_NAMED = 10
/** Shorter ones would rather be a name that was mistyped. */
const SHORT_ID = /^[0-9a-f]{8}[0-9a-f-]{0,27}$/i

interface Search {
  /** What is looked for, as an error names it: `cluster`. */
  readonly kind: string
  readonly table: keyof Tables & string
  /** Equality by column. Undefined values are left out. */
  readonly where: Readonly<Record<string, string | undefined>>
  /** What else must be true of one that is found by its name. */
  readonly named?: RawBuilder<unknown>
  /** In a write, on a database with several writers: whether what is found is held until its end. */
  readonly hold?: boolean
}

/**
 * Finds the row that a caller means: by its id, else by its name, else by a leading part of its id that has at least
 * eight characters.
 * @throws AmbiguousError if several go by that name or begin like that
 */
export async function findByReference<Row extends object>(
  tx: Tx,
  search: Search,
  reference: string,
): Promise<Row | undefined> {
  const exact = await select(
    tx,
    search,
    search.named
      ? sql`(id = ${reference} or (name = ${reference} and ${search.named}))`
      : sql`(id = ${reference} or name = ${reference})`,
    sql`case when id = ${reference} then 0 else 1 end, id`,
  )
  const [first] = exact
  if (first?.id === reference || exact.length === 1) return first as Row
  if (exact.length > 1) throw ambiguous(search, reference, exact)
  if (!SHORT_ID.test(reference)) return undefined
  const start = reference.toLowerCase()
  // No digit and no dash comes after "g".
  const begun = await select(tx, search, sql`(id >= ${start} and id < ${`${start}g`})`, sql`id`)
  if (begun.length > 1) throw ambiguous(search, reference, begun)
  return begun[0] as Row | undefined
}

async function select(
  tx: Tx,
  { table, where, hold }: Search,
  condition: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
): Promise<readonly { readonly id: string }[]> {
  const within = Object.entries(where)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => sql`${sql.ref(column)} = ${value}`)
  const lock = hold && locksRows(tx) ? sql`for no key update` : sql``
  const { rows } = await sql<{ id: string }>`select * from ${sql.table(table)}
    where ${sql.join([...within, condition], sql` and `)} order by ${order} limit ${MOST_NAMED} ${lock}`.execute(
    tx,
  )
  return rows
}

function ambiguous({ kind }: Search, reference: string, rows: readonly { readonly id: string }[]) {
  return new AmbiguousError(
    kind,
    reference,
    rows.map(({ id }) => id),
  )
}
