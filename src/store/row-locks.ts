import type { Tx } from './store.ts'

const LOCKS_ROWS = Symbol('locksRows')

/** Marks the adapter of a dialect whose transactions meet other writers. */
export function markRowLocks<Adapter extends object>(adapter: Adapter): Adapter {
  return Object.assign(adapter, { [LOCKS_ROWS]: true })
}

/**
 * Whether a row that decides something has to be held until the transaction ends: in a write, on a database that has
 * several writers. Elsewhere there is nobody to hold it against, and no SQL to say so.
 */
export function locksRows(tx: Tx): boolean {
  return LOCKS_ROWS in tx.getExecutor().adapter
}
