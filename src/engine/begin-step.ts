import type { Action, NodeActionName } from '../domain/action.ts'
import type { JsonObject, RevisionId } from '../domain/ids.ts'
import { lastStartOf, type Node, type NodeStatus, withLastStart, withStray } from '../domain/node.ts'
import type { ClusterState } from './cluster-state.ts'

const STATUS_WHILE: Readonly<Record<NodeActionName, NodeStatus | null>> = {
  NODE_CREATE: 'Creating',
  NODE_UPDATE: 'Updating',
  NODE_START: 'Updating',
  NODE_STOP: 'Updating',
  NODE_RECOVER: 'Recovering',
  NODE_DELETE: 'Deleting',
  // These leave the node serving.
  NODE_PLACE_CODE: null,
  NODE_CHECK: null,
  NODE_OPERATION: null,
  NODE_JOIN: null,
  NODE_LEAVE: null,
}

const STARTS: readonly string[] = ['NODE_CREATE', 'NODE_UPDATE', 'NODE_START', 'NODE_RECOVER']

/** Whether it starts its replacement beside what runs in its node, which goes on serving until that passes. */
export function isSurge({ inputs }: Pick<Action, 'inputs'>): boolean {
  return inputs['surge'] === true
}

/** Whether a node action of that name is to start something new. */
export function isStart(name: string): boolean {
  return STARTS.includes(name)
}

/**
 * Makes a node busy with an action that begins now. Whatever starts something new counts up `attempt`, and with
 * it the key of the start: all of it is durable before the runtime is called.
 */
export function beginStep(state: ClusterState, action: Action, node: Node, because: string): void {
  const name = action.name as NodeActionName
  const attempt = isStart(name) ? node.attempt + 1 : node.attempt
  const revisionId = (action.inputs['revisionId'] ??
    node.revisionId ??
    committedOf(state, node)) as RevisionId
  const inputs: JsonObject = {
    ...action.inputs,
    revisionId,
    wasAvailable: node.status === 'Running' && node.health === 'Healthy',
  }
  const running = state.startAction({ ...action, inputs }, because)
  const status = isSurge(action) ? null : STATUS_WHILE[name]
  const away = status === null ? {} : { status, health: 'Unknown' as const, availableSince: null }
  const begun = { ...node, ...away, attempt, actionId: running.id, statusReason: because }
  // What serves goes on under the name of its own start, and from now on something may live beside it.
  state.putNode(isSurge(action) ? withStray(withLastStart(begun, lastStartOf(node)), true) : begun)
}

/** Begins an action on a node that is free, without it ever having waited. */
export function beginNewStep(
  state: ClusterState,
  node: Node,
  fields: Pick<Action, 'name' | 'createdBy'> & Partial<Action>,
  because: string,
): void {
  const action = state.newAction({ inputs: {}, poolId: node.poolId, nodeId: node.id, ...fields })
  beginStep(state, action, node, because)
}

function committedOf(state: ClusterState, node: Node): RevisionId | null {
  return state.pools.get(node.poolId)?.committedRevisionId ?? null
}
