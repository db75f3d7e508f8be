import type { InfraId, ProjectId } from '../domain/ids.ts'
import type { Infra } from '../domain/infra.ts'
import { infraRows } from './deployment-rows.ts'
import type { InfraRow } from './deployment-schema.ts'
import { findByReference } from './find-by-reference.ts'
import { listPage, noneOf, type Page, type PageRequest } from './page.ts'
import type { Tx } from './store.ts'

export async function insertInfra(tx: Tx, infra: Infra): Promise<void> {
  await tx.insertInto('infras').values(infraRows.toRow(infra)).execute()
}

/**
 * @param reference id, name, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findInfra(tx: Tx, projectId: ProjectId, reference: string): Promise<Infra | undefined> {
  const where = { project_id: projectId }
  const row = await findByReference<InfraRow>(tx, { kind: 'infra', table: 'infras', where }, reference)
  return row && infraRows.toNoun(row)
}

/** Whether an infra of the project has that name. */
export async function isInfraNameTaken(tx: Tx, projectId: ProjectId, name: string): Promise<boolean> {
  const row = await tx
    .selectFrom('infras')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row !== undefined
}

/** At most 1000. */
export async function loadInfras(tx: Tx, ids: readonly InfraId[]): Promise<Map<InfraId, Infra>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.selectFrom('infras').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id as InfraId, infraRows.toNoun(row)]))
}

export async function listInfras(
  tx: Tx,
  filter: {
    readonly projectId: ProjectId
    readonly name?: string
    readonly stage?: string
    /** Without these. */
    readonly hidden: readonly InfraId[]
  },
  page: PageRequest,
): Promise<Page<Infra>> {
  return listPage<InfraRow, Infra>(
    tx,
    {
      table: 'infras',
      where: { project_id: filter.projectId, name: filter.name, stage: filter.stage },
      conditions: noneOf('id', filter.hidden),
      sortable: { name: 'name', stage: 'stage', createdAt: 'created_at', updatedAt: 'updated_at' },
      defaultSort: 'name',
      toNoun: infraRows.toNoun,
    },
    page,
  )
}

/** Those of a project for which not only the role decides. */
export async function listGuardedInfras(tx: Tx, projectId: ProjectId): Promise<Infra[]> {
  const rows = await tx
    .selectFrom('infras')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('permissions', 'is not', null)
    .execute()
  return rows.map(infraRows.toNoun)
}

/** The stages that infras of the project are on, each with the name of one of them. */
export async function listUsedStages(tx: Tx, projectId: ProjectId): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .selectFrom('infras')
    .select(['stage', (eb) => eb.fn.min<string>('name').as('infra')])
    .where('project_id', '=', projectId)
    .groupBy('stage')
    .execute()
  return new Map(rows.map(({ stage, infra }) => [stage, infra]))
}

export async function patchInfra(tx: Tx, id: InfraId, patch: Partial<Infra>): Promise<void> {
  await tx.updateTable('infras').set(infraRows.toColumns(patch)).where('id', '=', id).execute()
}

export async function deleteInfra(tx: Tx, id: InfraId): Promise<void> {
  await tx.deleteFrom('infras').where('id', '=', id).execute()
}
