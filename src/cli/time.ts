import type { EpochMs } from '../domain/ids.ts'

/** An instant as people say it: `3 min ago`, `in 2 h`; `-` for none. */
export function relativeTime(instant: string | null | undefined, now: EpochMs): string {
  if (instant === null || instant === undefined) return '-'
  const differenceMs = now - Date.parse(instant)
  if (Number.isNaN(differenceMs)) return instant
  const span = duration(Math.abs(differenceMs))
  // The server's clock may be a little ahead of ours.
  if (Math.abs(differenceMs) < 2000) return 'just now'
  return differenceMs >= 0 ? `${span} ago` : `in ${span}`
}

/** A span of time in its largest unit: `42 s`, `3 min`, `5 h`, `12 d`. */
export function duration(spanMs: number): string {
  const seconds = Math.round(spanMs / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** The time of day of an instant, in the user's zone: `10:31:07`. */
export function clockTime(instant: string): string {
  const date = new Date(instant)
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}

const SIZE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** A size in decimal units: `482 B`, `3.1 MB`. */
export function byteSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < SIZE_UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${SIZE_UNITS[unit]}`
}
