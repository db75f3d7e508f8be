import { sql } from 'kysely'
import type { ObjectVersion } from '../domain/bucket.ts'
import type { BucketId, Sha256 } from '../domain/ids.ts'
import { createCodec } from './codec.ts'
import type { BucketObjectRow } from './object-schema.ts'
import { listPage, NOT_NULL, type Page, type PageRequest } from './page.ts'
import type { Tx } from './store.ts'

const objectRows = createCodec<BucketObjectRow, ObjectVersion>({
  columns: [
    ...(['id', 'bucket_id', 'object_key', 'digest', 'size_bytes'] as const),
    ...(['is_latest', 'created_at', 'created_by'] as const),
  ],
  booleans: ['is_latest'],
  names: { object_key: 'key' },
})

/** Adds a version, which is the latest of its key from then on. */
export async function putObjectVersion(tx: Tx, version: ObjectVersion): Promise<void> {
  await tx
    .updateTable('bucket_objects')
    .set({ is_latest: 0 })
    .where('bucket_id', '=', version.bucketId)
    .where('object_key', '=', version.key)
    .where('is_latest', '=', 1)
    .execute()
  await tx.insertInto('bucket_objects').values(objectRows.toRow(version)).execute()
}

/** @param version default: the latest, which may be a marker */
export async function findObjectVersion(
  tx: Tx,
  bucketId: BucketId,
  key: string,
  version?: string | null,
): Promise<ObjectVersion | undefined> {
  const query = tx
    .selectFrom('bucket_objects')
    .selectAll()
    .where('bucket_id', '=', bucketId)
    .where('object_key', '=', key)
  const row = await (version
    ? query.where('id', '=', version)
    : query.where('is_latest', '=', 1)
  ).executeTakeFirst()
  return row && objectRows.toNoun(row)
}

/** @param filter.latest only what there is now: neither older versions nor markers */
export async function listObjectVersions(
  tx: Tx,
  bucketId: BucketId,
  filter: { readonly prefix?: string; readonly key?: string; readonly latest: boolean },
  page: PageRequest,
): Promise<Page<ObjectVersion>> {
  const { prefix = '', key, latest } = filter
  return listPage<BucketObjectRow, ObjectVersion>(
    tx,
    {
      table: 'bucket_objects',
      where: { bucket_id: bucketId, object_key: key, ...(latest && { is_latest: 1, digest: NOT_NULL }) },
      conditions: prefix === '' ? [] : [sql`substr(object_key, 1, ${[...prefix].length}) = ${prefix}`],
      sortable: { key: 'object_key', createdAt: 'created_at', sizeBytes: 'size_bytes' },
      defaultSort: 'key',
      toNoun: objectRows.toNoun,
    },
    page,
  )
}

/** Removes a version for good; the newest of those that are left is the latest then. */
export async function deleteObjectVersion(tx: Tx, version: ObjectVersion): Promise<void> {
  await tx.deleteFrom('bucket_objects').where('id', '=', version.id).execute()
  if (!version.isLatest) return
  const newest = await tx
    .selectFrom('bucket_objects')
    .select('id')
    .where('bucket_id', '=', version.bucketId)
    .where('object_key', '=', version.key)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (newest === undefined) return
  await tx.updateTable('bucket_objects').set({ is_latest: 1 }).where('id', '=', newest.id).execute()
}

/** Removes everything from a bucket. @returns the digests of what was in it, each once */
export async function deleteAllVersions(tx: Tx, bucketId: BucketId): Promise<Sha256[]> {
  const rows = await tx
    .selectFrom('bucket_objects')
    .select('digest')
    .distinct()
    .where('bucket_id', '=', bucketId)
    .where('digest', 'is not', null)
    .execute()
  await tx.deleteFrom('bucket_objects').where('bucket_id', '=', bucketId).execute()
  return rows.map((row) => row.digest as Sha256)
}

/** Objects that have these bytes, as `s3://bucket/key`. At most five. */
export async function namesOfObjects(tx: Tx, digest: Sha256): Promise<string[]> {
  const rows = await tx
    .selectFrom('bucket_objects as o')
    .innerJoin('buckets as b', 'b.id', 'o.bucket_id')
    .select(['b.name as bucket', 'o.object_key as key'])
    .where('o.digest', '=', digest)
    .orderBy('o.id')
    .limit(5)
    .execute()
  return rows.map(({ bucket, key }) => `s3://${bucket}/${key}`)
}
