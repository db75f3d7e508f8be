import { existsSync, statSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import type { Config } from '../config/settings.ts'
import { DroverError, InvalidStateError } from '../domain/errors.ts'
import type { Sealer } from '../domain/sealer.ts'
import { findLiveEngine } from '../store/leases.ts'
import { readMigrations } from '../store/migrations.ts'
import { isPostgresUrl, nameDatabase } from '../store/postgres/address.ts'
import { openPostgresStore } from '../store/postgres/postgres-store.ts'
import { readAppliedMigrations } from '../store/schema-state.ts'
import { lockFolder } from '../store/sqlite/folder-lock.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Log } from '../system/log.ts'

/** Where a database is. */
export type Place = Pick<Config, 'data' | 'database' | 'databasePasswordFile'>

/** Of one who works alone: one connection in each lane. */
const POOL_SIZE = 3

/** For messages: a path, or a URL without its password. */
export function nameOf({ database }: Place): string {
  return isPostgresUrl(database) ? nameDatabase(database) : database
}

/**
 * Opens a database to read it: not even its schema is brought up to date.
 * @throws DroverError `not_found` when there is no such file, `store_unavailable`
 */
export async function openReader(place: Place, log: Log): Promise<Store> {
  const { database, databasePasswordFile: passwordFile } = place
  if (isPostgresUrl(database)) {
    return openPostgresStore({ url: database, passwordFile, poolSize: POOL_SIZE, readOnly: true, log })
  }
  if (!hasFile(database)) {
    throw new DroverError('not_found', `there is no database ${database}; name its folder with --data`)
  }
  return openSqliteStore({ path: database, readOnly: true })
}

/** Opens a PostgreSQL database to fill it, and makes its tables. */
export function openPostgresTarget(place: Place, log: Log): Promise<Store> {
  const { database, databasePasswordFile: passwordFile } = place
  return openPostgresStore({ url: database, passwordFile, poolSize: POOL_SIZE, log })
}

/** Opens a database that is there, to change what is in it; its schema is brought up to date. */
export function openWriter(place: Place, log: Log, sealer: Sealer): Promise<Store> {
  const { database, databasePasswordFile: passwordFile } = place
  if (!isPostgresUrl(database)) return openSqliteStore({ path: database, sealer })
  return openPostgresStore({ url: database, passwordFile, poolSize: POOL_SIZE, log, sealer })
}

/** Whether something is in a file. */
export function hasFile(path: string): boolean {
  return existsSync(path) && statSync(path).size > 0
}

/**
 * The last migration of a database that is to be copied row by row, which takes one of just this program's schema.
 * @throws InvalidStateError when it has another one
 */
export async function requireOwnSchema(store: Store, place: Place): Promise<string> {
  const applied = (await store.read(readAppliedMigrations)) ?? []
  const known = readMigrations(isPostgresUrl(place.database) ? 'postgres' : 'sqlite')
  const [has, wants] = [applied.at(-1)?.name, known.at(-1)?.name]
  if (has !== undefined && has === wants) return has
  const found = has === undefined ? 'has none of its tables' : `is at schema ${has}`
  throw new InvalidStateError(
    `the database ${nameOf(place)} ${found}, and this Drover copies schema ${wants}: use the version of Drover that ` +
      'runs on it, or let this one start on it once',
  )
}

/**
 * Sees to it that no server uses a database, as far as can be told, until the answer is called.
 * @throws DroverError `in_use`
 */
export async function keepServersAway(place: Place, store: Store): Promise<() => void> {
  const release = isPostgresUrl(place.database) ? () => {} : lockOf(place.data)
  try {
    // The lock says it all, and at once, of a database in its own folder.
    if (!isWithin(place.data, place.database)) await store.read((tx) => requireNoLiveEngine(tx, place))
    return release
  } catch (error) {
    release()
    throw error
  }
}

function lockOf(folder: string): () => void {
  const lock = lockFolder(folder)
  return () => lock.release()
}

/** @throws DroverError `in_use` when an engine's lease has not run out */
async function requireNoLiveEngine(tx: Tx, place: Place): Promise<void> {
  const live = await findLiveEngine(tx, Date.now())
  if (!live) return
  const seconds = Math.ceil(live.leftMs / 1000)
  throw new DroverError(
    'in_use',
    `a Drover runs on the database ${nameOf(place)} (host ${live.host}, pid ${live.pid}): stop all of them first. One ` +
      `that was killed counts as running until its lease is over, for ${seconds} s more`,
  )
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return !isPostgresUrl(path) && !way.startsWith('..') && !isAbsolute(way)
}
