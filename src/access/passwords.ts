import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { RateLimitedError } from '../domain/errors.ts'

/** What one guess costs, of whoever has stolen the database: 32 MiB of memory, three times over. */
export interface PasswordCost {
  /** Binary logarithm of scrypt's N. */
  readonly logN: number
  /** Block size. */
  readonly r: number
  /** How often it is done. */
  readonly p: number
}

/** @see OWASP Password Storage Cheat Sheet, scrypt: one of the equivalent settings, chosen for its memory */
const DEFAULT_COST: PasswordCost = { logN: 15, r: 8, p: 3 }

/** Each takes a thread of the pool that files are read with, too. */
const MAX_AT_ONCE = 2
const MAX_WAITING = 200
const SALT_BYTES = 16
const HASH_BYTES = 32

/** Keeps secrets so that they can be recognised and not read. */
export interface Passwords {
  /**
   * For what a person chose: slow on purpose, salted.
   * @returns `scrypt$<logN>$<r>$<p>$<salt>$<hash>`, base64url
   */
  hash(password: string): Promise<string>
  /**
   * Takes as long for a user that does not exist (null) as for one that does, and as long wherever a wrong password
   * differs.
   * @throws RateLimitedError when too many wait for an answer
   */
  verify(password: string, stored: string | null): Promise<boolean>
}

/** A password or secret that nobody chose. It can be told from others by its first letters. */
export function makeRandomSecret(prefix: string): string {
  return `${prefix}${randomBytes(24).toString('base64url')}`
}

/**
 * For a secret that {@link makeRandomSecret} made: what is random enough needs no slow hash.
 * @returns `sha256$<hash>`, base64url; {@link Passwords.verify} knows it
 */
export function hashRandomSecret(secret: string): string {
  return `sha256$${createHash('sha256').update(secret).digest('base64url')}`
}

export function createPasswords(cost: PasswordCost = DEFAULT_COST): Passwords {
  const limit = createLimit()
  const nobodys = format(cost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES))

  return {
    hash: (password) =>
      limit(async () => {
        const salt = randomBytes(SALT_BYTES)
        return format(cost, salt, await derive(password, salt, cost))
      }),
    async verify(password, stored) {
      const [scheme, ...parts] = (stored ?? nobodys).split('$')
      if (scheme === 'sha256') return isSame(hashRandomSecret(password), stored ?? '')
      const [logN, r, p] = parts.slice(0, 3).map(Number) as [number, number, number]
      const [salt, hash] = parts.slice(3).map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer]
      const derived = await limit(() => derive(password, salt, { logN, r, p }))
      return timingSafeEqual(derived, hash) && stored !== null
    },
  }
}

function format({ logN, r, p }: PasswordCost, salt: Buffer, hash: Buffer): string {
  return ['scrypt', logN, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}

function derive(password: string, salt: Buffer, { logN, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** logN
  // The same word typed on different keyboards comes in different code points.
  const text = password.normalize('NFKC')
  return new Promise((resolve, reject) => {
    scrypt(text, salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    )
  })
}

/** Runs a few at a time, and refuses more than may wait: guessing passwords must not take the whole machine. */
function createLimit() {
  const waiting: (() => void)[] = []
  let running = 0
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= MAX_AT_ONCE) {
      if (waiting.length >= MAX_WAITING) {
        throw new RateLimitedError('too many log in at once; wait a moment and repeat', 1)
      }
      // Whoever ends hands its place on, so that nobody who comes now can take it first.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
