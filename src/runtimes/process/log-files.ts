import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { type Clock, sleep } from '../../system/clock.ts'
import type { LogOptions } from '../runtime.ts'

export interface LogRotation {
  /** A log is rotated once it is larger. */
  readonly maxBytes: number
  /** Rotated files that are kept beside the current one. */
  readonly keep: number
}

const CHUNK_BYTES = 64 * 1024
const FOLLOW_PAUSE_MS = 100

/**
 * Moves a log that has grown too large aside: `output.log` is copied to `output.log.1` and emptied. It is not
 * renamed, because the node keeps the file open; it was opened for appending, so the node goes on at the new
 * end. What is written between the copy's last look and the emptying is lost: some microseconds.
 */
export function rotateLog(path: string, { maxBytes, keep }: LogRotation): void {
  const size = sizeOf(path)
  if (size === null || size <= maxBytes) return
  rmSync(`${path}.${keep}`, { force: true })
  for (let index = keep - 1; index >= 1; index--) {
    if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`)
  }
  if (keep > 0) {
    copyFileSync(path, `${path}.1`)
    appendRest(path, `${path}.1`)
  }
  truncateSync(path, 0)
}

/** Yields a log's kept content, oldest first, and goes on with what is added, across rotations. */
export async function* readLog(
  path: string,
  options: LogOptions,
  clock: Clock,
  keep: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, follow, tailLines } = options
  const { files, position: end } = await survey(path, keep)
  let position = end
  let from = tailLines === undefined ? 0 : await offsetOfTail(files, tailLines)
  for (const file of files) {
    if (from < file.size) yield* readRange(file.path, from, file.size, signal)
    from = Math.max(0, from - file.size)
  }
  while (follow && !signal.aborted) {
    const size = sizeOf(path)
    if (size === null) return
    if (size < position) {
      // It was rotated: what we had not read yet is now at the end of the first kept file.
      const rotated = sizeOf(`${path}.1`) ?? 0
      if (rotated > position) yield* readRange(`${path}.1`, position, rotated, signal)
      position = 0
    } else if (size > position) {
      yield* readRange(path, position, size, signal)
      position = size
    } else {
      await sleep(clock, FOLLOW_PAUSE_MS, signal).catch(() => {})
    }
  }
}

interface LogFile {
  readonly path: string
  readonly size: number
}

async function survey(path: string, keep: number): Promise<{ files: LogFile[]; position: number }> {
  const files: LogFile[] = []
  for (let index = keep; index >= 0; index--) {
    const each = index === 0 ? path : `${path}.${index}`
    const size = (await stat(each).catch(() => null))?.size
    if (size !== undefined) files.push({ path: each, size })
  }
  const last = files.at(-1)
  return { files, position: last?.path === path ? last.size : 0 }
}

/** Where the last `lines` lines begin, counted over all files as if they were one. */
async function offsetOfTail(files: readonly LogFile[], lines: number): Promise<number> {
  let wanted = lines
  let atEnd = true
  let before = files.reduce((sum, file) => sum + file.size, 0)
  if (lines <= 0) return before
  for (const file of files.toReversed()) {
    before -= file.size
    const handle = await open(file.path)
    try {
      for (let end = file.size; end > 0; end -= CHUNK_BYTES) {
        const start = Math.max(0, end - CHUNK_BYTES)
        const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start)
        for (let index = buffer.length - 1; index >= 0; index--) {
          // The newline that ends the last line begins no line.
          const isNewline = buffer[index] === 0x0a && !atEnd
          atEnd = false
          if (isNewline && --wanted === 0) return before + start + index + 1
        }
      }
    } finally {
      await handle.close()
    }
  }
  return 0
}

async function* readRange(
  path: string,
  from: number,
  to: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path)
  try {
    for (let at = from; at < to && !signal.aborted; ) {
      const length = Math.min(CHUNK_BYTES, to - at)
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, at)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
}

/** Adds to the copy what was written to the source while it was made. */
function appendRest(source: string, copy: string): void {
  const from = openSync(source, 'r')
  const to = openSync(copy, 'r+')
  try {
    const done = fstatSync(to).size
    const rest = Buffer.alloc(Math.max(0, fstatSync(from).size - done))
    if (rest.length > 0) writeSync(to, rest, 0, readSync(from, rest, 0, rest.length, done), done)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null
}
