import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DroverError, messageOf } from '../../domain/errors.ts'

/** Keeps a data folder to one process. */
export interface FolderLock {
  release(): void
}

/**
 * Takes a data folder for this process alone. The operating system gives the lock back when the process ends,
 * however it ends: a lock left over from a crash cannot exist, and whoever holds it knows that every engine that
 * used this folder before is dead.
 *
 * SQLite's own file lock is used because Node has no other that dies with its holder.
 *
 * @throws DroverError `in_use` when another process has the folder
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, 'drover.lock')
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw new DroverError(
      'in_use',
      `another Drover is running on the data folder ${folder}; stop it, or choose another with --data ` +
        `(${messageOf(error)})`,
      { cause: error },
    )
  }
  return { release: () => database.close() }
}
