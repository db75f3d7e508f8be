import { type RawBuilder, sql } from 'kysely'
import { DroverError } from '../domain/errors.ts'
import type { Sealer } from '../domain/sealer.ts'
import {
  isRowSealedBy,
  openRow,
  openRowWith,
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

/**
 * What cannot be opened, a sentence for each.
 * @param sealer has the keys; those of the store are not used
 */
export async function findUnreadable(store: Store, sealer: Sealer, limit: number): Promise<string[]> {
  const found: string[] = []
  for (const table of Object.keys(SEALED_PLACES) as SealedTable[]) {
    for (let last: Row | undefined; ; ) {
      const rows = await store.read((tx) => selectPage(tx, table, last))
      for (const row of rows) {
        try {
          openRowWith(sealer, table, row)
        } catch (error) {
          if (!(error instanceof DroverError)) throw error
          found.push(error.message)
          if (found.length >= limit) return found
        }
      }
      last = rows.at(-1)
      if (!last) break
    }
  }
  return found
}

type Row = Readonly<Record<string, unknown>>

async function resealPage(
  tx: Tx,
  table: SealedTable,
  keyId: string,
  after: Row | undefined,
): Promise<ResealProgress & { readonly last: Row | undefined }> {
  const { column, keys } = SEALED_PLACES[table]
  const rows = await selectPage(tx, table, after)
  let sealed = 0
  for (const row of rows) {
    if (isRowSealedBy(keyId, table, row)) continue
    const text = sealRow(tx, table, openRow(tx, table, row))[column]
    // An engine holds only its cluster's row, and may have written this one, with its own key, a moment ago.
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${text}
      where (${refsTo(keys)}) = (${valuesOf(keys, row)}) and ${sql.ref(column)} = ${row[column]}`.execute(tx)
    sealed += 1
  }
  return { looked: rows.length, sealed, last: rows.at(-1) }
}

/** Rows that may have something sealed, or to be sealed, in the order of their keys. */
async function selectPage(tx: Tx, table: SealedTable, after: Row | undefined): Promise<readonly Row[]> {
  const { column, keys, members }: SealedPlace = SEALED_PLACES[table]
  const conditions = [
    after ? sql`(${refsTo(keys)}) > (${valuesOf(keys, after)})` : sql`1 = 1`,
    // Only few of very many actions have any.
    members
      ? sql`(${sql.join(
          members.map((member) => sql`${sql.ref(column)} like ${`%"${member}"%`}`),
          sql` or `,
        )})`
      : sql`1 = 1`,
  ]
  const { rows } = await sql<Row>`select ${refsTo(keys)}, ${sql.ref(column)} from ${sql.table(table)}
    where ${sql.join(conditions, sql` and `)} order by ${refsTo(keys)} limit ${ROWS_AT_ONCE}`.execute(tx)
  return rows
}

function refsTo(keys: readonly string[]): RawBuilder<unknown> {
  return sql.join(keys.map((key) => sql.ref(key)))
}

function valuesOf(keys: readonly string[], row: Row): RawBuilder<unknown> {
  return sql.join(keys.map((key) => row[key]))
}
