import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { NotFoundError } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'
import type { Log } from '../system/log.ts'
import { isCode, syncFolder } from './folders.ts'
import { type Inspection, inspectArchive } from './inspect.ts'
import { type Listing, listingFromJson, listingToJson, toListing } from './listing.ts'
import { hashFile } from './receive.ts'
import type { TempNames } from './temp-names.ts'

/** The zip files of a bundle store and, beside each, what it contains. */
export interface BlobFolder {
  /** Gives `work` the path of a file to make; whatever lies there afterwards is removed. */
  make<Result>(work: (path: string) => Promise<Result>): Promise<Result>
  /** Moves a file made by `make`, synced already, to its place for good. */
  keep(path: string, digest: Sha256, inspection: Inspection): Promise<void>
  /** Path of the zip. @throws NotFoundError */
  find(digest: Sha256): Promise<string>
  /** @throws NotFoundError */
  open(digest: Sha256): Promise<Readable>
  /** @throws NotFoundError */
  listing(digest: Sha256): Promise<Listing>
  digests(): Promise<Sha256[]>
  delete(digest: Sha256): Promise<void>
  sweep(): Promise<number>
}

export function createBlobFolder(options: {
  readonly root: string
  readonly temps: TempNames
  readonly log: Log
}): BlobFolder {
  const { root, temps, log } = options
  const blobs = join(root, 'blobs')
  const incoming = join(root, 'incoming')
  const placeOf = (digest: Sha256, ending: 'zip' | 'json') =>
    join(blobs, digest.slice(0, 2), `${checked(digest)}.${ending}`)

  async function make<Result>(work: (path: string) => Promise<Result>): Promise<Result> {
    await makeFolder(root, 0o755)
    await makeFolder(incoming, 0o700)
    const name = temps.take()
    try {
      return await work(join(incoming, name))
    } finally {
      await rm(join(incoming, name), { force: true })
      temps.release(name)
    }
  }

  async function find(digest: Sha256): Promise<string> {
    const handle = await openBlob(digest)
    await handle.close()
    return placeOf(digest, 'zip')
  }

  async function openBlob(digest: Sha256) {
    return await open(placeOf(digest, 'zip'), 'r').catch((error: unknown) => {
      throw isCode(error, 'ENOENT', 'ENOTDIR') ? new NotFoundError('bundle file', digest) : error
    })
  }

  async function keepListing(digest: Sha256, listing: Listing): Promise<void> {
    await make(async (path) => {
      const handle = await open(path, 'wx', 0o444)
      try {
        await handle.writeFile(listingToJson(listing))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(path, placeOf(digest, 'json'))
    })
  }

  async function isIntact(digest: Sha256): Promise<boolean> {
    try {
      const intact = (await hashFile(placeOf(digest, 'zip'))) === digest
      if (!intact)
        log.warn({ digest }, 'a stored bundle is damaged; replacing it with the same one, just received')
      return intact
    } catch (error) {
      if (isCode(error, 'ENOENT')) return false
      throw error
    }
  }

  return {
    make,
    find,
    async keep(path, digest, inspection) {
      const place = placeOf(digest, 'zip')
      await makeFolder(join(blobs, digest.slice(0, 2)), 0o755)
      if (!(await isIntact(digest))) {
        await chmod(path, 0o444)
        await rename(path, place)
      }
      await keepListing(digest, toListing(inspection))
      await syncFolder(join(blobs, digest.slice(0, 2)))
      // Both parents too: either may have been made just now.
      await syncFolder(blobs)
      await syncFolder(root)
    },
    async open(digest) {
      return (await openBlob(digest)).createReadStream()
    },
    async listing(digest) {
      const zip = await find(digest)
      const text = await readFile(placeOf(digest, 'json'), 'utf8').catch(() => '')
      const known = listingFromJson(text)
      if (known !== undefined) return known
      // It was inspected when it came; the limits may have become smaller since.
      const listing = toListing(await inspectArchive(zip, NO_LIMITS))
      await keepListing(digest, listing)
      return listing
    },
    async digests() {
      const names = await readdir(blobs, { recursive: true }).catch((error: unknown) => {
        if (isCode(error, 'ENOENT')) return []
        throw error
      })
      return names.flatMap((name) => (BLOB.exec(name)?.[1] as Sha256 | undefined) ?? [])
    },
    async delete(digest) {
      // The listing first: without it the zip is still a whole bundle, but not the other way round.
      await rm(placeOf(digest, 'json'), { force: true })
      await rm(placeOf(digest, 'zip'), { force: true })
    },
    sweep: () => temps.sweep(incoming, Date.now()),
  }
}

const BLOB = /([0-9a-f]{64})\.zip$/

const NO_LIMITS = {
  maxArchiveBytes: Number.POSITIVE_INFINITY,
  maxUnpackedBytes: Number.POSITIVE_INFINITY,
  maxEntries: Number.POSITIVE_INFINITY,
  maxRatio: Number.POSITIVE_INFINITY,
}

// A digest becomes a path, and it may come from a request.
function checked(digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new NotFoundError('bundle file', digest)
  return digest
}

async function makeFolder(path: string, mode: number): Promise<void> {
  const made = await mkdir(path, { recursive: true })
  // A strict umask must not shut out the users that nodes run as.
  if (made !== undefined) await chmod(path, mode)
}
