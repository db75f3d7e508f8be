import { writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DroverError, InvalidRequestError } from '../domain/errors.ts'
import { copyStore, type TableSum } from '../store/copy-store.ts'
import { isPostgresUrl } from '../store/postgres/address.ts'
import { sealDatabaseFile } from '../store/sqlite/offline.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import {
  hasFile,
  keepServersAway,
  nameOf,
  openPostgresTarget,
  openReader,
  type Place,
  requireOwnSchema,
} from './databases.ts'
import type { MaintenanceDeps } from './maintenance.ts'
import type { MoveReport } from './report.ts'
import { inWorkFolder, moveDurably, syncFile } from './work-folder.ts'

/** {@link Maintenance.move} */
export async function moveDatabase(
  deps: MaintenanceDeps,
  { to, toPasswordFile }: { readonly to: string; readonly toPasswordFile: string | undefined },
): Promise<MoveReport> {
  const { config } = deps
  if (URL.parse(to)?.password) {
    const rule =
      'has a password in it, and others can read it there: give it by --to-password-file or PGPASSFILE'
    throw new InvalidRequestError('to', rule)
  }
  const target = deps.withDatabase(to, toPasswordFile)
  if (target.database === config.database) {
    throw new InvalidRequestError('to', `${nameOf(target)} is the database that everything is in already`)
  }
  const source = await openReader(config, deps.log)
  try {
    const release = await keepServersAway(config, source)
    try {
      await requireOwnSchema(source, config)
      const sums = await (isPostgresUrl(target.database) ? toPostgres : toFile)(deps, source, target)
      return {
        from: nameOf(config),
        to: nameOf(target),
        tables: [...sums].map(([table, sum]) => ({ table, ...sum })),
        settings: settingsFor(target),
        dataFolder: config.data,
      }
    } finally {
      release()
    }
  } finally {
    await source.close()
  }
}

type Sums = ReadonlyMap<string, TableSum>

async function toPostgres(deps: MaintenanceDeps, source: Store, target: Place): Promise<Sums> {
  const store = await openPostgresTarget(target, deps.log)
  try {
    return await copyStore(source, store, { signal: deps.signal })
  } finally {
    await store.close()
  }
}

/** The file gets its name when it is whole. */
async function toFile(deps: MaintenanceDeps, source: Store, { database }: Place): Promise<Sums> {
  const found = [database, `${database}-wal`, `${database}-journal`].find(hasFile)
  if (found !== undefined) {
    throw new DroverError('in_use', `${found} is there already, and is not written over: name another file`)
  }
  return await inWorkFolder(database, async (work) => {
    const path = join(work, 'drover.db')
    // Made by us first, so that it is its owner's alone from the beginning.
    await writeFile(path, '', { mode: 0o600 })
    const store = await openSqliteStore({ path })
    const sums = await copyStore(source, store, { signal: deps.signal }).finally(() => store.close())
    sealDatabaseFile(path)
    await syncFile(path)
    await moveDurably(path, database)
    return sums
  })
}

/** What belongs into the settings file. The URL has no password: one that has is refused before. */
function settingsFor({ data, database, databasePasswordFile }: Place): Record<string, string> {
  return {
    // By itself the server looks there.
    ...(resolve(dirname(database)) === data && database.endsWith('/drover.db') ? {} : { database }),
    ...(isPostgresUrl(database) && databasePasswordFile !== null && { databasePasswordFile }),
  }
}
