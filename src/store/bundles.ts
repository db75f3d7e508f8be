import type { Bundle } from '../domain/bundle.ts'
import type { BundleId, EpochMs, ProjectId, Sha256 } from '../domain/ids.ts'
import { listPage, noneOf, type Page, type PageRequest } from './page.ts'
import { bundleRows } from './rows.ts'
import type { BundleRow } from './schema.ts'
import type { Tx } from './store.ts'

export async function insertBundle(tx: Tx, bundle: Bundle): Promise<void> {
  await tx.insertInto('bundles').values(bundleRows.toRow(bundle)).execute()
}

/** @param reference id, or `name@version` */
export async function findBundle(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Bundle | undefined> {
  const at = reference.lastIndexOf('@')
  let query = tx.selectFrom('bundles').selectAll().where('project_id', '=', projectId)
  query =
    at > 0
      ? query.where('name', '=', reference.slice(0, at)).where('version', '=', reference.slice(at + 1))
      : query.where('id', '=', reference)
  const row = await query.executeTakeFirst()
  return row && bundleRows.toNoun(row)
}

/** The one of that name that was published last. */
export async function findNewestBundle(
  tx: Tx,
  projectId: ProjectId,
  name: string,
): Promise<Bundle | undefined> {
  const row = await tx
    .selectFrom('bundles')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && bundleRows.toNoun(row)
}

export async function listBundles(
  tx: Tx,
  filter: {
    readonly projectId: ProjectId
    readonly name?: string
    readonly digest?: string
    /** Without those of these names. */
    readonly hiddenNames: readonly string[]
  },
  page: PageRequest,
): Promise<Page<Bundle>> {
  return listPage<BundleRow, Bundle>(
    tx,
    {
      table: 'bundles',
      where: { project_id: filter.projectId, name: filter.name, digest: filter.digest },
      conditions: noneOf('name', filter.hiddenNames),
      sortable: { name: 'name', createdAt: 'created_at', sizeBytes: 'size_bytes' },
      defaultSort: '-createdAt',
      toNoun: bundleRows.toNoun,
    },
    page,
  )
}

/**
 * The clusters that have a kept revision with this bundle, as `cluster "web" (revision 3)`, and the deployments that are
 * to run it. At most ten of each.
 */
export async function findBundleUsers(tx: Tx, bundleId: BundleId): Promise<string[]> {
  const rows = await tx
    .selectFrom('revisions')
    .innerJoin('node_pools', 'node_pools.id', 'revisions.pool_id')
    .innerJoin('clusters', 'clusters.id', 'node_pools.cluster_id')
    .select(['clusters.name as cluster', 'revisions.number as number'])
    .where('revisions.bundle_id', '=', bundleId)
    .orderBy('revisions.number', 'desc')
    .limit(10)
    .execute()
  const deployments = await tx
    .selectFrom('deployments')
    .select('name')
    .where('bundle_id', '=', bundleId)
    .orderBy('name')
    .limit(10)
    .execute()
  return [
    ...rows.map((row) => `cluster "${row.cluster}" (revision ${row.number})`),
    ...deployments.map(({ name }) => `deployment "${name}"`),
  ]
}

export async function deleteBundle(tx: Tx, bundleId: BundleId): Promise<void> {
  await tx.deleteFrom('bundles').where('id', '=', bundleId).execute()
}

/** Whether any project's bundle, or an object in a bucket, still has these bytes. */
export async function isDigestReferenced(tx: Tx, digest: Sha256): Promise<boolean> {
  for (const table of ['bundles', 'bucket_objects'] as const) {
    const row = await tx
      .selectFrom(table)
      .select('id')
      .where('digest', '=', digest)
      .limit(1)
      .executeTakeFirst()
    if (row !== undefined) return true
  }
  return false
}

/** The digests of all projects' bundles and objects in buckets, each once, in order. */
export async function listDigests(tx: Tx): Promise<Sha256[]> {
  const rows = await tx
    .selectFrom('bundles')
    .select('digest')
    .union(
      tx
        .selectFrom('bucket_objects')
        .select((eb) => eb.ref('digest').$notNull().as('digest'))
        .where('digest', 'is not', null),
    )
    .orderBy('digest')
    .execute()
  return rows.map((row) => row.digest as Sha256)
}

/**
 * Bundles that no kept revision and no deployment uses, that are older than `before`, and that are not among the newest `keep` of
 * their name: what retention may delete. At most 100 at a time.
 */
export async function findUnusedBundles(tx: Tx, before: EpochMs, keep: number): Promise<Bundle[]> {
  const rows = await tx
    .selectFrom('bundles as b')
    .selectAll()
    .where('b.created_at', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('revisions').select('revisions.id').whereRef('revisions.bundle_id', '=', 'b.id'),
        ),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('deployments')
            .select('deployments.id')
            .whereRef('deployments.bundle_id', '=', 'b.id'),
        ),
      ),
    )
    .where(
      (eb) =>
        eb
          .selectFrom('bundles as newer')
          .select((inner) => inner.fn.countAll<number>().as('count'))
          .whereRef('newer.project_id', '=', 'b.project_id')
          .whereRef('newer.name', '=', 'b.name')
          .whereRef('newer.id', '>', 'b.id'),
      '>=',
      keep,
    )
    .limit(100)
    .execute()
  return rows.map(bundleRows.toNoun)
}
