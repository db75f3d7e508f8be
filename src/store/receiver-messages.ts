import { sql } from 'kysely'
import type { EpochMs, MessageId, ReceiverId } from '../domain/ids.ts'
import type { Message } from '../domain/receiver.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { messageRows } from './rows.ts'
import type { ReceiverMessageRow } from './schema.ts'
import { openRow, sealRow } from './sealed-columns.ts'
import type { Tx } from './store.ts'

/** Written out, for databases look for the index of those that wait before they know what a parameter holds. */
const WAITING = sql.lit('Waiting')

/** Takes the next `count` places of a queue. Nobody else gets them. @returns the first of them */
export async function takePlaces(tx: Tx, id: ReceiverId, count: number): Promise<number> {
  const { next_place: next } = await tx
    .updateTable('receivers')
    .set((eb) => ({ next_place: eb('next_place', '+', count) }))
    .where('id', '=', id)
    .returning('next_place')
    .executeTakeFirstOrThrow()
  return next - count
}

export async function insertMessages(tx: Tx, messages: readonly Message[]): Promise<void> {
  await tx
    .insertInto('receiver_messages')
    .values(messages.map((message) => sealRow(tx, 'receiver_messages', messageRows.toRow(message))))
    .execute()
}

/** The one whose turn it is. */
export async function findNextMessage(tx: Tx, receiverId: ReceiverId): Promise<Message | undefined> {
  const row = await tx
    .selectFrom('receiver_messages')
    .selectAll()
    .where('receiver_id', '=', receiverId)
    .where('status', '=', WAITING)
    .orderBy('place')
    .limit(1)
    .executeTakeFirst()
  return row && toMessage(tx)(row)
}

export async function countWaitingMessages(tx: Tx, receiverId: ReceiverId): Promise<number> {
  const { count } = await tx
    .selectFrom('receiver_messages')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('receiver_id', '=', receiverId)
    .where('status', '=', WAITING)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The receivers for which messages wait, at most `limit`. */
export async function findReceiversWithMail(tx: Tx, limit: number): Promise<ReceiverId[]> {
  const rows = await tx
    .selectFrom('receiver_messages')
    .select('receiver_id')
    .distinct()
    .where('status', '=', WAITING)
    .limit(limit)
    .execute()
  return rows.map((row) => row.receiver_id as ReceiverId)
}

export async function listMessages(
  tx: Tx,
  filter: { readonly receiverId: ReceiverId; readonly status?: readonly string[] },
  page: PageRequest,
): Promise<Page<Message>> {
  return listPage<ReceiverMessageRow, Message>(
    tx,
    {
      table: 'receiver_messages',
      where: { receiver_id: filter.receiverId, status: filter.status },
      sortable: { place: 'place' },
      defaultSort: 'place',
      toNoun: toMessage(tx),
    },
    page,
  )
}

/** @returns false if it did not wait any more: somebody else was first, and nothing was changed */
export async function endMessage(
  tx: Tx,
  id: MessageId,
  end: Pick<Message, 'status' | 'endedAt' | 'error' | 'actionId'>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('receiver_messages')
    .set(messageRows.toColumns(end))
    .where('id', '=', id)
    .where('status', '=', WAITING)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Deletes messages that ended before then. @returns how many, at most `limit` */
export async function pruneMessages(tx: Tx, before: EpochMs, limit: number): Promise<number> {
  const old = tx.selectFrom('receiver_messages').select('id').where('ended_at', '<', before).limit(limit)
  const { numDeletedRows } = await tx
    .deleteFrom('receiver_messages')
    .where('id', 'in', old)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function toMessage(tx: Tx): (row: ReceiverMessageRow) => Message {
  return (row) => messageRows.toNoun(openRow(tx, 'receiver_messages', row))
}
