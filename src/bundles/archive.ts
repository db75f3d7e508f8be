import { isUtf8 } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'
import * as yauzl from 'yauzl'
import { DroverError, InvalidBundleError } from '../domain/errors.ts'
import { MAX_PATH_BYTES, quote, toEntryPath } from './entry-path.ts'
import type { EntryKind } from './tree.ts'

/** A zip file that is read as a bundle: every entry is checked by itself before it is handed out. */
export interface Archive {
  readonly sizeBytes: number
  /** How many entries the zip says it has; `entries` never gives more. */
  readonly entryCount: number
  /** All entries in the order of the zip's directory. May be called again. */
  entries(): AsyncIterable<ArchiveEntry>
  close(): Promise<void>
}

export interface ArchiveEntry {
  readonly path: string
  readonly kind: EntryKind
  readonly executable: boolean
  /**
   * The entry's bytes, unpacked; a symlink's are its target. They are counted and summed up against what the
   * zip says about them: InvalidBundleError as soon as they differ. Valid until the next entry is asked for.
   */
  content(): AsyncIterable<Uint8Array>
}

/**
 * Opens a zip file. Everything that is thrown here and by the archive's methods because of the file's bytes is
 * an InvalidBundleError that names the entry and the rule.
 */
export async function openArchive(path: string): Promise<Archive> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    const { entryCount } = await openZip(handle, size)
    return {
      sizeBytes: size,
      entryCount,
      entries: () => readEntries(handle, size),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function* readEntries(handle: FileHandle, size: number): AsyncGenerator<ArchiveEntry> {
  const zip = await openZip(handle, size)
  const directory = zip.eachEntry()
  while (true) {
    const next = await directory.next().catch((error: unknown) => {
      throw unreadable(error)
    })
    if (next.done === true) return
    yield toArchiveEntry(handle, zip, next.value)
  }
}

async function openZip(handle: FileHandle, size: number): Promise<yauzl.ZipFile> {
  try {
    // Names and sizes are checked here instead: our messages name the entry, and nothing is rewritten silently.
    return await yauzl.fromRandomAccessReaderPromise(new HandleReader(handle, size), size, {
      autoClose: false,
      decodeStrings: false,
      validateEntrySizes: false,
    })
  } catch (error) {
    throw unreadable(error)
  }
}

/**
 * yauzl's own reader hands offsets from the file to `fs.read` unchecked, which throws on absurd ones inside a
 * callback, where nobody can catch it: a hostile zip would end the program.
 */
class HandleReader extends yauzl.RandomAccessReader {
  readonly #handle: FileHandle
  readonly #size: number

  constructor(handle: FileHandle, size: number) {
    super()
    this.#handle = handle
    this.#size = size
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (!(position >= 0 && position + length <= this.#size)) {
      callback(new Error('it points outside of the file; the file is truncated or damaged'))
      return
    }
    this.#handle
      .read(buffer, offset, length, position)
      .then(
        ({ bytesRead }) => callback(bytesRead === length ? null : new Error('the file is truncated')),
        callback,
      )
  }
}

function toArchiveEntry(handle: FileHandle, zip: yauzl.ZipFile, entry: yauzl.Entry): ArchiveEntry {
  const name = decodeName(entry)
  const path = toEntryPath(name)
  const { kind, executable } = kindOf(name, entry)
  if (entry.isEncrypted()) throw refuse(name, 'encrypted entries are refused')
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw refuse(name, `compression method ${entry.compressionMethod} is not supported; use deflate or none`)
  }
  if (kind === 'folder' && entry.uncompressedSize > 0) throw refuse(name, 'a folder must not have content')
  if (kind === 'link' && entry.uncompressedSize > MAX_PATH_BYTES) {
    throw refuse(name, `a symlink's target may have at most ${MAX_PATH_BYTES} bytes`)
  }
  return { path, kind, executable, content: () => readContent(handle, zip, entry, name) }
}

function decodeName(entry: yauzl.Entry): string {
  const raw = entry.fileNameRaw
  const saysUtf8 = (entry.generalPurposeBitFlag & 0x800) !== 0
  if (saysUtf8 && !isUtf8(raw)) throw refuse(raw.toString('latin1'), 'its name is not valid UTF-8')
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true)
}

const CHUNK_BYTES = 64 * 1024
const STORED = 0
const DEFLATED = 8
const MADE_ON_UNIX = 3
const MADE_ON_MACOS = 19
const TYPE_BITS = 0o170000
const REGULAR = 0o100000
const FOLDER = 0o040000
const SYMLINK = 0o120000

function kindOf(name: string, entry: yauzl.Entry): { kind: EntryKind; executable: boolean } {
  const host = entry.versionMadeBy >>> 8
  const mode = host === MADE_ON_UNIX || host === MADE_ON_MACOS ? entry.externalFileAttributes >>> 16 : 0
  const type = mode & TYPE_BITS
  const namedAsFolder = name.endsWith('/')
  if (type === 0) return { kind: namedAsFolder ? 'folder' : 'file', executable: (mode & 0o111) !== 0 }
  if (type !== REGULAR && type !== FOLDER && type !== SYMLINK) {
    throw refuse(name, 'only files, folders and symlinks are allowed, no devices, pipes or sockets')
  }
  if (namedAsFolder !== (type === FOLDER)) {
    throw refuse(name, 'its name and its type disagree; a folder\'s name, and no other, ends with "/"')
  }
  const kind = type === FOLDER ? 'folder' : type === SYMLINK ? 'link' : 'file'
  return { kind, executable: kind === 'file' && (mode & 0o111) !== 0 }
}

async function* readContent(
  handle: FileHandle,
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  name: string,
): AsyncGenerator<Uint8Array> {
  const start = await locate(zip, entry, name)
  let size = 0
  let checksum = 0
  try {
    for await (const chunk of unpackedChunks(handle, start, entry)) {
      size += chunk.length
      checksum = crc32(chunk, checksum)
      if (size > entry.uncompressedSize) throw wrongSize(name, entry)
      yield chunk
    }
  } catch (error) {
    if (error instanceof DroverError || !isZlibError(error)) throw error
    throw refuse(name, `its compressed data is damaged: ${error.message}`, error)
  }
  if (size !== entry.uncompressedSize) throw wrongSize(name, entry)
  if (checksum !== entry.crc32) throw refuse(name, 'its content does not match its checksum (CRC-32)')
}

/** Finds where the data begins, and makes sure that a reader of local headers would see the same name. */
async function locate(zip: yauzl.ZipFile, entry: yauzl.Entry, name: string): Promise<number> {
  const header = await zip.readLocalFileHeaderPromise(entry).catch((error: unknown) => {
    throw refuse(name, `its data cannot be read: ${messageOf(error)}`, error)
  })
  if (!header.fileName.equals(entry.fileNameRaw)) {
    throw refuse(name, `it has another name, ${quote(header.fileName.toString())}, in front of its data`)
  }
  return header.fileDataStart
}

function unpackedChunks(handle: FileHandle, start: number, entry: yauzl.Entry): AsyncIterable<Uint8Array> {
  const packed = readRange(handle, start, entry.compressedSize)
  return entry.compressionMethod === STORED ? packed : inflate(packed)
}

async function* inflate(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw()
  const source = Readable.from(packed, { objectMode: false })
  // Whatever goes wrong reaches the reader below as the inflater's own error.
  pipeline(source, inflater, () => {})
  try {
    yield* inflater
  } finally {
    inflater.destroy()
  }
}

// Not handle.createReadStream: each of those leaves a listener on the handle, and there is one per entry.
async function* readRange(handle: FileHandle, start: number, length: number): AsyncGenerator<Uint8Array> {
  const end = start + length
  for (let position = start; position < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - position))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) throw new InvalidBundleError('the zip file is truncated')
    yield buffer.subarray(0, bytesRead)
    position += bytesRead
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code))
}

function wrongSize(name: string, entry: yauzl.Entry): InvalidBundleError {
  return refuse(name, `its real size is not the ${entry.uncompressedSize} bytes that the zip says`)
}

function refuse(name: string, rule: string, cause?: unknown): InvalidBundleError {
  return new InvalidBundleError(`entry ${quote(name)}: ${rule}`, { cause })
}

function unreadable(cause: unknown): InvalidBundleError {
  return new InvalidBundleError(`this is not a readable zip file: ${messageOf(cause)}`, { cause })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
