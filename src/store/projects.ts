import type { ProjectId } from '../domain/ids.ts'
import type { Project } from '../domain/principal.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { projectRows } from './rows.ts'
import type { ProjectRow } from './schema.ts'
import type { Tx } from './store.ts'

export async function insertProject(tx: Tx, project: Project): Promise<void> {
  await tx.insertInto('projects').values(projectRows.toRow(project)).execute()
}

/** @param reference id or name */
export async function findProject(tx: Tx, reference: string): Promise<Project | undefined> {
  const row = await tx
    .selectFrom('projects')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', reference), eb('name', '=', reference)]))
    .executeTakeFirst()
  return row && projectRows.toNoun(row)
}

export async function listProjects(
  tx: Tx,
  filter: { readonly ids?: readonly ProjectId[] },
  page: PageRequest,
): Promise<Page<Project>> {
  return listPage<ProjectRow, Project>(
    tx,
    {
      table: 'projects',
      where: { id: filter.ids },
      sortable: { name: 'name', createdAt: 'created_at' },
      defaultSort: 'name',
      toNoun: projectRows.toNoun,
    },
    page,
  )
}
