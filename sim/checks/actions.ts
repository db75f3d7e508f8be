import { ACTION_STATUS_SUCCESSORS, type Action, type ActionStatus } from '../../src/domain/action.ts'
import type { Check, Scene } from './check.ts'

/**
 * It ends, cancel converges, for actions: statuses follow their table, and nothing begins for an action that is
 * cancelled or suspended.
 */
export function createActionsCheck({ ledger, fail }: Scene): Check {
  const checkStatus = (before: Action | undefined, action: Action) => {
    const from = before?.status ?? 'READY'
    if (before && before.endedAt !== null && before.status !== action.status)
      fail('it ends', `${action.name} ${action.id} had ended ${from} and became ${action.status}`)
    else if (!isReachable(from, action.status))
      fail('it ends', `${action.name} ${action.id} went from ${from} to ${action.status}`)
  }
  const checkBegun = (action: Action) => {
    const parent = action.parentId === null ? undefined : ledger.actions.get(action.parentId)
    // The new node serves already: that the old one goes is the other half of the same step.
    const isOtherHalf = action.name !== 'NODE_CREATE' && action.name !== 'NODE_JOIN'
    if (parent?.name === 'CLUSTER_REPLACE_NODES' && isOtherHalf) return
    // The engine of another cluster begins it and knows of a cancellation only as it hands the node over.
    if (action.name === 'NODE_JOIN' && action.status !== 'SUCCEEDED') return
    for (const one of [action, parent]) {
      // The action of an update has no will of its own: the update has, and checks of its own.
      if (!one?.control || one.name === 'CLUSTER_UPDATE') continue
      const { cancellation, suspension } = one.control
      if (cancellation)
        fail('cancel converges', `${one.name} ${one.id} is cancelled and ${action.name} began`)
      if (suspension && one !== action)
        fail('cancel converges', `${one.name} ${one.id} is suspended and ${action.name} began`)
    }
  }
  return {
    onCommit({ changes, was, begun }) {
      for (const [id, action] of changes.actions) {
        if (!action) continue
        checkStatus(was.actions.get(id), action)
        if (action.name === 'NODE_JOIN' && action.status === 'SUCCEEDED') checkBegun(action)
      }
      for (const action of begun) checkBegun(action)
    },
  }
}

/** One look may take an action through several statuses. */
function isReachable(from: ActionStatus, to: ActionStatus): boolean {
  const reached = new Set<ActionStatus>([from])
  for (const status of reached) for (const next of ACTION_STATUS_SUCCESSORS[status]) reached.add(next)
  return reached.has(to)
}
