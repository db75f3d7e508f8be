import type { Action, ActionName } from '../domain/action.ts'
import { DEFAULT_POOL, type NodePool } from '../domain/cluster.ts'
import type { ActionId, JsonObject, NodeId, PoolId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { formatNodeName, memberNamePattern } from '../domain/node-name.ts'
import { chooseNodesToRemove } from '../planner/choose-nodes.ts'
import { beginNewStep } from './begin-step.ts'
import type { ClusterState } from './cluster-state.ts'
import { decisionsOf, isGoing, membersOf } from './consultation.ts'
import { type MembershipWork, NO_WORK } from './fanout.ts'

/** One for all nodes that have no metadata, or no data. */
const NOTHING: JsonObject = Object.freeze({})

/** What an action that changes membership still has to begin, from what the pool is now and what it shall be. */
export function remainingWork(state: ClusterState, action: Action): MembershipWork {
  const remove = (nodes: readonly Node[]) => ({
    make: 0,
    remove: nodes.filter((node) => !isGoing(state, node)).map((node) => node.id),
  })
  const decided = decisionsOf(action).remove
  if (decided) return remove(decided.flatMap((id) => state.nodes.get(id) ?? []))
  switch (action.name) {
    case 'CLUSTER_CREATE':
    case 'CLUSTER_RESIZE':
    case 'CLUSTER_SCALE_OUT':
    case 'CLUSTER_SCALE_IN':
    case 'CLUSTER_ADD_NODES': {
      if (action.inputs['joining'] !== undefined || action.inputs['made'] !== undefined) return NO_WORK
      // The size that is wanted now may be another than when the action was accepted.
      return fillUp(state, poolOf(state, action.poolId as PoolId))
    }
    case 'CLUSTER_RECOVER': {
      if (action.inputs['checkCapacity'] !== true) return NO_WORK
      return fillUp(state, poolOf(state, action.poolId as PoolId))
    }
    case 'CLUSTER_DEL_NODES':
      return remove(chosen(state, action))
    // What others began to remove gives way to these two, which see to the end of it themselves.
    case 'POOL_DELETE':
      return { make: 0, remove: othersThan(state, action, state.nodesOf(action.poolId as PoolId)) }
    case 'CLUSTER_DELETE':
      return { make: 0, remove: othersThan(state, action, [...state.nodes.values()]) }
    default:
      return NO_WORK
  }
}

/** What it takes for a pool to have as many nodes as are desired. */
function fillUp(state: ClusterState, pool: NodePool): MembershipWork {
  const members = membersOf(state, pool)
  const missing = pool.desiredCapacity - members.length
  return {
    make: Math.max(0, missing),
    remove: chooseNodesToRemove(members, -missing, pool.committedRevisionId),
  }
}

/** The nodes that this action has not begun to remove. */
function othersThan(state: ClusterState, { id: parentId }: Action, nodes: readonly Node[]): NodeId[] {
  const isOwn = (id: ActionId) => state.actions.get(id)?.parentId === parentId
  const isBegun = ({ id, actionId }: Node) =>
    (actionId !== null && isOwn(actionId)) || (state.waitingByNode.get(id) ?? []).some(isOwn)
  return nodes.filter((node) => !isBegun(node)).map((node) => node.id)
}

/**
 * Makes the next node that an action adds to its pool.
 * @param left how many the action still has to make, this one included
 */
export function createMember(state: ClusterState, action: Action, left: number): void {
  const names = (action.inputs['names'] ?? []) as readonly string[]
  const name = names.find((wanted) => !state.nodeNames.has(wanted))
  const metadata = (action.inputs['metadata'] ?? NOTHING) as JsonObject
  const placement = decisionsOf(action).placements?.at(-left)
  const data = placement ? ({ placement } as unknown as JsonObject) : NOTHING
  const poolId = action.poolId as PoolId
  createNode(state, action, poolId, { metadata, data, ...(name !== undefined && { name }) })
}

interface NewNode {
  /** Absent, or taken meanwhile: the next one of the pool. */
  readonly name?: string
  readonly metadata: JsonObject
  readonly data: JsonObject
  /** The node that goes once this one serves. */
  readonly replaces?: NodeId
}

/** Makes a node in a pool and begins to create it. */
export function createNode(state: ClusterState, action: Action, poolId: PoolId, wanted: NewNode): void {
  const pool = poolOf(state, poolId)
  const prefix = pool.name === DEFAULT_POOL ? state.cluster.name : `${state.cluster.name}-${pool.name}`
  let index = pool.nextNodeIndex
  // Somebody may have given one of these names to a node of their own.
  while (state.nodeNames.has(`${prefix}-${index}`)) index += 1
  const id = state.nextId<NodeId>()
  const pattern = memberNamePattern(state.cluster.config)
  const name = pattern ? formatNodeName(pattern, index, id.replaceAll('-', '')) : `${prefix}-${index}`
  state.patchPool(pool.id, { nextNodeIndex: index + 1 })
  const node: Node = {
    id,
    projectId: state.cluster.projectId,
    clusterId: state.cluster.id,
    poolId: pool.id,
    name: wanted.name && !state.nodeNames.has(wanted.name) ? wanted.name : name,
    index,
    status: 'Creating',
    statusReason: 'accepted',
    health: 'Unknown',
    revisionId: null,
    attempt: 0,
    actionId: null,
    physicalId: null,
    endpoint: null,
    handle: null,
    metadata: wanted.metadata,
    data: wanted.data,
    drift: null,
    driftReason: null,
    driftAt: null,
    availableSince: null,
    role: '',
    tainted: false,
    createdBy: action.createdBy,
    firstReadyAt: null,
    moves: 0,
    writtenAtIntent: 0,
    createdAt: state.now,
    updatedAt: state.now,
  }
  const fields = { name: 'NODE_CREATE' as const, createdBy: action.createdBy, parentId: action.id }
  const revisionId = pool.committedRevisionId
  const inputs = { revisionId, ...(wanted.replaces && { replaces: wanted.replaces }) }
  beginNewStep(state, node, { ...fields, inputs }, 'created')
}

/** Begins a child of `parent` on a node. The node may be held by something else: then the child waits for it. */
export function queueNodeAction(
  state: ClusterState,
  parent: Action,
  node: Node,
  name: ActionName,
  inputs: JsonObject = {},
): void {
  const { createdBy, id: parentId } = parent
  if (node.actionId === null) beginNewStep(state, node, { name, inputs, createdBy, parentId }, parent.name)
  else {
    state.putAction(
      state.newAction({ name, inputs, createdBy, parentId, poolId: node.poolId, nodeId: node.id }),
    )
  }
}

/** The nodes that an action names, those that are gone left out. */
export function chosen(state: ClusterState, action: Action): Node[] {
  const ids = (action.inputs['nodeIds'] ?? []) as readonly NodeId[]
  return ids.map((id) => state.nodes.get(id)).filter((node) => node !== undefined)
}

/** The nodes that the request for an action wrote itself, and that are still to be created. */
export function madeAlready(state: ClusterState, action: Action): Node[] {
  const ids = (action.inputs['made'] ?? []) as readonly NodeId[]
  return ids.flatMap((id) => state.nodes.get(id) ?? [])
}

/** A pool that must be there, because an action names it. */
export function poolOf(state: ClusterState, id: PoolId): NodePool {
  const pool = state.pools.get(id)
  if (!pool) throw new Error(`pool ${id} of cluster ${state.cluster.name} is not loaded`)
  return pool
}
