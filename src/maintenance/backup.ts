import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { createBundleStore } from '../bundles/bundle-store.ts'
import { isCode, syncFolder } from '../bundles/folders.ts'
import { hashFile } from '../bundles/receive.ts'
import { DroverError, NotFoundError } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'
import { listDigests } from '../store/bundles.ts'
import { copyStore, countRows } from '../store/copy-store.ts'
import { isPostgresUrl } from '../store/postgres/address.ts'
import { readAppliedMigrations } from '../store/schema-state.ts'
import { copyDatabaseFile, sealDatabaseFile } from '../store/sqlite/offline.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { nameOf, openReader, requireOwnSchema } from './databases.ts'
import type { MaintenanceDeps } from './maintenance.ts'
import { blobIn, databaseIn, FORMAT, type Manifest, readManifest, writeManifest } from './manifest.ts'
import type { BackupReport } from './report.ts'
import { inWorkFolder, moveDurably, syncFile } from './work-folder.ts'

/** A bundle that is deleted between the database's copy and its own is none of the next copy of the database. */
const ATTEMPTS = 3

/** {@link Maintenance.backup} */
export async function backUp(
  deps: MaintenanceDeps,
  { to, force }: { readonly to: string; readonly force: boolean },
): Promise<BackupReport> {
  const place = resolve(to)
  await requireFree(place, force)
  return await inWorkFolder(place, async (work) => {
    const made = join(work, 'backup')
    await mkdir(made, { mode: 0o700 })
    const manifest = await fill(deps, made)
    await writeManifest(made, manifest)
    await syncFolder(made)
    deps.signal.throwIfAborted()
    // Two renames: a folder that has something in it cannot be renamed over.
    if (force) await rename(place, join(work, 'old')).catch(unlessGone)
    await moveDurably(made, place)
    return {
      folder: place,
      database: nameOf(deps.config),
      schema: manifest.schema,
      rows: manifest.rows,
      bundles: manifest.bundles.length,
      sizeBytes: manifest.bundles.reduce(
        (sum, { sizeBytes }) => sum + sizeBytes,
        manifest.database.sizeBytes,
      ),
      missingBundles: manifest.missingBundles,
    }
  })
}

/** Only another backup is ever written over. */
async function requireFree(place: string, force: boolean): Promise<void> {
  const names = await readdir(place).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return null
    if (isCode(error, 'ENOTDIR'))
      throw new DroverError('already_exists', `${place} is a file; name a new folder`)
    throw error
  })
  if (names === null || names.length === 0) return
  if (!force) {
    throw new DroverError('already_exists', `${place} is there already; name a new folder, or add --force`)
  }
  await readManifest(place)
}

async function fill(deps: MaintenanceDeps, folder: string): Promise<Manifest> {
  const { config, version, signal, log } = deps
  const isPostgres = isPostgresUrl(config.database)
  const path = databaseIn(folder)
  const copied = new Map<Sha256, number>()
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    await rm(path, { force: true })
    // Made by us first, so that it is its owner's alone from the beginning.
    await writeFile(path, '', { mode: 0o600 })
    const takenAt = new Date().toISOString()
    await copyDatabase(deps, path)
    sealDatabaseFile(path)
    const { schema, rows, digests } = await describe(path)
    const missing = await copyBlobs(deps, folder, digests, copied)
    if (missing.length > 0 && attempt < ATTEMPTS) continue
    for (const digest of missing) log.warn({ digest }, 'the bytes of a bundle are gone or damaged')
    for (const digest of copied.keys()) if (!digests.includes(digest)) await rm(blobIn(folder, digest))
    await syncFile(path)
    const bundles = digests.flatMap((sha256) => {
      const sizeBytes = copied.get(sha256)
      return sizeBytes === undefined ? [] : [{ sha256, sizeBytes }]
    })
    return {
      ...{ format: FORMAT, version, takenAt, takenOf: isPostgres ? 'PostgreSQL' : 'SQLite', schema, rows },
      database: { sha256: await hashFile(path, signal), sizeBytes: (await stat(path)).size },
      bundles,
      missingBundles: missing,
    }
  }
}

async function copyDatabase({ config, log, signal }: MaintenanceDeps, path: string): Promise<void> {
  // It also says so when there is none.
  const source = await openReader(config, log)
  try {
    if (!isPostgresUrl(config.database)) {
      copyDatabaseFile(config.database, path)
      return
    }
    await requireOwnSchema(source, config)
    const target = await openSqliteStore({ path })
    try {
      await copyStore(source, target, { signal })
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function describe(path: string) {
  const store = await openSqliteStore({ path, readOnly: true })
  try {
    return await store.read(async (tx) => ({
      schema: (await readAppliedMigrations(tx))?.at(-1)?.name ?? 'none',
      rows: await countRows(tx),
      digests: await listDigests(tx),
    }))
  } finally {
    await store.close()
  }
}

/** @returns those that are not there with the right bytes */
async function copyBlobs(
  { config, log, signal }: MaintenanceDeps,
  folder: string,
  digests: readonly Sha256[],
  copied: Map<Sha256, number>,
): Promise<Sha256[]> {
  const bundles = createBundleStore({ root: join(config.data, 'bundles'), log })
  const missing: Sha256[] = []
  for (const digest of digests) {
    signal.throwIfAborted()
    if (copied.has(digest)) continue
    const target = blobIn(folder, digest)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    try {
      // Not a hard link: what damages the one file must not damage the other. Where the file system can, it shares.
      await copyFile(await bundles.archive(digest), target, constants.COPYFILE_FICLONE)
      await chmod(target, 0o600)
      await syncFile(target)
    } catch (error) {
      if (!(error instanceof NotFoundError || isCode(error, 'ENOENT'))) throw error
      missing.push(digest)
      continue
    }
    if ((await hashFile(target, signal)) === digest) {
      copied.set(digest, (await stat(target)).size)
      await syncFolder(dirname(target))
    } else {
      await rm(target)
      missing.push(digest)
    }
  }
  return missing
}

function unlessGone(error: unknown): void {
  if (!isCode(error, 'ENOENT')) throw error
}
