import { RateLimitedError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Clock } from '../system/clock.ts'

const WINDOW_MS = 60_000
/** Wrong logins within the window, of one address for one user. */
const MAX_FOR_PAIR = 10
/** For whatever users: an address may be that of many people behind one proxy. */
const MAX_FOR_ADDRESS = 100
/** Told apart at the same time; beyond it the oldest are forgotten. */
const MAX_COUNTED = 20_000

/**
 * Slows down whoever guesses passwords. It counts by address and user together, so that a stranger's guesses do not
 * keep the user out who comes from elsewhere, and by address alone, against one password tried on many users.
 */
export interface LoginGuard {
  /** @throws RateLimitedError once there were too many failures */
  check(address: string, user: string): void
  failed(address: string, user: string): void
  /** Forgets failures: whoever knows the password was only mistaken before. */
  succeeded(address: string, user: string): void
}

interface Counted {
  count: number
  readonly until: EpochMs
}

/** Counts in this process only. */
export function createLoginGuard(clock: Clock): LoginGuard {
  const counts = new Map<string, Counted>()

  function current(key: string): Counted | undefined {
    const found = counts.get(key)
    if (!found || clock.now() < found.until) return found
    counts.delete(key)
    return undefined
  }

  function add(key: string): void {
    const found = current(key)
    if (found) {
      found.count += 1
      return
    }
    if (counts.size >= MAX_COUNTED) counts.delete(counts.keys().next().value as string)
    counts.set(key, { count: 1, until: clock.now() + WINDOW_MS })
  }

  return {
    check(address, user) {
      const limits = [
        [pairKey(address, user), MAX_FOR_PAIR],
        [address, MAX_FOR_ADDRESS],
      ] as const
      for (const [key, max] of limits) {
        const found = current(key)
        if (!found || found.count < max) continue
        const seconds = Math.ceil((found.until - clock.now()) / 1000)
        throw new RateLimitedError(`too many failed logins; wait ${seconds} s and try again`, seconds)
      }
    },
    failed(address, user) {
      add(pairKey(address, user))
      add(address)
    },
    succeeded(address, user) {
      counts.delete(pairKey(address, user))
    },
  }
}

/** No address has a line break. */
function pairKey(address: string, user: string): string {
  return `${address}\n${user}`
}
