import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of its own at a folder, held in memory. */
interface SmallDisk {
  unmount(): void
}

/** @returns null if this user, or this machine, cannot mount one */
export function mountSmall(folder: string, mebibytes: number): SmallDisk | null {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  if (mounted.status !== 0) return null
  return { unmount: () => void spawnSync('umount', ['--lazy', folder]) }
}

/** Fills a disk with one file. @param leaveBytes what stays free */
export function fill(folder: string, leaveBytes: number): { remove(): void } {
  const path = join(folder, 'ballast')
  const file = openSync(path, 'w')
  try {
    for (let sizeBytes = 1024 ** 2; sizeBytes >= 4096; ) {
      if (!tryWrite(file, sizeBytes)) sizeBytes /= 2
    }
    ftruncateSync(file, fstatSync(file).size - leaveBytes)
  } finally {
    closeSync(file)
  }
  return { remove: () => rmSync(path) }
}

function tryWrite(file: number, sizeBytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(sizeBytes)) === sizeBytes
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
