import type { KyselyPlugin } from 'kysely'
import type { Tx } from '../src/store/store.ts'

/** So many rows are read in no time: what every look and every poll reads. */
const FREE_ROWS = 6

/** Counts the rows that a transaction reads. */
export interface RowCounter {
  /** The transaction's handle, to be used instead of its own. */
  readonly tx: Tx
  /** Rows beyond those that cost nothing. */
  costly(): number
}

export function countRows(tx: Tx): RowCounter {
  let rows = 0
  const counter: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      rows += result.rows.length
      return result
    },
  }
  return { tx: tx.withPlugin(counter), costly: () => Math.max(0, rows - FREE_ROWS) }
}
