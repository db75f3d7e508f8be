import type { Action } from '../domain/action.ts'
import type { ClusterId, EpochMs, NodeId, ProjectId, UpdateId } from '../domain/ids.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { actionRows } from './rows.ts'
import type { ActionRow } from './schema.ts'
import type { Tx } from './store.ts'

const ROWS_PER_STATEMENT = 200

/** Inserts the actions, or writes them over where they exist. */
export async function putActions(tx: Tx, actions: readonly Action[]): Promise<void> {
  for (let start = 0; start < actions.length; start += ROWS_PER_STATEMENT) {
    const rows = actions.slice(start, start + ROWS_PER_STATEMENT).map(actionRows.toRow)
    await tx
      .insertInto('actions')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((eb) => ({
          status: eb.ref('excluded.status'),
          status_reason: eb.ref('excluded.status_reason'),
          inputs: eb.ref('excluded.inputs'),
          outputs: eb.ref('excluded.outputs'),
          started_at: eb.ref('excluded.started_at'),
          ended_at: eb.ref('excluded.ended_at'),
        })),
      )
      .execute()
  }
}

export async function getAction(tx: Tx, id: string): Promise<Action | undefined> {
  const row = await tx.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirst()
  return row && actionRows.toNoun(row)
}

/** Everything that has not ended on a cluster, oldest first. */
export async function loadOpenActions(tx: Tx, clusterId: ClusterId): Promise<Action[]> {
  const rows = await tx
    .selectFrom('actions')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('status', 'in', ['READY', 'WAITING', 'RUNNING'])
    .orderBy('id')
    .execute()
  return rows.map(actionRows.toNoun)
}

/** The nodes whose step failed in an update, with the direction they were moving in. */
export async function loadFailedSteps(
  tx: Tx,
  updateId: UpdateId,
): Promise<{ readonly nodeId: NodeId; readonly inputs: Action['inputs'] }[]> {
  const rows = await tx
    .selectFrom('actions')
    .select(['node_id', 'inputs'])
    .where('update_id', '=', updateId)
    .where('status', '=', 'FAILED')
    .where('node_id', 'is not', null)
    .execute()
  return rows.map((row) => ({
    nodeId: row.node_id as NodeId,
    inputs: JSON.parse(row.inputs) as Action['inputs'],
  }))
}

export interface ActionFilter {
  readonly projectId: ProjectId
  readonly clusterId?: ClusterId
  readonly nodeId?: NodeId
  readonly parentId?: string
  readonly updateId?: string
  readonly name?: readonly string[]
  readonly status?: readonly string[]
}

export async function listActions(tx: Tx, filter: ActionFilter, page: PageRequest): Promise<Page<Action>> {
  return listPage<ActionRow, Action>(
    tx,
    {
      table: 'actions',
      where: {
        project_id: filter.projectId,
        cluster_id: filter.clusterId,
        node_id: filter.nodeId,
        parent_id: filter.parentId,
        update_id: filter.updateId,
        name: filter.name,
        status: filter.status,
      },
      sortable: { createdAt: 'id', name: 'name', status: 'status' },
      defaultSort: '-createdAt',
      toNoun: actionRows.toNoun,
    },
    page,
  )
}

/** @returns how many went; call again while it is `limit` */
export async function pruneActions(tx: Tx, endedBefore: EpochMs, limit: number): Promise<number> {
  const old = tx.selectFrom('actions').select('id').where('ended_at', '<', endedBefore).limit(limit)
  const result = await tx.deleteFrom('actions').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}
