import type { EpochMs } from '../../domain/ids.ts'

/**
 * Seconds, rounded up, until a scaling policy allows the next scaling; 0 when it does now.
 * @param lastOperationAt what the binding remembers; null: it never scaled
 */
export function secondsToCooldown(
  cooldownSeconds: number,
  lastOperationAt: EpochMs | null,
  now: EpochMs,
): number {
  if (lastOperationAt === null) return 0
  return Math.max(0, Math.ceil((lastOperationAt + cooldownSeconds * 1000 - now) / 1000))
}
