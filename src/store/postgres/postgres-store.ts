import { Client, type ClientConfig, Pool, type PoolClient, type QueryConfig } from 'pg'
import { DroverError, messageOf } from '../../domain/errors.ts'
import type { Sealer } from '../../domain/sealer.ts'
import type { Log } from '../../system/log.ts'
import { useSealer } from '../sealing.ts'
import type { OnNews, Store, Tx, WriteOptions } from '../store.ts'
import { nameDatabase, type PostgresAddress } from './address.ts'
import { toClientConfig } from './connection.ts'
import { createHandles, type Handles } from './dialect.ts'
import { isCollision, isConnectionLoss, isOutdatedPlan, toStoreError } from './errors.ts'
import { type Listener, startListener } from './listener.ts'
import { WRITERS_LOCK } from './locks.ts'
import { migrate } from './migrate.ts'

export interface PostgresOptions extends PostgresAddress {
  /** Most connections at once, beside the one that listens. Default 10. */
  readonly poolSize?: number
  /** Changes nothing, not even the schema; writes are refused. */
  readonly readOnly?: boolean
  readonly log: Log
  /** Seals secrets. Default: they are written as they are, and what is sealed cannot be read. */
  readonly sealer?: Sealer
}

const DEFAULT_POOL_SIZE = 10
const MAX_ATTEMPTS = 5

const LONGEST_QUEUE_MS = 30_000
const CONNECT_TIMEOUT_MS = 5000
/** A transaction begins at once, or its connection is cut off: so long is that waited for, and so long others are tried. */
const BEGIN_TIMEOUT_MS = 3000
const LONGEST_BEGIN_MS = 6000

const BEGIN_WRITE = 'BEGIN; SET LOCAL synchronous_commit = on'
const BEGIN: Readonly<Record<keyof Lanes, string>> = {
  reading: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  store: BEGIN_WRITE,
  rows: BEGIN_WRITE,
}
const TAKE_TURN = `SELECT pg_advisory_xact_lock(${WRITERS_LOCK})`

/**
 * Opens a PostgreSQL database (14 or later) and brings its schema up to date.
 *
 * Each write is a transaction at READ COMMITTED. Those that decide on what they read, anywhere in the store, run one
 * after another over all processes (an advisory lock), as on SQLite; a cluster's row, once read by a write, is held
 * until its end, so that the engine that runs it waits. An engine's own writes hold that row and nothing else.
 *
 * @throws DroverError `schema_too_new` when a newer Drover wrote this database, `store_unavailable` when it cannot be
 *   reached, `invalid_spec` when the URL is none
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const config = {
    ...toClientConfig(options),
    ...(options.readOnly && { options: '-c default_transaction_read_only=on' }),
  }
  const lanes = openLanes(config, options)
  try {
    const client = await lanes.rows.connect()
    try {
      if (!options.readOnly) await migrate(client)
    } finally {
      client.release(true)
    }
  } catch (error) {
    await closeLanes(lanes)
    if (error instanceof DroverError) throw error
    const said = `cannot open the database ${nameDatabase(options.url)}: ${messageOf(error)}`
    throw new DroverError('store_unavailable', said, { cause: error, retryable: false })
  }
  return new PostgresStore(lanes, options.sealer, (onNews) => startListener(config, options.log, onNews))
}

/**
 * Connections by what they are for, so that nobody starves an engine's heartbeat: not slow readers, and not those who
 * wait for their turn among the writers, of whom only one can run anyway.
 */
type Lanes = Readonly<Record<'reading' | NonNullable<WriteOptions['guard']>, Pool>>

function openLanes(config: ClientConfig, { poolSize = DEFAULT_POOL_SIZE, log }: PostgresOptions): Lanes {
  const open = (max: number) => {
    const pool = new Pool({ ...config, max, connectionTimeoutMillis: LONGEST_QUEUE_MS, Client: QuickClient })
    // A broken connection leaves the pool by itself, and whoever uses it is told by his query. Unheard, this would
    // end the program.
    const warn = (error: Error) => log.warn({ error: messageOf(error) }, 'lost a database connection')
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', warn))
    return pool
  }
  const store = Math.max(1, Math.floor(poolSize / 5))
  const reading = Math.max(1, Math.floor((poolSize - store) / 2))
  return { store: open(store), reading: open(reading), rows: open(Math.max(1, poolSize - store - reading)) }
}

/** To wait in the queue of a pool may take long; to connect must not. */
class QuickClient extends Client {
  constructor(config?: ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  }
}

async function closeLanes(lanes: Lanes): Promise<void> {
  await Promise.all(Object.values(lanes).map((pool) => pool.end()))
}

/** A connection of a pool, for as long as it lives. */
interface Session extends Handles {
  firstError: Error | null
  readonly generation: number
}

/** A statement whose answer is not awaited for long. */
function quick(text: string): QueryConfig {
  return Object.assign({ text }, { query_timeout: BEGIN_TIMEOUT_MS })
}

class PostgresStore implements Store {
  readonly #lanes: Lanes
  readonly #sealer: Sealer | undefined
  readonly #startListener: (onNews: OnNews) => Listener
  readonly #handles = new WeakMap<PoolClient, Session>()
  /** Raised when the schema has changed: connections of before have statements that fail now. */
  #generation = 0
  readonly #underWay = new Set<Promise<unknown>>()
  #listener: Listener | null = null
  #closed = false

  constructor(lanes: Lanes, sealer: Sealer | undefined, start: (onNews: OnNews) => Listener) {
    this.#lanes = lanes
    this.#sealer = sealer
    this.#startListener = start
  }

  read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#track(() => this.#transactAgain('reading', ({ reading }) => work(reading)))
  }

  write<T>(work: (tx: Tx) => Promise<T>, { guard = 'store' }: WriteOptions = {}): Promise<T> {
    const run = ({ writing }: Handles) => work(writing)
    return this.#track(() =>
      guard === 'rows' ? this.#transact(guard, run) : this.#transactAgain(guard, run),
    )
  }

  listen(onNews: OnNews): void {
    this.#listener ??= this.#startListener(onNews)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.allSettled(this.#underWay)
    await this.#listener?.close()
    await closeLanes(this.#lanes)
  }

  #track<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      const closed = new DroverError('store_unavailable', 'the database is closed', { retryable: false })
      return Promise.reject(closed)
    }
    const promise = run()
    const settled: Promise<void> = promise
      .then(() => {})
      .catch(() => {})
      .then(() => void this.#underWay.delete(settled))
    this.#underWay.add(settled)
    return promise
  }

  /** For work that may be run again. */
  async #transactAgain<T>(lane: keyof Lanes, work: (handles: Handles) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#transact(lane, work)
      } catch (error) {
        if (!(isCollision(error) || isOutdatedPlan(error)) || attempt >= MAX_ATTEMPTS) throw error
      }
    }
  }

  async #transact<T>(lane: keyof Lanes, work: (handles: Handles) => Promise<T>): Promise<T> {
    const client = await this.#begin(lane)
    const handles = this.#handlesOf(client)
    handles.firstError = null
    try {
      const value = await work(handles)
      const { command } = await client.query('COMMIT').catch((error: unknown) => {
        throw toStoreError(error)
      })
      // Whoever caught an error inside the transaction must not take it for written.
      if (command !== 'COMMIT') throw handles.firstError ?? new DroverError('store_unavailable', 'was undone')
      client.release()
      return value
    } catch (error) {
      await this.#undo(client, error)
      throw error
    }
  }

  async #undo(client: PoolClient, error: unknown): Promise<void> {
    const isOutdated = isOutdatedPlan(error)
    if (isOutdated) this.#generation += 1
    // One that is cut off would not answer to this either.
    if (isOutdated || isConnectionLoss(error)) return client.release(true)
    try {
      await client.query('ROLLBACK')
      client.release()
    } catch {
      client.release(true)
    }
  }

  /** A connection may have died unnoticed in the pool: nothing was done with it yet, so another one is as good. */
  async #begin(lane: keyof Lanes): Promise<PoolClient> {
    const giveUpAt = performance.now() + LONGEST_BEGIN_MS
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.#connect(lane)
      try {
        await client.query(quick(BEGIN[lane]))
        if (lane === 'store') await client.query(TAKE_TURN)
        return client
      } catch (error) {
        client.release(true)
        const failed = toStoreError(error)
        if (attempt >= MAX_ATTEMPTS || !failed.retryable || performance.now() > giveUpAt) throw failed
      }
    }
  }

  async #connect(lane: keyof Lanes): Promise<PoolClient> {
    for (;;) {
      const client = await this.#lanes[lane].connect().catch((error: unknown) => {
        throw toStoreError(error)
      })
      const session = this.#handles.get(client)
      if (session === undefined || session.generation === this.#generation) return client
      client.release(true)
    }
  }

  #handlesOf(client: PoolClient) {
    const known = this.#handles.get(client)
    if (known) return known
    const made: Session = {
      ...createHandles(client, (error) => {
        made.firstError ??= error
      }),
      firstError: null,
      generation: this.#generation,
    }
    for (const handle of [made.reading, made.writing]) useSealer(handle, this.#sealer)
    this.#handles.set(client, made)
    return made
  }
}
