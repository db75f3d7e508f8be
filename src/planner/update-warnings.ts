import type { NodeTime, UpdateWarning } from '../domain/forecast.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { UpdateId } from '../domain/ids.ts'
import type { OnConflict, UpdateParams } from '../domain/update.ts'
import { resolveAllowance } from './limits.ts'
import type { PoolSurvey, ZoneSurvey } from './survey-pool.ts'

/** All that warnings are made from. */
export interface UpdateOutlook {
  readonly params: UpdateParams
  /** In nodes. */
  readonly maxUnavailable: number
  readonly pool: PoolSurvey
  /** Of the revision that nodes move to. */
  readonly healthCheck: HealthCheck
  readonly perNode: NodeTime | null
  /** The update that has the pool, and what is to happen about that. */
  readonly inFlight: UpdateId | null
  readonly onConflict: OnConflict
  /** Name of the policy that decides how many nodes move at once; null if none does. */
  readonly batchPolicy: string | null
  /** What the revision runs or reads by a path in its bundle, and the bundle does not have. */
  readonly missingFiles: readonly { readonly path: string; readonly neededBy: string }[]
}

/** What somebody should know before an update is started: the gravest first. Pure. */
export function warnOfUpdate(outlook: UpdateOutlook): UpdateWarning[] {
  return RULES.flatMap((rule) => rule(outlook))
}

type Rule = (outlook: UpdateOutlook) => readonly UpdateWarning[]

const RULES: readonly Rule[] = [
  warnOfConflict,
  warnOfPolicy,
  warnOfMissingFiles,
  warnOfAbsence,
  warnOfZones,
  warnOfIllNodes,
  warnOfFailures,
  warnOfObservation,
  warnOfLimits,
  warnOfSelection,
]

function warnOfConflict({ inFlight, onConflict }: UpdateOutlook): readonly UpdateWarning[] {
  if (inFlight === null) return []
  const what = {
    refuse: `this one is refused while update ${inFlight} has the pool`,
    queue: `this one waits until update ${inFlight} has ended; nodes may be elsewhere by then`,
    supersede: `this one takes over from update ${inFlight}, which ends as Cancelled`,
  }
  const remedy = 'wait for that one, cancel it, or say otherwise with onConflict'
  return [{ code: 'pool-has-update', message: what[onConflict], remedy }]
}

function warnOfPolicy({ batchPolicy, params }: UpdateOutlook): readonly UpdateWarning[] {
  if (batchPolicy === null) return []
  return [
    {
      code: 'batch-policy-decides',
      message: `policy "${batchPolicy}" decides: ${params.maxUnavailable} nodes at a time, with ${params.batchPauseSeconds} s in between`,
      remedy: 'detach or disable that policy to have it as the parameters say',
    },
  ]
}

function warnOfMissingFiles({ missingFiles }: UpdateOutlook): readonly UpdateWarning[] {
  return missingFiles.map(({ path, neededBy }) => ({
    code: 'file-not-in-bundle',
    message: `the bundle has no file "${path}", which ${neededBy} names`,
    remedy: 'put the file into the bundle, or name another one',
  }))
}

function warnOfAbsence({ params, pool, maxUnavailable }: UpdateOutlook): readonly UpdateWarning[] {
  if (pool.moved === 0) return []
  if (params.strategy === 'FORCE') {
    return [
      {
        code: 'force-stops-all',
        message: 'FORCE stops all of these nodes before any of them starts again: nothing serves meanwhile',
        remedy: 'take strategy ROLLING if the two revisions may serve side by side',
      },
    ]
  }
  if (params.strategy === 'NO_RESTART' || maxUnavailable < pool.size) return []
  return [
    {
      code: 'all-nodes-at-once',
      message: `maxUnavailable ${params.maxUnavailable} lets all ${pool.size} nodes be away at once`,
      remedy: pool.size > 1 ? 'lower maxUnavailable' : 'add a node before the update',
    },
  ]
}

/**
 * A zone is lost for a while if all of its nodes may be away together: if there are no more of them than may be away,
 * and none of those that serve stays where it is.
 */
function warnOfZones({ params, pool, maxUnavailable }: UpdateOutlook): readonly UpdateWarning[] {
  if (params.strategy !== 'ROLLING' || maxUnavailable >= pool.size) return []
  const lost = [...pool.zones].filter(([, zone]) => isLost(zone, maxUnavailable))
  return lost.map(([zone, { size }]) => ({
    code: 'whole-zone-at-once',
    message: `zone "${zone}" has ${size === 1 ? '1 node' : `${size} nodes`}, and maxUnavailable ${params.maxUnavailable} lets the last healthy one of them go`,
    remedy: size > 1 ? `lower maxUnavailable below ${size}` : 'add a node to that zone',
  }))
}

function isLost({ size, serving, moved }: ZoneSurvey, maxUnavailable: number): boolean {
  return size <= maxUnavailable && serving > 0 && moved === serving
}

function warnOfIllNodes({ pool }: UpdateOutlook): readonly UpdateWarning[] {
  const warnings: UpdateWarning[] = []
  if (pool.away > 0) {
    warnings.push({
      code: 'nodes-not-serving',
      message: `${pool.away} of ${pool.size} nodes do not serve now; they go first and count as unavailable`,
      remedy: 'look at them before the update, or recover them',
    })
  }
  if (pool.blocked > 0) {
    warnings.push({
      code: 'nodes-blocked',
      message: `${pool.blocked} nodes may not move: too many others do not serve, and this update does not touch those`,
      remedy: 'recover the nodes that do not serve, choose them as well, or raise maxUnavailable',
    })
  }
  return warnings
}

function warnOfFailures({ params, pool: { moved, blocked } }: UpdateOutlook): readonly UpdateWarning[] {
  if (moved === 0) return []
  const remedy = 'lower maxFailures, or let onFailure be rollback or pause'
  if (params.onFailure === 'continue') {
    const message = 'onFailure "continue" lets the update go on however many nodes fail'
    return [{ code: 'failures-never-stop', message, remedy }]
  }
  // FORCE has stopped everything by the time the first one can fail.
  if (params.strategy === 'FORCE') return []
  const allowed = resolveAllowance('params.maxFailures', params.maxFailures, moved + blocked)
  if (allowed < moved) return []
  const message = `maxFailures ${params.maxFailures} allows all ${moved} nodes to fail`
  return [{ code: 'failures-never-stop', message, remedy }]
}

/**
 * Where nobody asks for a node to be watched, its check passing is all that is waited for: that is the default, and a choice
 * of its own. Who has it watched wants to see it fail.
 * @see judgeHealth for when a check has failed
 */
function warnOfObservation({ params, healthCheck, pool }: UpdateOutlook): readonly UpdateWarning[] {
  if (pool.moved === 0) return []
  if (healthCheck.type === 'alive') {
    if (params.strategy === 'NO_RESTART') return []
    return [
      {
        code: 'health-check-only-alive',
        message: 'the health check asks only whether a node runs, not whether it works',
        remedy: 'give the profile or the bundle a healthCheck of type http, tcp or command',
      },
    ]
  }
  if (params.minReadySeconds === 0) return []
  const { intervalSeconds = 5, timeoutSeconds = 2, unhealthyThreshold = 3 } = healthCheck
  const needed = intervalSeconds * unhealthyThreshold + timeoutSeconds
  if (params.minReadySeconds >= needed) return []
  return [
    {
      code: 'observation-too-short',
      message:
        `a node counts as updated after ${params.minReadySeconds} s, before its health check could fail: ` +
        `that takes up to ${needed} s (${unhealthyThreshold} checks every ${intervalSeconds} s, and ${timeoutSeconds} s for the last)`,
      remedy: `set minReadySeconds to ${needed}, or let the health check look more often`,
    },
  ]
}

function warnOfLimits({ params, perNode, pool }: UpdateOutlook): readonly UpdateWarning[] {
  if (perNode === null || pool.moved === 0) return []
  const slow = Math.ceil(perNode.slowMs / 1000)
  const warnings: UpdateWarning[] = []
  if (params.nodeTimeoutSeconds * 1000 < perNode.slowMs) {
    warnings.push({
      code: 'node-timeout-too-short',
      message: `nodeTimeoutSeconds is ${params.nodeTimeoutSeconds}, and by past updates one node in ten takes ${slow} s or more`,
      remedy: `set nodeTimeoutSeconds above ${slow}`,
    })
  }
  const whole = slow + params.minReadySeconds
  if (params.progressDeadlineSeconds < whole) {
    warnings.push({
      code: 'progress-deadline-too-short',
      message: `progressDeadlineSeconds is ${params.progressDeadlineSeconds}, and by past updates a node may need ${whole} s to come back`,
      remedy: `set progressDeadlineSeconds above ${whole}: a pool without room is given up before a node could have made some`,
    })
  }
  return warnings
}

function warnOfSelection({ pool: { notChosen } }: UpdateOutlook): readonly UpdateWarning[] {
  if (notChosen === 0) return []
  return [
    {
      code: 'nodes-not-chosen',
      message: `${notChosen} nodes are not chosen; if they run another revision they will show as drifted`,
      remedy: 'update them later, or choose all',
    },
  ]
}
