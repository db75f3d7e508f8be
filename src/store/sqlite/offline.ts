import { DatabaseSync } from 'node:sqlite'
import { DroverError, messageOf } from '../../domain/errors.ts'

const BUSY_MS = 5000
const MOST_SHOWN = 20

/**
 * Reads a whole database file and says what is damaged in it, sentence by sentence; nothing when it is sound. May run
 * beside a server.
 */
export function findDamage(path: string): string[] {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS })
    try {
      const damage = database.prepare(`PRAGMA integrity_check(${MOST_SHOWN})`).all()
      const dangling = database.prepare('PRAGMA foreign_key_check').all()
      return [
        ...damage.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok'),
        ...dangling
          .slice(0, MOST_SHOWN)
          .map(
            ({ table, rowid, parent }) =>
              `row ${rowid} of ${table} refers to a row of ${parent} that is gone`,
          ),
      ]
    } finally {
      database.close()
    }
  } catch (error) {
    return [messageOf(error)]
  }
}

/** Makes a database file that nobody uses one that is whole by itself, without companions, wherever it is put. */
export function sealDatabaseFile(path: string): void {
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA journal_mode = DELETE')
  } finally {
    database.close()
  }
}

/** Writes a database file that nobody uses anew, without what was deleted or written over. */
export function compactDatabaseFile(path: string): void {
  const database = new DatabaseSync(path)
  try {
    database.exec('VACUUM')
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}

/**
 * Writes a consistent copy of a database file as it is at this moment; a server may go on writing meanwhile.
 * @param target must not exist, or be empty
 * @throws DroverError `store_unavailable` when the one cannot be read or the other not be written
 */
export function copyDatabaseFile(path: string, target: string): void {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS })
    try {
      database.prepare('VACUUM INTO ?').run(target)
    } finally {
      database.close()
    }
  } catch (error) {
    throw new DroverError(
      'store_unavailable',
      `cannot copy the database ${path} to ${target}: ${messageOf(error)}`,
      { cause: error, retryable: false },
    )
  }
}
