import type { EpochMs } from '../domain/ids.ts'
import { openRow, sealRow } from './sealed-columns.ts'
import type { Tx } from './store.ts'

/** How long a client token answers with what it was first answered with. */
const CLIENT_TOKEN_LIFETIME_MS = 10 * 60 * 1000

export interface ClientToken {
  /** Whose token it is, and for which operation: tokens of different callers never meet. */
  readonly scope: string
  readonly token: string
  readonly requestHash: string
  /** JSON. */
  readonly answer: string
  readonly createdAt: EpochMs
}

export async function findClientToken(
  tx: Tx,
  scope: string,
  token: string,
  now: EpochMs,
): Promise<ClientToken | undefined> {
  const row = await tx
    .selectFrom('client_tokens')
    .selectAll()
    .where('scope', '=', scope)
    .where('token', '=', token)
    .where('created_at', '>', now - CLIENT_TOKEN_LIFETIME_MS)
    .executeTakeFirst()
  if (!row) return undefined
  const { answer } = openRow(tx, 'client_tokens', row)
  return { scope, token, requestHash: row.request_hash, answer, createdAt: row.created_at }
}

/** Takes the place of a token of that name whose time is over. */
export async function putClientToken(tx: Tx, token: ClientToken): Promise<void> {
  const { answer } = sealRow(tx, 'client_tokens', token)
  const values = { request_hash: token.requestHash, answer, created_at: token.createdAt }
  await tx
    .insertInto('client_tokens')
    .values({ scope: token.scope, token: token.token, ...values })
    .onConflict((conflict) => conflict.columns(['scope', 'token']).doUpdateSet(values))
    .execute()
}

export async function pruneClientTokens(tx: Tx, now: EpochMs): Promise<void> {
  await tx
    .deleteFrom('client_tokens')
    .where('created_at', '<=', now - CLIENT_TOKEN_LIFETIME_MS)
    .execute()
}
