/** What a bundle may cost at most. Everything is measured on the bytes themselves, never believed from a header. */
export interface BundleLimits {
  /** Of the zip file. */
  readonly maxArchiveBytes: number
  /** Of all its files together, unpacked. */
  readonly maxUnpackedBytes: number
  /** Files, folders and symlinks, folders that are only implied by a path included. */
  readonly maxEntries: number
  /** Unpacked bytes per byte of the zip file. Looked at only once more than `RATIO_FLOOR_BYTES` were unpacked. */
  readonly maxRatio: number
}

export const DEFAULT_BUNDLE_LIMITS: BundleLimits = {
  maxArchiveBytes: 512 * 1024 ** 2,
  maxUnpackedBytes: 2 * 1024 ** 3,
  maxEntries: 50_000,
  maxRatio: 200,
}

/** A small file of zeros compresses a thousand times over and harms nobody. */
export const RATIO_FLOOR_BYTES = 10 * 1024 ** 2
