import { randomFillSync } from 'node:crypto'
import type { EpochMs } from '../domain/ids.ts'

/** Makes identifiers. The simulator hands in one with seeded randomness. */
export interface Ids {
  /** A UUIDv7 (RFC 9562): ids made later sort later, even within one millisecond. */
  next<Id extends string>(): Id
}

/**
 * @param random gives `size` random bytes
 * @see RFC 9562 section 6.2, method 1: a counter in `rand_a` orders ids of the same millisecond
 */
export function createIds(now: () => EpochMs, random: (size: number) => Uint8Array = pooledRandom()): Ids {
  let lastMs = 0
  let counter = 0
  // V8 keeps what was put together from pieces as a tree of them; read out of here it is one text of half that size.
  const text = Buffer.alloc(ID_LENGTH)
  return {
    next<Id extends string>(): Id {
      const ms = now()
      // A clock that stepped back must not make ids that sort before the ones already given.
      if (ms > lastMs) {
        lastMs = ms
        counter = 0
      } else if (++counter > 0xfff) {
        lastMs += 1
        counter = 0
      }
      const time = lastMs.toString(16).padStart(12, '0')
      const tail = Buffer.from(random(8))
      tail[0] = (tail[0]! & 0x3f) | 0x80
      const hex = tail.toString('hex')
      const head = `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}`
      text.write(`${head}-${hex.slice(0, 4)}-${hex.slice(4)}`, 'latin1')
      return text.toString('latin1') as Id
    },
  }
}

const ID_LENGTH = 36
const POOL_BYTES = 4096

/** Asks the system for randomness in large pieces: one call for each id costs more than the rest of it. */
function pooledRandom(): (size: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  return (size) => {
    if (used + size > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    used += size
    return pool.subarray(used - size, used)
  }
}
