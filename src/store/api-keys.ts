import type { ApiKeyId, EpochMs } from '../domain/ids.ts'
import type { ApiKey } from '../domain/principal.ts'
import type { ApiKeyRow } from './identity-schema.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { apiKeyRows } from './rows.ts'
import type { Tx } from './store.ts'

/** @param secretHash SHA-256 of the whole key, lower-case hexadecimal; the key itself is never stored */
export async function insertApiKey(tx: Tx, key: ApiKey, secretHash: string): Promise<void> {
  await tx
    .insertInto('api_keys')
    .values({ ...apiKeyRows.toRow(key), secret_hash: secretHash })
    .execute()
}

export async function findApiKey(
  tx: Tx,
  id: string,
): Promise<{ readonly key: ApiKey; readonly secretHash: string } | undefined> {
  const row = await tx.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
  return row && { key: apiKeyRows.toNoun(row), secretHash: row.secret_hash }
}

/** The one of that name that is not revoked. */
export async function findApiKeyByName(tx: Tx, name: string): Promise<ApiKey | undefined> {
  const row = await tx
    .selectFrom('api_keys')
    .selectAll()
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return row && apiKeyRows.toNoun(row)
}

export async function countApiKeys(tx: Tx): Promise<number> {
  const { count } = await tx
    .selectFrom('api_keys')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function revokeApiKey(tx: Tx, id: ApiKeyId, at: EpochMs): Promise<void> {
  await tx.updateTable('api_keys').set({ revoked_at: at }).where('id', '=', id).execute()
}

export async function listApiKeys(tx: Tx, page: PageRequest): Promise<Page<ApiKey>> {
  return listPage<ApiKeyRow, ApiKey>(
    tx,
    {
      table: 'api_keys',
      where: {},
      sortable: { name: 'name', createdAt: 'created_at' },
      defaultSort: 'createdAt',
      toNoun: apiKeyRows.toNoun,
    },
    page,
  )
}
