import { createHash } from 'node:crypto'
import type { Action, ActionName } from '../domain/action.ts'
import type { NodePool } from '../domain/cluster.ts'
import type { SizeRefusal } from '../domain/errors.ts'
import type { ActionId, JsonObject } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import type { AttachedPolicy } from '../domain/policy.ts'
import { shortenLists } from '../domain/shorten-lists.ts'
import { consult } from '../policies/consult.ts'
import { findPolicyType } from '../policies/index.ts'
import type { Decisions, MemberFacts, MembershipChange, Placement, PolicyTarget } from '../policies/policy.ts'
import { boundPolicies } from './cluster-policies.ts'
import type { ClusterState } from './cluster-state.ts'

/** Of an action that leaves its pool's members as they are. */
export const NO_MEMBERSHIP_CHANGE: MembershipChange = { count: 0, isCountGiven: true, nodes: null }

/** Why an action must not begin. */
export interface Refusal {
  readonly because: string
  /** The size that cannot be, if that is why. */
  readonly size?: SizeRefusal
  /** Name of the policy that denied it. */
  readonly policy?: string
}

/** An action after its cluster's policies were asked. */
export interface Consulted {
  readonly action: Action
  readonly decisions: Decisions
  /** Null if it may begin. */
  readonly refusal: Refusal | null
}

/**
 * Asks the cluster's policies about an action that begins. What they said is kept in the action's `data`, and told:
 * whoever takes the action over reads it there instead of asking again.
 */
export function askPolicies(
  state: ClusterState,
  action: Action,
  target: PolicyTarget,
  pool: NodePool,
  change: MembershipChange,
): Consulted {
  if (state.policies.size === 0) return { action, decisions: {}, refusal: null }
  const asking = { name: target, inputs: action.inputs }
  const { isAllowed, decisions, said, refusedSize } = consult(boundPolicies(state), {
    ...{ seed: seedOf(action), action: asking, change },
    ...poolFacts(state, pool),
  })
  if (said.length === 0) return { action, decisions: {}, refusal: null }
  const asked = { ...action, data: { ...action.data, isAllowed, decisions, said } as unknown as JsonObject }
  state.putAction(asked)
  const words = said.map(({ policy, because }) => `${policy}: ${because}`)
  state.event(isAllowed ? 'policy.consulted' : 'policy.denied', `${action.name}: ${words.join('; ')}`, {
    actionId: action.id,
    principal: action.createdBy,
    level: isAllowed ? 'info' : 'warning',
    data: shortenLists({ decisions } as unknown as JsonObject),
  })
  if (isAllowed) return { action: asked, decisions, refusal: null }
  const policy = said.at(-1)?.policy as string
  const refusal = { because: `policy ${words.at(-1)}`, policy, ...(refusedSize && { size: refusedSize }) }
  return { action: asked, decisions, refusal }
}

/** How many nodes the policies of the cluster would let an update of a pool move at once; null if none says. Nobody is told. */
export function batchSizeOf(state: ClusterState, pool: NodePool): number | null {
  const decides = ({ policy, binding }: AttachedPolicy) =>
    binding.enabled && findPolicyType(policy.type)?.targets.before.includes('CLUSTER_UPDATE')
  if (![...state.policies.values()].some(decides)) return null
  const { decisions } = consult(boundPolicies(state), {
    ...{ seed: 0, action: { name: 'CLUSTER_UPDATE', inputs: {} } },
    ...{ change: NO_MEMBERSHIP_CHANGE, ...poolFacts(state, pool) },
  })
  return decisions.batch?.size ?? null
}

function poolFacts(state: ClusterState, pool: NodePool) {
  return {
    now: state.now,
    bounds: { minSize: pool.minSize, maxSize: pool.maxSize },
    members: membersOf(state, pool).map((node) => toFacts(state, node)),
  }
}

/** What policies decided about an action when it began. */
export function decisionsOf({ data }: Pick<Action, 'data'>): Decisions {
  return (data['decisions'] ?? {}) as Decisions
}

/** Where a node was put. */
export function placementOf({ data }: Pick<Node, 'data'>): Placement {
  return (data['placement'] ?? {}) as Placement
}

/** The nodes of a pool that stay, as far as anybody knows. */
export function membersOf(state: ClusterState, pool: NodePool): Node[] {
  return state.nodesOf(pool.id).filter((node) => !isGoing(state, node))
}

const LEAVING: readonly ActionName[] = ['NODE_DELETE', 'NODE_LEAVE']

/** Whether something takes the node away, or is about to. */
export function isGoing(state: ClusterState, { id, actionId }: Node): boolean {
  const takesAway = (one: ActionId) => LEAVING.includes(state.actions.get(one)?.name as ActionName)
  if (actionId !== null && takesAway(actionId)) return true
  return state.waitingByNode.get(id)?.some(takesAway) ?? false
}

function toFacts(state: ClusterState, node: Node): MemberFacts {
  const revision = node.revisionId === null ? undefined : state.revisions.get(node.revisionId)
  return {
    id: node.id,
    index: node.index,
    status: node.status,
    isAvailable: isAvailable(node),
    isTainted: node.tainted,
    createdAt: node.createdAt,
    revisionCreatedAt: revision?.createdAt ?? null,
    placement: placementOf(node),
  }
}

/** Chance that is the same for the same action, whoever asks. */
function seedOf({ id }: Action): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0)
}
