import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import * as yauzl from 'yauzl'
import { DroverError, InvalidBundleError } from '../domain/errors.ts'
import { MAX_PATH_BYTES, quote, toEntryPath } from './entry-path.ts'
import { isCode } from './folders.ts'
import { ReadAhead } from './read-ahead.ts'
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
  /** What the zip says about the content's size; `content` holds it to that. */
  readonly sizeBytes: number
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
    const file = new ReadAhead(handle, size)
    const { entryCount } = await openZip(file)
    return {
      sizeBytes: size,
      entryCount,
      entries: () => readEntries(file),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function* readEntries(file: ReadAhead): AsyncGenerator<ArchiveEntry> {
  const zip = await openZip(file)
  const directory = zip.eachEntry()
  while (true) {
    const next = await directory.next().catch((error: unknown) => {
      throw unreadable(error)
    })
    if (next.done === true) return
    yield toArchiveEntry(file, zip, next.value)
  }
}

async function openZip(file: ReadAhead): Promise<yauzl.ZipFile> {
  try {
    // Names and sizes are checked here instead: our messages name the entry, and nothing is rewritten silently.
    return await yauzl.fromRandomAccessReaderPromise(new ZipReader(file), file.sizeBytes, {
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
class ZipReader extends yauzl.RandomAccessReader {
  readonly #file: ReadAhead

  constructor(file: ReadAhead) {
    super()
    this.#file = file
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#file.read(position, length).then((bytes) => {
      bytes.copy(buffer, offset)
      callback(null)
    }, callback)
  }
}

function toArchiveEntry(file: ReadAhead, zip: yauzl.ZipFile, entry: yauzl.Entry): ArchiveEntry {
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
  const sizeBytes = entry.uncompressedSize
  return { path, kind, executable, sizeBytes, content: () => readContent(file, zip, entry, name) }
}

function decodeName(entry: yauzl.Entry): string {
  const raw = entry.fileNameRaw
  const saysUtf8 = (entry.generalPurposeBitFlag & 0x800) !== 0
  if (saysUtf8 && !isUtf8(raw)) throw refuse(raw.toString('latin1'), 'its name is not valid UTF-8')
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true)
}

const CHUNK_BYTES = 64 * 1024
// Up to here an entry is unpacked in one go, within well under a millisecond.
const SMALL_PACKED_BYTES = 32 * 1024
const SMALL_BYTES = 256 * 1024
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
  file: ReadAhead,
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  name: string,
): AsyncGenerator<Uint8Array> {
  const start = await locate(zip, entry, name)
  let size = 0
  let checksum = 0
  try {
    for await (const chunk of unpackedChunks(file, start, entry)) {
      size += chunk.length
      checksum = crc32(chunk, checksum)
      if (size > entry.uncompressedSize) throw wrongSize(name, entry)
      yield chunk
    }
  } catch (error) {
    if (isCode(error, 'ERR_BUFFER_TOO_LARGE')) throw wrongSize(name, entry)
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

async function* unpackedChunks(
  file: ReadAhead,
  start: number,
  entry: yauzl.Entry,
): AsyncGenerator<Uint8Array> {
  const { compressedSize, uncompressedSize } = entry
  const packed = readRange(file, start, compressedSize)
  if (entry.compressionMethod === STORED) {
    yield* packed
  } else if (compressedSize <= SMALL_PACKED_BYTES && uncompressedSize <= SMALL_BYTES) {
    // Most files are small, and setting up a stream costs many times what unpacking one of them does.
    const bytes = await file.read(start, compressedSize)
    yield inflateRawSync(bytes, { maxOutputLength: uncompressedSize + 1 })
  } else {
    yield* inflate(packed)
  }
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

async function* readRange(file: ReadAhead, start: number, length: number): AsyncGenerator<Uint8Array> {
  const end = start + length
  for (let position = start; position < end; position += CHUNK_BYTES) {
    yield await file.read(position, Math.min(CHUNK_BYTES, end - position))
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
