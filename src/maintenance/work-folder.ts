import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../bundles/folders.ts'

const MARK = '.drover-making'
const NAME = new RegExp(`^\\${MARK}-(.+)-(\\d+)-[0-9a-f-]{36}$`)

/**
 * Makes something beside the place where it is to be, in a folder that only its owner can look into, and removes that
 * folder whatever happens. What a killed process left of the same thing goes first.
 * @param work gets the folder, to fill it and move out of it what is whole
 */
export async function inWorkFolder<Result>(
  place: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const parent = dirname(place)
  await mkdir(parent, { recursive: true, mode: 0o711 })
  await removeLeftovers(parent, basename(place))
  const folder = join(parent, `${MARK}-${basename(place)}-${process.pid}-${randomUUID()}`)
  await mkdir(folder, { mode: 0o700 })
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Moves something to its place, for good. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(dirname(to))
}

/** Waits until a file's bytes are on the disk. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function removeLeftovers(parent: string, name: string): Promise<void> {
  for (const found of await readdir(parent)) {
    const [, of, pid] = NAME.exec(found) ?? []
    if (of === name && !isRunning(Number(pid)))
      await rm(join(parent, found), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
