import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { InvalidBundleError, NotFoundError } from '../domain/errors.ts'
import { quote, toEntryPath } from './entry-path.ts'
import { isCode } from './folders.ts'
import { createIgnoreRules } from './ignore-rules.ts'
import { brokenLinkRule } from './symlinks.ts'

export interface PackedFolder {
  /** The zip file's bytes. It ends with an error if a file cannot be read, or changes while it is read. */
  readonly stream: Readable
  /** Files and symlinks that go into it. */
  readonly fileCount: number
  /** Sum of the files' sizes. */
  readonly unpackedBytes: number
}

/**
 * Makes a bundle of a folder. The same folder gives the same bytes, and so the same digest, whenever and wherever
 * it lies (as long as the compression library is the same): entries are sorted, times are all 1980-01-01, and of
 * the modes only "can be executed" is kept. Symlinks that stay inside are kept as such.
 *
 * `.git`, `node_modules/.cache` and whatever the folder's `.droverignore` or `options.exclude` name is left out.
 *
 * @param options.exclude more patterns, as in `.droverignore`; they come after its lines
 * @throws NotFoundError if there is no such folder
 * @throws InvalidBundleError if it has no files, or one that no bundle may contain
 */
export async function packFolder(
  folder: string,
  options: { readonly exclude?: readonly string[] } = {},
): Promise<PackedFolder> {
  const ignoreFile = await readFile(join(folder, '.droverignore'), 'utf8').catch(emptyIfMissing)
  const ignored = createIgnoreRules([...ignoreFile.split('\n'), ...(options.exclude ?? [])])
  const items = await list(folder, ignored)
  const contents = items.filter((item) => item.kind !== 'folder')
  if (!contents.some((item) => item.kind === 'file')) {
    throw new InvalidBundleError(
      `folder ${folder} has no files to bundle${items.length > 0 ? '; are all ignored?' : ''}`,
    )
  }
  checkLinks(items)
  return {
    // Nothing is read before somebody reads from it, so that no error can come up while nobody listens.
    stream: Readable.from(zip(folder, items), { objectMode: false }),
    fileCount: contents.length,
    unpackedBytes: contents.reduce((sum, item) => sum + (item.kind === 'file' ? item.sizeBytes : 0), 0),
  }
}

type Item = { readonly path: string } & (
  | { readonly kind: 'file'; readonly executable: boolean; readonly sizeBytes: number }
  | { readonly kind: 'link'; readonly target: string }
  /** An empty one; the others are there because of what is in them. */
  | { readonly kind: 'folder' }
)

async function list(root: string, ignored: (path: string, isFolder: boolean) => boolean): Promise<Item[]> {
  const items: Item[] = []
  async function visit(folder: string): Promise<void> {
    const before = items.length
    for (const entry of await readFolder(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (ignored(path, entry.isDirectory())) continue
      checkName(path)
      if (entry.isDirectory()) await visit(path)
      else items.push(await toItem(root, path))
    }
    if (items.length === before && folder !== '') items.push({ path: folder, kind: 'folder' })
  }
  await visit('')
  // By code unit, as no locale may have a say in the digest.
  return items.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function readFolder(path: string) {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (isCode(error, 'ENOENT')) throw new NotFoundError('folder', path)
    if (isCode(error, 'ENOTDIR')) throw new InvalidBundleError(`${path} is not a folder`)
    throw error
  }
}

async function toItem(root: string, path: string): Promise<Item> {
  const stats = await lstat(join(root, path))
  if (stats.isSymbolicLink()) return { path, kind: 'link', target: await readlink(join(root, path)) }
  if (stats.isFile()) {
    return { path, kind: 'file', executable: (stats.mode & 0o111) !== 0, sizeBytes: stats.size }
  }
  throw new InvalidBundleError(
    `${quote(path)} is a socket, pipe or device, which no bundle may contain; name it in .droverignore`,
  )
}

function checkName(path: string): void {
  // Names that cannot be decoded come back with replacement characters, and would be packed under a wrong name.
  if (path.includes('\ufffd')) throw new InvalidBundleError(`${quote(path)}: its name is not valid UTF-8`)
  toEntryPath(path)
}

function checkLinks(items: readonly Item[]): void {
  const links = new Map(items.flatMap((item) => (item.kind === 'link' ? [[item.path, item.target]] : [])))
  for (const path of links.keys()) {
    const rule = brokenLinkRule(path, links)
    if (rule !== undefined) throw new InvalidBundleError(`symlink ${quote(path)}: ${rule}`)
  }
}

// In local time: zip has no time zones, and these fields must come out the same in every one.
const MTIME = new Date(1980, 0, 1)

async function* zip(root: string, items: readonly Item[]): AsyncGenerator<Buffer> {
  const file = new ZipFile()
  const stream: Readable = file.outputStream.pipe(new PassThrough())
  file.on('error', (error: Error) => stream.destroy(error))
  const options = { mtime: MTIME, forceDosTimestamp: true }
  for (const item of items) {
    if (item.kind === 'folder') {
      file.addEmptyDirectory(item.path, { ...options, mode: 0o40755 })
    } else if (item.kind === 'link') {
      file.addBuffer(Buffer.from(item.target), item.path, { ...options, mode: 0o120777, compress: false })
    } else {
      const mode = item.executable ? 0o100755 : 0o100644
      file.addFile(join(root, item.path), item.path, { ...options, mode })
    }
  }
  file.end()
  yield* stream
}

function emptyIfMissing(error: unknown): string {
  if (isCode(error, 'ENOENT', 'ENOTDIR')) return ''
  throw error
}
