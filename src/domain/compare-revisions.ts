import type { Json, JsonObject } from './ids.ts'
import type { RevisionSpec } from './revision.ts'

/** One member that two revisions say differently. Null: the one or the other does not have it. */
export interface Difference {
  /** `['settings', 'environment', 'MODE']` */
  readonly path: readonly string[]
  readonly from: Json
  readonly to: Json
}

/** What two revisions say differently, in the order of their paths; nothing of the files that their bundles have. */
export function compareSpecs(from: RevisionSpec, to: RevisionSpec): Difference[] {
  const differences: Difference[] = []
  compare(toJson(from), toJson(to), [], differences)
  return differences.sort((a, b) => (a.path.join('.') < b.path.join('.') ? -1 : 1))
}

/** The value at the path of a difference; null if it is not there. */
export function valueAt(spec: RevisionSpec, { path }: Difference): Json {
  let value: Json = toJson(spec)
  for (const key of path) {
    if (!isObject(value)) return null
    value = value[key] ?? null
  }
  return value
}

function compare(from: Json, to: Json, path: readonly string[], into: Difference[]): void {
  if (isObject(from) && isObject(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      compare(from[key] ?? null, to[key] ?? null, [...path, key], into)
    }
  } else if (JSON.stringify(from) !== JSON.stringify(to)) into.push({ path, from, to })
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toJson(spec: RevisionSpec): Json {
  return JSON.parse(JSON.stringify(spec)) as Json
}

/** A file of a bundle. */
export interface BundleFile {
  readonly path: string
  readonly sizeBytes: number
  /** Of its bytes; of a symlink's target. */
  readonly sha256: string
}

export interface FileDifference {
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed'
  /** Null: it is not there. */
  readonly from: Omit<BundleFile, 'path'> | null
  readonly to: Omit<BundleFile, 'path'> | null
}

/** Which files differ, by path. */
export function compareFiles(from: readonly BundleFile[], to: readonly BundleFile[]): FileDifference[] {
  const before = new Map(from.map((file) => [file.path, file]))
  const after = new Map(to.map((file) => [file.path, file]))
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)]
    if (was && is && was.sha256 === is.sha256) return []
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'
    return [{ path, change, from: detail(was), to: detail(is) } as const]
  })
}

function detail(file: BundleFile | undefined): Omit<BundleFile, 'path'> | null {
  return file ? { sizeBytes: file.sizeBytes, sha256: file.sha256 } : null
}
