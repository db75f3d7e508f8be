import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Manifest } from '../domain/bundle.ts'
import type { BundleFile } from '../domain/compare-revisions.ts'
import { InvalidBundleError, NotFoundError } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'
import type { CodeSource } from '../runtimes/runtime.ts'
import { createIds, type Ids } from '../system/ids.ts'
import type { Log } from '../system/log.ts'
import { createBlobFolder } from './blob-folder.ts'
import type { ExportLabel } from './export-label.ts'
import { fingerprintArchive } from './fingerprint.ts'
import { isCode } from './folders.ts'
import { inspectArchive } from './inspect.ts'
import { type BundleLimits, DEFAULT_BUNDLE_LIMITS } from './limits.ts'
import { containsFile } from './listing.ts'
import { type ByteSource, writeStream } from './receive.ts'
import { createTempNames } from './temp-names.ts'
import { createUnpackedFolder } from './unpacked-folder.ts'

/**
 * The bundle files of this host, each stored once under its SHA-256. Several processes may use one root.
 * ```
 * <root>/blobs/<first two hex>/<sha256>.zip    the bundle as it came
 *                              <sha256>.json   what it contains, so that nobody has to read the zip for it
 *       /unpacked/<sha256>/                    its files, read-only, made when first asked for
 *       /unpacked/<sha256>.json                what the file system said of them then
 *       /incoming/tmp.…  /unpacked/tmp.…       being made
 * ```
 */
export interface BundleStore extends CodeSource {
  /**
   * Stores a bundle. Whatever goes wrong, nothing of it is kept. Bytes that are here already are kept once;
   * if the stored file was damaged since, it is replaced.
   *
   * A Readable that is refused is neither read on nor destroyed: what becomes of its connection is the caller's
   * to say. When the signal aborts it is destroyed.
   *
   * @throws InvalidBundleError naming the rule that the bytes break
   * @throws the signal's reason when it is aborted
   */
  receive(source: ByteSource, options?: ReceiveOptions): Promise<ReceivedBundle>
  /**
   * Stores a bundle from a file of this host, which stays as it is.
   * @throws NotFoundError if there is no such file @throws InvalidBundleError as `receive`
   */
  receiveFile(path: string, options?: ReceiveOptions): Promise<ReceivedBundle>
  /** What a stored bundle is, from its bytes. @throws NotFoundError @throws InvalidBundleError by limits that are smaller now */
  inspect(digest: Sha256): Promise<ReceivedBundle>
  /** All files and symlinks of a stored bundle with the digests of what they say, in the order of its zip. @throws NotFoundError */
  fingerprint(digest: Sha256, signal?: AbortSignal): Promise<BundleFile[]>
  /** Whether the path is a regular file of the bundle, symlinks on the way followed. @throws NotFoundError */
  contains(digest: Sha256, path: string): Promise<boolean>
  /** The zip file's bytes. @throws NotFoundError */
  open(digest: Sha256): Promise<Readable>
  /**
   * Removes the bundle's file and its unpacked copy; a digest that is not here is fine. That nothing runs from
   * it, and that nobody is storing the same bytes again just now, is the caller's to see to.
   */
  delete(digest: Sha256): Promise<void>
  /** All that are stored, in no order. */
  digests(): Promise<Sha256[]>
  /**
   * Removes what killed processes left half-made. Call it at start; live processes are not disturbed.
   * @returns how many files and trees were removed
   */
  sweep(): Promise<number>
}

interface ReceiveOptions {
  readonly signal?: AbortSignal
  /** Of the zip file; the store's own limit applies as well. */
  readonly maxBytes?: number
}

export interface ReceivedBundle {
  readonly digest: Sha256
  readonly sizeBytes: number
  readonly entryCount: number
  /** Sum of all entries when unpacked. */
  readonly unpackedBytes: number
  readonly manifest: Manifest | null
  readonly label: ExportLabel
  /** All regular files, with forward slashes, from the bundle's root. */
  readonly paths: readonly string[]
}

export interface BundleStoreOptions {
  /** Absolute path. Made if missing. Nodes of other users must be able to pass through its parents. */
  readonly root: string
  readonly limits?: Partial<BundleLimits>
  /** Names files that are being made. */
  readonly ids?: Ids
  readonly log: Log
}

/** Opens the bundle files below a folder. Touches nothing until it is used. */
export function createBundleStore(options: BundleStoreOptions): BundleStore {
  const { root, log, ids = createIds(Date.now) } = options
  const limits = { ...DEFAULT_BUNDLE_LIMITS, ...options.limits }
  const temps = createTempNames(() => ids.next())
  const blobs = createBlobFolder({ root, temps, log })
  const unpackedFolder = createUnpackedFolder({ root, temps, log })

  const receive: BundleStore['receive'] = (source, { signal, maxBytes = Number.POSITIVE_INFINITY } = {}) =>
    blobs.make(async (path) => {
      const maxArchiveBytes = Math.min(maxBytes, limits.maxArchiveBytes)
      const written = await writeStream(source, path, { maxBytes: maxArchiveBytes, signal })
      const inspection = await inspectArchive(path, limits, signal)
      signal?.throwIfAborted()
      await blobs.keep(path, written.digest, inspection)
      const { entryCount, unpackedBytes, manifest, label, files } = inspection
      log.info({ ...written, entryCount, unpackedBytes }, 'stored a bundle')
      return { ...written, entryCount, unpackedBytes, manifest, label, paths: files }
    })

  return {
    receive,
    receiveFile: (path, receiveOptions) => receiveFile(path, (file) => receive(file, receiveOptions)),
    async inspect(digest) {
      const path = await blobs.find(digest)
      const [{ size: sizeBytes }, { files, links: _, ...rest }] = await Promise.all([
        stat(path),
        inspectArchive(path, limits),
      ])
      return { digest, sizeBytes, ...rest, paths: files }
    },
    async fingerprint(digest, signal) {
      return await fingerprintArchive(await blobs.find(digest), signal)
    },
    async contains(digest, path) {
      return containsFile(await blobs.listing(digest), path)
    },
    open: (digest) => blobs.open(digest),
    archive: (digest) => blobs.find(digest),
    async unpacked(digest, signal) {
      return unpackedFolder.get(digest, await blobs.find(digest), signal)
    },
    async changes(digest, place, signal) {
      return unpackedFolder.changes(digest, await blobs.find(digest), place, signal)
    },
    async delete(digest) {
      // Without the zip its copy is not handed out any more, so this order leaves nothing half there.
      await blobs.delete(digest)
      await unpackedFolder.delete(digest)
    },
    digests: () => blobs.digests(),
    async sweep() {
      const removed = (await blobs.sweep()) + (await unpackedFolder.sweep())
      if (removed > 0) log.info({ removed }, 'removed half-made bundle files of a process that is gone')
      return removed
    },
  }
}

async function receiveFile<Result>(path: string, use: (file: Readable) => Promise<Result>): Promise<Result> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw isCode(error, 'ENOENT', 'ENOTDIR') ? new NotFoundError('file', path) : error
  })
  const file = handle.createReadStream()
  try {
    if ((await handle.stat()).isDirectory()) {
      throw new InvalidBundleError(`${path} is a folder; a bundle is a zip file of one`)
    }
    return await use(file)
  } finally {
    file.destroy()
  }
}
