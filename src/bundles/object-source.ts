/** An object in a bucket, as a caller names it. */
export interface ObjectName {
  readonly bucket: string
  readonly key: string
  /** Absent or null: the newest. */
  readonly version?: string | null | undefined
}

/** One state of an object, that what is read afterwards cannot be mistaken for another. */
export interface PinnedObject {
  readonly bucket: string
  readonly key: string
  /** Null where the bucket keeps no versions: then only `etag` tells one state from the next. */
  readonly version: string | null
  /** As the store gave it, quotes included. */
  readonly etag: string
  readonly sizeBytes: number
  /** What its bytes must come to; null where the store says nothing that can be checked. */
  readonly checksum: ObjectChecksum | null
}

export interface ObjectChecksum {
  readonly algorithm: 'sha256' | 'sha1' | 'crc32' | 'md5'
  /** Lower-case hexadecimal. */
  readonly value: string
}

/** A store of objects in buckets, outside of Drover. */
export interface ObjectSource {
  /** Says which store this is, for people and to keep what came from it apart from what came from another. */
  readonly place: string
  /**
   * Says which state of the object is meant. Reads nothing of it.
   * @throws NotFoundError for bucket, object or version; SourceFailedError; TimedOutError
   * @throws the signal's reason when it is aborted
   */
  pin(name: ObjectName, signal: AbortSignal): Promise<PinnedObject>
  /**
   * Its bytes, whole and checked: when the connection breaks it goes on where it was. Whatever it throws, it throws before
   * the end, so that what came to its end is sound.
   * @throws as `pin`
   */
  read(object: PinnedObject, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Ends its connections. */
  close(): void
}

/** How an object is written for people: `s3://bucket/key`, with its version if it has one. */
export function objectUrl({ bucket, key, version }: ObjectName): string {
  return `s3://${bucket}/${key}${version ? ` (version ${version})` : ''}`
}
