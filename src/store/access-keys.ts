import type { AccessKey } from '../domain/access-key.ts'
import type { AccessKeyId, EpochMs, ProjectId } from '../domain/ids.ts'
import type { AccessKeyRow } from './identity-schema.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { accessKeyRows } from './rows.ts'
import { openRow, sealRow } from './sealed-columns.ts'
import type { Tx } from './store.ts'

/** @param secret is sealed before it is written */
export async function insertAccessKey(tx: Tx, key: AccessKey, secret: string): Promise<void> {
  const row = sealRow(tx, 'access_keys', { ...accessKeyRows.toRow(key), secret })
  await tx.insertInto('access_keys').values(row).execute()
}

/** @param reference id or name */
export async function findAccessKey(tx: Tx, reference: string): Promise<AccessKey | undefined> {
  const row = await tx
    .selectFrom('access_keys')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', reference), eb('name', '=', reference)]))
    .executeTakeFirst()
  return row && accessKeyRows.toNoun(row)
}

/**
 * With its secret, to check signatures with.
 * @throws DroverError `secret_unreadable`
 */
export async function findAccessKeySecret(
  tx: Tx,
  id: string,
): Promise<{ readonly key: AccessKey; readonly secret: string } | undefined> {
  const row = await tx.selectFrom('access_keys').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return undefined
  const { secret } = openRow(tx, 'access_keys', row)
  return { key: accessKeyRows.toNoun(row), secret }
}

export async function listAccessKeys(
  tx: Tx,
  /** Undefined: all projects. */
  projects: readonly ProjectId[] | undefined,
  page: PageRequest,
): Promise<Page<AccessKey>> {
  return listPage<AccessKeyRow, AccessKey>(
    tx,
    {
      table: 'access_keys',
      where: { project_id: projects },
      sortable: { name: 'name', createdAt: 'created_at' },
      defaultSort: 'createdAt',
      toNoun: accessKeyRows.toNoun,
    },
    page,
  )
}

export async function countAccessKeys(tx: Tx, projectId: ProjectId): Promise<number> {
  const { count } = await tx
    .selectFrom('access_keys')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function enableAccessKey(
  tx: Tx,
  id: AccessKeyId,
  { enabled, updatedAt }: Pick<AccessKey, 'enabled' | 'updatedAt'>,
): Promise<void> {
  await tx
    .updateTable('access_keys')
    .set(accessKeyRows.toColumns({ enabled, updatedAt }))
    .where('id', '=', id)
    .execute()
}

export async function noteAccessKeyUse(tx: Tx, id: AccessKeyId, at: EpochMs): Promise<void> {
  await tx.updateTable('access_keys').set({ last_used_at: at }).where('id', '=', id).execute()
}

export async function deleteAccessKey(tx: Tx, id: AccessKeyId): Promise<void> {
  await tx.deleteFrom('access_keys').where('id', '=', id).execute()
}
