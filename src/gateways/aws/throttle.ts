import type { EpochMs } from '../../domain/ids.ts'
import { AwsFault } from './fault.ts'

/** How much one access key may ask for. */
export interface ThrottleRules {
  /** Requests that it earns each second. 0: no limit. */
  readonly perSecond: number
  /** Requests that it may have saved up. */
  readonly burst: number
}

/** @param now the time of the request @throws AwsFault `ThrottlingException` when the key has used up what it had */
export type Throttle = (accessKeyId: string, now: EpochMs) => void

/** Keys told apart at the same time. One that is forgotten begins with a full bucket again. */
const MAX_BUCKETS = 10_000

interface Bucket {
  tokens: number
  at: EpochMs
}

/** A token bucket for each access key. Clients of AWS wait and repeat what it refuses. */
export function createThrottle({ perSecond, burst }: ThrottleRules): Throttle {
  const buckets = new Map<string, Bucket>()

  function bucketOf(id: string, now: EpochMs): Bucket {
    const known = buckets.get(id)
    if (known) return known
    if (buckets.size >= MAX_BUCKETS) buckets.delete(buckets.keys().next().value as string)
    const made = { tokens: burst, at: now }
    buckets.set(id, made)
    return made
  }

  return (id, now) => {
    if (perSecond === 0) return
    const bucket = bucketOf(id, now)
    // A clock that was set back earns nothing, and takes nothing away.
    const earned = (Math.max(0, now - bucket.at) / 1000) * perSecond
    bucket.tokens = Math.min(burst, bucket.tokens + earned)
    bucket.at = now
    if (bucket.tokens < 1) throw new AwsFault({ type: 'ThrottlingException', status: 429 }, 'Rate exceeded')
    bucket.tokens -= 1
  }
}
