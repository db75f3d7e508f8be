import type { NodePool } from '../domain/cluster.ts'
import type { ClusterId, PoolId, ProjectId, RevisionId, UpdateId } from '../domain/ids.ts'
import { DEFAULT_UPDATE_PARAMS, NO_UPDATE_CONTROL, type Update, type UpdateStatus } from '../domain/update.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { updateRows } from './rows.ts'
import type { UpdateRow } from './schema.ts'
import type { Tx } from './store.ts'

/** An update with one of these has its pool: nodes may be on either of its revisions. */
export const IN_FLIGHT = ['Pending', 'InProgress', 'Paused', 'RollingBack'] satisfies UpdateStatus[]
const OPEN = [...IN_FLIGHT, 'Queued'] satisfies UpdateStatus[]

export async function insertUpdate(tx: Tx, update: Update): Promise<void> {
  await tx.insertInto('updates').values(updateRows.toRow(update)).execute()
}

export async function getUpdate(tx: Tx, id: string): Promise<Update | undefined> {
  const row = await tx.selectFrom('updates').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toUpdate(row)
}

/** At most 1000, oldest first. */
export async function loadUpdates(tx: Tx, ids: readonly UpdateId[]): Promise<Update[]> {
  if (ids.length === 0) return []
  const rows = await tx.selectFrom('updates').selectAll().where('id', 'in', ids).orderBy('id').execute()
  return rows.map(updateRows.toNoun)
}

export async function findUpdateInFlight(tx: Tx, poolId: PoolId): Promise<Update | undefined> {
  const row = await tx
    .selectFrom('updates')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('status', 'in', IN_FLIGHT)
    .executeTakeFirst()
  return row && toUpdate(row)
}

/** Those that have not ended, the queued ones as well, oldest first. */
export async function loadOpenUpdates(tx: Tx, clusterId: ClusterId): Promise<Update[]> {
  const rows = await tx
    .selectFrom('updates')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('status', 'in', OPEN)
    .orderBy('id')
    .execute()
  return rows.map(toUpdate)
}

/** Those of a pool that have not ended: the one that has the pool first, then those that wait, oldest first. */
export async function listOpenUpdates(tx: Tx, poolId: PoolId): Promise<Update[]> {
  const rows = await tx
    .selectFrom('updates')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('status', 'in', OPEN)
    .orderBy('id')
    .execute()
  const updates = rows.map(toUpdate)
  return updates.sort((a, b) => Number(a.status === 'Queued') - Number(b.status === 'Queued'))
}

/** The updates in flight of several clusters. At most 1000 clusters. */
export async function loadUpdatesInFlightOf(tx: Tx, clusterIds: readonly ClusterId[]): Promise<Update[]> {
  if (clusterIds.length === 0) return []
  const rows = await tx
    .selectFrom('updates')
    .selectAll()
    .where('cluster_id', 'in', clusterIds)
    .where('status', 'in', IN_FLIGHT)
    .execute()
  return rows.map(toUpdate)
}

/** The revision that was committed before `committed`: what the newest successful update came from. */
export async function findPreviousRevision(
  tx: Tx,
  poolId: PoolId,
  committed: RevisionId,
): Promise<RevisionId | undefined> {
  const row = await tx
    .selectFrom('updates')
    .select('from_revision_id')
    .where('pool_id', '=', poolId)
    .where('status', '=', 'Successful')
    .where('to_revision_id', '=', committed)
    .where('from_revision_id', '!=', committed)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.from_revision_id as RevisionId | undefined
}

/** The newest updates of a pool that succeeded, newest first. */
export async function loadNewestSuccesses(
  tx: Tx,
  { id, clusterId }: Pick<NodePool, 'id' | 'clusterId'>,
  limit: number,
): Promise<Update[]> {
  const rows = await tx
    .selectFrom('updates')
    .selectAll()
    // Names the index.
    .where('cluster_id', '=', clusterId)
    .where('pool_id', '=', id)
    .where('status', '=', 'Successful')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toUpdate)
}

/** Of all projects. */
export async function countUpdatesInFlight(tx: Tx): Promise<number> {
  const { count } = await tx
    .selectFrom('updates')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('status', 'in', IN_FLIGHT)
    .executeTakeFirstOrThrow()
  return Number(count)
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
      toNoun: toUpdate,
    },
    page,
  )
}

/** What an older Drover wrote lacks the parameters that came later. */
function toUpdate(row: UpdateRow): Update {
  const update = updateRows.toNoun(row)
  const params = { ...DEFAULT_UPDATE_PARAMS, ...update.params }
  return { ...update, params, control: { ...NO_UPDATE_CONTROL, ...update.control } }
}
