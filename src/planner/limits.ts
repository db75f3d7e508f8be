import { InvalidRequestError } from '../domain/errors.ts'

/**
 * Resolves `maxUnavailable` to whole nodes. A percentage rounds down, so that it never takes away more than was
 * allowed, but never below 1, or nothing could move.
 *
 *   size  maxUnavailable  ->  nodes
 *      6               2          2
 *     10             25%          2
 *      3             10%          1   (raised from 0)
 *
 * @param size nodes in the pool
 * @param field what the refusal names
 * @throws InvalidRequestError when it is neither a whole number of at least 1 nor a percentage from 1% to 100%
 */
export function resolveMaxUnavailable(
  maxUnavailable: number | string,
  size: number,
  field = 'params.maxUnavailable',
): number {
  const share = toShare(field, maxUnavailable, 1)
  return share.nodes ?? Math.max(1, Math.floor((size * share.percent) / 100))
}

/**
 * Resolves a number of nodes that may go wrong. A percentage rounds down, so that no more go wrong than was said; it
 * may come to none.
 *
 *   size  allowance  ->  nodes
 *     10          2          2
 *     10        25%          2
 *      3        10%          0
 *
 * @throws InvalidRequestError naming `field`
 */
export function resolveAllowance(field: string, allowance: number | string, size: number): number {
  const share = toShare(field, allowance, 0)
  return share.nodes ?? Math.floor((size * share.percent) / 100)
}

/**
 * Resolves a checkpoint. A percentage rounds up: it holds after at least that share, and never before the first node.
 *
 *   size  checkpoint  ->  nodes
 *     10           1          1
 *     10         25%          3
 *      3         10%          1
 *
 * @param size nodes that the update is about
 * @throws InvalidRequestError naming `field`
 */
export function resolveCheckpoint(field: string, checkpoint: number | string, size: number): number {
  const share = toShare(field, checkpoint, 1)
  return share.nodes ?? Math.max(1, Math.ceil((size * share.percent) / 100))
}

type Share =
  | { readonly nodes: number; readonly percent?: undefined }
  | { readonly nodes: undefined; readonly percent: number }

function toShare(field: string, value: number | string, least: 0 | 1): Share {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return { nodes: value }
  const text = typeof value === 'string' ? /^(\d{1,3})%$/.exec(value)?.[1] : undefined
  const percent = text === undefined ? Number.NaN : Number(text)
  if (percent >= least && percent <= 100) return { nodes: undefined, percent }
  throw new InvalidRequestError(
    field,
    `must be a whole number of at least ${least} or a percentage from "${least}%" to "100%", not ${JSON.stringify(value)}`,
  )
}
