import type { Bundle } from '../domain/bundle.ts'
import type { ProjectId, PublishedProjectId, Sha256 } from '../domain/ids.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { publishedProjectRows } from './deployment-rows.ts'
import type { PublishedProjectRow } from './deployment-schema.ts'
import { findByReference } from './find-by-reference.ts'
import { listPage, noneOf, type Page, type PageRequest } from './page.ts'
import type { Tx } from './store.ts'

/** A bundle, as a list of a project's versions shows it. */
export type BundleHead = Pick<Bundle, 'id' | 'name' | 'version' | 'digest' | 'createdAt' | 'createdBy'>

export async function insertPublishedProject(tx: Tx, project: PublishedProject): Promise<void> {
  await tx.insertInto('published_projects').values(publishedProjectRows.toRow(project)).execute()
}

/**
 * @param reference id, key, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findPublishedProject(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<PublishedProject | undefined> {
  const row = await findByReference<PublishedProjectRow>(
    tx,
    { kind: 'published project', table: 'published_projects', where: { project_id: projectId } },
    reference,
  )
  return row && publishedProjectRows.toNoun(row)
}

export async function findPublishedProjectByKey(
  tx: Tx,
  projectId: ProjectId,
  key: string,
): Promise<PublishedProject | undefined> {
  const row = await tx
    .selectFrom('published_projects')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', key)
    .executeTakeFirst()
  return row && publishedProjectRows.toNoun(row)
}

/** At most 1000. */
export async function loadPublishedProjects(
  tx: Tx,
  ids: readonly PublishedProjectId[],
): Promise<Map<PublishedProjectId, PublishedProject>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.selectFrom('published_projects').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id as PublishedProjectId, publishedProjectRows.toNoun(row)]))
}

export async function listPublishedProjects(
  tx: Tx,
  filter: {
    readonly projectId: ProjectId
    readonly key?: string
    /** Without these. */
    readonly hidden: readonly PublishedProjectId[]
  },
  page: PageRequest,
): Promise<Page<PublishedProject>> {
  return listPage<PublishedProjectRow, PublishedProject>(
    tx,
    {
      table: 'published_projects',
      where: { project_id: filter.projectId, name: filter.key },
      conditions: noneOf('id', filter.hidden),
      sortable: { key: 'name', createdAt: 'created_at', updatedAt: 'updated_at' },
      defaultSort: 'key',
      toNoun: publishedProjectRows.toNoun,
    },
    page,
  )
}

/** Those of a project for which not only the role decides. */
export async function listGuardedProjects(tx: Tx, projectId: ProjectId): Promise<PublishedProject[]> {
  const rows = await tx
    .selectFrom('published_projects')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('permissions', 'is not', null)
    .execute()
  return rows.map(publishedProjectRows.toNoun)
}

/** The bundles of these names, newest first, at most `limit` in all. */
export async function listBundleHeads(
  tx: Tx,
  projectId: ProjectId,
  names: readonly string[],
  limit: number,
): Promise<BundleHead[]> {
  if (names.length === 0) return []
  const rows = await tx
    .selectFrom('bundles')
    .select(['id', 'name', 'version', 'digest', 'created_at', 'created_by'])
    .where('project_id', '=', projectId)
    .where('name', 'in', names)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ created_at, created_by, ...row }) => ({
    ...(row as Pick<Bundle, 'id' | 'name' | 'version' | 'digest'>),
    createdAt: created_at,
    createdBy: created_by,
  }))
}

export async function patchPublishedProject(
  tx: Tx,
  id: PublishedProjectId,
  patch: Partial<PublishedProject>,
): Promise<void> {
  const columns = publishedProjectRows.toColumns(patch)
  await tx.updateTable('published_projects').set(columns).where('id', '=', id).execute()
}

/** What still needs bundles of that name, as `cluster "web"`. At most ten. */
export async function findUsersOfBundlesNamed(tx: Tx, projectId: ProjectId, name: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('bundles')
    .innerJoin('revisions', 'revisions.bundle_id', 'bundles.id')
    .innerJoin('node_pools', 'node_pools.id', 'revisions.pool_id')
    .innerJoin('clusters', 'clusters.id', 'node_pools.cluster_id')
    .select('clusters.name as cluster')
    .distinct()
    .where('bundles.project_id', '=', projectId)
    .where('bundles.name', '=', name)
    .limit(10)
    .execute()
  return rows.map(({ cluster }) => `cluster "${cluster}"`)
}

/**
 * Deletes the project with its bundles, which nothing may need.
 * @returns what the bundles' bytes were, each once
 */
export async function deletePublishedProject(
  tx: Tx,
  { id, projectId, key }: Pick<PublishedProject, 'id' | 'projectId' | 'key'>,
): Promise<Sha256[]> {
  const gone = await tx
    .deleteFrom('bundles')
    .where('project_id', '=', projectId)
    .where('name', '=', key)
    .returning('digest')
    .execute()
  await tx.deleteFrom('published_projects').where('id', '=', id).execute()
  return [...new Set(gone.map(({ digest }) => digest as Sha256))]
}
