import type { EpochMs } from '../../domain/ids.ts'

/** `2031-02-03T04:05:06Z`, without fractions; null stays null. */
export function toTime(instant: EpochMs): string
export function toTime(instant: EpochMs | null): string | null
export function toTime(instant: EpochMs | null): string | null {
  return instant === null ? null : `${new Date(instant).toISOString().slice(0, 19)}Z`
}

/** Seconds with their fraction; null stays null. */
export function toSeconds(instant: EpochMs | null): number | null {
  return instant === null ? null : instant / 1000
}
