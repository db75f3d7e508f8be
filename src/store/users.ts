import type { UserId } from '../domain/ids.ts'
import type { User } from '../domain/user.ts'
import type { UserRow } from './identity-schema.ts'
import { listPage, type Page, type PageRequest } from './page.ts'
import { userRows } from './rows.ts'
import type { Tx } from './store.ts'

/** @param passwordHash as src/access/passwords.ts makes it; the password itself is never stored */
export async function insertUser(tx: Tx, user: User, passwordHash: string): Promise<void> {
  await tx
    .insertInto('users')
    .values({ ...userRows.toRow(user), password_hash: passwordHash })
    .execute()
}

/** @param reference id or name */
export async function findUser(
  tx: Tx,
  reference: string,
): Promise<{ readonly user: User; readonly passwordHash: string } | undefined> {
  const row = await tx
    .selectFrom('users')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', reference), eb('name', '=', reference)]))
    .executeTakeFirst()
  return row && { user: userRows.toNoun(row), passwordHash: row.password_hash }
}

/** @param passwordHash of a new password; undefined leaves the one there is */
export async function patchUser(
  tx: Tx,
  id: UserId,
  patch: Partial<User>,
  passwordHash?: string,
): Promise<void> {
  await tx
    .updateTable('users')
    .set({ ...userRows.toColumns(patch), ...(passwordHash !== undefined && { password_hash: passwordHash }) })
    .where('id', '=', id)
    .execute()
}

/** With its tokens and application credentials. */
export async function deleteUser(tx: Tx, id: UserId): Promise<void> {
  await tx.deleteFrom('tokens').where('user_id', '=', id).execute()
  await tx.deleteFrom('application_credentials').where('user_id', '=', id).execute()
  await tx.deleteFrom('users').where('id', '=', id).execute()
}

export async function listUsers(
  tx: Tx,
  filter: { readonly name?: string | undefined },
  page: PageRequest,
): Promise<Page<User>> {
  return listPage<UserRow, User>(
    tx,
    {
      table: 'users',
      where: { name: filter.name },
      sortable: { name: 'name', createdAt: 'created_at' },
      defaultSort: 'name',
      toNoun: userRows.toNoun,
    },
    page,
  )
}
