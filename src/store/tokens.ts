import type { EpochMs, TokenId, UserId } from '../domain/ids.ts'
import type { ApplicationCredential, Token, User } from '../domain/user.ts'
import { findApplicationCredential } from './application-credentials.ts'
import { tokenRows } from './rows.ts'
import type { Tx } from './store.ts'
import { findUser } from './users.ts'

/** @param hash SHA-256 of the token, lower-case hexadecimal; the token itself is never stored */
export async function insertToken(tx: Tx, token: Token, hash: string): Promise<void> {
  await tx
    .insertInto('tokens')
    .values({ ...tokenRows.toRow(token), hash })
    .execute()
}

/** A token, and what it stands on. */
export interface FoundToken {
  readonly token: Token
  readonly user: User
  readonly credential: ApplicationCredential | null
}

/** The token with this hash, its user and its application credential as they are now. */
export async function findToken(tx: Tx, hash: string): Promise<FoundToken | undefined> {
  const row = await tx.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst()
  if (!row) return undefined
  const token = tokenRows.toNoun(row)
  const { applicationCredentialId: credentialId } = token
  const [user, credential] = [
    await findUser(tx, token.userId),
    credentialId === null ? null : await findApplicationCredential(tx, credentialId),
  ]
  if (!user || credential === undefined) return undefined
  return { token, user: user.user, credential: credential?.credential ?? null }
}

export async function deleteToken(tx: Tx, id: TokenId): Promise<void> {
  await tx.deleteFrom('tokens').where('id', '=', id).execute()
}

/** @returns how many there were */
export async function deleteTokensOf(tx: Tx, userId: UserId): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('tokens')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Deletes tokens that are no use any more. */
export async function pruneTokens(tx: Tx, now: EpochMs): Promise<void> {
  await tx.deleteFrom('tokens').where('expires_at', '<=', now).execute()
}
