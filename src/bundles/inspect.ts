import { isUtf8 } from 'node:buffer'
import type { Manifest } from '../domain/bundle.ts'
import { InvalidBundleError } from '../domain/errors.ts'
import { type Archive, openArchive } from './archive.ts'
import { quote } from './entry-path.ts'
import { type ExportLabel, LabelReader, MAX_LABEL_BYTES, mayHaveLabel } from './export-label.ts'
import { type BundleLimits, RATIO_FLOOR_BYTES } from './limits.ts'
import { containsFile, toListing } from './listing.ts'
import { MANIFEST_NAMES, MAX_MANIFEST_BYTES, parseManifest, tooLongManifest } from './manifest.ts'
import { brokenLinkRule } from './symlinks.ts'
import { BundleTree, tooManyEntries } from './tree.ts'

/** What a bundle contains. */
export interface Inspection {
  readonly entryCount: number
  /** Sum of all entries when unpacked, in bytes. */
  readonly unpackedBytes: number
  readonly manifest: Manifest | null
  readonly label: ExportLabel
  readonly files: readonly string[]
  readonly links: ReadonlyMap<string, string>
}

/**
 * Reads a zip file once from end to end, unpacking into nothing, and answers with what it contains. What comes
 * through here can be unpacked into an empty folder without touching anything outside of it.
 *
 * @throws InvalidBundleError naming the entry and the rule it breaks, as soon as it is found
 */
export async function inspectArchive(
  zipPath: string,
  limits: BundleLimits,
  signal?: AbortSignal,
): Promise<Inspection> {
  const archive = await openArchive(zipPath)
  try {
    // Names first: they cost nothing compared with unpacking.
    const tree = await readTree(archive, limits, signal)
    const content = await readContents(archive, limits, signal)
    for (const path of content.links.keys()) {
      const rule = brokenLinkRule(path, content.links)
      if (rule !== undefined) throw new InvalidBundleError(`entry ${quote(path)}: ${rule}`)
    }
    const inspection = {
      entryCount: archive.entryCount,
      unpackedBytes: content.unpackedBytes,
      manifest: content.manifest && parseManifest(content.manifest.bytes, content.manifest.name),
      label: content.label,
      files: tree.paths('file'),
      links: content.links,
    }
    checkScript(inspection, content.manifest?.name)
    return inspection
  } finally {
    await archive.close()
  }
}

async function readTree(archive: Archive, limits: BundleLimits, signal?: AbortSignal): Promise<BundleTree> {
  if (archive.entryCount > limits.maxEntries) throw tooManyEntries(limits.maxEntries)
  const tree = new BundleTree(limits.maxEntries)
  for await (const entry of archive.entries()) {
    signal?.throwIfAborted()
    tree.add(entry.path, entry.kind)
  }
  const files = tree.paths('file')
  if (files.length === 0) throw new InvalidBundleError('the bundle is empty: it contains no file')
  const manifests = files.filter((path) => MANIFEST_NAMES.includes(path))
  if (manifests.length > 1) {
    throw new InvalidBundleError(`the bundle has both ${manifests.join(' and ')}; keep one of them`)
  }
  return tree
}

interface Contents {
  readonly unpackedBytes: number
  readonly links: ReadonlyMap<string, string>
  readonly manifest: { readonly name: string; readonly bytes: Uint8Array } | null
  readonly label: ExportLabel
}

async function readContents(archive: Archive, limits: BundleLimits, signal?: AbortSignal): Promise<Contents> {
  const count = createMeter(archive.sizeBytes, limits)
  const links = new Map<string, string>()
  const labels = new LabelReader()
  let unpackedBytes = 0
  let manifest: Contents['manifest'] = null
  for await (const entry of archive.entries()) {
    const isManifest = entry.kind === 'file' && MANIFEST_NAMES.includes(entry.path)
    let isLabel = entry.kind === 'file' && mayHaveLabel(entry.path)
    const kept: Uint8Array[] = []
    let keptBytes = 0
    for await (const chunk of entry.content()) {
      signal?.throwIfAborted()
      unpackedBytes = count(chunk.length)
      if (!isManifest && !isLabel && entry.kind !== 'link') continue
      kept.push(chunk)
      keptBytes += chunk.length
      if (isLabel && keptBytes > MAX_LABEL_BYTES) {
        isLabel = false
        kept.length = 0
      } else if (keptBytes > MAX_MANIFEST_BYTES) throw tooLongManifest(entry.path)
    }
    if (isLabel) labels.add(entry.path, Buffer.concat(kept))
    if (isManifest) manifest = { name: entry.path, bytes: Buffer.concat(kept) }
    if (entry.kind === 'link') links.set(entry.path, toTarget(entry.path, Buffer.concat(kept)))
  }
  return { unpackedBytes, links, manifest, label: labels.label }
}

/** @returns a function that adds bytes just unpacked, answers with the sum, and refuses what is too much */
function createMeter(archiveBytes: number, limits: BundleLimits): (bytes: number) => number {
  let total = 0
  const allowed = Math.max(RATIO_FLOOR_BYTES, archiveBytes * limits.maxRatio)
  return (bytes) => {
    total += bytes
    if (total > limits.maxUnpackedBytes) {
      throw new InvalidBundleError(
        `the bundle unpacks to more than ${limits.maxUnpackedBytes} bytes, the limit`,
      )
    }
    if (total > allowed) {
      const ratio = `more than ${limits.maxRatio} times its size of ${archiveBytes} bytes, the limit`
      throw new InvalidBundleError(`the bundle unpacks to ${ratio}; it looks like a zip bomb`)
    }
    return total
  }
}

function toTarget(path: string, bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new InvalidBundleError(`entry ${quote(path)}: its target is not valid UTF-8`)
  return bytes.toString()
}

function checkScript(inspection: Inspection, manifestName: string | undefined): void {
  const script = inspection.manifest?.initializationScript
  if (script === undefined || containsFile(toListing(inspection), script)) return
  throw new InvalidBundleError(
    `${manifestName}: initializationScript ${quote(script)} is not a file of this bundle; paths start at its root`,
  )
}
