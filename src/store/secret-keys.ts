import type { EpochMs } from '../domain/ids.ts'
import type { Tx } from './store.ts'

/** A key by which secrets of this database were sealed. */
export interface KnownSecretKey {
  readonly id: string
  /** A known text, sealed by it. */
  readonly proof: string
  /** Whether everything is sealed by this one. */
  readonly complete: boolean
}

/** All of them, the newest first. */
export async function listSecretKeys(tx: Tx): Promise<KnownSecretKey[]> {
  const rows = await tx
    .selectFrom('secret_keys')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(({ id, proof, complete }) => ({ id, proof, complete: complete === 1 }))
}

export async function insertSecretKey(
  tx: Tx,
  { id, proof, createdAt }: Pick<KnownSecretKey, 'id' | 'proof'> & { readonly createdAt: EpochMs },
): Promise<void> {
  await tx.insertInto('secret_keys').values({ id, proof, complete: 0, created_at: createdAt }).execute()
}

/** Notes that everything is sealed by one key: all others are of no use any more, and are forgotten. */
export async function completeSecretKey(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('secret_keys').set({ complete: 1 }).where('id', '=', id).execute()
  await tx.deleteFrom('secret_keys').where('id', '!=', id).execute()
}
