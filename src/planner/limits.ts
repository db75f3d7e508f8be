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
 * @throws InvalidRequestError when it is neither a whole number of at least 1 nor a percentage from 1% to 100%
 */
export function resolveMaxUnavailable(maxUnavailable: number | string, size: number): number {
  if (typeof maxUnavailable === 'number') {
    if (!Number.isInteger(maxUnavailable) || maxUnavailable < 1) throw invalid(maxUnavailable)
    return maxUnavailable
  }
  const percent = /^(\d{1,3})%$/.exec(maxUnavailable)?.[1]
  if (percent === undefined || Number(percent) < 1 || Number(percent) > 100) throw invalid(maxUnavailable)
  return Math.max(1, Math.floor((size * Number(percent)) / 100))
}

function invalid(value: number | string): InvalidRequestError {
  return new InvalidRequestError(
    'params.maxUnavailable',
    `must be a whole number of at least 1 or a percentage from "1%" to "100%", not ${JSON.stringify(value)}`,
  )
}
