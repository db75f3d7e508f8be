import { timingSafeEqual } from 'node:crypto'
import { UnauthenticatedError } from '../domain/errors.ts'
import type { ApiKeyId, EpochMs } from '../domain/ids.ts'
import type { Principal } from '../domain/principal.ts'
import { findApiKey } from '../store/api-keys.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import { hashSecret, idOfSecret } from './secret.ts'

/** Longest time a key that was revoked by another process goes on working in this one. */
const CACHE_LIFETIME_MS = 5000
const MAX_CACHED_KEYS = 10_000

/** Finds out who is asking. */
export interface Authenticator {
  /**
   * @param authorization the header: `Bearer <API key>`, or `Basic` with the API key as user name
   * @throws UnauthenticatedError whatever is wrong with it: a stranger learns nothing
   */
  authenticate(authorization: string | undefined): Promise<Principal>
  /** Forgets a key that was verified a moment ago, so that its revocation works at once. */
  forget(id: ApiKeyId): void
}

interface Verified {
  readonly id: ApiKeyId
  readonly principal: Principal
  readonly until: EpochMs
}

export function createAuthenticator({
  store,
  clock,
}: {
  readonly store: Store
  readonly clock: Clock
}): Authenticator {
  /** By the key's hash, oldest first. Keys themselves are not held. */
  const cache = new Map<string, Verified>()
  /** Counts calls of `forget`: a key that was read before one must not be cached after it. */
  let forgotten = 0

  async function verify(secret: string, hash: string): Promise<Principal> {
    const id = idOfSecret(secret)
    const readAt = forgotten
    const found = id && (await store.read((tx) => findApiKey(tx, id)))
    // An unknown id costs the same comparison, so that time does not tell which ids there are.
    const same = timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(found?.secretHash ?? NO_HASH, 'hex'))
    const now = clock.now()
    if (!found || !same || found.key.revokedAt !== null || (found.key.expiresAt ?? now + 1) <= now) {
      throw new UnauthenticatedError()
    }
    const principal = { name: found.key.name, grants: found.key.grants }
    const until = Math.min(now + CACHE_LIFETIME_MS, found.key.expiresAt ?? Number.POSITIVE_INFINITY)
    if (readAt === forgotten) put(hash, { id: found.key.id, principal, until })
    return principal
  }

  function put(hash: string, verified: Verified): void {
    cache.delete(hash)
    if (cache.size >= MAX_CACHED_KEYS) cache.delete(cache.keys().next().value as string)
    cache.set(hash, verified)
  }

  return {
    async authenticate(authorization) {
      const secret = secretOf(authorization)
      if (secret === undefined) throw new UnauthenticatedError()
      const hash = hashSecret(secret)
      const known = cache.get(hash)
      if (known && clock.now() < known.until) return known.principal
      cache.delete(hash)
      return await verify(secret, hash)
    },
    forget(id) {
      forgotten += 1
      for (const [hash, verified] of cache) {
        if (verified.id === id) cache.delete(hash)
      }
    },
  }
}

const NO_HASH = '0'.repeat(64)

function secretOf(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(Bearer|Basic) +([^ ]+) *$/i.exec(authorization ?? '') ?? []
  if (scheme === undefined || value === undefined) return undefined
  if (scheme.toLowerCase() === 'bearer') return value
  return Buffer.from(value, 'base64').toString('utf8').split(':')[0]
}
