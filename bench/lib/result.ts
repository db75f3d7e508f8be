import { median } from './statistics.ts'

/** What is to be reached. */
export interface Target {
  readonly atMost?: number
  readonly atLeast?: number
}

/** One line of the table: what was measured, beside its limit or a peer of the same run. */
export interface Result {
  /** The row it belongs to, by its name on the command line. */
  readonly row: string
  readonly measured: string
  readonly unit: string
  readonly value: number
  /** What `value` is the median of, or was drawn from. */
  readonly samples: readonly number[]
  /** The limit or the peer, measured in the same run; empty if the target says it all. */
  readonly beside: string
  readonly target: Target | null
}

/** A result whose value is the median of its samples. */
export function medianResult(fields: Omit<Result, 'value'>): Result {
  return { ...fields, value: median(fields.samples) }
}

/** Null when there is nothing to reach. */
export function isReached({ value, target }: Pick<Result, 'value' | 'target'>): boolean | null {
  if (target === null) return null
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target
  return value <= atMost && value >= atLeast
}
