import type { DatabaseSync } from 'node:sqlite'
import { type Migration, planMigrations, readMigrations } from '../migrations.ts'

/**
 * Applies the migrations that this database has not seen, each in a transaction of its own.
 * @throws DroverError `schema_too_new` when the database has a breaking migration that this program does not know
 */
export function migrate(
  database: DatabaseSync,
  migrations: readonly Migration[] = readMigrations('sqlite'),
): void {
  database.exec(`CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, breaking INTEGER NOT NULL, applied_at INTEGER NOT NULL
  ) STRICT`)
  const applied = database
    .prepare('SELECT number, name, breaking FROM migrations ORDER BY number')
    .all()
    .map((row) => ({
      number: Number(row['number']),
      name: String(row['name']),
      breaking: row['breaking'] === 1,
    }))
  for (const migration of planMigrations(migrations, applied)) apply(database, migration)
}

/** With foreign keys off, or a table that others refer to could not be made anew; they are checked before the commit. */
function apply(database: DatabaseSync, migration: Migration): void {
  database.exec('PRAGMA foreign_keys = OFF')
  try {
    applyWithoutForeignKeys(database, migration)
  } finally {
    database.exec('PRAGMA foreign_keys = ON')
  }
}

function applyWithoutForeignKeys(database: DatabaseSync, migration: Migration): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(migration.sql)
    const broken = database.prepare('PRAGMA foreign_key_check').all()
    if (broken.length > 0)
      throw new Error(`migration ${migration.name} leaves ${broken.length} broken references`)
    database
      .prepare('INSERT INTO migrations (number, name, breaking, applied_at) VALUES (?, ?, ?, ?)')
      .run(migration.number, migration.name, migration.breaking ? 1 : 0, Date.now())
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
