import { RateLimitedError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'

const WINDOW_MS = 60_000
/** Receivers counted at a time; the one that has been counted for longest is forgotten first. */
const MAX_COUNTED = 10_000

/** Counts what is asked of each receiver, minute by minute. */
export interface TriggerLimits {
  /** @throws RateLimitedError when this one is too many */
  count(key: string, now: EpochMs): void
}

/** @param max calls of one receiver in a minute; 0 for no limit */
export function createTriggerLimits(max: number): TriggerLimits {
  const windows = new Map<string, { readonly until: EpochMs; calls: number }>()
  return {
    count(key, now) {
      if (max === 0) return
      let window = windows.get(key)
      if (window === undefined || window.until <= now) {
        windows.delete(key)
        if (windows.size >= MAX_COUNTED) windows.delete(windows.keys().next().value as string)
        window = { until: now + WINDOW_MS, calls: 0 }
        windows.set(key, window)
      }
      if (window.calls >= max) {
        const seconds = Math.ceil((window.until - now) / 1000)
        throw new RateLimitedError(
          `receiver ${key} was called more than ${max} times in a minute; call again in ${seconds} s`,
          seconds,
        )
      }
      window.calls += 1
    },
  }
}
