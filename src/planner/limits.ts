import { InvalidRequestError } from '../domain/errors.ts'
import type { UpdateParams } from '../domain/update.ts'

/**
 * Resolves how many nodes may be away, and how many may have a replacement beside them, to whole nodes. Unavailability rounds
 * down, so that a percentage never takes away more than was allowed, and surge rounds up. Where nothing surges at least one
 * node may be away, or nothing could move.
 *
 *   strategy  size  maxUnavailable  maxSurge  ->  unavailable  surge
 *   ROLLING      6               2         0                2      0
 *   ROLLING     10             25%       25%                2      3
 *   ROLLING      3             10%         0                1      0   (raised from 0)
 *   ROLLING      3             10%       10%                0      1
 *   FORCE        6               1         1                6      0
 *
 * @param size nodes in the pool
 * @throws InvalidRequestError
 */
export function resolveLimits(
  params: Pick<UpdateParams, 'strategy' | 'maxUnavailable' | 'maxSurge'>,
  size: number,
): { readonly maxUnavailable: number; readonly maxSurge: number } {
  const { strategy } = params
  if (strategy === 'FORCE') return { maxUnavailable: size, maxSurge: 0 }
  const maxUnavailable = resolveMaxUnavailable(params.maxUnavailable, size)
  if (!surges(params)) return { maxUnavailable: Math.max(1, maxUnavailable), maxSurge: 0 }
  return { maxUnavailable, maxSurge: resolveMaxSurge(params.maxSurge, size) }
}

/**
 * The parameters of an update whose cluster has a policy that says how large its batches are. That is how many surge, where an
 * update surges, and how many are away where it does not. FORCE knows no batches.
 */
export function inBatches(
  params: UpdateParams,
  { size, pauseSeconds }: { readonly size: number; readonly pauseSeconds: number },
): UpdateParams {
  if (params.strategy === 'FORCE') return params
  const limits = surges(params) ? { maxUnavailable: 0, maxSurge: size } : { maxUnavailable: size }
  return { ...params, ...limits, batchPauseSeconds: pauseSeconds }
}

/** Whether a node that serves can move at all by such parameters. */
export function letsNodesMove(
  params: Pick<UpdateParams, 'strategy' | 'maxUnavailable' | 'maxSurge'>,
): boolean {
  const isNoneAway = params.maxUnavailable === 0 || params.maxUnavailable === '0%'
  return !isNoneAway || params.strategy !== 'ROLLING' || surges(params)
}

/** Whether such an update starts replacements first. */
export function surges({ strategy, maxSurge = 0 }: Pick<UpdateParams, 'strategy' | 'maxSurge'>): boolean {
  return strategy === 'ROLLING' && maxSurge !== 0 && maxSurge !== '0%'
}

/**
 * Resolves `maxUnavailable` alone; a percentage rounds down.
 * @param field what the refusal names
 * @throws InvalidRequestError when it is neither a whole number nor a percentage from 0% to 100%
 */
export function resolveMaxUnavailable(
  maxUnavailable: number | string,
  size: number,
  field = 'params.maxUnavailable',
): number {
  const share = toShare(field, maxUnavailable, 0)
  return share.nodes ?? Math.floor((size * share.percent) / 100)
}

/**
 * Resolves `maxSurge` alone; a percentage rounds up.
 * @throws InvalidRequestError as {@link resolveMaxUnavailable} does
 */
export function resolveMaxSurge(maxSurge: number | string, size: number, field = 'params.maxSurge'): number {
  const share = toShare(field, maxSurge, 0)
  return share.nodes ?? Math.ceil((size * share.percent) / 100)
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
