import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fingerprintArchive } from './fingerprint.ts'
import { isCode } from './folders.ts'

/** By path: size, and the times of the last change of content and of anything, as the file system has them. */
type CopyRecord = Readonly<Record<string, readonly [size: number, modifiedMs: number, changedMs: number]>>

const AT_ONCE = 64

/** Where it is written down what an unpacked copy was when it was made: beside it. */
export function recordOf(place: string): string {
  return `${place}.json`
}

/**
 * Writes down what the file system says of each file and link of a copy.
 * @param made where it is now @param place the name that it will get
 */
export async function recordCopy(made: string, place: string): Promise<void> {
  const entries = await readdir(made, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => relative(made, join(entry.parentPath, entry.name)))
  await writeRecord(made, paths, place)
}

/**
 * Which of a bundle's files are not what the bundle says, in an unpacked copy of it. Cheap where nothing was touched: only
 * what the file system has other times or sizes of is read, and compared with the zip. What is there beside the bundle's
 * files, as compiled code that an interpreter leaves, is not looked at.
 * @returns their paths, in order
 */
export async function findChangedFiles(
  place: string,
  zipPath: string,
  signal: AbortSignal,
): Promise<string[]> {
  const record = await readRecord(place)
  const suspects = record && (await findTouched(place, record, signal))
  if (suspects?.length === 0) return []
  const files = await fingerprintArchive(zipPath, signal)
  const isSuspect = suspects ? new Set(suspects) : null
  const changed: string[] = []
  for (const { path, sha256 } of files) {
    signal.throwIfAborted()
    if (isSuspect && !isSuspect.has(path)) continue
    if ((await digestOf(join(place, path))) !== sha256) changed.push(path)
  }
  // It was touched, but not changed: the next look need not read it again.
  if (changed.length === 0)
    await writeRecord(
      place,
      files.map(({ path }) => path),
    )
  return changed.sort()
}

async function findTouched(place: string, record: CopyRecord, signal: AbortSignal): Promise<string[]> {
  const entries = Object.entries(record)
  const touched: string[] = []
  for (let start = 0; start < entries.length; start += AT_ONCE) {
    signal.throwIfAborted()
    const some = entries.slice(start, start + AT_ONCE)
    const seen = await Promise.all(some.map(([path]) => timesOf(join(place, path))))
    some.forEach(([path, known], at) => {
      if (known.some((value, field) => value !== seen[at]?.[field])) touched.push(path)
    })
  }
  return touched
}

async function timesOf(path: string): Promise<CopyRecord[string] | null> {
  try {
    const { size, mtimeMs, ctimeMs } = await lstat(path)
    return [size, mtimeMs, ctimeMs]
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

/** Of a file's content or a link's target; null for anything else. */
async function digestOf(path: string): Promise<string | null> {
  try {
    const stats = await lstat(path)
    const hash = createHash('sha256')
    if (stats.isSymbolicLink()) return hash.update(await readlink(path)).digest('hex')
    if (!stats.isFile()) return null
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
    return hash.digest('hex')
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

async function readRecord(place: string): Promise<CopyRecord | null> {
  try {
    return JSON.parse(await readFile(recordOf(place), 'utf8')) as CopyRecord
  } catch (error) {
    // Copies that an older Drover made have none, and one that a power cut has torn is made anew.
    if (error instanceof SyntaxError || isCode(error, 'ENOENT')) return null
    throw error
  }
}

let temporaryFiles = 0

async function writeRecord(made: string, paths: readonly string[], place = made): Promise<void> {
  const record: Record<string, CopyRecord[string]> = {}
  for (const path of paths) {
    const times = await timesOf(join(made, path))
    if (times) record[path] = times
  }
  const temporary = `${recordOf(place)}.${process.pid}.${temporaryFiles++}.tmp`
  await writeFile(temporary, JSON.stringify(record))
  await rename(temporary, recordOf(place))
}
