import type { Action } from '../domain/action.ts'
import type { ActionId, EpochMs, NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { UPDATE_STATUS_SUCCESSORS, type Update, type UpdateStatus } from '../domain/update.ts'
import { inBatches } from '../planner/limits.ts'
import { planUpdate, toProgress } from '../planner/plan-update.ts'
import type { Decision, UpdateSnapshot } from '../planner/update-snapshot.ts'
import { beginNewStep } from './begin-step.ts'
import type { ClusterState } from './cluster-state.ts'
import { askPolicies, NO_MEMBERSHIP_CHANGE } from './consultation.ts'
import { ACTION_OF_STEP, type UpdateInFlight } from './update-in-flight.ts'
import { takeTurn } from './update-queue.ts'

type Ending = Omit<Extract<Decision, { kind: 'end' }>, 'kind'>

/** Decisions after which nothing changes until the next look. */
const RESTS: readonly Decision['kind'][] = ['wait', 'ready', 'end']

/** The update's cluster action was admitted: from now on it is planned. */
export function beginUpdate(state: ClusterState, action: Action): void {
  const inFlight =
    [...state.updates.values()].find(({ update }) => update.actionId === action.id) ?? takeTurn(state, action)
  if (!inFlight) {
    state.endAction(action, 'CANCELLED', 'its update has ended')
    return
  }
  const running = state.startAction(action, 'running')
  state.fanoutOf(action.id)
  if (!followPolicies(state, running, inFlight)) return
  const { update } = inFlight
  const because = `${update.params.strategy} update to revision ${numberOf(state, update.toRevisionId)} began`
  state.patchUpdate(inFlight, {
    status: 'InProgress',
    because,
    startedAt: state.now,
    lastProgressAt: state.now,
  })
  state.event('update.started', because, {
    updateId: update.id,
    actionId: action.id,
    principal: update.createdBy,
  })
}

/** Asks the policies of the cluster. @returns false when they do not allow the update, which then has ended */
function followPolicies(state: ClusterState, action: Action, inFlight: UpdateInFlight): boolean {
  const { update } = inFlight
  const pool = state.pools.get(update.poolId)
  if (!pool) return true
  const { decisions, refusal } = askPolicies(state, action, 'CLUSTER_UPDATE', pool, NO_MEMBERSHIP_CHANGE)
  if (refusal !== null) {
    endUpdate(state, inFlight, { outcome: 'Failed', commit: false, because: refusal.because })
    return false
  }
  const { batch } = decisions
  if (batch) state.patchUpdate(inFlight, { params: inBatches(update.params, batch) })
  return true
}

/**
 * Looks at one update and does what the planner says, until it says wait.
 * @returns when to look again if nothing happens before
 */
export function driveUpdate(state: ClusterState, inFlight: UpdateInFlight): EpochMs | undefined {
  if (inFlight.update.status === 'Pending') {
    const { cancellation, supersededBy } = inFlight.update.control
    const because = supersededBy
      ? `superseded by update ${supersededBy.updateId} before it began`
      : `cancelled by ${cancellation?.by} before it began`
    if (cancellation || supersededBy)
      endUpdate(state, inFlight, { outcome: 'Cancelled', commit: false, because })
    return undefined
  }
  if (inFlight.isToForgive)
    inFlight.forgive(state.nodesOf(inFlight.update.poolId), (node) => actionOf(state, node))
  followPause(state, inFlight)
  const isPart = state.actions.get(inFlight.update.actionId)?.parentId != null
  inFlight.isReady = false
  while (true) {
    const snapshot = inFlight.snapshot(state.now, isPart)
    const decision = planUpdate(snapshot)
    if (RESTS.includes(decision.kind)) note(state, inFlight, snapshot, decision.because)
    switch (decision.kind) {
      case 'wait':
        return decision.until
      case 'ready':
        inFlight.isReady = true
        return undefined
      case 'step':
        beginSteps(state, inFlight, decision)
        break
      case 'hold':
        hold(state, inFlight, snapshot, decision.because)
        break
      case 'goOn':
        goOn(state, inFlight, snapshot, decision.because)
        break
      case 'turnBack':
        turnBack(state, inFlight, decision.because)
        break
      case 'pause':
        pause(state, inFlight, decision.because)
        break
      case 'end':
        // Nobody waits for the health of what is still in flight.
        if (snapshot.superseded) hurry(state, inFlight.update, state.changes.hurried)
        endUpdate(state, inFlight, decision)
        return undefined
    }
  }
}

/** Ends an update, its cluster action with it, and on success makes the candidate the committed revision. */
export function endUpdate(
  state: ClusterState,
  inFlight: UpdateInFlight,
  { outcome, commit, because }: Ending,
): void {
  const { update } = inFlight
  if (commit) state.patchPool(update.poolId, { committedRevisionId: update.toRevisionId })
  move(state, inFlight, outcome, { because, hold: null, endedAt: state.now })
  const action = state.actions.get(update.actionId)
  const actionStatus = { Successful: 'SUCCEEDED', Failed: 'FAILED', Cancelled: 'CANCELLED' } as const
  if (action) state.endAction(action, actionStatus[outcome], because)
  state.updates.delete(update.poolId)
  const level = outcome === 'Successful' ? 'info' : outcome === 'Failed' ? 'error' : 'warning'
  const type = { Successful: 'update.succeeded', Failed: 'update.failed', Cancelled: 'update.cancelled' }[
    outcome
  ]
  state.event(type, because, { ...about(update), level })
}

function beginSteps(
  state: ClusterState,
  inFlight: UpdateInFlight,
  { step, nodes, beside = [], because }: Extract<Decision, { kind: 'step' }>,
): void {
  const { update } = inFlight
  const revisionId = update.direction === 'forward' ? update.toRevisionId : update.fromRevisionId
  const name = ACTION_OF_STEP[step]
  const keeps = new Set(beside)
  for (const id of nodes) {
    const fields = { name, createdBy: update.createdBy, parentId: update.actionId, updateId: update.id }
    const inputs = { revisionId, direction: update.direction, ...(keeps.has(id) && { surge: true }) }
    beginNewStep(state, state.nodes.get(id) as Node, { ...fields, inputs }, because)
  }
  state.patchUpdate(inFlight, { because })
  state.event('update.step', because, {
    ...about(update),
    data: { step, nodes: names(state, nodes), ...(beside.length > 0 && { surging: beside.length }) },
  })
}

function hold(
  state: ClusterState,
  inFlight: UpdateInFlight,
  { checkpoint }: UpdateSnapshot,
  because: string,
): void {
  const at = { checkpoint: checkpoint?.number ?? 0, since: state.now }
  state.patchUpdate(inFlight, { hold: at, because })
  state.event('update.held', because, { ...about(inFlight.update), data: { checkpoint: at.checkpoint } })
}

function goOn(
  state: ClusterState,
  inFlight: UpdateInFlight,
  { checkpoint }: UpdateSnapshot,
  because: string,
): void {
  const checkpointsPassed = checkpoint?.through ?? inFlight.update.checkpointsPassed
  state.patchUpdate(inFlight, { hold: null, checkpointsPassed, because, lastProgressAt: state.now })
  const principal = checkpoint?.continuedBy ?? 'engine'
  state.event('update.continued', because, { ...about(inFlight.update), principal })
}

function turnBack(state: ClusterState, inFlight: UpdateInFlight, because: string): void {
  // Nobody needs to know any more whether a node comes up on the candidate, nor that it comes up at all.
  hurry(state, inFlight.update, state.changes.dropped)
  const { update } = inFlight
  const control = { ...update.control, paused: null }
  // Where no node is at fault, this is what the end has to say.
  const cause = { code: 'timed_out', message: because, nodeIds: [], at: state.now }
  const errors = update.errors.length > 0 || control.cancellation ? update.errors : [cause]
  const back = { direction: 'back', hold: null, lastProgressAt: state.now } as const
  move(state, inFlight, 'RollingBack', { ...back, because, control, errors })
  inFlight.turnBack(state.nodesOf(inFlight.update.poolId), (node) => actionOf(state, node))
  state.event('update.rollingBack', because, { ...about(inFlight.update), level: 'warning' })
}

function pause(state: ClusterState, inFlight: UpdateInFlight, because: string): void {
  const control = { ...inFlight.update.control, paused: { by: 'engine', at: state.now, reason: because } }
  move(state, inFlight, 'Paused', { because, control })
  state.event('update.paused', because, { ...about(inFlight.update), level: 'warning' })
}

/** Makes the status follow what people asked for: the verbs write `control`, never the status. */
function followPause(state: ClusterState, inFlight: UpdateInFlight): void {
  const { status, control, direction, fromRevisionId, toRevisionId } = inFlight.update
  const staysHere = control.cancellation?.mode === 'stop-here' || fromRevisionId === toRevisionId
  if (control.cancellation && staysHere) {
    if (!inFlight.hurried) hurry(state, inFlight.update, state.changes.hurried)
    inFlight.hurried = true
    return
  }
  if (control.cancellation && direction === 'forward') return
  if (control.paused && status !== 'Paused') {
    move(state, inFlight, 'Paused', {})
    const { by, reason } = control.paused
    state.event('update.paused', `paused by ${by}: ${reason}`, { ...about(inFlight.update), principal: by })
  } else if (!control.paused && status === 'Paused') {
    move(state, inFlight, direction === 'back' ? 'RollingBack' : 'InProgress', { lastProgressAt: state.now })
    state.event('update.resumed', 'resumed; nodes that failed are tried again', about(inFlight.update))
  }
}

/** Steps in flight stop waiting for health, and begin nothing that they have not begun. */
function hurry(state: ClusterState, update: Update, how: ActionId[]): void {
  for (const action of state.actions.values()) {
    if (action.updateId === update.id && action.nodeId !== null) how.push(action.id)
  }
}

function note(
  state: ClusterState,
  inFlight: UpdateInFlight,
  snapshot: UpdateSnapshot,
  because: string,
): void {
  const progress = toProgress(snapshot, inFlight.update.progress.highestUnavailable)
  const before = inFlight.update
  if (before.because === because && JSON.stringify(before.progress) === JSON.stringify(progress)) return
  state.patchUpdate(inFlight, { because, progress })
}

function move(
  state: ClusterState,
  inFlight: UpdateInFlight,
  status: UpdateStatus,
  patch: Partial<Update>,
): void {
  const from = inFlight.update.status
  const allowed: readonly UpdateStatus[] = UPDATE_STATUS_SUCCESSORS[from]
  if (from !== status && !allowed.includes(status)) {
    throw new Error(`update ${inFlight.update.id} cannot go from ${from} to ${status}`)
  }
  state.patchUpdate(inFlight, { ...patch, status })
}

function actionOf(state: ClusterState, node: Node): Action | undefined {
  return node.actionId === null ? undefined : state.actions.get(node.actionId)
}

function numberOf(state: ClusterState, revisionId: Update['toRevisionId']): number | string {
  return state.revisions.get(revisionId)?.number ?? revisionId
}

function names(state: ClusterState, ids: readonly NodeId[]): string[] {
  return ids.slice(0, 20).map((id) => state.nodes.get(id)?.name ?? id)
}

function about(update: Update) {
  return { updateId: update.id, actionId: update.actionId, principal: update.createdBy }
}
