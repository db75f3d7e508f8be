import { randomBytes, randomInt } from 'node:crypto'
import { principalOfAccessKey } from '../domain/access-key.ts'
import { messageOf } from '../domain/errors.ts'
import type { AccessKeyId, EpochMs, ProjectId } from '../domain/ids.ts'
import type { Principal } from '../domain/principal.ts'
import { findAccessKeySecret, noteAccessKeyUse } from '../store/access-keys.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { createLoginGuard } from './login-guard.ts'

/** Longest time a key that was deleted or disabled by another process goes on working in this one. */
const CACHE_LIFETIME_MS = 5000
const MAX_CACHED = 10_000
/** A use is written down only so often: it must not cost a write for each request. */
const USE_NOTED_EVERY_MS = 5 * 60_000
/** Those of base 32, as AWS has them. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new id of an access key, as AWS has them: `AKIA` and 16 letters and digits. */
export function makeAccessKeyId(): AccessKeyId {
  const letters = Array.from({ length: 16 }, () => LETTERS[randomInt(LETTERS.length)])
  return `AKIA${letters.join('')}` as AccessKeyId
}

/** A new secret of an access key: 40 characters, 240 random bits. Shown once. */
export function makeAccessKeySecret(): string {
  return randomBytes(30).toString('base64url')
}

/** What a signature is checked with, and whom it stands for. */
export interface SigningKey {
  readonly id: AccessKeyId
  /** Never to be logged or shown. */
  readonly secret: string
  readonly principal: Principal
  /** The project that its holder works in. */
  readonly projectId: ProjectId
}

/** Access keys, for gateways whose clients sign their requests. */
export interface AccessKeys {
  /**
   * @param address of the caller
   * @returns undefined for a key that does not exist or is disabled
   * @throws RateLimitedError after too many wrong signatures from there
   * @throws DroverError `secret_unreadable`, `store_unavailable`
   */
  find(id: string, address: string): Promise<SigningKey | undefined>
  /**
   * Notes that a request was not signed by whom it says, or by nobody there is (an empty id).
   * @param options.isGuess whether it counts as a wrong secret; a wrong clock, say, is none. Default true
   */
  refused(id: string, address: string, options?: { readonly isGuess?: boolean }): void
  /** Notes that a key was used. */
  accepted(id: string, address: string): void
  /** Forgets what was read a moment ago, so that a deletion works at once. */
  forget(id: string): void
}

interface Known {
  readonly key: SigningKey
  readonly until: EpochMs
  notedAt: EpochMs
}

export function createAccessKeys(deps: {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Keeps for the audit that somebody was not let in (Refusals.note). */
  readonly note: (address: string) => void
}): AccessKeys {
  const { store, clock, log } = deps
  const guard = createLoginGuard(clock)
  /** Oldest first. What is not there is not remembered: anybody could fill this with names. */
  const cache = new Map<string, Known>()
  /** Counts calls of `forget`: what was read before one must not be cached after it. */
  let forgotten = 0

  async function read(id: string): Promise<SigningKey | undefined> {
    const readAt = forgotten
    const found = await store.read((tx) => findAccessKeySecret(tx, id))
    if (!found?.key.enabled) return undefined
    const { key, secret } = found
    const signing = { id: key.id, secret, principal: principalOfAccessKey(key), projectId: key.projectId }
    if (readAt !== forgotten) return signing
    const notedAt = Math.max(key.lastUsedAt ?? 0, cache.get(id)?.notedAt ?? 0)
    cache.delete(id)
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value as string)
    cache.set(id, { key: signing, until: clock.now() + CACHE_LIFETIME_MS, notedAt })
    return signing
  }

  return {
    async find(id, address) {
      guard.check(address, id)
      const known = cache.get(id)
      return known && clock.now() < known.until ? known.key : await read(id)
    },
    refused(id, address, { isGuess = true } = {}) {
      if (isGuess) guard.failed(address, id)
      deps.note(address)
    },
    accepted(id, address) {
      guard.succeeded(address, id)
      const known = cache.get(id)
      const now = clock.now()
      if (!known || now - known.notedAt < USE_NOTED_EVERY_MS) return
      known.notedAt = now
      // Nobody waits for it; what cannot be written now is written with a later use.
      store
        .write((tx) => noteAccessKeyUse(tx, known.key.id, now))
        .catch((error: unknown) =>
          log.warn({ reason: messageOf(error) }, 'could not note the use of an access key'),
        )
    },
    forget(id) {
      forgotten += 1
      cache.delete(id)
    },
  }
}
