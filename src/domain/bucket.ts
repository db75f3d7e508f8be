import type { BucketId, EpochMs, ObjectVersionId, ProjectId, Sha256 } from './ids.ts'

/** A bucket that Drover keeps itself: for code that has no S3 to lie in. */
export interface Bucket {
  readonly id: BucketId
  readonly projectId: ProjectId
  /** Follows S3's rules; unique in its project. */
  readonly name: string
  /** Of all its objects together, markers included. */
  readonly versionCount: number
  /** Of all versions together. */
  readonly sizeBytes: number
  readonly createdAt: EpochMs
  readonly createdBy: string
}

/** One version of an object: it never changes. */
export interface ObjectVersion {
  /** What clients name the version by. */
  readonly id: ObjectVersionId
  readonly bucketId: BucketId
  readonly key: string
  /** Null: it says that the object was deleted. */
  readonly digest: Sha256 | null
  readonly sizeBytes: number
  /** Whether this one is meant when none is named. */
  readonly isLatest: boolean
  readonly createdAt: EpochMs
  readonly createdBy: string
}
