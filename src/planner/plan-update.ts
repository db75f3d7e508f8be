import type { CancelMode, UpdateProgress } from '../domain/update.ts'
import { planHold } from './plan-hold.ts'
import { holdForBatch, isPoolIll, mostInFlight, planForce, planNoRestart, planRolling } from './plan-steps.ts'
import type { Decision, UpdateSnapshot } from './update-snapshot.ts'

/**
 * Decides the next step of one update. Pure: the same snapshot always gives the same decision. One step per look;
 * after acting, look again.
 *
 * What people asked for comes first (supersede, cancel, then pause), then failures, then progress.
 */
export function planUpdate(s: UpdateSnapshot): Decision {
  // At once: the newer one counts what is in flight, and would wait for ever for an update that is stuck.
  if (s.superseded) {
    const because = `superseded by update ${s.superseded.updateId}, which ${s.superseded.by} asked for`
    return { kind: 'end', outcome: 'Cancelled', commit: false, because }
  }
  if (s.cancellation) {
    const cancelled = planCancellation(s, s.cancellation)
    if (cancelled) return cancelled
  }
  if (s.paused)
    return { kind: 'wait', because: `paused by ${s.paused.by}: ${s.paused.reason}${finishing(s)}` }
  // A rollback that leaves a node behind has not converged, and a node that FORCE could not stop would serve beside
  // another revision: neither is tolerated.
  const tolerated = s.direction === 'back' || s.nodes.notStopped > 0 ? 0 : s.limits.maxFailures
  if (countFailures(s) > tolerated || isTooManyFallen(s)) {
    const failed = planFailure(s, describeFailures(s))
    if (failed) return failed
  }
  return planProgress(s) ?? settle(s)
}

function planCancellation(
  s: UpdateSnapshot,
  { by, mode }: { by: string; mode: CancelMode },
): Decision | undefined {
  if (mode === 'stop-here') {
    if (s.nodes.inFlight > 0) return { kind: 'wait', because: `cancelled by ${by}${finishing(s)}` }
    const because = `cancelled by ${by}; nodes stay where they are, ${s.nodes.updated} of them on the target revision`
    return { kind: 'end', outcome: 'Cancelled', commit: false, because }
  }
  if (s.direction === 'back') return undefined
  if (s.canGoBack)
    return { kind: 'turnBack', because: `cancelled by ${by}: nodes return to the committed revision` }
  if (s.nodes.inFlight > 0) return { kind: 'wait', because: `cancelled by ${by}${finishing(s)}` }
  return { kind: 'end', outcome: 'Cancelled', commit: false, because: `cancelled by ${by}` }
}

/** More failed, or longer without progress, than allowed. Undefined: go on all the same. */
function planFailure(s: UpdateSnapshot, because: string): Decision | undefined {
  // Rolling back a rollback would loop: a person has to look.
  if (s.direction === 'back') return { kind: 'pause', because: `rolling back failed: ${because}` }
  if (s.onFailure === 'continue') return undefined
  if (s.onFailure === 'pause') return { kind: 'pause', because }
  if (s.canGoBack) return { kind: 'turnBack', because: `${because}: rolling back` }
  if (s.nodes.inFlight > 0) return { kind: 'wait', because: `${because}${finishing(s)}` }
  return { kind: 'end', outcome: 'Failed', commit: false, because }
}

function planProgress(s: UpdateSnapshot): Decision | undefined {
  switch (s.strategy) {
    case 'ROLLING':
      return planHold(s) ?? holdForBatch(s) ?? planRolling(s)
    case 'FORCE':
      return planForce(s)
    case 'NO_RESTART':
      return planHold(s) ?? holdForBatch(s) ?? planNoRestart(s)
  }
}

/** Nothing can be started now: wait for what is in flight, for room, or end. */
function settle(s: UpdateSnapshot): Decision {
  const { inFlight, updated, unavailable, size } = s.nodes
  const toMove = s.nodes.down.count + s.nodes.up.count + s.nodes.stopped.count
  if (inFlight > 0) {
    const others = toMove > 0 ? `, ${toMove} still to move` : ''
    return {
      kind: 'wait',
      because: `${nodes(inFlight)} in flight of ${mostInFlight(s.limits)} allowed${others}`,
    }
  }
  if (toMove > 0) return waitForRoom(s, toMove)
  if (s.direction === 'back') return endRollback(s)
  const failed = s.nodes.failed + s.nodes.fallen
  if (countFailures(s) > s.limits.maxFailures || isTooManyFallen(s)) {
    return {
      kind: 'end',
      outcome: 'Failed',
      commit: false,
      because: `${describeFailures(s)}; ${updated} were updated`,
    }
  }
  const bakedAt = s.lastProgressAt + s.bakeMs
  if (s.now < bakedAt) {
    const because = `${nodes(updated)} on the target revision; it bakes for ${s.bakeMs / 1000} s before it is committed`
    return { kind: 'wait', until: bakedAt, because }
  }
  const tolerated = failed > 0 ? `; ${nodes(failed)} failed, ${s.limits.maxFailures} allowed` : ''
  const others = unavailable > failed ? `; ${unavailable} of ${size} nodes in the pool do not serve` : ''
  const because = `${nodes(updated)} on the target revision${tolerated}${others}`
  if (s.isPart) return { kind: 'ready', because }
  return { kind: 'end', outcome: 'Successful', commit: true, because }
}

function endRollback(s: UpdateSnapshot): Decision {
  const back = 'every node is back on the committed revision'
  if (s.cancellation) {
    return {
      kind: 'end',
      outcome: 'Cancelled',
      commit: false,
      because: `cancelled by ${s.cancellation.by}; ${back}`,
    }
  }
  const cause = s.firstFailure === null ? '' : ` after a failure (${s.firstFailure})`
  return { kind: 'end', outcome: 'Failed', commit: false, because: `${back}${cause}` }
}

/** Nodes wait to move, and none may: too many do not serve. That may pass, but not for ever. */
function waitForRoom(s: UpdateSnapshot, toMove: number): Decision {
  const because = isPoolIll(s)
    ? `${nodes(toMove)} to move, but ${s.nodes.unhealthy} of ${s.nodes.size} are unhealthy and ${s.limits.maxUnhealthy} may be before a step`
    : `${nodes(toMove)} to move, but ${s.nodes.unavailable} of ${s.nodes.size} do not serve ` +
      `and ${s.limits.maxUnavailable} may`
  const until = s.lastProgressAt + s.progressDeadlineMs
  if (s.now < until) return { kind: 'wait', until, because }
  const stuck = `no progress in ${Math.round(s.progressDeadlineMs / 1000)} s: ${because}`
  return planFailure(s, stuck) ?? { kind: 'end', outcome: 'Failed', commit: false, because: stuck }
}

/** Those that `maxFailures` is about: where fallen nodes have a limit of their own, they count there. */
function countFailures({ limits, nodes, direction }: UpdateSnapshot): number {
  const apart = limits.maxUnhealthyUpdated !== null && direction === 'forward'
  return apart ? nodes.failed : nodes.failed + nodes.fallen
}

function isTooManyFallen({ limits, nodes, direction }: UpdateSnapshot): boolean {
  return (
    direction === 'forward' &&
    limits.maxUnhealthyUpdated !== null &&
    nodes.fallen > limits.maxUnhealthyUpdated
  )
}

function describeFailures(s: UpdateSnapshot): string {
  const first = s.firstFailure === null ? '' : ` (${s.firstFailure})`
  if (isTooManyFallen(s)) {
    const { fallen } = s.nodes
    return `${nodes(fallen)} became unhealthy after the update, ${s.limits.maxUnhealthyUpdated} may${first}`
  }
  return `${nodes(countFailures(s))} failed, ${s.limits.maxFailures} allowed${first}`
}

function finishing(s: UpdateSnapshot): string {
  if (s.nodes.inFlight === 0) return ''
  return s.nodes.inFlight === 1
    ? '; 1 node in flight finishes its step'
    : `; ${s.nodes.inFlight} nodes in flight finish their steps`
}

function nodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`
}

/** The same counts as the update shows them. */
export function toProgress(s: UpdateSnapshot, highestUnavailable: number): UpdateProgress {
  const pending = s.nodes.down.count + s.nodes.up.count + s.nodes.stopped.count
  const { updated, inFlight, unavailable } = s.nodes
  const failed = s.nodes.failed + s.nodes.fallen
  return {
    selected: updated + failed + inFlight + pending,
    updated,
    failed,
    inFlight,
    pending,
    unavailable,
    highestUnavailable: Math.max(highestUnavailable, unavailable),
    maxUnavailable: s.limits.maxUnavailable,
  }
}
