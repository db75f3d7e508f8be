import { DatabaseSync } from 'node:sqlite'
import { migrate } from '../../src/store/sqlite/migrate.ts'

/** docs/schema.sql: what all migrations together make, so that a review sees the result of a change. */
export function dumpSchema(): string {
  const database = new DatabaseSync(':memory:')
  migrate(database)
  // The order of creation, so that a new migration adds lines at the end of a table's block, not all over.
  const rows = database
    .prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY tbl_name, rowid')
    .all()
  database.close()
  const head = '-- The schema after all migrations of migrations/sqlite. Written by "npm run generate".'
  return [head, ...rows.map((row) => `${row['sql']};`)].join('\n\n')
}
