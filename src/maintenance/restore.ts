import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createBundleStore } from '../bundles/bundle-store.ts'
import { DroverError, InvalidRequestError } from '../domain/errors.ts'
import { copyStore, countRows, requireEmpty } from '../store/copy-store.ts'
import { readLastSequence, skipToSequence } from '../store/event-sequence.ts'
import { disownClusters } from '../store/leases.ts'
import { isPostgresUrl } from '../store/postgres/address.ts'
import { lockFolder } from '../store/sqlite/folder-lock.ts'
import { sealDatabaseFile } from '../store/sqlite/offline.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { hasFile, nameOf, openPostgresTarget } from './databases.ts'
import type { MaintenanceDeps } from './maintenance.ts'
import { blobIn, databaseIn, type Manifest, readManifest, verifyBackup } from './manifest.ts'
import type { RestoreReport } from './report.ts'
import { inWorkFolder, moveDurably, syncFile } from './work-folder.ts'

/**
 * More than a cluster's owner can change, or events can come, between a backup and its use. Nodes that outlived the
 * database refuse engines of a lower term than they have seen, and clients ask for events after the last they saw.
 */
const AHEAD = 1_000_000

const NO_LIMITS = {
  maxArchiveBytes: Number.POSITIVE_INFINITY,
  maxUnpackedBytes: Number.POSITIVE_INFINITY,
  maxEntries: Number.POSITIVE_INFINITY,
  maxRatio: Number.POSITIVE_INFINITY,
}

/** {@link Maintenance.restore}. The database comes last: until it is there, it can be tried again. */
export async function restoreBackup(
  deps: MaintenanceDeps,
  { from }: { readonly from: string },
): Promise<RestoreReport> {
  const { config, signal } = deps
  const backup = resolve(from)
  const manifest = await readManifest(backup)
  await verifyBackup(backup, manifest, signal)
  // As the server makes it: nodes of other users pass through it.
  mkdirSync(config.data, { recursive: true, mode: 0o711 })
  const restore = isPostgresUrl(config.database) ? intoPostgres : intoFile
  return {
    database: nameOf(config),
    dataFolder: config.data,
    takenAt: manifest.takenAt,
    rows: await restore(deps, backup, manifest),
    bundles: manifest.bundles.length,
    missingBundles: manifest.missingBundles,
    hasAdminKey: existsSync(join(config.data, 'admin.key')),
    hasSecretKey: config.secret.key.length > 0 || existsSync(config.secret.keyFile),
  }
}

async function intoFile(deps: MaintenanceDeps, backup: string, manifest: Manifest): Promise<Rows> {
  const { database, data } = deps.config
  const lock = lockFolder(data)
  try {
    requireNoFile(database)
    return await inWorkFolder(database, async (work) => {
      const path = join(work, 'drover.db')
      const renewed = await openRenewed(backup, path)
      const rows = await renewed.read(countRows).finally(() => renewed.close())
      sealDatabaseFile(path)
      await syncFile(path)
      await copyBundles(deps, backup, manifest)
      await moveDurably(path, database)
      return rows
    })
  } finally {
    lock.release()
  }
}

/** Servers that share a PostgreSQL do not lock the folder; that the database is empty says that none runs on it. */
async function intoPostgres(deps: MaintenanceDeps, backup: string, manifest: Manifest): Promise<Rows> {
  const { config, log, signal } = deps
  const target = await openPostgresTarget(config, log)
  try {
    await target.read(requireEmpty)
    return await inWorkFolder(join(config.data, 'restored'), async (work) => {
      const renewed = await openRenewed(backup, join(work, 'drover.db'))
      try {
        await copyBundles(deps, backup, manifest)
        const sums = await copyStore(renewed, target, { signal })
        return Object.fromEntries([...sums].map(([table, { rows }]) => [table, rows]))
      } finally {
        await renewed.close()
      }
    })
  } finally {
    await target.close()
  }
}

type Rows = Readonly<Record<string, number>>

/** Companions as well: SQLite would take a forgotten journal for this database's own. */
function requireNoFile(database: string): void {
  const found = [database, `${database}-wal`, `${database}-journal`].find(hasFile)
  if (found === undefined) return
  throw new DroverError(
    'in_use',
    `${found} is there already, and is not written over: move it away, or name another folder with --data`,
  )
}

/** A copy of the backup's database, at this program's schema, in which nobody owns anything. */
async function openRenewed(backup: string, path: string): Promise<Store> {
  await copyFile(databaseIn(backup), path)
  chmodSync(path, 0o600)
  const store = await openSqliteStore({ path })
  try {
    await store.write(async (tx) => {
      await disownClusters(tx, AHEAD)
      await skipToSequence(tx, (await readLastSequence(tx)) + AHEAD)
    })
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Bytes that are there already stay, if they are whole: they are known by their digest. */
async function copyBundles(
  { config, log, signal }: MaintenanceDeps,
  backup: string,
  manifest: Manifest,
): Promise<void> {
  // They were checked when they first came; the limits may have become smaller since.
  const bundles = createBundleStore({ root: join(config.data, 'bundles'), limits: NO_LIMITS, log })
  await bundles.sweep()
  for (const { sha256 } of manifest.bundles) {
    const { digest } = await bundles.receiveFile(blobIn(backup, sha256), { signal })
    if (digest !== sha256)
      throw new InvalidRequestError('backup', `${blobIn(backup, sha256)} changed meanwhile`)
  }
}
