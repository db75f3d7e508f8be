import type { Action } from '../domain/action.ts'
import {
  type ActionState,
  type DeploymentUpdate,
  type DeploymentUpdateStatus,
  joinActions,
  statusOfAction,
} from '../domain/deployment.ts'
import type { ActionId, DeploymentId } from '../domain/ids.ts'
import { deploymentUpdateRows } from './deployment-rows.ts'
import type { DeploymentUpdateRow } from './deployment-schema.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import type { Tx } from './store.ts'

/** A deployment's update and how it stands, which the actions that carry it tell. */
export interface DeploymentUpdateRecord extends DeploymentUpdate {
  readonly status: DeploymentUpdateStatus
  /** Both together, if there are two; the id is of the one that says how it stands. Null when there was nothing to do. */
  readonly action: ActionState | null
}

/**
 * The newest update of a deployment, and the newest whose cluster action succeeded: what is deployed, also while nodes are
 * missing that were to be made after it.
 */
export interface LastUpdates {
  readonly last: DeploymentUpdateRecord | null
  readonly deployed: DeploymentUpdateRecord | null
}

export async function insertDeploymentUpdate(tx: Tx, update: DeploymentUpdate): Promise<void> {
  await tx.insertInto('deployment_updates').values(deploymentUpdateRows.toRow(update)).execute()
}

export async function getDeploymentUpdate(tx: Tx, id: string): Promise<DeploymentUpdateRecord | undefined> {
  const row = await tx.selectFrom('deployment_updates').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return undefined
  const [record] = await withActions(tx, [row])
  return record
}

/** Of an action that is not there, which only somebody else's hand can bring about. */
const LOST: Omit<ActionState, 'id'> = {
  status: 'FAILED',
  statusReason: 'the action that carried it is not kept',
  startedAt: null,
  endedAt: null,
}

/** Newest first. */
export async function listDeploymentUpdates(
  tx: Tx,
  deploymentId: DeploymentId,
  page: PageRequest,
): Promise<Page<DeploymentUpdateRecord>> {
  const { items, nextCursor } = await listPage<DeploymentUpdateRow, DeploymentUpdateRow>(
    tx,
    {
      table: 'deployment_updates',
      where: { deployment_id: deploymentId },
      sortable: { createdAt: 'number' },
      defaultSort: '-createdAt',
      toNoun: (row) => row,
    },
    page,
  )
  return { items: await withActions(tx, items), nextCursor }
}

/** Three queries, however many deployments. At most 1000. */
export async function loadLastUpdates(
  tx: Tx,
  ids: readonly DeploymentId[],
): Promise<ReadonlyMap<DeploymentId, LastUpdates>> {
  if (ids.length === 0) return new Map()
  const last = await tx
    .selectFrom('deployment_updates as shown')
    .selectAll()
    .where('deployment_id', 'in', ids)
    .where('number', '=', (eb) =>
      eb
        .selectFrom('deployment_updates as own')
        .whereRef('own.deployment_id', '=', 'shown.deployment_id')
        .select((inner) => inner.fn.max('own.number').as('number')),
    )
    .execute()
  const successful = await tx
    .selectFrom('deployment_updates as shown')
    .selectAll()
    .where('deployment_id', 'in', ids)
    .where('number', '=', (eb) =>
      eb
        .selectFrom('deployment_updates as own')
        .leftJoin('actions', 'actions.id', 'own.action_id')
        .whereRef('own.deployment_id', '=', 'shown.deployment_id')
        .where((inner) =>
          inner.or([inner('own.action_id', 'is', null), inner('actions.status', '=', 'SUCCEEDED')]),
        )
        .select((inner) => inner.fn.max('own.number').as('number')),
    )
    .execute()
  const known = new Map(last.map((row) => [row.id, row]))
  const rows = [...last, ...successful.filter(({ id }) => !known.has(id))]
  const records = new Map((await withActions(tx, rows)).map((record) => [record.id as string, record]))
  const recordOf = (found: readonly DeploymentUpdateRow[], id: DeploymentId) => {
    const row = found.find(({ deployment_id }) => deployment_id === id)
    return (row && records.get(row.id)) ?? null
  }
  return new Map(ids.map((id) => [id, { last: recordOf(last, id), deployed: recordOf(successful, id) }]))
}

/** Forgets the oldest, beside the newest `keep` and the one that says what is deployed. */
export async function pruneDeploymentUpdates(tx: Tx, id: DeploymentId, keep: number): Promise<void> {
  const { last, deployed } = (await loadLastUpdates(tx, [id])).get(id)!
  if (!last || last.number <= keep) return
  await tx
    .deleteFrom('deployment_updates')
    .where('deployment_id', '=', id)
    .where('number', '<=', last.number - keep)
    .where('id', '!=', deployed?.id ?? '')
    .execute()
}

async function withActions(tx: Tx, rows: readonly DeploymentUpdateRow[]): Promise<DeploymentUpdateRecord[]> {
  const idsOf = (row: DeploymentUpdateRow) =>
    [row.action_id, row.fill_action_id].filter((id) => id !== null) as ActionId[]
  const ids = rows.flatMap(idsOf)
  const actions = new Map<ActionId, ActionState>()
  if (ids.length > 0) {
    const found = await tx
      .selectFrom('actions')
      .select(['id', 'status', 'status_reason', 'started_at', 'ended_at'])
      .where('id', 'in', ids)
      .execute()
    for (const { id, status, status_reason, started_at, ended_at } of found) {
      const state = { statusReason: status_reason, startedAt: started_at, endedAt: ended_at }
      actions.set(id as ActionId, { id: id as ActionId, status: status as Action['status'], ...state })
    }
  }
  return rows.map((row) => {
    const update = deploymentUpdateRows.toNoun(row)
    const carriers = idsOf(row).map((id) => actions.get(id) ?? { id, ...LOST })
    if (carriers.length === 0) return { ...update, status: 'Successful', action: null }
    const action = joinActions(carriers)
    return { ...update, status: statusOfAction(action.status), action }
  })
}
