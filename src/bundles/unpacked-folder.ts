import { access, chmod, mkdir, rename, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { DroverError } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'
import type { Log } from '../system/log.ts'
import { findChangedFiles, recordCopy, recordOf } from './copy-record.ts'
import { isCode, removeTree, syncFolder } from './folders.ts'
import { hashFile } from './receive.ts'
import { createSharedWork } from './shared-work.ts'
import type { TempNames } from './temp-names.ts'
import { unpackArchive } from './unpack.ts'

/**
 * The unpacked copies of bundles on this host. A copy that has its final name is complete and read-only. One that somebody
 * changed all the same is left as it is, for nodes run from it, and another one is made beside it: `<sha256>.2`.
 */
export interface UnpackedFolder {
  /**
   * Path of the newest copy, which is made now if it is not there, or is not what the bundle says any more.
   * @throws DroverError `internal` if the zip is no longer what its digest says
   * @throws the signal's reason when it is aborted
   */
  get(digest: Sha256, zipPath: string, signal: AbortSignal): Promise<string>
  /** {@link CodeSource.changes}. */
  changes(
    digest: Sha256,
    zipPath: string,
    place: string,
    signal: AbortSignal,
  ): Promise<readonly string[] | null>
  delete(digest: Sha256): Promise<void>
  sweep(): Promise<number>
}

/** So long what a look found is what all nodes that share the copy are told. */
const RECENT_MS = 5000
/** So long a start relies on it. */
const TRUSTED_MS = 60_000

export function createUnpackedFolder(options: {
  readonly root: string
  readonly temps: TempNames
  readonly log: Log
}): UnpackedFolder {
  const { temps, log } = options
  const folder = join(options.root, 'unpacked')
  const share = createSharedWork<Sha256, string>()
  const shareLooks = createSharedWork<string, readonly string[]>()
  /** What the last look at each copy found. */
  const looks = new Map<string, { readonly at: number; readonly changed: readonly string[] }>()

  async function changesOf(place: string, zipPath: string, recentMs: number, signal: AbortSignal) {
    const last = looks.get(place)
    // Copies do not mend themselves, but somebody may.
    if (last && performance.now() - last.at < recentMs) return last.changed
    return await shareLooks(place, signal, async (shared) => {
      const changed = await findChangedFiles(place, zipPath, shared)
      looks.set(place, { at: performance.now(), changed })
      return changed
    })
  }

  /** The name of the newest copy, which may not be there yet. */
  async function newest(digest: Sha256): Promise<string> {
    let place = join(folder, digest)
    for (let number = 2; await exists(`${join(folder, digest)}.${number}`); number += 1)
      place = `${join(folder, digest)}.${number}`
    return place
  }

  /** The name of the copy that is to be used: the newest one, unless that was changed. */
  async function rightName(digest: Sha256, zipPath: string, signal: AbortSignal): Promise<string> {
    const place = await newest(digest)
    if (!(await exists(place))) return place
    const changed = await changesOf(place, zipPath, TRUSTED_MS, signal)
    if (changed.length === 0) return place
    const number = place === join(folder, digest) ? 2 : Number(place.slice(place.lastIndexOf('.') + 1)) + 1
    log.warn(
      { digest, place, changed: changed.slice(0, 5) },
      'an unpacked bundle was changed; unpacking it anew',
    )
    return `${join(folder, digest)}.${number}`
  }

  async function make(digest: Sha256, zipPath: string, place: string, signal: AbortSignal): Promise<string> {
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o755)
    await withTemp(async (temp) => {
      await checkDigest(digest, zipPath, signal)
      await unpackArchive(zipPath, temp, signal)
      signal.throwIfAborted()
      await recordCopy(temp, place)
      await rename(temp, place).catch((error: unknown) => {
        // Another process was faster; its copy is the same.
        if (!isCode(error, 'EEXIST', 'ENOTEMPTY')) throw error
      })
    })
    await syncFolder(folder)
    log.debug({ digest, place }, 'unpacked a bundle')
    return place
  }

  async function withTemp(work: (path: string) => Promise<void>): Promise<void> {
    // A sibling of the final place: moving a read-only folder to another parent is not allowed to its owner.
    const name = temps.take()
    try {
      await work(join(folder, name))
    } finally {
      await removeTree(join(folder, name))
      temps.release(name)
    }
  }

  return {
    async get(digest, zipPath, signal) {
      const place = await rightName(digest, zipPath, signal)
      if (await exists(place)) return place
      return await share(digest, signal, (shared) => make(digest, zipPath, place, shared))
    },
    async changes(digest, zipPath, place, signal) {
      const [own, number = '2', ...more] = relative(folder, place).split('.')
      const isCopy = own === digest && /^\d+$/.test(number) && more.length === 0
      return isCopy && (await exists(place)) ? await changesOf(place, zipPath, RECENT_MS, signal) : null
    },
    async delete(digest) {
      for (let place = await newest(digest); ; place = await newest(digest)) {
        looks.delete(place)
        await rm(recordOf(place), { force: true })
        // It takes the name away first: a crash half-way through must not leave half a copy under it.
        await withTemp(async (temp) => {
          await rename(place, temp).catch((error: unknown) => {
            if (!isCode(error, 'ENOENT')) throw error
          })
        })
        if (place === join(folder, digest)) return
      }
    },
    sweep: () => temps.sweep(folder, Date.now()),
  }
}

async function checkDigest(digest: Sha256, zipPath: string, signal: AbortSignal): Promise<void> {
  const found = await hashFile(zipPath, signal)
  if (found === digest) return
  throw new DroverError(
    'internal',
    `the stored file of bundle ${digest} is damaged (its SHA-256 is ${found} now); upload the same bundle again to mend it`,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
