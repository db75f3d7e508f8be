import type { AdjustmentType } from '../domain/adjustment.ts'
import type { SizeRefusal } from '../domain/errors.ts'

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
  | {
      readonly kind: 'refuse'
      readonly field: string
      readonly isLimit: boolean
      readonly because: string
      readonly size: SizeRefusal
    }

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
  const min = { what: 'minSize', value: minSize, relation: 'above', bound: 'maxSize' } as const
  if (maxSize !== null && maxSize > now.limit && wanted.maxSize !== null) {
    const size = {
      what: 'maxSize',
      value: maxSize,
      relation: 'above',
      bound: 'most',
      limit: now.limit,
    } as const
    return refuse('maxSize', true, 'nodes are more than a pool may have', { ...size, isGiven: false })
  }
  if (maxSize === null || minSize <= maxSize) return undefined
  const limit = maxSize
  if (wanted.minSize !== null && wanted.maxSize !== null)
    return refuse('minSize', false, 'is above maxSize', { ...min, limit, isGiven: true })
  if (wanted.minSize !== null)
    return refuse('minSize', false, "is above the pool's maxSize", { ...min, limit, isGiven: false })
  const max = { what: 'maxSize', value: maxSize, relation: 'below', bound: 'minSize' } as const
  return refuse('maxSize', false, "is below the pool's minSize", { ...max, limit: minSize, isGiven: false })
}

function refuseTarget(
  wanted: SizeAdjustment,
  now: PresentSizes,
  target: number | null,
): SizePlan | undefined {
  const givenMax = wanted.maxSize !== null && wanted.maxSize >= 0 ? wanted.maxSize : null
  const ownMax = wanted.maxSize === null ? now.maxSize : null
  if (target === null) return refuseBoundsOnly(wanted, now, givenMax)
  const above = { what: 'capacity', value: target, relation: 'above' } as const
  const below = { what: 'capacity', value: target, relation: 'below', bound: 'minSize' } as const
  if (target > now.limit) {
    const size = { ...above, bound: 'most', limit: now.limit, isGiven: false } as const
    return refuse('number', true, 'nodes are more than a pool may have', size)
  }
  if (wanted.minSize !== null && target < wanted.minSize)
    return refuse('number', true, 'nodes are fewer than minSize', {
      ...below,
      limit: wanted.minSize,
      isGiven: true,
    })
  if (givenMax !== null && target > givenMax) {
    const size = { ...above, bound: 'maxSize', limit: givenMax, isGiven: true } as const
    return refuse('number', true, 'nodes are more than maxSize', size)
  }
  if (!wanted.strict) return undefined
  if (wanted.minSize === null && target < now.minSize) {
    const size = { ...below, limit: now.minSize, isGiven: false }
    return refuse('number', true, "nodes are fewer than the pool's minSize", size)
  }
  if (ownMax !== null && target > ownMax) {
    const size = { ...above, bound: 'maxSize', limit: ownMax, isGiven: false } as const
    return refuse('number', true, "nodes are more than the pool's maxSize", size)
  }
  return undefined
}

/** New bounds alone leave the desired capacity inside of them, unless they may move it. */
function refuseBoundsOnly(
  { minSize, strict }: SizeAdjustment,
  { desiredCapacity }: PresentSizes,
  givenMax: number | null,
): SizePlan | undefined {
  const rest = { bound: 'desiredCapacity', limit: desiredCapacity, isGiven: false } as const
  if (!strict) return undefined
  if (minSize !== null && minSize > desiredCapacity) {
    const size = { what: 'minSize', value: minSize, relation: 'above', ...rest } as const
    return refuse('minSize', true, 'is above the desired capacity', size)
  }
  if (givenMax !== null && givenMax < desiredCapacity) {
    const size = { what: 'maxSize', value: givenMax, relation: 'below', ...rest } as const
    return refuse('maxSize', true, 'is below the desired capacity', size)
  }
  return undefined
}

function refuse(field: string, isLimit: boolean, rule: string, size: SizeRefusal): SizePlan {
  return { kind: 'refuse', field, isLimit, because: `${size.value} ${rule}, ${size.limit}`, size }
}
