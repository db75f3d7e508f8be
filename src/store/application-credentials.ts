import type { ApplicationCredentialId, UserId } from '../domain/ids.ts'
import type { ApplicationCredential } from '../domain/user.ts'
import type { ApplicationCredentialRow } from './identity-schema.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { applicationCredentialRows } from './rows.ts'
import type { Tx } from './store.ts'

/** @param secretHash as src/access/passwords.ts makes it; the secret itself is never stored */
export async function insertApplicationCredential(
  tx: Tx,
  credential: ApplicationCredential,
  secretHash: string,
): Promise<void> {
  await tx
    .insertInto('application_credentials')
    .values({ ...applicationCredentialRows.toRow(credential), secret_hash: secretHash })
    .execute()
}

export async function findApplicationCredential(
  tx: Tx,
  id: string,
): Promise<{ readonly credential: ApplicationCredential; readonly secretHash: string } | undefined> {
  const row = await tx
    .selectFrom('application_credentials')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row && { credential: applicationCredentialRows.toNoun(row), secretHash: row.secret_hash }
}

/** @param reference id or name */
export async function findApplicationCredentialOf(
  tx: Tx,
  userId: UserId,
  reference: string,
): Promise<ApplicationCredential | undefined> {
  const row = await tx
    .selectFrom('application_credentials')
    .selectAll()
    .where('user_id', '=', userId)
    .where((eb) => eb.or([eb('id', '=', reference), eb('name', '=', reference)]))
    .executeTakeFirst()
  return row && applicationCredentialRows.toNoun(row)
}

/** With the tokens that were given for it. */
export async function deleteApplicationCredential(tx: Tx, id: ApplicationCredentialId): Promise<void> {
  await tx.deleteFrom('tokens').where('application_credential_id', '=', id).execute()
  await tx.deleteFrom('application_credentials').where('id', '=', id).execute()
}

export async function countApplicationCredentials(tx: Tx, userId: UserId): Promise<number> {
  const { count } = await tx
    .selectFrom('application_credentials')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function listApplicationCredentials(
  tx: Tx,
  filter: { readonly userId: UserId; readonly name?: string | undefined },
  page: PageRequest,
): Promise<Page<ApplicationCredential>> {
  return listPage<ApplicationCredentialRow, ApplicationCredential>(
    tx,
    {
      table: 'application_credentials',
      where: { user_id: filter.userId, name: filter.name },
      sortable: { name: 'name', createdAt: 'created_at' },
      defaultSort: 'name',
      toNoun: applicationCredentialRows.toNoun,
    },
    page,
  )
}
