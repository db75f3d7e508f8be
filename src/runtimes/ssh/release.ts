import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Answer } from './answer.ts'
import { quote } from './shell.ts'

/** One file, symlink or folder of a release. */
export type Entry =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly sha256: string
      readonly bytes: number
      readonly executable: boolean
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'folder'; readonly path: string }

/** Everything in an unpacked bundle, by path. */
export async function listRelease(folder: string, signal: AbortSignal): Promise<readonly Entry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const entries: Entry[] = []
  for (const each of found) {
    signal.throwIfAborted()
    const file = join(each.parentPath, each.name)
    const path = relative(folder, file)
    if (each.isSymbolicLink()) entries.push({ kind: 'link', path, target: await readlink(file) })
    else if (each.isDirectory()) entries.push({ kind: 'folder', path })
    else {
      const { size, mode } = await stat(file)
      const executable = (mode & 0o100) !== 0
      entries.push({ kind: 'file', path, sha256: await hash(file, signal), bytes: size, executable })
    }
  }
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** What of a release has to travel, and over what of another one it is laid. */
export interface Shipment {
  readonly entries: readonly Entry[]
  /** The release on the host that the rest is taken from; null: nothing is. */
  readonly basis: string | null
  /** Paths of the basis that the release has not, or has otherwise. */
  readonly stale: readonly string[]
}

/**
 * Decides what to send, from what the host said of the release it has. Paths with line breaks cannot be told apart in
 * lists of lines: a release that has such is sent whole.
 */
export function planShipment(entries: readonly Entry[], answer: Answer): Shipment {
  const basis = answer.first('basis') ?? null
  if (basis === null || entries.some(({ path }) => path.includes('\n'))) {
    return { entries, basis: null, stale: [] }
  }
  const executables = new Set(answer.all('executable').map((path) => path.replace(/^\.\//, '')))
  const there = new Map<string, string>()
  for (const line of answer.all('sum')) {
    const [, sum, path] = /^([0-9a-f]{64}) {2}(.*)$/.exec(line) ?? []
    // One with a line break in its name stays behind, which only costs its place.
    if (sum !== undefined && path !== undefined) there.set(path, `${sum} ${executables.has(path)}`)
  }
  const isThere = (entry: Entry) =>
    entry.kind === 'file' && there.get(entry.path) === `${entry.sha256} ${entry.executable}`
  const sent = entries.filter((entry) => !isThere(entry))
  const kept = new Set(entries.filter(isThere).map(({ path }) => path))
  const stale = [...there.keys(), ...sent.filter(({ kind }) => kind === 'link').map(({ path }) => path)]
  return { entries: sent, basis, stale: stale.filter((path) => !kept.has(path)) }
}

/** What mends a release: the files that the host found to be other than they should be. */
export function planRepair(entries: readonly Entry[], answer: Answer): Shipment {
  const bad = new Set(answer.all('bad').map((line) => unescapePath(line.replace(/: FAILED.*$/, ''))))
  return { entries: entries.filter(({ path }) => bad.has(path)), basis: null, stale: [] }
}

/** The release's sums, as `sha256sum -c` reads them. */
export function sumsOf(entries: readonly Entry[]): string {
  return entries
    .flatMap((entry) => (entry.kind === 'file' ? [sumLine(entry.sha256, entry.path)] : []))
    .join('')
}

/** Shell that looks whether the symlinks of a release are what they should be: `d_link <path> <target>` each. */
export function linkChecks(entries: readonly Entry[]): string {
  const lines = entries.flatMap((entry) =>
    entry.kind === 'link' ? [`  d_link ${quote(entry.path)} ${quote(entry.target)}\n`] : [],
  )
  return `d_links() {\n  :\n${lines.join('')}}\n`
}

/** The tar that a host takes in: `files/` and, last, `sums`, whose being there says that nothing is missing. */
export async function packShipment(
  folder: string,
  shipment: Shipment,
  sums: string,
  signal: AbortSignal,
): Promise<Readable> {
  // Loaded when it is first used: who has no hosts does not pay for it.
  const { pack } = await import('tar-stream')
  const tar = pack()
  const fill = async () => {
    for (const entry of shipment.entries) {
      signal.throwIfAborted()
      const name = `files/${entry.path}`
      if (entry.kind === 'folder') tar.entry({ name: `${name}/`, type: 'directory', mode: 0o755 })
      else if (entry.kind === 'link') tar.entry({ name, type: 'symlink', linkname: entry.target })
      else {
        const mode = entry.executable ? 0o555 : 0o444
        await pipeline(
          createReadStream(join(folder, entry.path)),
          tar.entry({ name, size: entry.bytes, mode }),
        )
      }
    }
    tar.entry({ name: 'sums', mode: 0o444 }, sums)
    tar.finalize()
  }
  fill().catch((error: Error) => tar.destroy(error))
  return tar as unknown as Readable
}

/** A path with a line break or a backslash is written as coreutils does, with a backslash before the sum. */
function sumLine(sum: string, path: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `${escaped === path ? '' : '\\'}${sum}  ${escaped}\n`
}

function unescapePath(path: string): string {
  if (!path.startsWith('\\')) return path
  const signs: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' }
  return path.slice(1).replace(/\\(.)/g, (_, sign: string) => signs[sign] ?? sign)
}

async function hash(path: string, signal: AbortSignal): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(path), digest, { signal })
  return digest.digest('hex')
}
