import type { Action } from '../domain/action.ts'
import type { ActionId, EpochMs, JsonObject, PoolId } from '../domain/ids.ts'
import { platformAt } from '../domain/platform-version.ts'
import {
  type GivenUp,
  type PoolOnItsWay,
  planVersionChange,
  type VersionChangeSnapshot,
} from '../planner/plan-version-change.ts'
import type { ClusterState } from './cluster-state.ts'
import { endUpdate } from './drive-update.ts'
import type { UpdateInFlight } from './update-in-flight.ts'

/**
 * A cluster's return to an earlier version is an action whose children carry one update for each pool. It begins with
 * its acceptance: the verb writes it, the updates and their actions in one transaction. What is looked at here is only
 * whether to give all of them up, and when to commit all of them at once.
 */
interface VersionChange {
  readonly action: Action
  readonly poolIds: readonly PoolId[]
  readonly to: string
  readonly nodePhaseSeconds: number
}

/**
 * Before updates are driven: what was cancelled is passed on to the updates of all pools, so that none of their nodes
 * begins to move forward after that.
 */
export function passOnGivingUp(state: ClusterState): void {
  for (const inFlight of state.updates.values()) {
    const parentId = state.actions.get(inFlight.update.actionId)?.parentId
    // Its change is no more, and nobody would commit it.
    if (parentId && !state.actions.has(parentId))
      cancelUpdate(state, inFlight, 'the version change has ended')
  }
  const change = findChange(state)
  if (!change) return
  const decision = planVersionChange(snapshotOf(state, change))
  if (decision.kind === 'giveUp') giveUp(state, change, decision)
}

/**
 * After updates were driven: commits, gives up, ends, or waits.
 * @returns whether updates have to be looked at again, and when to look if nothing happens before
 */
export function driveVersionChange(state: ClusterState): {
  readonly again: boolean
  readonly wakeAt?: EpochMs
} {
  const change = findChange(state)
  if (!change) return { again: false }
  state.seeingTo = change.action.id
  const decision = planVersionChange(snapshotOf(state, change))
  switch (decision.kind) {
    case 'wait':
      if (change.action.statusReason !== decision.because) {
        state.putAction({ ...change.action, statusReason: decision.because })
      }
      return { again: false, ...(decision.until !== undefined && { wakeAt: decision.until }) }
    case 'giveUp':
      giveUp(state, change, decision)
      return { again: true }
    case 'commit':
      commit(state, change, decision.because)
      return { again: true }
    case 'end': {
      const status = decision.outcome === 'Failed' ? 'FAILED' : 'CANCELLED'
      state.endAction(change.action, status, decision.because)
      tell(state, change, 'cluster.versionKept', decision.because, status === 'FAILED' ? 'error' : 'warning')
      return { again: true }
    }
  }
}

/** The updates in flight that an action has as its parts. */
export function updatesOf(state: ClusterState, actionId: ActionId): UpdateInFlight[] {
  return [...state.updates.values()].filter(
    ({ update }) => state.actions.get(update.actionId)?.parentId === actionId,
  )
}

function findChange(state: ClusterState): VersionChange | undefined {
  for (const id of state.fanouts.keys()) {
    const action = state.actions.get(id)
    if (action?.name !== 'CLUSTER_CHANGE_VERSION') continue
    const { poolIds, to, nodePhaseSeconds } = action.inputs as unknown as Omit<VersionChange, 'action'>
    return { action, poolIds, to, nodePhaseSeconds }
  }
  return undefined
}

function snapshotOf(state: ClusterState, change: VersionChange): VersionChangeSnapshot {
  const { action, poolIds, to, nodePhaseSeconds } = change
  const updates = new Map(updatesOf(state, action.id).map((inFlight) => [inFlight.update.poolId, inFlight]))
  const { failed, firstFailure } = state.fanoutOf(action.id)
  const over = { state: 'over', failed: failed > 0, because: firstFailure ?? 'its update has ended' } as const
  return {
    now: state.now,
    to,
    deadlineAt: (action.startedAt ?? action.createdAt) + nodePhaseSeconds * 1000,
    cancelledBy: action.control?.cancellation?.by ?? null,
    suspendedBy: action.control?.suspension?.by ?? null,
    givenUp: (action.outputs['givenUp'] as unknown as GivenUp | undefined) ?? null,
    pools: poolIds.map((id) => {
      const name = state.pools.get(id)?.name ?? id
      const inFlight = updates.get(id)
      return inFlight ? { name, ...wayOf(inFlight) } : { name, ...over }
    }),
  }
}

function wayOf({ update, isReady }: UpdateInFlight): Omit<PoolOnItsWay, 'name'> {
  const { because, direction, control } = update
  if (control.cancellation || direction === 'back') {
    return { state: 'returning', failed: control.cancellation === null, because }
  }
  return { state: isReady ? 'ready' : 'moving', failed: false, because }
}

function giveUp(state: ClusterState, change: VersionChange, { outcome, because }: GivenUp): void {
  const { action } = change
  for (const inFlight of updatesOf(state, action.id)) cancelUpdate(state, inFlight, because)
  if (action.outputs['givenUp'] !== undefined) return
  const outputs: JsonObject = { ...action.outputs, givenUp: { outcome, because } }
  state.putAction({ ...action, outputs, statusReason: because })
  tell(state, change, 'cluster.versionGivenUp', because, 'warning')
}

function cancelUpdate(state: ClusterState, inFlight: UpdateInFlight, reason: string): void {
  const { control, direction } = inFlight.update
  if (control.cancellation || direction === 'back') return
  const cancellation = { by: 'engine', at: state.now, mode: 'roll-back', reason } as const
  state.patchUpdate(inFlight, { control: { ...control, cancellation } })
}

/** The one moment in which the version changes: with it all pools have new revisions, or none has. */
function commit(state: ClusterState, change: VersionChange, because: string): void {
  const { action, to } = change
  for (const inFlight of updatesOf(state, action.id)) {
    endUpdate(state, inFlight, { outcome: 'Successful', commit: true, because: inFlight.update.because })
  }
  state.patchCluster({
    platform: platformAt(to),
    updatedAt: state.now,
    version: state.cluster.version + 1,
  })
  state.endAction(action, 'SUCCEEDED', because)
  tell(state, change, 'cluster.versionChanged', because, 'info')
}

function tell(
  state: ClusterState,
  { action, to }: VersionChange,
  type: string,
  because: string,
  level: 'info' | 'warning' | 'error',
): void {
  const { id: actionId, createdBy: principal } = action
  state.event(type, because, { actionId, principal, level, data: { version: to } })
}
