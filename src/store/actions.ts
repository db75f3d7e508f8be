import { type RawBuilder, sql } from 'kysely'
import { type Action, type ActionControl, type ActionName, OPEN_ACTION_STATUSES } from '../domain/action.ts'
import type {
  ActionId,
  ClusterId,
  EpochMs,
  JsonObject,
  NodeId,
  PoolId,
  ProjectId,
  UpdateId,
} from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { createRowWriter } from './row-writer.ts'
import { actionRows } from './rows.ts'
import type { ActionRow } from './schema.ts'
import { openRow, sealRow } from './sealed-columns.ts'
import type { Tx } from './store.ts'

const writeActions = createRowWriter('actions', actionRows, [
  ...(['status', 'status_reason', 'inputs', 'outputs'] as const),
  ...(['data', 'owner_id', 'started_at', 'ended_at'] as const),
])

/** Inserts the actions, or writes over what an engine changes of them where they exist. */
export async function putActions(tx: Tx, actions: readonly Action[]): Promise<void> {
  await writeActions(
    tx,
    actions.map((action) => sealInputs(tx, action)),
  )
}

/** Only the few that carry secrets cost anything. */
function sealInputs(tx: Tx, action: Action): Action {
  if (action.inputs['secrets'] === undefined) return action
  const { inputs } = sealRow(tx, 'actions', { id: action.id, inputs: JSON.stringify(action.inputs) })
  return { ...action, inputs: JSON.parse(inputs) as JsonObject }
}

function toAction(tx: Tx): (row: ActionRow) => Action {
  return (row) => actionRows.toNoun(openRow(tx, 'actions', row))
}

export async function getAction(tx: Tx, id: string): Promise<Action | undefined> {
  const row = await tx.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toAction(tx)(row)
}

/** At most 1000. */
export async function loadActionHeads(
  tx: Tx,
  ids: readonly ActionId[],
): Promise<Map<ActionId, Pick<Action, 'name' | 'status'>>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .selectFrom('actions')
    .select(['id', 'name', 'status'])
    .where('id', 'in', ids)
    .execute()
  return new Map(
    rows.map(({ id, name, status }) => [
      id as ActionId,
      { name: name as Action['name'], status: status as Action['status'] },
    ]),
  )
}

/** Everything that has not ended on a cluster, oldest first. */
export async function loadOpenActions(tx: Tx, clusterId: ClusterId): Promise<Action[]> {
  const rows = await tx
    .selectFrom('actions')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('status', 'in', OPEN_ACTION_STATUSES)
    .orderBy('id')
    .execute()
  return rows.map(toAction(tx))
}

/** The actions of a project that wait for their lifecycle hook, oldest first. */
export async function loadActionsHeldByHooks(tx: Tx, projectId: ProjectId): Promise<Action[]> {
  const rows = await tx
    .selectFrom('actions')
    .selectAll()
    .where('cluster_id', 'in', tx.selectFrom('clusters').select('id').where('project_id', '=', projectId))
    // Names the index: few actions are open.
    .where('status', 'in', OPEN_ACTION_STATUSES)
    .where('status', '=', 'WAITING_LIFECYCLE_COMPLETION')
    .orderBy('id')
    .execute()
  return rows.map(actionRows.toNoun)
}

/** The oldest one of that name that has not ended; of that pool, if one is given. */
export async function findOpenAction(
  tx: Tx,
  clusterId: ClusterId,
  name: ActionName,
  poolId?: PoolId,
): Promise<Action | undefined> {
  const row = await tx
    .selectFrom('actions')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('name', '=', name)
    .where('status', 'in', OPEN_ACTION_STATUSES)
    .$if(poolId !== undefined, (query) => query.where('pool_id', '=', poolId as string))
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && toAction(tx)(row)
}

/** One of that name that has not ended on a node. */
export async function findOpenNodeAction(
  tx: Tx,
  { id, clusterId }: Pick<Node, 'id' | 'clusterId'>,
  name: ActionName,
): Promise<Action | undefined> {
  const open = await loadOpenActionsNamed(tx, clusterId, name)
  return open.find((action) => action.nodeId === id)
}

/** All of that name that have not ended on a cluster, oldest first. */
export async function loadOpenActionsNamed(
  tx: Tx,
  clusterId: ClusterId,
  name: ActionName,
): Promise<Action[]> {
  const rows = await tx
    .selectFrom('actions')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('name', '=', name)
    .where('status', 'in', OPEN_ACTION_STATUSES)
    .orderBy('id')
    .execute()
  return rows.map(toAction(tx))
}

/** What was last asked of each of these nodes on behalf of an update. At most 1000 nodes. */
export async function loadNewestSteps(
  tx: Tx,
  updateId: UpdateId,
  nodeIds: readonly NodeId[],
): Promise<Map<NodeId, Action>> {
  if (nodeIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('actions')
    .selectAll()
    .where('update_id', '=', updateId)
    .where('node_id', 'in', nodeIds)
    .orderBy('id')
    .execute()
  return new Map(rows.map((row) => [row.node_id as NodeId, toAction(tx)(row)]))
}

/**
 * The ended steps of an update, in the order they began: what an engine that takes it over has to know. Those that
 * were broken off count for nothing, but may have put code in place.
 */
export async function loadEndedSteps(tx: Tx, updateId: UpdateId): Promise<Action[]> {
  const rows = await tx
    .selectFrom('actions')
    .selectAll()
    .where('update_id', '=', updateId)
    .where('status', 'in', ['SUCCEEDED', 'FAILED', 'CANCELLED'])
    .where('started_at', 'is not', null)
    .where('node_id', 'is not', null)
    .orderBy('id')
    .execute()
  return rows.map(toAction(tx))
}

/** The actions of that name that serve these. */
export async function loadChildrenNamed(
  tx: Tx,
  parentIds: readonly ActionId[],
  name: ActionName,
): Promise<Action[]> {
  if (parentIds.length === 0) return []
  const rows = await tx
    .selectFrom('actions')
    .selectAll()
    .where('parent_id', 'in', parentIds)
    .where('name', '=', name)
    .orderBy('id')
    .execute()
  return rows.map(toAction(tx))
}

/** How many children of each action have failed, and how many were cancelled because somebody asked for it. */
export async function countEndedChildren(
  tx: Tx,
  parentIds: readonly ActionId[],
): Promise<Map<ActionId, { readonly failed: number; readonly cancelled: number }>> {
  if (parentIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('actions')
    .select((eb) => [
      'parent_id',
      eb.fn.countAll<number>().filterWhere('status', '=', 'FAILED').as('failed'),
      eb.fn.countAll<number>().filterWhere('status', '=', 'CANCELLED').as('cancelled'),
    ])
    .where('parent_id', 'in', parentIds)
    .where((eb) =>
      eb.or([
        eb('status', '=', 'FAILED'),
        eb.and([eb('status', '=', 'CANCELLED'), eb('control', 'is not', null)]),
      ]),
    )
    .groupBy('parent_id')
    .execute()
  return new Map(
    rows.map(({ parent_id, failed, cancelled }) => [
      parent_id as ActionId,
      { failed: Number(failed), cancelled: Number(cancelled) },
    ]),
  )
}

/** Of some open actions of a project: their children that have not ended either, oldest first. At most 1000 actions. */
export async function loadOpenChildren(
  tx: Tx,
  parents: readonly Pick<Action, 'id' | 'clusterId'>[],
): Promise<Map<ActionId, ActionId[]>> {
  const children = new Map<ActionId, ActionId[]>()
  if (parents.length === 0) return children
  const rows = await tx
    .selectFrom('actions')
    .select(['id', 'parent_id'])
    .where('cluster_id', 'in', [...new Set(parents.map((parent) => parent.clusterId))])
    .where('status', 'in', OPEN_ACTION_STATUSES)
    .where(
      'parent_id',
      'in',
      parents.map((parent) => parent.id),
    )
    .orderBy('id')
    .execute()
  for (const { id, parent_id } of rows) {
    const siblings = children.get(parent_id as ActionId)
    if (siblings) siblings.push(id as ActionId)
    else children.set(parent_id as ActionId, [id as ActionId])
  }
  return children
}

/** Notes what somebody asked of an action. */
export async function putActionControl(tx: Tx, id: ActionId, control: ActionControl): Promise<void> {
  await tx.updateTable('actions').set(actionRows.toColumns({ control })).where('id', '=', id).execute()
}

export interface ActionFilter {
  /** Absent: all projects. */
  readonly projectId?: ProjectId | readonly ProjectId[]
  readonly clusterId?: ClusterId
  readonly poolId?: PoolId | null
  readonly nodeId?: NodeId
  readonly parentId?: string
  readonly updateId?: string
  readonly name?: readonly string[]
  readonly status?: readonly string[]
  /** Statuses, where one that runs and has begun others that are not over counts as `WAITING`. */
  readonly waitingStatus?: readonly string[]
  readonly clusterIds?: readonly string[]
  /** What they are about: a node, or a cluster as a whole. */
  readonly targetIds?: readonly string[]
  /** Names, and the beginning of the id (hexadecimal) of what they are about: one of these. */
  readonly named?: readonly { readonly names: readonly string[]; readonly target: string }[]
}

function namedAs(named: NonNullable<ActionFilter['named']>): RawBuilder<unknown> {
  if (named.length === 0) return sql`1 = 0`
  const branches = named.map(
    ({ names, target }) =>
      sql`(name in (${sql.join(names)}) and coalesce(node_id, cluster_id) like ${`${target}%`})`,
  )
  return sql`(${sql.join(branches, sql` or `)})`
}

function waitingStatusIn(statuses: readonly string[]): RawBuilder<unknown> {
  if (statuses.length === 0) return sql`1 = 0`
  const open = sql.join(OPEN_ACTION_STATUSES)
  const waits = sql`exists (select 1 from actions c where c.parent_id = actions.id and c.status in (${open}))`
  const shown = sql`case when status = 'RUNNING' and ${waits} then 'WAITING' else status end`
  // The first condition has an index.
  const stored = [...statuses, ...(statuses.includes('WAITING') ? ['RUNNING'] : [])]
  return sql`(status in (${sql.join(stored)}) and ${shown} in (${sql.join(statuses)}))`
}

export async function listActions(tx: Tx, filter: ActionFilter, page: PageRequest): Promise<Page<Action>> {
  return listPage<ActionRow, Action>(
    tx,
    {
      table: 'actions',
      where: {
        project_id: filter.projectId,
        cluster_id: filter.clusterId ?? filter.clusterIds,
        pool_id: filter.poolId,
        node_id: filter.nodeId,
        parent_id: filter.parentId,
        update_id: filter.updateId,
        name: filter.name,
        status: filter.status,
      },
      anyOf: filter.targetIds && [
        { node_id: filter.targetIds },
        { node_id: null, cluster_id: filter.targetIds },
      ],
      conditions: [
        ...(filter.named ? [namedAs(filter.named)] : []),
        ...(filter.waitingStatus ? [waitingStatusIn(filter.waitingStatus)] : []),
      ],
      sortable: {
        createdAt: 'id',
        name: 'name',
        status: 'status',
        target: { expression: 'coalesce(node_id, cluster_id)' },
      },
      defaultSort: '-createdAt',
      toNoun: toAction(tx),
    },
    page,
  )
}

/**
 * Children of an action that has not ended stay: the engine that takes it over counts them.
 * @returns how many went; call again while it is `limit`
 */
export async function pruneActions(tx: Tx, endedBefore: EpochMs, limit: number): Promise<number> {
  const open = tx.selectFrom('actions').select('id').where('status', 'in', OPEN_ACTION_STATUSES)
  // What was ended by force may have parts that are being brought to their end.
  const unfinished = tx
    .selectFrom('actions as parts')
    .select('parts.parent_id')
    .where('parts.status', 'in', OPEN_ACTION_STATUSES)
    .where('parts.parent_id', 'is not', null)
    .$castTo<{ parent_id: ActionId }>()
  const old = tx
    .selectFrom('actions')
    .select('id')
    .where('ended_at', '<', endedBefore)
    .where((eb) => eb.or([eb('parent_id', 'is', null), eb('parent_id', 'not in', open)]))
    .where('id', 'not in', unfinished)
    // They say what became of a deployment's updates, which have a history of their own.
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('deployment_updates')
            .select('deployment_updates.id')
            .whereRef('deployment_updates.action_id', '=', 'actions.id'),
        ),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('deployment_updates')
            .select('deployment_updates.id')
            .whereRef('deployment_updates.fill_action_id', '=', 'actions.id'),
        ),
      ),
    )
    .limit(limit)
  const result = await tx.deleteFrom('actions').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}
