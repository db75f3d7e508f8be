import type { EpochMs } from '../../domain/ids.ts'

/** `2026-01-02 03:04:05.678000 +0000 UTC` */
export function toTime(at: EpochMs): string {
  const [date, time] = new Date(at).toISOString().slice(0, -1).split('T')
  return `${date} ${time}000 +0000 UTC`
}
