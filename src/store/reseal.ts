import { sql } from 'kysely'
import {
  isRowSealedBy,
  openRow,
  SEALED_PLACES,
  type SealedPlace,
  type SealedTable,
  sealRow,
} from './sealed-columns.ts'
import type { Store, Tx } from './store.ts'

const ROWS_AT_ONCE = 200

/** How far a {@link resealAll} has come. */
export interface ResealProgress {
  readonly looked: number
  /** Rows that were sealed anew. */
  readonly sealed: number
}

/**
 * Sees to it that all secrets are sealed by the store's present key: those that were sealed by another of its keys, and
 * those that never were. A few rows in each transaction, so that nobody waits long; what was done stays done when it is
 * broken off, and running it again goes over it quickly.
 * @param keyId of the key that seals
 * @throws DroverError `secret_unreadable` @throws the signal's reason when it is aborted
 */
export async function resealAll(store: Store, keyId: string, signal?: AbortSignal): Promise<ResealProgress> {
  let [looked, sealed] = [0, 0]
  for (const table of Object.keys(SEALED_PLACES) as SealedTable[]) {
    for (let last: Row | undefined; ; ) {
      signal?.throwIfAborted()
      const page = await store.write((tx) => resealPage(tx, table, keyId, last))
      looked += page.looked
      sealed += page.sealed
      last = page.last
      if (!last) break
    }
  }
  return { looked, sealed }
}

type Row = Readonly<Record<string, unknown>>

async function resealPage(
  tx: Tx,
  table: SealedTable,
  keyId: string,
  after: Row | undefined,
): Promise<ResealProgress & { readonly last: Row | undefined }> {
  const place: SealedPlace = SEALED_PLACES[table]
  const { column, keys } = place
  const refs = sql.join(keys.map((key) => sql.ref(key)))
  const valuesOf = (row: Row) => sql.join(keys.map((key) => row[key]))
  const conditions = [
    after ? sql`(${refs}) > (${valuesOf(after)})` : sql`1 = 1`,
    // Only few of very many actions have any.
    place.members
      ? sql`(${sql.join(
          place.members.map((member) => sql`${sql.ref(column)} like ${`%"${member}"%`}`),
          sql` or `,
        )})`
      : sql`1 = 1`,
  ]
  const { rows } = await sql<Row>`select ${refs}, ${sql.ref(column)} from ${sql.table(table)}
    where ${sql.join(conditions, sql` and `)} order by ${refs} limit ${ROWS_AT_ONCE}`.execute(tx)
  let sealed = 0
  for (const row of rows) {
    if (isRowSealedBy(keyId, table, row)) continue
    const text = sealRow(tx, table, openRow(tx, table, row))[column]
    // An engine holds only its cluster's row, and may have written this one, with its own key, a moment ago.
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${text}
      where (${refs}) = (${valuesOf(row)}) and ${sql.ref(column)} = ${row[column]}`.execute(tx)
    sealed += 1
  }
  return { looked: rows.length, sealed, last: rows.at(-1) }
}
