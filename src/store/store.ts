import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'

/** A database handle inside one transaction. The query functions of this folder take one. */
export type Tx = Kysely<Tables>

/**
 * The contract of a database. The queries are the same for all of them (one file a noun beside this one);
 * an implementation gives transactions.
 */
export interface Store {
  /** Runs `work` on one consistent snapshot. Nothing is written. */
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>

  /**
   * Runs `work` in a transaction and resolves once what it wrote is durable. If `work` throws, nothing of it is
   * kept and the promise rejects with what it threw. Writes are grouped: many callers may share one commit, so
   * `work` must not wait for anything but its own queries.
   * @throws DroverError `store_unavailable` when the database cannot be written (disk full, gone, locked)
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>

  /** Waits for what is under way, then closes the database. */
  close(): Promise<void>
}
