import type { ClusterStatus } from '../domain/cluster.ts'
import type { Drift } from '../domain/drift.ts'
import type { ActionId, EpochMs, NodeId } from '../domain/ids.ts'
import { admitActions } from './admit-actions.ts'
import { applyHealthNews, applyOutcome } from './apply-outcome.ts'
import { continueFanouts, endFinishedFanouts } from './cluster-actions.ts'
import type { ClusterState } from './cluster-state.ts'
import { repairDrift, type WhyNotBeside } from './drift-repair.ts'
import { driveUpdate } from './drive-update.ts'
import { followBalancer, noteTakenOut } from './follow-balancer.ts'
import { endOverdueActions, followControls } from './follow-control.ts'
import { giveUp } from './give-up.ts'
import type { HealthNews } from './health-monitor.ts'
import { continueReplacements } from './joins.ts'
import { notePolled, recoverNodes } from './recovery.ts'
import { endOverdueHooks } from './removals.ts'
import type { StepOutcome } from './step-order.ts'
import { applyFindings } from './sync.ts'
import { endUnwanted } from './update-queue.ts'
import { driveVersionChange, passOnGivingUp } from './version-change.ts'

/** What happened since the last look. */
export interface Facts {
  readonly outcomes: readonly (readonly [ActionId, StepOutcome])[]
  readonly news: ReadonlyMap<NodeId, HealthNews>
  /** How nodes differ from their revision that were looked at closely. */
  readonly drifts?: ReadonlyMap<NodeId, readonly Drift[]>
  /** Nodes of which a call did not heed its signal, and may still be carried out. */
  readonly givenUp?: readonly NodeId[]
  /** Nodes that are at no balancer any more. */
  readonly takenOut: readonly NodeId[]
  /** What polled addresses say against nodes; null: nothing any more. */
  readonly polled?: ReadonlyMap<NodeId, string | null>
  /** Whether the engine's balancers make pools that a policy only describes. */
  readonly makesPools?: boolean
  /** How many nodes of a hundred of a pool a health policy brings back at once, at least one. Default: all. */
  readonly recoveryPercent?: number
  /** Default: something can start beside every node. */
  readonly whyNotBeside?: WhyNotBeside
  /** Actions over which looks have failed again and again, with what broke. */
  readonly broken?: ReadonlyMap<ActionId, string>
}

/**
 * One look at a cluster: takes note of what happened and decides everything that follows from it. Touches only
 * `state`, whose changes the caller makes durable before it carries them out.
 *
 * @returns when to look again if nothing happens before
 */
export function decide(state: ClusterState, facts: Facts, now: EpochMs): EpochMs | undefined {
  state.now = now
  if (facts.broken) giveUp(state, facts.broken)
  giveUp(state, state.unreadable)
  state.unreadable.clear()
  for (const id of facts.givenUp ?? []) raiseFence(state, id)
  for (const [id, outcome] of facts.outcomes) {
    const action = state.actions.get(id)
    state.seeingTo = id
    if (action) applyOutcome(state, action, outcome)
  }
  state.seeingTo = null
  for (const [id, news] of facts.news) applyHealthNews(state, id, news)
  for (const [id, found] of facts.drifts ?? []) applyFindings(state, id, found)
  noteTakenOut(state, facts.takenOut)
  if (facts.polled) notePolled(state, facts.polled)
  endOverdueActions(state)
  endOverdueHooks(state)
  state.graces.take(now)
  let wakeAt: EpochMs | undefined
  let open: number
  let again: boolean
  // An action that ends makes room for one that waited, which may end at once in turn.
  do {
    open = state.actions.size
    endUnwanted(state)
    followControls(state)
    admitActions(state)
    passOnGivingUp(state)
    wakeAt = driveUpdates(state)
    const version = driveVersionChange(state)
    wakeAt = earliest(wakeAt, version.wakeAt)
    again = version.again
    continueReplacements(state)
    continueFanouts(state)
    endFinishedFanouts(state)
    state.seeingTo = null
    recoverNodes(state, facts.recoveryPercent ?? 100)
    repairDrift(state, facts.whyNotBeside ?? (() => null))
  } while (again || state.actions.size !== open || state.freed.size > 0)
  followBalancer(state, facts.makesPools ?? false)
  if (!state.changes.clusterDeleted && state.cluster.kind === 'cluster') {
    noteStatus(state)
    state.putCounts()
  }
  return earliest(
    wakeAt,
    state.deadlines.next,
    state.hooks.next,
    state.graces.next,
    state.recoveries.next,
    state.drifting.next,
  )
}

/** What is done to the node from now on goes under a higher fencing number than the call that may still be carried out. */
function raiseFence(state: ClusterState, id: NodeId): void {
  const node = state.nodes.get(id)
  if (node) state.putNode({ ...node, moves: node.moves + 1 })
}

function earliest(...times: readonly (EpochMs | undefined)[]): EpochMs | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

function driveUpdates(state: ClusterState): EpochMs | undefined {
  let wakeAt: EpochMs | undefined
  for (const inFlight of [...state.updates.values()]) {
    state.seeingTo = inFlight.update.actionId
    wakeAt = earliest(wakeAt, driveUpdate(state, inFlight))
  }
  return wakeAt
}

const STATUS_WHILE: readonly (readonly [name: string, status: ClusterStatus])[] = [
  ['CLUSTER_DELETE', 'Deleting'],
  ['CLUSTER_CREATE', 'Creating'],
  ['CLUSTER_UPDATE', 'Updating'],
  ['CLUSTER_CHANGE_VERSION', 'Updating'],
  ['CLUSTER_RESIZE', 'Resizing'],
  ['CLUSTER_SCALE_OUT', 'Resizing'],
  ['CLUSTER_SCALE_IN', 'Resizing'],
  ['CLUSTER_ADD_NODES', 'Resizing'],
  ['CLUSTER_DEL_NODES', 'Resizing'],
  ['CLUSTER_REPLACE_NODES', 'Resizing'],
  ['POOL_DELETE', 'Resizing'],
  ['CLUSTER_RECOVER', 'Recovering'],
  ['CLUSTER_OPERATION', 'Updating'],
  ['CLUSTER_CHECK', 'Checking'],
]

function noteStatus(state: ClusterState): void {
  const { status, reason } = judgeCluster(state)
  if (status === state.cluster.status && reason === state.cluster.statusReason) return
  if (status !== state.cluster.status) {
    const level = status === 'Critical' || status === 'Warning' ? 'warning' : 'info'
    state.event('cluster.status', `${state.cluster.status} → ${status}: ${reason}`, {
      level,
      data: { status },
    })
  }
  const isFirst = status === 'Active' && state.cluster.firstReadyAt === null
  state.patchCluster({
    status,
    statusReason: reason,
    updatedAt: state.now,
    ...(isFirst && { firstReadyAt: state.now }),
  })
}

function judgeCluster(state: ClusterState): { status: ClusterStatus; reason: string } {
  const total = state.nodes.size
  const reason = `${state.available} of ${total} nodes available`
  const running = new Set([...state.fanouts.keys()].map((id) => state.actions.get(id)?.name as string))
  const busy = STATUS_WHILE.find(([name]) => running.has(name))
  if (busy) return { status: busy[1], reason }
  let smallest = 0
  for (const pool of state.pools.values()) smallest += pool.minSize
  if (state.available === total) return { status: 'Active', reason }
  return { status: state.available === 0 || state.available < smallest ? 'Critical' : 'Warning', reason }
}
