import { type Action, hasBegun } from '../domain/action.ts'
import type { ActionId } from '../domain/ids.ts'
import type { ClusterState } from './cluster-state.ts'
import { endUpdate } from './drive-update.ts'
import { endQueued } from './update-queue.ts'

/**
 * Ends the actions over which looks have failed again and again, so that the rest of the cluster goes on. Does as little
 * as it can, for any of it may be what breaks.
 */
export function giveUp(state: ClusterState, broken: ReadonlyMap<ActionId, string>): void {
  for (const [id, what] of broken) {
    const action = state.actions.get(id)
    if (!action) continue
    const because = `Drover broke over it, which is a fault of Drover or of what it has stored: ${what}`
    if (action.nodeId === null) endClusterAction(state, action, because)
    else endNodeAction(state, action, because)
    state.event('action.broken', `${action.name}: ${because}`, {
      actionId: id,
      nodeId: action.nodeId,
      updateId: action.updateId,
      principal: action.createdBy,
      level: 'error',
    })
  }
}

function endClusterAction(state: ClusterState, action: Action, because: string): void {
  for (const child of [...state.actions.values()]) {
    // The update that a child carries ends by its own rules.
    if (child.parentId !== action.id || child.name === 'CLUSTER_UPDATE') continue
    if (hasBegun(child)) state.changes.aborted.push(child.id)
    else state.endAction(child, 'CANCELLED', `${action.name} broke`)
  }
  const inFlight = [...state.updates.values()].find(({ update }) => update.actionId === action.id)
  const queued = state.queued.get(action.id)
  if (queued) endQueued(state, queued, 'Failed', because)
  else if (inFlight) endUpdate(state, inFlight, { outcome: 'Failed', commit: false, because })
  else state.endAction(action, 'FAILED', because)
}

function endNodeAction(state: ClusterState, action: Action, because: string): void {
  state.changes.aborted.push(action.id)
  state.endAction(action, 'FAILED', because, { code: 'internal' })
  const node = state.nodes.get(action.nodeId as NonNullable<Action['nodeId']>)
  if (node?.actionId !== action.id) return
  // What runs in it is not known any more: the watch that follows tells.
  const unknown = { health: 'Unknown', availableSince: null, actionId: null } as const
  state.putNode({ ...node, ...unknown, status: 'Failed', statusReason: because })
}
