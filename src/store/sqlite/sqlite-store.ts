import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { DroverError, messageOf } from '../../domain/errors.ts'
import type { Sealer } from '../../domain/sealer.ts'
import type { Tables } from '../schema.ts'
import { useSealer } from '../sealing.ts'
import type { Store, Tx } from '../store.ts'
import { createDialect } from './dialect.ts'
import { migrate } from './migrate.ts'

export interface SqliteOptions extends GroupOptions {
  /** Path of the database file, or `:memory:`. */
  readonly path: string
  /** Changes nothing, not even the schema; writes are refused. The file must exist. */
  readonly readOnly?: boolean
}

interface GroupOptions {
  /** Seals secrets. Default: they are written as they are, and what is sealed cannot be read. */
  readonly sealer?: Sealer
  /** Largest number of writes that share one commit. */
  readonly maxGroup?: number
  /** Waits while those who are ready join a group. Default: one turn of the event loop. */
  readonly yieldTurn?: () => Promise<void>
}

interface PendingWrite {
  readonly work: (tx: Tx) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Opens the embedded database and brings its schema up to date.
 *
 * One connection writes and one reads, so that a reader sees the last commit and never waits for a writer (WAL).
 * Writes that arrive while a commit is on its way to the disk share the next one: `synchronous=FULL` costs one
 * flush for each group instead of one for each write.
 *
 * @throws DroverError `schema_too_new` when a newer Drover wrote this database, `store_unavailable` when the file
 *   cannot be opened
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  if (options.readOnly) return new SqliteStore(open(options.path, true), open(options.path, true), options)
  const writeDatabase = open(options.path, false)
  migrate(writeDatabase)
  if (options.path === ':memory:') return createSqliteStore(writeDatabase, options)
  return new SqliteStore(writeDatabase, open(options.path, true), options)
}

/** Makes a store of one connection whose schema is up to date: reads take their turn among the writes. */
export function createSqliteStore(database: DatabaseSync, options: GroupOptions = {}): Store {
  return new SqliteStore(database, database, options)
}

function open(path: string, readOnly: boolean): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly, enableForeignKeyConstraints: true, timeout: 5000 })
    if (!readOnly) {
      database.exec('PRAGMA journal_mode = WAL')
      database.exec('PRAGMA synchronous = FULL')
      database.exec('PRAGMA wal_autocheckpoint = 4000')
    }
    database.exec('PRAGMA cache_size = -4096')
    return database
  } catch (error) {
    throw new DroverError('store_unavailable', `cannot open the database ${path}: ${messageOf(error)}`, {
      cause: error,
      retryable: false,
    })
  }
}

class SqliteStore implements Store {
  readonly #writeDatabase: DatabaseSync
  readonly #readDatabase: DatabaseSync
  readonly #writer: Kysely<Tables>
  readonly #reader: Kysely<Tables>
  readonly #maxGroup: number
  readonly #yieldTurn: () => Promise<void>
  #queue: PendingWrite[] = []
  #flushing: Promise<void> | null = null
  #reading: Promise<unknown> = Promise.resolve()
  #version = 0
  #closed = false

  constructor(writeDatabase: DatabaseSync, readDatabase: DatabaseSync, options: GroupOptions) {
    this.#writeDatabase = writeDatabase
    this.#readDatabase = readDatabase
    this.#writer = new Kysely<Tables>({ dialect: createDialect(writeDatabase) })
    this.#reader =
      readDatabase === writeDatabase
        ? this.#writer
        : new Kysely<Tables>({ dialect: createDialect(readDatabase) })
    for (const handle of [this.#writer, this.#reader]) useSealer(handle, options.sealer)
    this.#maxGroup = options.maxGroup ?? 512
    this.#yieldTurn = options.yieldTurn ?? nextTurn
  }

  read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError())
    // In memory there is one connection: a read takes its turn among the writes.
    if (this.#readDatabase === this.#writeDatabase) return this.write(work)
    const run = this.#reading.then(() => this.#snapshot(work))
    this.#reading = run.catch(() => {})
    return run
  }

  version(): number {
    return this.#version
  }

  async #snapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      this.#readDatabase.exec('BEGIN')
      try {
        return await work(this.#reader)
      } finally {
        this.#readDatabase.exec('COMMIT')
      }
    } catch (error) {
      throw toStoreError(error)
    }
  }

  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError())
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#flushing ??= this.#flush()
    })
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      // Let everybody who is ready in this turn of the event loop join the group; and let timers and sockets have
      // their turn, too, however fast one caller writes.
      await this.#yieldTurn()
      await this.#commitGroup(this.#queue.splice(0, this.#maxGroup))
    }
    this.#flushing = null
  }

  async #commitGroup(group: readonly PendingWrite[]): Promise<void> {
    const settled: (() => void)[] = []
    try {
      this.#writeDatabase.exec('BEGIN IMMEDIATE')
      for (const write of group) settled.push(await this.#runInSavepoint(write))
      // Before, so that nobody who sees what is new sees the old number, whatever comes of the commit.
      this.#version += 1
      this.#writeDatabase.exec('COMMIT')
    } catch (error) {
      this.#rollback()
      for (const write of group) write.reject(toStoreError(error))
      return
    }
    for (const settle of settled) settle()
  }

  /** One refused write must not take the others of its group with it. */
  async #runInSavepoint({ work, resolve, reject }: PendingWrite): Promise<() => void> {
    this.#writeDatabase.exec('SAVEPOINT one')
    try {
      const value = await work(this.#writer)
      this.#writeDatabase.exec('RELEASE one')
      return () => resolve(value)
    } catch (error) {
      // A full disk makes SQLite roll back everything by itself; then the whole group has failed.
      if (!this.#writeDatabase.isTransaction) throw error
      this.#writeDatabase.exec('ROLLBACK TO one')
      this.#writeDatabase.exec('RELEASE one')
      return () => reject(toStoreError(error))
    }
  }

  #rollback(): void {
    if (this.#writeDatabase.isTransaction) this.#writeDatabase.exec('ROLLBACK')
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#flushing
    await this.#reading
    if (this.#readDatabase !== this.#writeDatabase) this.#readDatabase.close()
    this.#writeDatabase.close()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function closedError(): DroverError {
  return new DroverError('store_unavailable', 'the database is closed', { retryable: false })
}

/** Ours pass; what SQLite raises becomes `store_unavailable`, with the cause kept. */
function toStoreError(error: unknown): unknown {
  if (!isSqliteError(error)) return error
  return new DroverError('store_unavailable', `the database refused: ${error.message}`, {
    cause: error,
    retryable: true,
  })
}

function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR'
}
