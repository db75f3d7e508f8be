import { type RawBuilder, sql } from 'kysely'
import type { Event } from '../domain/event.ts'
import type { ClusterId, EpochMs, ProjectId } from '../domain/ids.ts'
import { encodeCursor } from './cursor.ts'
import { listPage, NOT_NULL, type Page, type PageRequest, type Where } from './page.ts'
import { createRowWriter } from './row-writer.ts'
import { eventRows, newEventRows } from './rows.ts'
import type { Tx } from './store.ts'

/**
 * Events are only ever added, in the transaction that does what they tell. Call it last there: on PostgreSQL everybody
 * else who adds events waits from here to the commit, so that their sequence is the order in which they become visible.
 */
export const insertEvents = createRowWriter('events', newEventRows)

export interface EventFilter {
  /** Absent: all projects, and what belongs to none. */
  readonly projectIds?: readonly ProjectId[]
  readonly clusterId?: ClusterId
  readonly nodeId?: string
  readonly updateId?: string
  readonly type?: readonly string[]
  readonly level?: readonly string[]
  readonly clusterIds?: readonly string[]
  /** What they are about: a node, or a cluster as a whole. Absent: anything, also what is neither. */
  readonly objects?: ObjectFilter
}

/** Which clusters and nodes events are about. Whatever is absent is not asked for. */
export interface ObjectFilter {
  readonly types: readonly ('cluster' | 'node')[]
  readonly ids?: readonly string[]
  /** As they are named now. */
  readonly names?: readonly string[]
  /** Of the action that an event belongs to. */
  readonly actionNames?: readonly string[]
}

export async function listEvents(tx: Tx, filter: EventFilter, page: PageRequest): Promise<Page<Event>> {
  return listPage<Parameters<typeof eventRows.toNoun>[0], Event>(
    tx,
    {
      table: 'events',
      where: columnsOf(filter),
      anyOf: filter.objects && objectsOf(filter.objects),
      conditions: filter.objects ? objectConditions(filter.objects) : [],
      sortable: {
        sequence: 'sequence',
        level: 'level',
        clusterId: { expression: "coalesce(cluster_id, '')" },
        objectId: { expression: "coalesce(node_id, cluster_id, '')" },
        objectType: { expression: 'case when node_id is null then 0 else 1 end' },
        objectName: { expression: `coalesce(${NODE_NAME}, ${CLUSTER_NAME}, '')` },
        actionName: { expression: `coalesce(${ACTION_NAME}, '')` },
        type: 'type',
      },
      defaultSort: '-sequence',
      tieBreaker: 'sequence',
      toNoun: eventRows.toNoun,
    },
    page,
  )
}

// What an event is about is not joined: a page has few, and only a filter or an order by name asks for it.
const NODE_NAME = '(select nodes.name from nodes where nodes.id = events.node_id)'
const CLUSTER_NAME = '(select clusters.name from clusters where clusters.id = events.cluster_id)'
const ACTION_NAME = '(select actions.name from actions where actions.id = events.action_id)'

function objectsOf({ types, ids }: ObjectFilter): readonly Where[] {
  return types.map((type) =>
    type === 'node' ? { node_id: ids ?? NOT_NULL } : { node_id: null, cluster_id: ids ?? NOT_NULL },
  )
}

function objectConditions({ names, actionNames }: ObjectFilter): RawBuilder<unknown>[] {
  const isOneOf = (expression: string, values: readonly string[]) =>
    values.length === 0 ? sql`1 = 0` : sql`${sql.raw(expression)} in (${sql.join(values)})`
  const name = `case when node_id is null then ${CLUSTER_NAME} else ${NODE_NAME} end`
  return [
    ...(names ? [isOneOf(name, names)] : []),
    ...(actionNames ? [isOneOf(ACTION_NAME, actionNames)] : []),
  ]
}

/** By its id. */
export async function getEvent(tx: Tx, id: string): Promise<Event | undefined> {
  const row = await tx.selectFrom('events').selectAll().where('id', '=', id).executeTakeFirst()
  return row && eventRows.toNoun(row as Parameters<typeof eventRows.toNoun>[0])
}

/** What came after `sequence`, oldest first: the next piece of a stream. */
export async function listEventsAfter(
  tx: Tx,
  filter: EventFilter,
  sequence: number,
  limit: number,
): Promise<Event[]> {
  const cursor = encodeCursor('sequence', [sequence])
  const page = await listEvents(tx, filter, { limit, sort: 'sequence', cursor })
  return [...page.items]
}

export async function lastEventSequence(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('events')
    .select('sequence')
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.sequence ?? 0
}

/** @returns how many went; call again while it is `limit` */
export async function pruneEvents(tx: Tx, before: EpochMs, limit: number): Promise<number> {
  // Events are written in the order of time, so the oldest are the first by sequence.
  const old = tx
    .selectFrom('events')
    .select('sequence')
    .where('at', '<', before)
    .orderBy('sequence')
    .limit(limit)
  const result = await tx.deleteFrom('events').where('sequence', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

function columnsOf(filter: EventFilter): Record<string, string | readonly string[] | undefined> {
  return {
    project_id: filter.projectIds,
    cluster_id: filter.clusterId ?? filter.clusterIds,
    node_id: filter.nodeId,
    update_id: filter.updateId,
    type: filter.type,
    level: filter.level,
  }
}
