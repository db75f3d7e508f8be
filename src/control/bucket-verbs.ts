import type { Readable } from 'node:stream'
import type { Bucket, ObjectVersion } from '../domain/bucket.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Caller } from './control.ts'

/** An object in one of Drover's own buckets. */
export interface ObjectInput {
  readonly bucket: string
  readonly key: string
  /** Default: the latest. */
  readonly objectVersion?: string | undefined
}

export interface PutObjectInput extends Omit<ObjectInput, 'objectVersion'> {
  /** The zip. */
  readonly content: { readonly stream: Readable }
  readonly signal?: AbortSignal
}

export interface ObjectListFilter {
  /** Beginning of the key. */
  readonly prefix?: string
  readonly key?: string
}

/** What was got of a bucket, with its bytes. */
export interface DownloadedObject {
  readonly object: ObjectVersion
  readonly stream: Readable
}

/**
 * Buckets that Drover keeps itself, named as S3's are. What is in them is code: every object is a zip that is sound as a
 * bundle. Every version is kept until it is deleted by its name.
 */
export interface BucketVerbs {
  /** @throws already_exists, limit_exceeded */
  create(caller: Caller, input: { readonly name: string }): Promise<Bucket>
  list(caller: Caller, page: PageRequest): Promise<Page<Bucket>>
  get(caller: Caller, ref: string): Promise<Bucket>
  /**
   * @param options.force with everything in it
   * @throws in_use while a version of anything is in it
   */
  delete(caller: Caller, ref: string, options?: { readonly force?: boolean }): Promise<Bucket>
  /** Adds a version. @throws invalid_bundle, too_large, limit_exceeded */
  put(caller: Caller, input: PutObjectInput): Promise<ObjectVersion>
  /** What there is now. */
  listObjects(
    caller: Caller,
    ref: string,
    filter: ObjectListFilter,
    page: PageRequest,
  ): Promise<Page<ObjectVersion>>
  /** Every version, markers of deletions included. */
  listVersions(
    caller: Caller,
    ref: string,
    filter: ObjectListFilter,
    page: PageRequest,
  ): Promise<Page<ObjectVersion>>
  download(caller: Caller, input: ObjectInput): Promise<DownloadedObject>
  /**
   * Without a version: the object is gone from then on, and its versions stay. With one: that one is gone for good.
   * @returns the marker, or the version that is gone
   */
  deleteObject(caller: Caller, input: ObjectInput): Promise<ObjectVersion>
}
