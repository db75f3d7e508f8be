import type { Deployment } from '../domain/deployment.ts'
import type { ClusterId, DeploymentId, InfraId, ProjectId, PublishedProjectId } from '../domain/ids.ts'
import { deploymentRows } from './deployment-rows.ts'
import type { DeploymentRow } from './deployment-schema.ts'
import { findByReference } from './find-by-reference.ts'
import { listPage, noneOf, type Page, type PageRequest } from './page.ts'
import type { Tx } from './store.ts'

/** A deployment, as infras and published projects show it. */
export interface DeploymentHead
  extends Pick<Deployment, 'id' | 'name' | 'infraId' | 'publishedProjectId' | 'bundleVersion' | 'enabled'> {
  /** Of its published project. */
  readonly publishedProjectKey: string
}

export async function insertDeployment(tx: Tx, deployment: Deployment): Promise<void> {
  await tx.insertInto('deployments').values(deploymentRows.toRow(deployment)).execute()
}

/**
 * @param reference id, name, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findDeployment(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Deployment | undefined> {
  const row = await findByReference<DeploymentRow>(
    tx,
    { kind: 'deployment', table: 'deployments', where: { project_id: projectId } },
    reference,
  )
  return row && deploymentRows.toNoun(row)
}

/** Whether a deployment of the project has that name. */
export async function isDeploymentNameTaken(tx: Tx, projectId: ProjectId, name: string): Promise<boolean> {
  const row = await tx
    .selectFrom('deployments')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row !== undefined
}

/** The one that owns the cluster. */
export async function findDeploymentOfCluster(tx: Tx, clusterId: ClusterId): Promise<Deployment | undefined> {
  const row = await tx
    .selectFrom('deployments')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .executeTakeFirst()
  return row && deploymentRows.toNoun(row)
}

export async function listDeployments(
  tx: Tx,
  filter: {
    readonly projectId: ProjectId
    readonly name?: string
    /** One of these. */
    readonly infraId?: InfraId | readonly InfraId[]
    readonly publishedProjectId?: PublishedProjectId | readonly PublishedProjectId[]
    /** Without those on, or of, any of these. */
    readonly hidden?: {
      readonly infras: readonly InfraId[]
      readonly publishedProjects: readonly PublishedProjectId[]
    }
  },
  page: PageRequest,
): Promise<Page<Deployment>> {
  return listPage<DeploymentRow, Deployment>(
    tx,
    {
      table: 'deployments',
      where: {
        project_id: filter.projectId,
        name: filter.name,
        infra_id: filter.infraId,
        published_project_id: filter.publishedProjectId,
      },
      conditions: [
        ...noneOf('infra_id', filter.hidden?.infras),
        ...noneOf('published_project_id', filter.hidden?.publishedProjects),
      ],
      sortable: { name: 'name', createdAt: 'created_at', updatedAt: 'updated_at' },
      defaultSort: 'name',
      toNoun: deploymentRows.toNoun,
    },
    page,
  )
}

/** The deployments on these infras, or of these published projects, by name. At most 1000 ids. */
export async function listDeploymentHeads(
  tx: Tx,
  by:
    | { readonly infraIds: readonly InfraId[] }
    | { readonly publishedProjectIds: readonly PublishedProjectId[] },
): Promise<DeploymentHead[]> {
  const [column, ids] =
    'infraIds' in by
      ? (['d.infra_id', by.infraIds] as const)
      : (['d.published_project_id', by.publishedProjectIds] as const)
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('deployments as d')
    .innerJoin('published_projects as p', 'p.id', 'd.published_project_id')
    .select(['d.id', 'd.name', 'd.infra_id', 'd.published_project_id', 'd.bundle_version', 'd.enabled'])
    .select('p.name as key')
    .where(column, 'in', ids)
    .orderBy('d.name')
    .execute()
  return rows.map((row) => ({
    id: row.id as DeploymentId,
    name: row.name,
    infraId: row.infra_id as InfraId,
    publishedProjectId: row.published_project_id as PublishedProjectId,
    publishedProjectKey: row.key,
    bundleVersion: row.bundle_version,
    enabled: row.enabled === 1,
  }))
}

export async function patchDeployment(tx: Tx, id: DeploymentId, patch: Partial<Deployment>): Promise<void> {
  await tx.updateTable('deployments').set(deploymentRows.toColumns(patch)).where('id', '=', id).execute()
}

/** Removes it and the history of its updates. Its cluster must be gone. */
export async function deleteDeployment(tx: Tx, id: DeploymentId): Promise<void> {
  await tx.deleteFrom('deployments').where('id', '=', id).execute()
}
