import type { Action } from '../domain/action.ts'
import type { Update } from '../domain/update.ts'
import type { ClusterState } from './cluster-state.ts'
import { UpdateInFlight } from './update-in-flight.ts'

/** Ends the queued updates that somebody cancelled, or that a newer one takes over from. */
export function endUnwanted(state: ClusterState): void {
  for (const update of [...state.queued.values()]) {
    const { cancellation, supersededBy } = update.control
    if (supersededBy) endQueued(state, update, 'Cancelled', `superseded by update ${supersededBy.updateId}`)
    else if (cancellation)
      endQueued(state, update, 'Cancelled', `cancelled by ${cancellation.by} before its turn came`)
  }
}

/** Ends an update that has not begun, and its action. */
export function endQueued(
  state: ClusterState,
  { id, actionId, createdBy }: Update,
  outcome: 'Cancelled' | 'Failed',
  because: string,
): void {
  state.queued.delete(actionId)
  state.changes.updates.set(id, { status: outcome, because, endedAt: state.now })
  const action = state.actions.get(actionId)
  if (action) state.endAction(action, outcome === 'Failed' ? 'FAILED' : 'CANCELLED', because)
  const type = outcome === 'Failed' ? 'update.failed' : 'update.cancelled'
  const level = outcome === 'Failed' ? 'error' : 'warning'
  state.event(type, because, { updateId: id, actionId, principal: createdBy, level })
}

/**
 * The turn of a queued update has come: from now on it has the pool. It comes from what is committed now, for the one
 * before it may have succeeded; and that is what a repair goes to.
 */
export function takeTurn(state: ClusterState, { id }: Action): UpdateInFlight | undefined {
  const update = state.queued.get(id)
  const pool = update && state.pools.get(update.poolId)
  if (!update || !pool || state.updates.has(pool.id)) return undefined
  state.queued.delete(id)
  const fromRevisionId = pool.committedRevisionId
  const toRevisionId = update.type === 'Repair' ? fromRevisionId : update.toRevisionId
  const nodes = state.nodesOf(pool.id)
  const revisions = { fromRevisionId, toRevisionId }
  const inFlight = new UpdateInFlight({ ...update, ...revisions }, [], nodes, ({ actionId }) =>
    actionId === null ? undefined : state.actions.get(actionId),
  )
  state.updates.set(pool.id, inFlight)
  state.patchUpdate(inFlight, revisions)
  return inFlight
}
