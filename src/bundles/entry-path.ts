import { InvalidBundleError } from '../domain/errors.ts'

/** The longest path inside a bundle, and the longest symlink target, in bytes. */
export const MAX_PATH_BYTES = 1024
const MAX_SEGMENT_BYTES = 255

/**
 * Turns the name of a zip entry into the path it gets below the bundle's folder: forward slashes, no `.` and no
 * empty segment, no slash at the end. The bundle's folder itself is the empty string.
 *
 * @throws InvalidBundleError if the name could lead out of that folder or cannot be a file's name here
 */
export function toEntryPath(name: string): string {
  const rule = brokenRule(name)
  if (rule !== undefined) throw new InvalidBundleError(`entry ${quote(name)}: ${rule}`)
  return segmentsOf(name).join('/')
}

/** The segments of a path that mean something. */
function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.')
}

/** A name as it may be shown to people: one line, never endless, control characters visible. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
}

function brokenRule(name: string): string | undefined {
  if (name === '') return 'an entry must have a name'
  if (name.includes('\0')) return 'a name must not contain a NUL character'
  if (name.includes('\\')) return 'a name must not contain a backslash; folders are separated by "/"'
  if (name.startsWith('/')) return 'absolute paths are refused; paths start at the root of the bundle'
  if (/^[a-z]:/i.test(name)) return 'drive letters are refused; paths start at the root of the bundle'
  const segments = name.split('/')
  if (segments.includes('..')) return '".." is refused, it could lead out of the bundle'
  if (Buffer.byteLength(name) > MAX_PATH_BYTES) return `a path may have at most ${MAX_PATH_BYTES} bytes`
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) {
    return `a file's or folder's name may have at most ${MAX_SEGMENT_BYTES} bytes`
  }
  return undefined
}
