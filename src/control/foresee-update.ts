import type { NodeActionName } from '../domain/action.ts'
import type { ExpectedTime, NodeTime, UpdateWarning } from '../domain/forecast.ts'
import type { RevisionId, UpdateId } from '../domain/ids.ts'
import type { Strategy, UpdateParams } from '../domain/update.ts'
import { expectTime, toNodeTime } from '../planner/expected-time.ts'
import { resolveAllowance, resolveLimits } from '../planner/limits.ts'
import { type BatchPlan, planBatches } from '../planner/plan-batches.ts'
import { type PoolSurvey, surveyPool } from '../planner/survey-pool.ts'
import { warnOfUpdate } from '../planner/update-warnings.ts'
import { listNodeKinds } from '../store/node-kinds.ts'
import { loadNodeHeads, type NodeHead } from '../store/nodes.ts'
import { listStepTimes } from '../store/step-times.ts'
import type { Tx } from '../store/store.ts'
import { findUpdateInFlight } from '../store/updates.ts'
import { portion } from './batch-portions.ts'
import { type Candidate, specOf } from './candidate.ts'
import type { ControlDeps } from './control.ts'
import { type NeededFile, neededFiles } from './needed-files.ts'

type Deps = Pick<ControlDeps, 'store' | 'bundles'>

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

/**
 * Looks ahead at every node, by what is there now and by the history of the pool.
 * @param alsoCheck whatever else has to be seen in the same snapshot
 */
export async function foresee(
  deps: Deps,
  candidate: Candidate,
  alsoCheck: (tx: Tx) => Promise<void>,
): Promise<Foresight> {
  const { nodes, prospect } = await deps.store.read(async (tx) => {
    await alsoCheck(tx)
    return { nodes: await loadNodeHeads(tx, candidate.pool), prospect: await loadProspect(tx, candidate) }
  })
  const { params, limits, perNode } = prospect
  const plan = planBatches({
    nodes,
    ...limits,
    isStrict: params.batchPauseSeconds !== null,
    order: params.order,
    checkpoints: params.checkpoints,
    selection: candidate.selection,
  })
  return {
    nodes,
    maxUnavailable: limits.maxUnavailable,
    maxSurge: limits.maxSurge,
    plan,
    expected: expectTime(plan, params, perNode),
    warnings: await warn(deps, candidate, prospect),
  }
}

/** {@link foresee} without what takes a look at every node, and memory for each: a pool may have a hundred thousand. */
export async function forewarn(deps: Deps, candidate: Candidate): Promise<readonly UpdateWarning[]> {
  return warn(deps, candidate, await deps.store.read((tx) => loadProspect(tx, candidate)))
}

/** What an update would begin with, were it accepted now. */
interface Prospect {
  /** As an attached policy changes them. */
  readonly params: UpdateParams
  /** That policy's name. */
  readonly batchPolicy: string | null
  readonly limits: {
    readonly toRevisionId: RevisionId | null
    readonly maxUnavailable: number
    readonly maxSurge: number
    readonly maxUnhealthy: number | null
    readonly strategy: Strategy
  }
  readonly pool: PoolSurvey
  readonly perNode: NodeTime | null
  readonly inFlight: UpdateId | null
}

const STEPS: Readonly<Record<Strategy, readonly NodeActionName[]>> = {
  ROLLING: ['NODE_UPDATE'],
  FORCE: ['NODE_STOP', 'NODE_START'],
  NO_RESTART: ['NODE_PLACE_CODE'],
}

async function loadProspect(tx: Tx, candidate: Candidate): Promise<Prospect> {
  const { cluster, pool, target, selection } = candidate
  const times: number[][] = []
  for (const name of STEPS[candidate.params.strategy]) times.push(await listStepTimes(tx, pool, name))
  const kinds = await listNodeKinds(tx, pool)
  const chosen = selection && (await listNodeKinds(tx, pool, selection))
  const size = kinds.reduce((sum, { count }) => sum + count, 0)
  const { params, policy } = await portion(tx, cluster, candidate.params, size)
  const { maxUnhealthy } = params
  const limits = {
    ...resolveLimits(params, size),
    toRevisionId: target.kind === 'kept' ? target.revision.id : null,
    maxUnhealthy: maxUnhealthy === null ? null : resolveAllowance('params.maxUnhealthy', maxUnhealthy, size),
    strategy: params.strategy,
  }
  return {
    params,
    batchPolicy: policy,
    limits,
    pool: surveyPool({ kinds, chosen, ...limits }),
    perNode: toNodeTime(times),
    inFlight: (await findUpdateInFlight(tx, pool.id))?.id ?? null,
  }
}

async function warn(
  deps: Deps,
  { target, onConflict }: Candidate,
  { limits, ...prospect }: Prospect,
): Promise<UpdateWarning[]> {
  const spec = specOf(target)
  return warnOfUpdate({
    ...prospect,
    maxUnavailable: limits.maxUnavailable,
    healthCheck: spec.healthCheck,
    onConflict,
    missingFiles: await missing(deps, spec.code, neededFiles(spec)),
  })
}

async function missing(
  { bundles }: Deps,
  code: ReturnType<typeof specOf>['code'],
  files: readonly NeededFile[],
): Promise<NeededFile[]> {
  const lacking: NeededFile[] = []
  for (const file of code ? files : [])
    if (!(await bundles.contains(code!.digest, file.path))) lacking.push(file)
  return lacking
}
