import type { Action } from '../domain/action.ts'
import type { EpochMs, JsonObject } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { ClusterState } from './cluster-state.ts'
import { decisionsOf } from './consultation.ts'
import { leavingNodes } from './joins.ts'
import { queueNodeAction } from './membership.ts'

/**
 * Begins to take a node away, in the way that the cluster's deletion policy wants it: destroyed, or let go. If somebody outside has to agree
 * first, the node's action waits for that: `WAITING_LIFECYCLE_COMPLETION`. Nodes that were asked to leave are let go, whatever the policy.
 */
export function beginRemoval(state: ClusterState, action: Action, node: Node): void {
  const { deletion } = decisionsOf(action)
  const isAskedToLeave = leavingNodes(action).length > 0
  const name = isAskedToLeave || deletion?.destroyAfterDeletion === false ? 'NODE_LEAVE' : 'NODE_DELETE'
  const inputs: JsonObject = {
    ...(isAskedToLeave && { resizes: deletion?.reduceDesiredCapacity !== false }),
    ...(action.inputs['force'] === true && { force: true }),
  }
  if (!deletion?.hook) {
    queueNodeAction(state, action, node, name, inputs)
    return
  }
  const { hook } = deletion
  const held = state.newAction({
    name,
    status: 'WAITING_LIFECYCLE_COMPLETION',
    statusReason: `waits until its ${hook.type} hook is done, at most ${hook.timeoutSeconds} s`,
    inputs: { ...inputs, hook: hook as unknown as JsonObject },
    createdBy: action.createdBy,
    parentId: action.id,
    poolId: node.poolId,
    nodeId: node.id,
  })
  state.putAction(held)
  state.changes.hooked.push(held)
  state.event('node.leaving', `${node.name}: ${held.statusReason}`, {
    nodeId: node.id,
    actionId: held.id,
    principal: action.createdBy,
    data: { lifecycleActionToken: held.id },
  })
}

/** Until when the nodes of an action are let be after it began; null: they are not. */
export function endOfGrace(action: Action): EpochMs | null {
  const seconds = decisionsOf(action).deletion?.gracePeriodSeconds ?? 0
  return seconds > 0 && action.startedAt !== null ? action.startedAt + seconds * 1000 : null
}

/** Lets actions begin whose hook has had its time. */
export function endOverdueHooks(state: ClusterState): void {
  for (const id of state.hooks.take(state.now)) {
    const action = state.actions.get(id)
    if (action?.status === 'WAITING_LIFECYCLE_COMPLETION')
      release(state, action, 'its hook did not answer in time')
  }
}

/** Lets an action begin whose hook is done. */
export function release(state: ClusterState, action: Action, because: string): void {
  state.hooks.drop(action.id)
  state.putAction({ ...action, status: 'READY', statusReason: because })
  if (action.nodeId !== null) state.freed.add(action.nodeId)
  state.event('action.released', `${action.name}: ${because}`, { actionId: action.id, nodeId: action.nodeId })
}
