import type { ClusterId, PoolId, ProjectId, UpdateId } from '../domain/ids.ts'
import type { Update, UpdateStatus } from '../domain/update.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { updateRows } from './rows.ts'
import type { UpdateRow } from './schema.ts'
import type { Tx } from './store.ts'

const IN_FLIGHT = ['Pending', 'InProgress', 'Paused', 'RollingBack'] satisfies UpdateStatus[]

export async function insertUpdate(tx: Tx, update: Update): Promise<void> {
  await tx.insertInto('updates').values(updateRows.toRow(update)).execute()
}

export async function getUpdate(tx: Tx, id: string): Promise<Update | undefined> {
  const row = await tx.selectFrom('updates').selectAll().where('id', '=', id).executeTakeFirst()
  return row && updateRows.toNoun(row)
}

export async function findUpdateInFlight(tx: Tx, poolId: PoolId): Promise<Update | undefined> {
  const row = await tx
    .selectFrom('updates')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('status', 'in', IN_FLIGHT)
    .executeTakeFirst()
  return row && updateRows.toNoun(row)
}

export async function loadUpdatesInFlight(tx: Tx, clusterId: ClusterId): Promise<Update[]> {
  const rows = await tx
    .selectFrom('updates')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('status', 'in', IN_FLIGHT)
    .execute()
  return rows.map(updateRows.toNoun)
}

export async function patchUpdate(tx: Tx, id: UpdateId, patch: Partial<Update>): Promise<void> {
  await tx.updateTable('updates').set(updateRows.toColumns(patch)).where('id', '=', id).execute()
}

export interface UpdateFilter {
  readonly projectId: ProjectId
  readonly clusterId?: ClusterId
  readonly poolId?: PoolId
  readonly status?: readonly string[]
}

export async function listUpdates(tx: Tx, filter: UpdateFilter, page: PageRequest): Promise<Page<Update>> {
  return listPage<UpdateRow, Update>(
    tx,
    {
      table: 'updates',
      where: {
        project_id: filter.projectId,
        cluster_id: filter.clusterId,
        pool_id: filter.poolId,
        status: filter.status,
      },
      // Ids grow with time, and unlike times they are unique.
      sortable: { createdAt: 'id' },
      defaultSort: '-createdAt',
      toNoun: updateRows.toNoun,
    },
    page,
  )
}
