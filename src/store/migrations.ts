import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DroverError } from '../domain/errors.ts'

const FOLDER = join(import.meta.dirname, '../../migrations')

/** One step of the schema: a file that is never changed once it was released. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  /** Code that does not know this migration cannot use the database after it. */
  readonly breaking: boolean
}

/** Reads `0001_name.sql` and its followers, in order. */
export function readMigrations(database: 'sqlite' | 'postgres'): Migration[] {
  const folder = join(FOLDER, database)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), 'utf8')
      return { number: Number(file.slice(0, 4)), name: file, sql, breaking: sql.startsWith('-- breaking:') }
    })
}

/**
 * Chooses what is still to be applied. Newer migrations than this program knows are fine, unless they break it: so old
 * and new versions run side by side.
 * @param applied what the database has
 * @throws DroverError `schema_too_new`
 */
export function planMigrations(
  known: readonly Migration[],
  applied: readonly Pick<Migration, 'number' | 'name' | 'breaking'>[],
): Migration[] {
  const newest = known.at(-1)?.number ?? 0
  const tooNew = applied.findLast(({ number, breaking }) => breaking && number > newest)
  if (tooNew) {
    throw new DroverError(
      'schema_too_new',
      `the database is at schema ${tooNew.number} (${tooNew.name}), this program knows ${newest}: ` +
        'start the newer Drover that wrote it, or restore a backup from before the upgrade',
    )
  }
  const done = new Set(applied.map(({ number }) => number))
  return known.filter(({ number }) => !done.has(number))
}
