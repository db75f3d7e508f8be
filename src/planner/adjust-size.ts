import type { AdjustmentType } from '../domain/adjustment.ts'

/** A change of a pool's size and bounds as it was asked for; null for what was left out. */
export interface SizeAdjustment {
  readonly adjustmentType: AdjustmentType | null
  readonly number: number | null
  readonly minSize: number | null
  /** -1 for no upper bound. */
  readonly maxSize: number | null
  /** Of a percentage: nodes that it comes to at least. */
  readonly minStep: number | null
  /** A size outside the pool's bounds is refused, else it is cut to them. */
  readonly strict: boolean
}

/** A pool as it is. */
export interface PresentSizes {
  /** Nodes there are. */
  readonly size: number
  readonly minSize: number
  readonly maxSize: number | null
  readonly desiredCapacity: number
  /** Nodes that any pool may have. */
  readonly limit: number
}

export type SizePlan =
  | {
      readonly kind: 'sizes'
      readonly sizes: {
        readonly minSize: number
        readonly maxSize: number | null
        readonly desiredCapacity: number
      }
    }
  /** `isLimit`: the numbers are well formed, but outside of a bound. */
  | { readonly kind: 'refuse'; readonly field: string; readonly isLimit: boolean; readonly because: string }

/**
 * Works out what sizes a pool is to have.
 *
 *   size  type                  number  minStep  ->  target
 *     10  EXACT_CAPACITY             4                    4
 *     10  CHANGE_IN_CAPACITY        -3                    7
 *     10  CHANGE_IN_PERCENTAGE      25                   12   (cut towards zero)
 *     10  CHANGE_IN_PERCENTAGE       1                   11   (never less than one node)
 *     10  CHANGE_IN_PERCENTAGE     -15        4           6   (never less than minStep)
 *
 * Without a target, the desired capacity follows new bounds. What contradicts itself, or the bounds that are given with
 * it, is refused always; what only leaves the pool's own bounds is cut to them if it is not `strict`.
 *
 * @see OpenStack Clustering v1, action `resize` of a cluster, for the rules
 */
export function planSizes(wanted: SizeAdjustment, now: PresentSizes): SizePlan {
  const minSize = wanted.minSize ?? now.minSize
  const maxSize = wanted.maxSize === null ? now.maxSize : wanted.maxSize < 0 ? null : wanted.maxSize
  const target = targetOf(wanted, now.size)
  const refusal = refuseBounds(wanted, now, minSize, maxSize) ?? refuseTarget(wanted, now, target)
  if (refusal) return refusal
  const desiredCapacity = Math.min(Math.max(target ?? now.desiredCapacity, minSize), maxSize ?? Infinity)
  return { kind: 'sizes', sizes: { minSize, maxSize, desiredCapacity } }
}

function targetOf({ adjustmentType, number, minStep }: SizeAdjustment, size: number): number | null {
  if (adjustmentType === null || number === null) return null
  if (adjustmentType === 'EXACT_CAPACITY') return Math.trunc(number)
  if (adjustmentType === 'CHANGE_IN_CAPACITY') return size + Math.trunc(number)
  const exact = (number * size) / 100
  const atLeastOne = Math.abs(exact) < 1 ? (exact > 0 ? 1 : -1) : Math.trunc(exact)
  const step = minStep ?? 0
  if (step <= Math.abs(atLeastOne)) return size + atLeastOne
  return size + (exact > 0 ? step : -step)
}

function refuseBounds(
  wanted: SizeAdjustment,
  now: PresentSizes,
  minSize: number,
  maxSize: number | null,
): SizePlan | undefined {
  if (maxSize !== null && maxSize > now.limit && wanted.maxSize !== null)
    return refuse('maxSize', true, `${maxSize} nodes are more than a pool may have, ${now.limit}`)
  if (maxSize === null || minSize <= maxSize) return undefined
  if (wanted.minSize !== null && wanted.maxSize !== null)
    return refuse('minSize', false, `${minSize} is above maxSize, ${maxSize}`)
  return wanted.minSize !== null
    ? refuse('minSize', false, `${minSize} is above the pool's maxSize, ${maxSize}`)
    : refuse('maxSize', false, `${maxSize} is below the pool's minSize, ${minSize}`)
}

function refuseTarget(
  wanted: SizeAdjustment,
  now: PresentSizes,
  target: number | null,
): SizePlan | undefined {
  const givenMax = wanted.maxSize !== null && wanted.maxSize >= 0 ? wanted.maxSize : null
  const ownMax = wanted.maxSize === null ? now.maxSize : null
  if (target === null) {
    const { desiredCapacity } = now
    if (!wanted.strict) return undefined
    if (wanted.minSize !== null && wanted.minSize > desiredCapacity)
      return refuse('minSize', true, `${wanted.minSize} is above the desired capacity, ${desiredCapacity}`)
    if (givenMax !== null && givenMax < desiredCapacity)
      return refuse('maxSize', true, `${givenMax} is below the desired capacity, ${desiredCapacity}`)
    return undefined
  }
  if (target > now.limit)
    return refuse('number', true, `${target} nodes are more than a pool may have, ${now.limit}`)
  if (wanted.minSize !== null && target < wanted.minSize)
    return refuse('number', true, `${target} nodes are fewer than minSize, ${wanted.minSize}`)
  if (givenMax !== null && target > givenMax)
    return refuse('number', true, `${target} nodes are more than maxSize, ${givenMax}`)
  if (!wanted.strict) return undefined
  if (wanted.minSize === null && target < now.minSize)
    return refuse('number', true, `${target} nodes are fewer than the pool's minSize, ${now.minSize}`)
  if (ownMax !== null && target > ownMax)
    return refuse('number', true, `${target} nodes are more than the pool's maxSize, ${ownMax}`)
  return undefined
}

function refuse(field: string, isLimit: boolean, because: string): SizePlan {
  return { kind: 'refuse', field, isLimit, because }
}
