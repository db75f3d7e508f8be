import { sql } from 'kysely'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import type { ClusterId, EnvironmentId, PoolId, ProjectId } from '../domain/ids.ts'
import type { NodeGroup } from '../domain/node-group.ts'
import { findEnvironment } from './environments.ts'
import { findByReference } from './find-by-reference.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { clusterRows, poolRows } from './rows.ts'
import type { ClusterRow, NodePoolRow } from './schema.ts'
import type { Tx } from './store.ts'

/** A new cluster belongs to no engine yet; the insert counts as its first request. */
export async function insertCluster(tx: Tx, cluster: Cluster): Promise<void> {
  await tx
    .insertInto('clusters')
    .values({ ...clusterRows.toRow(cluster), engine_id: null, term: 0, intent: 1, seen_intent: 0 })
    .execute()
}

/**
 * In a write it is held from then on: its engine waits, and what is read after it stays true.
 * @param reference id, the name of one in no environment, `environment/name`, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findCluster(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Cluster | undefined> {
  const slash = reference.indexOf('/')
  const environment = slash < 0 ? null : await findEnvironment(tx, projectId, reference.slice(0, slash))
  if (environment === undefined) return undefined
  // The same name means the same cluster, whatever comes and goes in environments.
  const [where, named] = environment
    ? [{ environment_id: environment.id }, undefined]
    : [{}, sql`environment_id is null`]
  const row = await findByReference<ClusterRow>(
    tx,
    {
      kind: 'cluster',
      table: 'clusters',
      where: { project_id: projectId, kind: 'cluster', ...where },
      ...(named && { named }),
      hold: true,
    },
    reference.slice(slash + 1),
  )
  return row && clusterRows.toNoun(row)
}

/** Whether another cluster of the project and the environment, or of none, has that name. */
export async function isClusterNameTaken(
  tx: Tx,
  { projectId, environmentId }: Pick<Cluster, 'projectId' | 'environmentId'>,
  name: string,
): Promise<boolean> {
  const row = await tx
    .selectFrom('clusters')
    .select('id')
    .where('project_id', '=', projectId)
    .where('kind', '=', 'cluster')
    .where('environment_id', environmentId === null ? 'is' : '=', environmentId)
    .where('name', '=', name)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function getCluster(tx: Tx, id: ClusterId): Promise<Cluster | undefined> {
  const row = await tx.selectFrom('clusters').selectAll().where('id', '=', id).executeTakeFirst()
  return row && clusterRows.toNoun(row)
}

/** What to call them by: `environment/name` for one in an environment. At most 1000. */
export async function loadClusterNames(tx: Tx, ids: readonly ClusterId[]): Promise<Map<ClusterId, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .selectFrom('clusters')
    .leftJoin('environments', 'environments.id', 'clusters.environment_id')
    .select(['clusters.id as id', 'clusters.name as name', 'environments.name as environment'])
    .where('clusters.id', 'in', ids)
    .execute()
  return new Map(
    rows.map(({ id, name, environment }) => [
      id as ClusterId,
      environment === null ? name : `${environment}/${name}`,
    ]),
  )
}

export async function listClusters(
  tx: Tx,
  filter: {
    /** Absent: all projects. */
    readonly projectId?: ProjectId | readonly ProjectId[]
    readonly name?: string | readonly string[]
    readonly status?: readonly string[]
    readonly environmentId?: EnvironmentId | null
    readonly isVersioned?: true
  },
  page: PageRequest,
): Promise<Page<Cluster>> {
  return listPage<ClusterRow, Cluster>(
    tx,
    {
      table: 'clusters',
      where: {
        project_id: filter.projectId,
        kind: 'cluster',
        name: filter.name,
        status: filter.status,
        environment_id: filter.environmentId,
      },
      conditions: filter.isVersioned ? [sql`platform is not null`] : [],
      sortable: {
        name: 'name',
        status: 'status',
        createdAt: 'created_at',
        firstReadyAt: { expression: 'coalesce(first_ready_at, 0)' },
        updatedAt: 'updated_at',
      },
      defaultSort: 'name',
      toNoun: clusterRows.toNoun,
    },
    page,
  )
}

/** The clusters that hold nodes without one, of all projects. */
export async function listStandaloneClusterIds(tx: Tx): Promise<ClusterId[]> {
  const rows = await tx.selectFrom('clusters').select('id').where('kind', '=', 'standalone').execute()
  return rows.map(({ id }) => id as ClusterId)
}

/** Absent: of all projects. */
export async function countClusters(tx: Tx, projectId?: ProjectId): Promise<number> {
  const { count } = await tx
    .selectFrom('clusters')
    .where('kind', '=', 'cluster')
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId as string))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** @param counts of its nodes, from the engine that has it */
export async function patchCluster(
  tx: Tx,
  id: ClusterId,
  patch: Partial<Cluster>,
  counts?: readonly NodeGroup[],
): Promise<void> {
  const counted = counts && { node_counts: JSON.stringify(counts) }
  const columns = { ...clusterRows.toColumns(patch), ...counted }
  await tx.updateTable('clusters').set(columns).where('id', '=', id).execute()
}

/**
 * Tells the engine that runs this cluster to look again. Belongs into the transaction that wrote what there is
 * to see: the engine reads it before its own next write, so nothing is decided on what it has not seen.
 * @returns the number of this request; 0 if there is no such cluster
 */
export async function bumpIntent(tx: Tx, id: ClusterId): Promise<number> {
  const row = await tx
    .updateTable('clusters')
    // The request may have brought nodes: they are counted until the engine has seen it.
    .set((eb) => ({ intent: eb('intent', '+', 1), node_counts: null }))
    .where('id', '=', id)
    .returning('intent')
    .executeTakeFirst()
  return row?.intent ?? 0
}

/** Removes the cluster, its pools, their revisions, and what attached policies to it. Its nodes must be gone. */
export async function deleteCluster(tx: Tx, id: ClusterId): Promise<void> {
  const pools = tx.selectFrom('node_pools').select('id').where('cluster_id', '=', id)
  await tx.deleteFrom('policy_bindings').where('cluster_id', '=', id).execute()
  await tx.deleteFrom('updates').where('cluster_id', '=', id).execute()
  await tx.deleteFrom('revisions').where('pool_id', 'in', pools).execute()
  await tx.deleteFrom('node_pools').where('cluster_id', '=', id).execute()
  await tx.deleteFrom('clusters').where('id', '=', id).execute()
}

export async function insertPool(tx: Tx, pool: NodePool): Promise<void> {
  await tx.insertInto('node_pools').values(poolRows.toRow(pool)).execute()
}

/** A cluster has few pools: they come all at once, by name. */
export async function listPools(tx: Tx, clusterId: ClusterId): Promise<NodePool[]> {
  const rows = await tx
    .selectFrom('node_pools')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .orderBy('name')
    .execute()
  return rows.map(poolRows.toNoun)
}

/** The pools of several clusters, by name. At most 1000 clusters. */
export async function listPoolsOf(tx: Tx, clusterIds: readonly ClusterId[]): Promise<NodePool[]> {
  if (clusterIds.length === 0) return []
  const rows = await tx
    .selectFrom('node_pools')
    .selectAll()
    .where('cluster_id', 'in', clusterIds)
    .orderBy('name')
    .execute()
  return rows.map(poolRows.toNoun)
}

export async function getPool(tx: Tx, id: PoolId): Promise<NodePool | undefined> {
  const row = await tx.selectFrom('node_pools').selectAll().where('id', '=', id).executeTakeFirst()
  return row && poolRows.toNoun(row)
}

/** @param reference id, name, or the beginning of an id */
export async function findPool(
  tx: Tx,
  clusterId: ClusterId,
  reference: string,
): Promise<NodePool | undefined> {
  const where = { cluster_id: clusterId }
  const row = await findByReference<NodePoolRow>(tx, { kind: 'pool', table: 'node_pools', where }, reference)
  return row && poolRows.toNoun(row)
}

export async function patchPool(tx: Tx, id: PoolId, patch: Partial<NodePool>): Promise<void> {
  await tx.updateTable('node_pools').set(poolRows.toColumns(patch)).where('id', '=', id).execute()
}

/** Removes the pool, its updates and revisions. Its nodes must be gone. */
export async function deletePool(tx: Tx, id: PoolId): Promise<void> {
  await tx.deleteFrom('updates').where('pool_id', '=', id).execute()
  await tx.deleteFrom('revisions').where('pool_id', '=', id).execute()
  await tx.deleteFrom('node_pools').where('id', '=', id).execute()
}
