import { type Static, Type } from 'typebox'
import type { Bucket, ObjectVersion } from '../../domain/bucket.ts'
import { NullableString, record, Time, toTime } from '../schema.ts'

export const BucketResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    versionCount: Type.Integer({ description: 'Versions of objects in it, markers of deletions included.' }),
    sizeBytes: Type.Integer({ description: 'Of all versions together.' }),
    createdAt: Time,
    createdBy: Type.String(),
  },
  {
    $id: 'Bucket',
    description: 'A bucket that Drover keeps itself, for code. Its name follows the rules of S3.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
        name: 'code',
        versionCount: 3,
        sizeBytes: 61440,
        createdAt: '2026-11-21T10:00:00.000Z',
        createdBy: 'ci',
      },
    ],
  },
)

export function presentBucket(bucket: Bucket): Static<typeof BucketResource> {
  const { id, name, versionCount, sizeBytes, createdAt, createdBy } = bucket
  return { id, name, versionCount, sizeBytes, createdAt: toTime(createdAt), createdBy }
}

export const ObjectResource = record(
  {
    key: Type.String(),
    version: Type.String({ description: 'What S3 calls its version id.' }),
    isLatest: Type.Boolean(),
    isDeleted: Type.Boolean({ description: 'True: a marker that says that the object was deleted.' }),
    digest: {
      ...NullableString,
      description: 'SHA-256 of the zip, lower-case hexadecimal.',
    } as typeof NullableString,
    sizeBytes: Type.Integer(),
    createdAt: Time,
    createdBy: Type.String(),
  },
  {
    $id: 'ObjectVersion',
    description: 'One version of an object in a bucket. It never changes.',
    examples: [
      {
        key: 'quotes/2.zip',
        version: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2b',
        isLatest: true,
        isDeleted: false,
        digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        sizeBytes: 20480,
        createdAt: '2026-11-21T10:00:00.000Z',
        createdBy: 'ci',
      },
    ],
  },
)

export function presentObject(object: ObjectVersion): Static<typeof ObjectResource> {
  const { key, id: version, isLatest, digest, sizeBytes, createdAt, createdBy } = object
  const isDeleted = digest === null
  return { key, version, isLatest, isDeleted, digest, sizeBytes, createdAt: toTime(createdAt), createdBy }
}
