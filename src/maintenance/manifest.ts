import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashFile } from '../bundles/receive.ts'
import { InvalidRequestError, messageOf } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'

/**
 * A backup, the same whatever database it was taken of:
 * ```
 * <backup>/manifest.json                  what is in it, with digests
 *         /drover.db                      an SQLite database
 *         /blobs/<first two hex>/<sha256>.zip   the bundles' bytes
 * ```
 */
export interface Manifest {
  readonly format: 1
  /** The Drover that made it. */
  readonly version: string
  /** RFC 3339. */
  readonly takenAt: string
  readonly takenOf: 'SQLite' | 'PostgreSQL'
  readonly schema: string
  readonly database: { readonly sha256: Sha256; readonly sizeBytes: number }
  readonly rows: Readonly<Record<string, number>>
  readonly bundles: readonly { readonly sha256: Sha256; readonly sizeBytes: number }[]
  /** Were gone or damaged already where it was taken. */
  readonly missingBundles: readonly Sha256[]
}

export const FORMAT = 1

export function databaseIn(folder: string): string {
  return join(folder, 'drover.db')
}

export function blobIn(folder: string, digest: Sha256): string {
  return join(folder, 'blobs', digest.slice(0, 2), `${digest}.zip`)
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  })
}

/** @throws InvalidRequestError when the folder is no backup, or of a format that this program does not know */
export async function readManifest(folder: string): Promise<Manifest> {
  let found: unknown
  try {
    found = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
  } catch (error) {
    const said = `${folder} is not a folder that "drover db backup" made: ${messageOf(error)}`
    throw new InvalidRequestError('backup', said, { cause: error })
  }
  const { format, version } = found as Partial<Record<keyof Manifest, unknown>>
  if (format === FORMAT) return found as Manifest
  throw new InvalidRequestError(
    'backup',
    `${folder} has format ${format} (of Drover ${version}), and this program knows ${FORMAT}: use that Drover`,
  )
}

/**
 * Compares every byte of a backup with its manifest.
 * @throws InvalidRequestError naming the file that differs or is gone
 */
export async function verifyBackup(folder: string, manifest: Manifest, signal: AbortSignal): Promise<void> {
  await verifyFile(databaseIn(folder), manifest.database.sha256, signal)
  for (const { sha256 } of manifest.bundles) await verifyFile(blobIn(folder, sha256), sha256, signal)
}

async function verifyFile(path: string, digest: Sha256, signal: AbortSignal): Promise<void> {
  const found = await stat(path).then(
    () => hashFile(path, signal),
    (error: unknown) => messageOf(error),
  )
  if (found === digest) return
  throw new InvalidRequestError(
    'backup',
    `${path} is damaged (${found} where the manifest has SHA-256 ${digest}); nothing was restored: use another backup`,
  )
}
