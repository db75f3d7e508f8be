import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { DroverError } from '../../domain/errors.ts'

const FOLDER = join(import.meta.dirname, '../../../migrations/sqlite')

interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  /** Code that does not know this migration cannot use the database after it. */
  readonly breaking: boolean
}

/**
 * Applies the migrations that this database has not seen, each in a transaction of its own.
 * @throws DroverError `schema_too_new` when the database has a breaking migration that this program does not know
 */
export function migrate(database: DatabaseSync, migrations: readonly Migration[] = readMigrations()): void {
  database.exec(`CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, breaking INTEGER NOT NULL, applied_at INTEGER NOT NULL
  ) STRICT`)
  const newest = migrations.at(-1)?.number ?? 0
  const tooNew = database
    .prepare(
      'SELECT number, name FROM migrations WHERE number > ? AND breaking = 1 ORDER BY number DESC LIMIT 1',
    )
    .get(newest)
  if (tooNew) {
    throw new DroverError(
      'schema_too_new',
      `the database is at schema ${tooNew['number']} (${tooNew['name']}), this program knows ${newest}: ` +
        'start the newer Drover that wrote it, or restore a backup from before the upgrade',
    )
  }
  const applied = new Set(
    database
      .prepare('SELECT number FROM migrations')
      .all()
      .map((row) => row['number']),
  )
  for (const migration of migrations) {
    if (!applied.has(migration.number)) apply(database, migration)
  }
}

function apply(database: DatabaseSync, migration: Migration): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(migration.sql)
    database
      .prepare('INSERT INTO migrations (number, name, breaking, applied_at) VALUES (?, ?, ?, ?)')
      .run(migration.number, migration.name, migration.breaking ? 1 : 0, Date.now())
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Reads `0001_name.sql` and its followers, in order. */
export function readMigrations(folder: string = FOLDER): Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), 'utf8')
      return { number: Number(file.slice(0, 4)), name: file, sql, breaking: sql.startsWith('-- breaking:') }
    })
}
