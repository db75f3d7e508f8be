import type { Bucket } from '../domain/bucket.ts'
import type { BucketId, ProjectId } from '../domain/ids.ts'
import { createCodec } from './codec.ts'
import type { BucketRow } from './object-schema.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import type { Tx } from './store.ts'

const bucketRows = createCodec<BucketRow, Bucket>({
  columns: ['id', 'project_id', 'name', 'version_count', 'size_bytes', 'created_at', 'created_by'],
})

export async function insertBucket(tx: Tx, bucket: Bucket): Promise<void> {
  await tx.insertInto('buckets').values(bucketRows.toRow(bucket)).execute()
}

/** @param reference name or id */
export async function findBucket(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Bucket | undefined> {
  const row = await tx
    .selectFrom('buckets')
    .selectAll()
    .where('project_id', '=', projectId)
    .where((eb) => eb.or([eb('name', '=', reference), eb('id', '=', reference)]))
    .executeTakeFirst()
  return row && bucketRows.toNoun(row)
}

export async function listBuckets(tx: Tx, projectId: ProjectId, page: PageRequest): Promise<Page<Bucket>> {
  return listPage<BucketRow, Bucket>(
    tx,
    {
      table: 'buckets',
      where: { project_id: projectId },
      sortable: { name: 'name', createdAt: 'created_at', sizeBytes: 'size_bytes' },
      defaultSort: 'name',
      toNoun: bucketRows.toNoun,
    },
    page,
  )
}

/** How many buckets a project has, and how many bytes are in them. */
export async function sumBuckets(
  tx: Tx,
  projectId: ProjectId,
): Promise<{ readonly count: number; readonly sizeBytes: number }> {
  const row = await tx
    .selectFrom('buckets')
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.sum<number | null>('size_bytes').as('bytes'),
    ])
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow()
  return { count: Number(row.count), sizeBytes: Number(row.bytes ?? 0) }
}

/** Counts versions that came (or, below 0, went). */
export async function countIn(
  tx: Tx,
  id: BucketId,
  by: { readonly versions: number; readonly sizeBytes: number },
): Promise<void> {
  await tx
    .updateTable('buckets')
    .set((eb) => ({
      version_count: eb('version_count', '+', by.versions),
      size_bytes: eb('size_bytes', '+', by.sizeBytes),
    }))
    .where('id', '=', id)
    .execute()
}

/** All versions in it must be gone. */
export async function deleteBucket(tx: Tx, id: BucketId): Promise<void> {
  await tx.deleteFrom('buckets').where('id', '=', id).execute()
}
