import type { Environment } from '../domain/environment.ts'
import type { EnvironmentId, ProjectId } from '../domain/ids.ts'
import { findByReference } from './find-by-reference.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { environmentRows } from './rows.ts'
import type { EnvironmentRow } from './schema.ts'
import type { Tx } from './store.ts'

export async function insertEnvironment(tx: Tx, environment: Environment): Promise<void> {
  await tx.insertInto('environments').values(environmentRows.toRow(environment)).execute()
}

/**
 * @param reference id, name, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findEnvironment(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Environment | undefined> {
  const where = { project_id: projectId }
  const row = await findByReference<EnvironmentRow>(
    tx,
    { kind: 'environment', table: 'environments', where },
    reference,
  )
  return row && environmentRows.toNoun(row)
}

/** Whether an environment of the project has that name. */
export async function isEnvironmentNameTaken(tx: Tx, projectId: ProjectId, name: string): Promise<boolean> {
  const row = await tx
    .selectFrom('environments')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row !== undefined
}

export async function listEnvironments(
  tx: Tx,
  filter: { readonly projectId: ProjectId; readonly name?: string },
  page: PageRequest,
): Promise<Page<Environment>> {
  return listPage<EnvironmentRow, Environment>(
    tx,
    {
      table: 'environments',
      where: { project_id: filter.projectId, name: filter.name },
      sortable: { name: 'name', createdAt: 'created_at', updatedAt: 'updated_at' },
      defaultSort: 'name',
      toNoun: environmentRows.toNoun,
    },
    page,
  )
}

export async function countEnvironments(tx: Tx, projectId: ProjectId): Promise<number> {
  const { count } = await tx
    .selectFrom('environments')
    .where('project_id', '=', projectId)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Of several environments. At most 1000. */
export async function loadEnvironmentNames(
  tx: Tx,
  ids: readonly EnvironmentId[],
): Promise<Map<EnvironmentId, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.selectFrom('environments').select(['id', 'name']).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id as EnvironmentId, row.name]))
}

/** Names of clusters that are in it, at most ten; those that are being deleted count. */
export async function findClustersIn(tx: Tx, id: EnvironmentId): Promise<string[]> {
  const rows = await tx
    .selectFrom('clusters')
    .select('name')
    .where('environment_id', '=', id)
    .orderBy('name')
    .limit(10)
    .execute()
  return rows.map(({ name }) => name)
}

export async function patchEnvironment(
  tx: Tx,
  id: EnvironmentId,
  patch: Partial<Environment>,
): Promise<void> {
  await tx.updateTable('environments').set(environmentRows.toColumns(patch)).where('id', '=', id).execute()
}

export async function deleteEnvironment(tx: Tx, id: EnvironmentId): Promise<void> {
  await tx.deleteFrom('environments').where('id', '=', id).execute()
}
