import type { UpdateParams } from '../domain/update.ts'
import { inBatches, letsNodesMove, resolveAllowance, resolveLimits, surges } from './limits.ts'

/** Everything that decides whether a node that drifted may be repaired now. */
export interface RepairFacts {
  readonly serves: boolean
  /** Of its pool. */
  readonly size: number
  /** Nodes of its pool that do not serve. */
  readonly unavailable: number
  /** Those of the repair. */
  readonly params: UpdateParams
  /** How many nodes a policy lets move at once; null: it is left to the parameters. */
  readonly batchSize: number | null
  /** Why nothing can start beside what runs in it; null: something can. */
  readonly whyNotBeside: string | null
}

export type RepairPlan =
  | { readonly kind: 'repair' }
  /** An update would hold the pool, move nothing, and fail. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'giveUp'; readonly because: string }

/**
 * Decides whether a repair that nobody asked for has room. Pure. What does not serve takes nothing away by being moved; what
 * serves moves by the rules of `planRolling`, and where those leave no way at all a person has to say what may be away.
 *
 *   size  maxUnavailable  maxSurge  maxUnhealthy  can surge  not serving  ->  a node that serves
 *      6               1         0          null        any            0      repair
 *      6               1         0          null        any            1      wait
 *      6               0         1          null        yes            2      repair
 *      6               0         1             0        yes            1      wait
 *      6               0         1          null         no            0      giveUp
 *      6               0         0          null        any            0      giveUp
 */
export function planRepair(facts: RepairFacts): RepairPlan {
  const { serves, size, unavailable, params, batchSize, whyNotBeside } = facts
  if (!serves) return { kind: 'repair' }
  if (!letsNodesMove(surges(params) && whyNotBeside !== null ? { ...params, maxSurge: 0 } : params)) {
    const beside = surges(params) ? `${whyNotBeside}` : 'maxSurge is 0'
    const because = `no node of its pool may be away (maxUnavailable), and none can start beside it: ${beside}`
    return { kind: 'giveUp', because }
  }
  const { maxUnhealthy } = params
  if (maxUnhealthy !== null && unavailable > resolveAllowance('params.maxUnhealthy', maxUnhealthy, size))
    return { kind: 'wait' }
  const possible = toPossible(params, whyNotBeside)
  const batch = batchSize === null ? possible : inBatches(possible, { size: batchSize, pauseSeconds: 0 })
  const { maxUnavailable, maxSurge } = resolveLimits(batch, size)
  return { kind: maxSurge > 0 || unavailable < maxUnavailable ? 'repair' : 'wait' }
}

/**
 * The parameters of a repair of such nodes: where a replacement cannot start first, nodes are taken away if any may be.
 * Where none may, what does not serve is repaired all the same, and a node that serves by then is not touched.
 */
export function toPossible(params: UpdateParams, whyNotBeside: string | null): UpdateParams {
  const stopsFirst = { ...params, maxSurge: 0 }
  return surges(params) && whyNotBeside !== null && letsNodesMove(stopsFirst) ? stopsFirst : params
}
