import { type Action, hasBegun } from '../domain/action.ts'
import type { NodeId, PoolId } from '../domain/ids.ts'
import type { Strategy } from '../domain/update.ts'
import { type Admission, admitAction, type OpenWork } from '../planner/admit-action.ts'
import { beginStep } from './begin-step.ts'
import { beginClusterAction } from './cluster-actions.ts'
import type { ClusterState } from './cluster-state.ts'
import { endUpdate } from './drive-update.ts'
import { endQueued } from './update-queue.ts'

/**
 * Begins the actions that may begin, in the order in which they were accepted. Only cluster actions (few) and nodes
 * that became free are looked at.
 */
export function admitActions(state: ClusterState): void {
  if (state.waitingClusterActions.size > 0) admitClusterActions(state)
  for (const nodeId of state.freed) admitNext(state, nodeId)
  state.freed.clear()
}

function admitClusterActions(state: ClusterState): void {
  const ahead = [...state.actions.values()].filter((action) => action.nodeId === null && hasBegun(action))
  for (const id of [...state.waitingClusterActions].sort()) {
    const action = state.actions.get(id)
    if (!action) continue
    state.seeingTo = id
    const behind = queuedBehind(state, action)
    const admission =
      behind ??
      suspended(action) ??
      admitAction(action, { ahead, updates: strategies(state), nodeHeldBy: null })
    settle(state, action, admission, () => beginClusterAction(state, action))
    if (admission.kind !== 'cancel' && !behind) ahead.push(action)
  }
}

/**
 * A queued update is behind the one that has its pool, also when a clock that was behind gave it the smaller id: it must
 * not hold that one up.
 */
function queuedBehind(state: ClusterState, { id, poolId }: Action): Admission | undefined {
  const holder = state.queued.has(id) && poolId !== null ? state.updates.get(poolId) : undefined
  return holder && { kind: 'wait', because: `another update has the pool (action ${holder.update.actionId})` }
}

/** Asked for each action anew: the one before may have begun an update. */
function strategies(state: ClusterState): Map<PoolId, Strategy> {
  const begun = [...state.updates].filter(([, { update }]) => update.status !== 'Pending')
  return new Map(begun.map(([poolId, { update }]) => [poolId, update.params.strategy]))
}

function admitNext(state: ClusterState, nodeId: NodeId): void {
  const waiting = state.waitingByNode.get(nodeId)
  const action = waiting && state.actions.get(waiting[0] as Action['id'])
  if (!action || action.status === 'WAITING_LIFECYCLE_COMPLETION') return
  state.seeingTo = action.id
  const node = state.nodes.get(nodeId)
  if (!node) {
    for (const id of waiting) {
      const late = state.actions.get(id)
      if (late) state.endAction(late, 'CANCELLED', 'the node is gone')
    }
    return
  }
  const holder = node.actionId === null ? null : state.actions.get(node.actionId)
  // A deletion's own node actions are not held up by it.
  const deletion = [...state.fanouts.keys()].map((id) => state.actions.get(id)).find(isClusterDeletion)
  const ahead = deletion && action.parentId !== deletion.id ? [deletion] : []
  const work: OpenWork = { ahead, updates: strategies(state), nodeHeldBy: holder ?? null }
  const parent = action.parentId === null ? undefined : state.actions.get(action.parentId)
  const admission = (parent && suspended(parent)) ?? admitAction(action, work)
  settle(state, action, admission, () => beginStep(state, action, node, 'the node is free'))
}

function suspended({ name, control }: Action): Admission | undefined {
  if (!control?.suspension || control.cancellation || name === 'CLUSTER_UPDATE') return undefined
  return { kind: 'wait', because: `${name} is suspended by ${control.suspension.by}` }
}

function isClusterDeletion(action: Action | undefined): action is Action {
  return action?.name === 'CLUSTER_DELETE' && hasBegun(action)
}

/** With the update that it was to carry, which would never begin, either. */
function endUnbegun(state: ClusterState, action: Action, because: string): void {
  const queued = state.queued.get(action.id)
  const inFlight = action.poolId === null ? undefined : state.updates.get(action.poolId)
  if (queued) endQueued(state, queued, 'Cancelled', because)
  else if (inFlight?.update.actionId === action.id)
    endUpdate(state, inFlight, { outcome: 'Cancelled', commit: false, because })
  else state.endAction(action, 'CANCELLED', because)
}

function settle(state: ClusterState, action: Action, admission: Admission, begin: () => void): void {
  if (admission.kind === 'start') {
    begin()
  } else if (admission.kind === 'cancel') {
    endUnbegun(state, action, admission.because)
    state.event('action.cancelled', admission.because, { actionId: action.id, nodeId: action.nodeId })
  } else if (action.status !== 'WAITING' || action.statusReason !== admission.because) {
    state.putAction({ ...action, status: 'WAITING', statusReason: admission.because })
  }
}
