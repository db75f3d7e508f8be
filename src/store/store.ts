import type { Kysely } from 'kysely'
import type { ClusterId } from '../domain/ids.ts'
import type { Tables } from './schema.ts'

/** A database handle inside one transaction. The query functions of this folder take one. */
export type Tx = Kysely<Tables>

/** How much a write keeps away from others while it runs. */
export interface WriteOptions {
  /**
   * `store` (default): of such writes one runs at a time, over all processes, so it may decide on whatever it reads.
   * `work` may be run again, when it met another write or a newer schema. `rows`: only rows that `work` holds or changes are kept from
   * others, and it runs once at most: for an engine, whose cluster's row is enough.
   */
  readonly guard?: 'store' | 'rows'
}

/** A cluster of which something was asked, or null for anything at all. */
export type OnNews = (clusterId: ClusterId | null) => void

/**
 * The contract of a database. The queries are the same for all of them (one file a noun beside this one);
 * an implementation gives transactions.
 */
export interface Store {
  /** Runs `work` on one consistent snapshot, and again on a newer one where that failed. Nothing is written. */
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>

  /**
   * Runs `work` in a transaction and resolves once what it wrote is durable. If `work` throws, nothing of it is
   * kept and the promise rejects with what it threw. Writes are grouped: many callers may share one commit, so
   * `work` must not wait for anything but its own queries.
   *
   * A statement that failed has undone the whole write, also when `work` catches what it threw.
   * @throws DroverError `store_unavailable` when the database cannot be written (disk full, gone, locked); whether
   *   a write that was cut off is there is known only by reading again
   */
  write<T>(work: (tx: Tx) => Promise<T>, options?: WriteOptions): Promise<T>

  /**
   * Counts commits: as long as it stays the same, so does everything that can be read. Absent where other processes
   * commit as well, and where reads cannot be told from writes.
   */
  version?(): number

  /**
   * Has `onNews` called, once or more and some time later, after other processes committed something. Absent where no
   * other process can. Only makes them sooner who poll as well. One listener a store.
   */
  listen?(onNews: OnNews): void

  /** Waits for what is under way, then closes the database. */
  close(): Promise<void>
}
