import { type Action, type ActionName, hasBegun } from '../domain/action.ts'
import type { JsonObject, PoolId } from '../domain/ids.ts'
import { joiningNodes } from '../domain/joining.ts'
import { isWell } from '../domain/node.ts'
import type { PolicyTarget } from '../policies/policy.ts'
import { settleMembership } from './begin-membership.ts'
import { tellPolicies } from './cluster-policies.ts'
import type { ClusterState } from './cluster-state.ts'
import { decisionsOf } from './consultation.ts'
import { beginUpdate, endUpdate } from './drive-update.ts'
import type { Fanout } from './fanout.ts'
import { beginJoins, beginLeaving, leavingNodes } from './joins.ts'
import {
  chosen,
  createMember,
  createNode,
  madeAlready,
  poolOf,
  queueNodeAction,
  remainingWork,
} from './membership.ts'
import { carryOutPolicyAction, isPolicyAction } from './policy-actions.ts'
import { beginRemoval, endOfGrace } from './removals.ts'
import { endQueued } from './update-queue.ts'

/** They end when what they carry does. */
const ENDED_ELSEWHERE: readonly ActionName[] = ['CLUSTER_UPDATE', 'CLUSTER_CHANGE_VERSION']

/** Node actions of one cluster action that are open at once: bounds what one transaction writes. */
const MOST_OPEN = 500

/**
 * Begins a cluster action. What it consists of is node actions: those that make and delete nodes follow from what the
 * pool is and shall be, and are begun some at a time (`continueFanouts`); all others are made in the same
 * transaction that marks the action as running. So nothing else need be remembered: it is over when nothing is left
 * to begin and all of its children have ended (`endFinishedFanouts`).
 */
export function beginClusterAction(state: ClusterState, action: Action): void {
  if (action.name === 'CLUSTER_UPDATE') {
    beginUpdate(state, action)
    return
  }
  if (isPolicyAction(action)) {
    carryOutPolicyAction(state, action)
    return
  }
  const { action: running, refusal } = settleMembership(state, state.startAction(action, 'running'))
  if (refusal !== null) {
    const { because, ...why } = refusal
    const outputs = Object.keys(why).length > 0 ? { refused: why as JsonObject } : running.outputs
    endFanout(state, running, 'FAILED', because, outputs)
    return
  }
  const fanout = state.fanoutOf(action.id)
  state.event(`action.started`, `${action.name} began`, subject(action))
  const obstacle = beginHandovers(state, running)
  if (obstacle !== null) {
    endFanout(state, running, 'FAILED', obstacle)
    return
  }
  switch (action.name) {
    case 'CLUSTER_ADD_NODES':
      for (const [at, node] of madeAlready(state, running).entries()) {
        const placement = decisionsOf(running).placements?.[at] as JsonObject | undefined
        const placed = placement ? { ...node, data: { ...node.data, placement } } : node
        queueNodeAction(state, running, placed, 'NODE_CREATE')
      }
      break
    case 'CLUSTER_REPLACE_NODES':
      for (const node of chosen(state, running))
        createNode(state, running, node.poolId, {
          metadata: node.metadata,
          data: node.data,
          replaces: node.id,
        })
      break
    case 'CLUSTER_CHECK':
      for (const node of state.nodes.values()) queueNodeAction(state, running, node, 'NODE_CHECK')
      break
    case 'CLUSTER_RECOVER':
      for (const node of state.nodes.values()) {
        // Nodes that are looked at first may be found to be ill only then.
        const concerned = action.inputs['check'] === true || !isWell(node)
        if (concerned && node.actionId === null)
          queueNodeAction(state, running, node, 'NODE_RECOVER', howToRecover(action))
      }
      break
    case 'CLUSTER_OPERATION':
      for (const node of chosen(state, running)) {
        const { operation = null, params = {}, secrets } = running.inputs
        const inputs = { operation, params, ...(secrets !== undefined && { secrets }) }
        queueNodeAction(state, running, node, 'NODE_OPERATION', inputs)
      }
      break
    case 'POOL_DELETE':
    case 'CLUSTER_DELETE':
      endWhatGivesWay(state, running)
      break
  }
  fanout.rest = remainingWork(state, running)
}

function howToRecover({ inputs }: Action): JsonObject {
  const { poolId: _, checkCapacity: __, ...how } = inputs
  return how
}

/** @returns why it cannot be done; null if it can, or if no node is to come or go as it is */
function beginHandovers(state: ClusterState, action: Action): string | null {
  if (joiningNodes(action).length > 0) return beginJoins(state, action)
  return leavingNodes(action).length > 0 ? beginLeaving(state, action) : null
}

/** Begins the next nodes of actions that have more to do than may be open at once. */
export function continueFanouts(state: ClusterState): void {
  for (const [id, fanout] of state.fanouts) {
    const { make, remove } = fanout.rest
    if (make + remove.length === 0 || fanout.open > MOST_OPEN / 2) continue
    const action = state.actions.get(id) as Action
    if (action.status === 'SUSPENDED') continue
    state.seeingTo = id
    const until = remove.length > 0 ? endOfGrace(action) : null
    if (until !== null && state.now < until) {
      state.graces.set(id, until)
      continue
    }
    const room = MOST_OPEN - fanout.open
    const made = Math.min(make, room)
    for (let left = make; left > make - made; left -= 1) createMember(state, action, left)
    for (const nodeId of remove.slice(0, room - made)) {
      const node = state.nodes.get(nodeId)
      if (node) beginRemoval(state, action, node)
    }
    fanout.rest = { make: make - made, remove: remove.slice(room - made) }
  }
}

/** Ends the cluster actions whose last child has ended. */
export function endFinishedFanouts(state: ClusterState): void {
  for (const [id, fanout] of state.fanouts) {
    const action = state.actions.get(id)
    if (fanout.open + fanout.rest.make + fanout.rest.remove.length > 0) continue
    if (!action || !hasBegun(action) || ENDED_ELSEWHERE.includes(action.name)) continue
    state.seeingTo = id
    const cancelled = action.control?.cancellation != null
    if (action.status === 'SUSPENDED' && !cancelled) continue
    const { status, because } = judgeFanout(action, fanout)
    if (status === 'SUCCEEDED') removeEmptied(state, action)
    endFanout(state, action, status, because)
  }
}

function endFanout(
  state: ClusterState,
  action: Action,
  status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED',
  because: string,
  outputs: JsonObject = action.outputs,
): void {
  state.endAction(action, status, because, outputs)
  tellPolicies(state, action.name as PolicyTarget, status === 'SUCCEEDED')
  const type = status === 'CANCELLED' ? 'action.cancelled' : 'action.ended'
  const level = status === 'FAILED' ? 'error' : 'info'
  state.event(type, `${action.name}: ${because}`, { ...subject(action), level })
}

function judgeFanout(
  { control }: Action,
  { failed, cancelled, firstFailure }: Fanout,
): { readonly status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED'; readonly because: string } {
  const first = firstFailure === null ? '' : `, the first: ${firstFailure}`
  const failures = `${failed} ${failed === 1 ? 'node' : 'nodes'} failed${first}`
  if (control?.cancellation) {
    const because = `cancelled by ${control.cancellation.by}${failed === 0 ? '' : `; ${failures}`}`
    return { status: 'CANCELLED', because }
  }
  if (failed > 0) return { status: 'FAILED', because: failures }
  if (cancelled === 0) return { status: 'SUCCEEDED', because: 'all nodes are done' }
  return { status: 'CANCELLED', because: `${cancelled} of its node actions were cancelled` }
}

/** Whatever is under way gives way to a deletion. */
function endWhatGivesWay(state: ClusterState, action: Action): void {
  const because = `${action.name} (action ${action.id})`
  for (const inFlight of [...state.updates.values()]) {
    if (action.poolId === null || inFlight.update.poolId === action.poolId) {
      endUpdate(state, inFlight, { outcome: 'Cancelled', commit: false, because: `ended by ${because}` })
    }
  }
  for (const queued of [...state.queued.values()]) {
    if (action.poolId === null || queued.poolId === action.poolId)
      endQueued(state, queued, 'Cancelled', `ended by ${because}`)
  }
  for (const other of [...state.actions.values()]) {
    const concerned = action.poolId === null || other.poolId === action.poolId
    if (!concerned || other.id === action.id) continue
    if (other.status === 'RUNNING' && other.nodeId !== null) state.changes.aborted.push(other.id)
    else state.endAction(other, 'CANCELLED', `ended by ${because}`)
  }
}

function removeEmptied(state: ClusterState, action: Action): void {
  if (action.name === 'CLUSTER_DELETE') {
    state.changes.clusterDeleted = true
    state.event(
      'cluster.deleted',
      `cluster ${state.cluster.name} and everything in it is gone`,
      subject(action),
    )
  } else if (action.name === 'POOL_DELETE') {
    const pool = poolOf(state, action.poolId as PoolId)
    state.changes.deletedPools.push(pool.id)
    state.pools.delete(pool.id)
    state.changes.pools.delete(pool.id)
    state.event('pool.deleted', `pool ${pool.name} and its nodes are gone`, subject(action))
  }
}

function subject(action: Action) {
  return { actionId: action.id, principal: action.createdBy }
}
