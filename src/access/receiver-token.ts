import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { ReceiverId } from '../domain/ids.ts'
import { hashSecret } from './secret.ts'

/** A new token of a receiver: `drover_receiver_<32 random bytes, base64url>`. Shown once, never kept. */
export function makeReceiverToken(): string {
  return `drover_receiver_${randomBytes(32).toString('base64url')}`
}

/**
 * The id of a receiver that has no other secret: 122 random bits (UUIDv4). Our usual ids begin with the time and count
 * up, which leaves less to guess.
 */
export function makeSecretReceiverId(): ReceiverId {
  return randomUUID() as ReceiverId
}

/**
 * Whether a token is the one whose hash is kept. Takes as long for a receiver that does not exist.
 * @param tokenHash null for a receiver that is unknown or has none
 */
export function isReceiverToken(token: string, tokenHash: string | null): boolean {
  const same = timingSafeEqual(
    Buffer.from(hashSecret(token), 'hex'),
    Buffer.from(tokenHash ?? NO_HASH, 'hex'),
  )
  return same && tokenHash !== null
}

const NO_HASH = '0'.repeat(64)
