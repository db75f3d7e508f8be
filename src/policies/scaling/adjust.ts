import type { AdjustmentType } from '../../domain/adjustment.ts'

/**
 * By how many nodes a scaling policy changes a size, at least 0. A percentage is cut to a whole number and is never
 * less than `minStep`; an exact size that lies in the other direction changes nothing.
 *
 *   size  type                  number  minStep  direction  ->  nodes
 *     10  CHANGE_IN_CAPACITY         3        1  out             3
 *     10  CHANGE_IN_PERCENTAGE      25        1  out             2
 *     10  CHANGE_IN_PERCENTAGE       5        2  in              2
 *     10  EXACT_CAPACITY             4        1  in              6
 *     10  EXACT_CAPACITY             4        1  out             0
 */
export function adjust(input: {
  readonly type: AdjustmentType
  readonly number: number
  readonly minStep: number
  readonly size: number
  readonly direction: 'out' | 'in'
}): number {
  const { type, number, minStep, size, direction } = input
  switch (type) {
    case 'EXACT_CAPACITY':
      return Math.max(0, direction === 'out' ? Math.trunc(number) - size : size - Math.trunc(number))
    case 'CHANGE_IN_CAPACITY':
      return Math.trunc(number)
    case 'CHANGE_IN_PERCENTAGE':
      return Math.max(Math.trunc((size * number) / 100), minStep)
  }
}
