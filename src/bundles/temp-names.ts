import { readdir, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isCode, removeTree } from './folders.ts'

const MARK = 'tmp'
const MAX_AGE_MS = 24 * 60 * 60 * 1000

// Of the process, not of one store: two stores over one root must not sweep each other's.
const mine = new Set<string>()

/**
 * Names for files that are being made, which tell whose they are: `tmp.<pid>.<unique>.<host>`. Several processes,
 * also of several hosts or containers over one volume, may share a folder.
 */
export function createTempNames(unique: () => string): TempNames {
  return {
    take() {
      const name = `${MARK}.${process.pid}.${unique()}.${hostname()}`
      mine.add(name)
      return name
    },
    release(name) {
      mine.delete(name)
    },
    async sweep(folder, now) {
      let removed = 0
      for (const name of await readdir(folder).catch(() => [])) {
        if (!name.startsWith(`${MARK}.`) || mine.has(name)) continue
        const path = join(folder, name)
        if (!(await isAbandoned(name, path, now))) continue
        await removeTree(path)
        removed += 1
      }
      return removed
    },
  }
}

export interface TempNames {
  /** A new name. It is safe from `sweep` of this process until it is released. */
  take(): string
  release(name: string): void
  /**
   * Removes what processes that are gone have left in a folder. Names of other hosts are believed to be in use
   * until they are a day old.
   * @returns how many files and trees were removed
   */
  sweep(folder: string, now: number): Promise<number>
}

async function isAbandoned(name: string, path: string, now: number): Promise<boolean> {
  const [, pid, , ...host] = name.split('.')
  if (host.join('.') === hostname()) {
    // In a container every start has the same pid: ours, but not of this life.
    if (Number(pid) === process.pid || !isAlive(Number(pid))) return true
  }
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }))
  return now - mtimeMs > MAX_AGE_MS
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}
