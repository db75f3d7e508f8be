import type { NodeActionName } from '../domain/action.ts'
import type { ExpectedTime, UpdateWarning } from '../domain/forecast.ts'
import type { Strategy } from '../domain/update.ts'
import { expectTime, toNodeTime } from '../planner/expected-time.ts'
import { resolveAllowance, resolveLimits } from '../planner/limits.ts'
import { type BatchPlan, planBatches } from '../planner/plan-batches.ts'
import { warnOfUpdate } from '../planner/update-warnings.ts'
import { loadNodeHeads, type NodeHead } from '../store/nodes.ts'
import { listStepTimes } from '../store/step-times.ts'
import type { Tx } from '../store/store.ts'
import { findUpdateInFlight } from '../store/updates.ts'
import { portion } from './batch-portions.ts'
import { type Candidate, specOf } from './candidate.ts'
import type { ControlDeps } from './control.ts'
import { type NeededFile, neededFiles } from './needed-files.ts'

/** What an update would do, how long that would take, and what its owner may not have thought of. */
export interface Foresight {
  /** All nodes of the pool, by index. */
  readonly nodes: readonly NodeHead[]
  /** In nodes. */
  readonly maxUnavailable: number
  /** In nodes. */
  readonly maxSurge: number
  readonly plan: BatchPlan
  readonly expected: ExpectedTime
  readonly warnings: readonly UpdateWarning[]
}

const STEPS: Readonly<Record<Strategy, readonly NodeActionName[]>> = {
  ROLLING: ['NODE_UPDATE'],
  FORCE: ['NODE_STOP', 'NODE_START'],
  NO_RESTART: ['NODE_PLACE_CODE'],
}

/**
 * Looks ahead, by what is there now and by the history of the pool.
 * @param alsoCheck whatever else has to be seen in the same snapshot
 */
export async function foresee(
  deps: Pick<ControlDeps, 'store' | 'bundles'>,
  candidate: Candidate,
  alsoCheck?: (tx: Tx) => Promise<void>,
): Promise<Foresight> {
  const { cluster, pool, target, selection, onConflict } = candidate
  const { nodes, inFlight, times, portioned } = await deps.store.read(async (tx) => {
    await alsoCheck?.(tx)
    const steps: number[][] = []
    for (const name of STEPS[candidate.params.strategy]) steps.push(await listStepTimes(tx, pool, name))
    const all = await loadNodeHeads(tx, pool)
    return {
      nodes: all,
      portioned: await portion(tx, cluster, candidate.params, all.length),
      inFlight: await findUpdateInFlight(tx, pool.id),
      times: steps,
    }
  })
  const { params, policy: batchPolicy } = portioned
  const size = nodes.length
  const { maxUnavailable, maxSurge } = resolveLimits(params, size)
  const plan = planBatches({
    nodes,
    toRevisionId: target.kind === 'kept' ? target.revision.id : null,
    maxUnavailable,
    maxSurge,
    maxUnhealthy:
      params.maxUnhealthy === null
        ? null
        : resolveAllowance('params.maxUnhealthy', params.maxUnhealthy, size),
    strategy: params.strategy,
    isStrict: params.batchPauseSeconds !== null,
    order: params.order,
    checkpoints: params.checkpoints,
    selection,
  })
  const perNode = toNodeTime(times)
  const spec = specOf(target)
  const warnings = warnOfUpdate({
    params,
    maxUnavailable,
    nodes,
    plan,
    healthCheck: spec.healthCheck,
    perNode,
    selection,
    inFlight: inFlight?.id ?? null,
    onConflict,
    batchPolicy,
    missingFiles: await missing(deps, spec.code, neededFiles(spec)),
  })
  return { nodes, maxUnavailable, maxSurge, plan, expected: expectTime(plan, params, perNode), warnings }
}

async function missing(
  { bundles }: Pick<ControlDeps, 'bundles'>,
  code: ReturnType<typeof specOf>['code'],
  files: readonly NeededFile[],
): Promise<NeededFile[]> {
  const lacking: NeededFile[] = []
  for (const file of code ? files : [])
    if (!(await bundles.contains(code!.digest, file.path))) lacking.push(file)
  return lacking
}
