import type { Action, NodeActionName } from '../domain/action.ts'
import type { JsonObject, RevisionId } from '../domain/ids.ts'
import type { Node, NodeStatus } from '../domain/node.ts'
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
  const status = STATUS_WHILE[name]
  const away = status === null ? {} : { status, health: 'Unknown' as const, availableSince: null }
  state.putNode({ ...node, ...away, attempt, actionId: running.id, statusReason: because })
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
