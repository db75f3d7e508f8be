import { timingSafeEqual } from 'node:crypto'
import { UnauthenticatedError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Principal } from '../domain/principal.ts'
import { findApiKey } from '../store/api-keys.ts'
import type { Store } from '../store/store.ts'
import { findToken } from '../store/tokens.ts'
import type { Clock } from '../system/clock.ts'
import { hashSecret, idOfSecret, isToken } from './secret.ts'
import { principalOf } from './token-principal.ts'

/** Longest time a credential that was revoked by another process goes on working in this one. */
const CACHE_LIFETIME_MS = 5000
const MAX_CACHED = 10_000

/** Finds out who is asking. */
export interface Authenticator {
  /**
   * @param authorization the header: `Bearer` and an API key or a user's token, or `Basic` with the same as user name
   * @throws UnauthenticatedError whatever is wrong with it: a stranger learns nothing
   */
  authenticate(authorization: string | undefined): Promise<Principal>
  /**
   * The same for a user's token by itself, as some vendors' clients send it.
   * @throws UnauthenticatedError
   */
  authenticateToken(token: string | undefined): Promise<Principal>
  /**
   * Forgets what was verified a moment ago, so that a revocation works at once.
   * @param id of an API key, a token, or all tokens of a user or of an application credential
   */
  forget(id: string): void
}

interface Verified {
  /** Whatever it stands on. */
  readonly ids: readonly (string | null)[]
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
  /** By the credential's hash, oldest first. Credentials themselves are not held. */
  const cache = new Map<string, Verified>()
  /** Counts calls of `forget`: what was read before one must not be cached after it. */
  let forgotten = 0

  async function verify(secret: string): Promise<Principal> {
    const hash = hashSecret(secret)
    const known = cache.get(hash)
    if (known && clock.now() < known.until) return known.principal
    cache.delete(hash)
    const readAt = forgotten
    const verified = await (isToken(secret) ? readToken(hash) : readApiKey(secret, hash))
    if (readAt === forgotten) put(hash, verified)
    return verified.principal
  }

  async function readApiKey(secret: string, hash: string): Promise<Verified> {
    const id = idOfSecret(secret)
    const found = id && (await store.read((tx) => findApiKey(tx, id)))
    // An unknown id costs the same comparison, so that time does not tell which ids there are.
    const same = timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(found?.secretHash ?? NO_HASH, 'hex'))
    if (!found || !same || found.key.revokedAt !== null) throw new UnauthenticatedError()
    const principal = { name: found.key.name, grants: found.key.grants, groups: found.key.groups }
    return { ids: [found.key.id], principal, until: untilOf(found.key.expiresAt) }
  }

  async function readToken(hash: string): Promise<Verified> {
    // Nothing can be learned about 256 random bits from how long it takes to look their hash up.
    const found = await store.read((tx) => findToken(tx, hash))
    if (!found?.user.enabled) throw new UnauthenticatedError(NO_TOKEN)
    const { token, user, credential } = found
    const ids = [token.id, user.id, token.applicationCredentialId]
    const ends = Math.min(token.expiresAt, credential?.expiresAt ?? token.expiresAt)
    const principal = principalOf(found)
    // A token for a project in which its user has no role any more is of no use, and its holder should learn that.
    if (token.projectId !== null && principal.grants.length === 0) throw new UnauthenticatedError(NO_TOKEN)
    return { ids, principal, until: untilOf(ends) }
  }

  function untilOf(expiresAt: EpochMs | null): EpochMs {
    const now = clock.now()
    if (expiresAt === null) return now + CACHE_LIFETIME_MS
    if (expiresAt <= now) throw new UnauthenticatedError()
    return Math.min(now + CACHE_LIFETIME_MS, expiresAt)
  }

  function put(hash: string, verified: Verified): void {
    cache.delete(hash)
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value as string)
    cache.set(hash, verified)
  }

  return {
    async authenticate(authorization) {
      const secret = secretOf(authorization)
      if (secret === undefined) throw new UnauthenticatedError()
      return await verify(secret)
    },
    async authenticateToken(token) {
      if (token === undefined || !isToken(token)) throw new UnauthenticatedError(NO_TOKEN)
      return await verify(token)
    },
    forget(id) {
      forgotten += 1
      for (const [hash, { ids }] of cache) {
        if (ids.includes(id)) cache.delete(hash)
      }
    },
  }
}

const NO_HASH = '0'.repeat(64)
const NO_TOKEN = 'no valid token was given; log in for a new one'

function secretOf(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(Bearer|Basic) +([^ ]+) *$/i.exec(authorization ?? '') ?? []
  if (scheme === undefined || value === undefined) return undefined
  if (scheme.toLowerCase() === 'bearer') return value
  return Buffer.from(value, 'base64').toString('utf8').split(':')[0]
}
