import { type Action, type ActionControl, hasBegun } from '../domain/action.ts'
import type { ActionId } from '../domain/ids.ts'
import type { ClusterState } from './cluster-state.ts'
import { endUpdate } from './drive-update.ts'
import { NO_WORK } from './fanout.ts'
import { release } from './removals.ts'
import { endQueued } from './update-queue.ts'
import { updatesOf } from './version-change.ts'

/**
 * Makes actions follow what people asked of them: the verbs write `control`, never the status.
 *
 * Cancelling ends at once what has not begun. What has begun, begins nothing more; its steps are told not to wait for
 * health, and it ends when they have. With `force` it ends now and its steps are broken off; each node is free again
 * as soon as its runtime call is over.
 */
export function followControls(state: ClusterState): void {
  for (const id of state.steered) {
    const action = state.actions.get(id)
    if (!action?.control) continue
    state.seeingTo = id
    if (action.control.cancellation) followCancellation(state, action, action.control.cancellation)
    else followSuspension(state, action, action.control)
    followCompletion(state, action)
  }
}

/** Ends the actions that have taken longer than they may; their steps are broken off. */
export function endOverdueActions(state: ClusterState): void {
  for (const id of state.deadlines.take(state.now)) {
    const action = state.actions.get(id)
    if (!action) continue
    const because = `timed out after ${action.timeoutSeconds} s`
    // Its step tells of the end, as soon as the runtime was told.
    if (action.nodeId !== null) state.changes.expired.push(id)
    else {
      dropSteps(state, action, 'breakOff', because)
      endNow(state, action, 'FAILED', because)
    }
  }
}

function followCancellation(
  state: ClusterState,
  action: Action,
  { by, force }: NonNullable<ActionControl['cancellation']>,
): void {
  const because = `cancelled by ${by}`
  const carriesUpdate = updateCarriedBy(state, action) !== undefined
  // The update was cancelled with it, and comes to its end by its own rules.
  if (carriesUpdate && !force) return
  if (action.name === 'CLUSTER_CHANGE_VERSION') {
    if (!force) return
    for (const { update } of updatesOf(state, action.id)) {
      const child = state.actions.get(update.actionId)
      if (child) followCancellation(state, child, { by, force, at: state.now })
    }
  }
  if (!hasBegun(action)) endNow(state, action, 'CANCELLED', because)
  else if (action.nodeId !== null) signal(state, action.id, force ? 'breakOff' : 'hurry')
  else {
    dropSteps(state, action, force ? 'breakOff' : 'hurry', because)
    if (force) endNow(state, action, 'CANCELLED', `${because}, by force`)
  }
}

function followSuspension(state: ClusterState, action: Action, { suspension }: ActionControl): void {
  if (action.nodeId !== null || updateCarriedBy(state, action)) return
  const about = { actionId: action.id }
  if (suspension && action.status === 'RUNNING') {
    const because = `suspended by ${suspension.by}: what is under way ends, nothing more begins`
    state.putAction({ ...action, status: 'SUSPENDED', statusReason: because })
    state.event('action.suspended', `${action.name}: ${because}`, { ...about, principal: suspension.by })
  } else if (!suspension && action.status === 'SUSPENDED') {
    state.putAction({ ...action, status: 'RUNNING', statusReason: 'resumed' })
    state.event('action.resumed', `${action.name} goes on`, about)
    for (const child of state.actions.values())
      if (child.parentId === action.id && child.nodeId !== null) state.freed.add(child.nodeId)
  }
}

function followCompletion(state: ClusterState, { id }: Action): void {
  const action = state.actions.get(id)
  if (action?.status !== 'WAITING_LIFECYCLE_COMPLETION' || !action.control?.completion) return
  release(state, action, `${action.control.completion.by} said that its hook is done`)
}

/** Nothing more begins for a cluster action, and what is under way for it is told so. Done once. */
function dropSteps(state: ClusterState, action: Action, how: 'hurry' | 'breakOff', because: string): void {
  if (!isNews(state, action.id, how)) return
  state.fanoutOf(action.id).rest = NO_WORK
  for (const child of [...state.actions.values()]) {
    if (child.parentId !== action.id) continue
    if (hasBegun(child)) signal(state, child.id, how)
    else state.endAction(child, 'CANCELLED', `${action.name} was ${because}`)
  }
}

function endNow(state: ClusterState, action: Action, status: 'CANCELLED' | 'FAILED', because: string): void {
  const inFlight = updateCarriedBy(state, action)
  const queued = state.queued.get(action.id)
  if (queued) {
    endQueued(state, queued, status === 'FAILED' ? 'Failed' : 'Cancelled', because)
    return
  }
  if (inFlight) {
    const outcome = status === 'FAILED' ? 'Failed' : 'Cancelled'
    const stay = `${because}; nodes stay where they are`
    endUpdate(state, inFlight, { outcome, commit: false, because: stay })
    return
  }
  state.endAction(action, status, because)
  const [type, level] = status === 'FAILED' ? (['ended', 'error'] as const) : (['cancelled', 'info'] as const)
  const { createdBy: principal, nodeId } = action
  state.event(`action.${type}`, `${action.name}: ${because}`, {
    actionId: action.id,
    nodeId,
    principal,
    level,
  })
}

function signal(state: ClusterState, id: ActionId, how: 'hurry' | 'breakOff'): void {
  if (!isNews(state, id, how)) return
  if (how === 'hurry') state.changes.hurried.push(id)
  else state.changes.aborted.push(id)
}

/** Whether this, or more, was not told before. Forgotten with the rest of the state: then it is told again. */
function isNews(state: ClusterState, id: ActionId, how: 'hurry' | 'breakOff'): boolean {
  const told = state.told.get(id)
  if (told === 'breakOff' || told === how) return false
  state.told.set(id, how)
  return true
}

function updateCarriedBy(state: ClusterState, { name, id }: Action) {
  if (name !== 'CLUSTER_UPDATE') return undefined
  return [...state.updates.values()].find(({ update }) => update.actionId === id)
}
