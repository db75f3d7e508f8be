import { access, chmod, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DroverError } from '../domain/errors.ts'
import type { Sha256 } from '../domain/ids.ts'
import type { Log } from '../system/log.ts'
import { isCode, removeTree, syncFolder } from './folders.ts'
import { hashFile } from './receive.ts'
import { createSharedWork } from './shared-work.ts'
import type { TempNames } from './temp-names.ts'
import { unpackArchive } from './unpack.ts'

/** The unpacked copies of bundles on this host. A copy that has its final name is complete and read-only. */
export interface UnpackedFolder {
  /**
   * Path of the copy, which is made now if it is not there.
   * @throws DroverError `internal` if the zip is no longer what its digest says
   * @throws the signal's reason when it is aborted
   */
  get(digest: Sha256, zipPath: string, signal: AbortSignal): Promise<string>
  delete(digest: Sha256): Promise<void>
  sweep(): Promise<number>
}

export function createUnpackedFolder(options: {
  readonly root: string
  readonly temps: TempNames
  readonly log: Log
}): UnpackedFolder {
  const { temps, log } = options
  const folder = join(options.root, 'unpacked')
  const share = createSharedWork<Sha256, string>()

  async function make(digest: Sha256, zipPath: string, signal: AbortSignal): Promise<string> {
    const place = join(folder, digest)
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o755)
    await withTemp(async (temp) => {
      await checkDigest(digest, zipPath, signal)
      await unpackArchive(zipPath, temp, signal)
      signal.throwIfAborted()
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
      const place = join(folder, digest)
      if (await exists(place)) return place
      return await share(digest, signal, (shared) => make(digest, zipPath, shared))
    },
    async delete(digest) {
      // It takes the name away first: a crash half-way through must not leave half a copy under it.
      await withTemp(async (temp) => {
        await rename(join(folder, digest), temp).catch((error: unknown) => {
          if (!isCode(error, 'ENOENT')) throw error
        })
      })
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
