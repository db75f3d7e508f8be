import type { ClusterId, ProjectId, ReceiverId } from '../domain/ids.ts'
import type { Receiver } from '../domain/receiver.ts'
import { findByReference } from './find-by-reference.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { receiverRows } from './rows.ts'
import type { ReceiverRow } from './schema.ts'
import { openRow, sealRow } from './sealed-columns.ts'
import type { Tx } from './store.ts'

/** @param tokenHash SHA-256 of its token, lower-case hexadecimal; null if it has none */
export async function insertReceiver(tx: Tx, receiver: Receiver, tokenHash: string | null): Promise<void> {
  await tx
    .insertInto('receivers')
    .values({
      ...sealRow(tx, 'receivers', receiverRows.toRow(receiver)),
      token_hash: tokenHash,
      next_place: 1,
    })
    .execute()
}

/**
 * @param reference id, name, or the beginning of an id
 * @throws AmbiguousError
 */
export async function findReceiver(
  tx: Tx,
  projectId: ProjectId,
  reference: string,
): Promise<Receiver | undefined> {
  const where = { project_id: projectId }
  const search = { kind: 'receiver', table: 'receivers', where } as const
  const row = await findByReference<ReceiverRow>(tx, search, reference)
  return row && toReceiver(tx)(row)
}

/** Whether a receiver of the project has that name. */
export async function isReceiverNameTaken(tx: Tx, projectId: ProjectId, name: string): Promise<boolean> {
  const row = await tx
    .selectFrom('receivers')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Of whatever project, with the hash of its token. */
export async function getReceiver(
  tx: Tx,
  id: string,
): Promise<{ readonly receiver: Receiver; readonly tokenHash: string | null } | undefined> {
  const row = await tx.selectFrom('receivers').selectAll().where('id', '=', id).executeTakeFirst()
  return row && { receiver: toReceiver(tx)(row), tokenHash: row.token_hash }
}

export interface ReceiverFilter {
  /** Absent: all projects. */
  readonly projectId?: ProjectId | readonly ProjectId[]
  readonly name?: string | readonly string[]
  readonly type?: readonly string[]
  readonly clusterId?: readonly ClusterId[]
  readonly action?: readonly string[]
  readonly createdBy?: string | readonly string[]
}

export async function listReceivers(
  tx: Tx,
  filter: ReceiverFilter,
  page: PageRequest,
): Promise<Page<Receiver>> {
  return listPage<ReceiverRow, Receiver>(
    tx,
    {
      table: 'receivers',
      where: {
        project_id: filter.projectId,
        name: filter.name,
        type: filter.type,
        cluster_id: filter.clusterId,
        action: filter.action,
        created_by: filter.createdBy,
      },
      sortable: {
        name: 'name',
        type: 'type',
        action: { expression: "coalesce(action, '')" },
        cluster: { expression: "coalesce(cluster_id, '')" },
        createdAt: 'created_at',
        createdBy: 'created_by',
      },
      defaultSort: 'name',
      toNoun: toReceiver(tx),
    },
    page,
  )
}

export async function listReceiversOf(tx: Tx, clusterId: ClusterId): Promise<Receiver[]> {
  const rows = await tx
    .selectFrom('receivers')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .orderBy('id')
    .execute()
  return rows.map(toReceiver(tx))
}

export async function countReceivers(tx: Tx, projectId: ProjectId): Promise<number> {
  const { count } = await tx
    .selectFrom('receivers')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function patchReceiver(tx: Tx, id: ReceiverId, patch: Partial<Receiver>): Promise<void> {
  const columns = sealRow(tx, 'receivers', { id, ...receiverRows.toColumns(patch) })
  await tx.updateTable('receivers').set(columns).where('id', '=', id).execute()
}

export async function replaceReceiverToken(tx: Tx, id: ReceiverId, tokenHash: string): Promise<void> {
  await tx.updateTable('receivers').set({ token_hash: tokenHash }).where('id', '=', id).execute()
}

/** Its messages go with it. */
export async function deleteReceiver(tx: Tx, id: ReceiverId): Promise<void> {
  await tx.deleteFrom('receivers').where('id', '=', id).execute()
}

function toReceiver(tx: Tx): (row: ReceiverRow) => Receiver {
  return (row) => receiverRows.toNoun(openRow(tx, 'receivers', row))
}
