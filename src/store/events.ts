import type { Event } from '../domain/event.ts'
import type { ClusterId, EpochMs, ProjectId } from '../domain/ids.ts'
import { encodeCursor } from './cursor.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
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
}

export async function listEvents(tx: Tx, filter: EventFilter, page: PageRequest): Promise<Page<Event>> {
  return listPage<Parameters<typeof eventRows.toNoun>[0], Event>(
    tx,
    {
      table: 'events',
      where: columnsOf(filter),
      sortable: { sequence: 'sequence' },
      defaultSort: '-sequence',
      tieBreaker: 'sequence',
      toNoun: eventRows.toNoun,
    },
    page,
  )
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
    cluster_id: filter.clusterId,
    node_id: filter.nodeId,
    update_id: filter.updateId,
    type: filter.type,
    level: filter.level,
  }
}
