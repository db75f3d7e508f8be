import { createHash } from 'node:crypto'
import type { Action, ActionName } from '../domain/action.ts'
import type { NodePool } from '../domain/cluster.ts'
import type { SizeRefusal } from '../domain/errors.ts'
import type { ActionId, JsonObject } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import { shortenLists } from '../domain/shorten-lists.ts'
import { consult } from '../policies/consult.ts'
import type { Decisions, MemberFacts, MembershipChange, Placement, PolicyTarget } from '../policies/policy.ts'
import { boundPolicies } from './cluster-policies.ts'
import type { ClusterState } from './cluster-state.ts'

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
  const { isAllowed, decisions, said, refusedSize } = consult(boundPolicies(state), {
    now: state.now,
    seed: seedOf(action),
    action: { name: target, inputs: action.inputs },
    bounds: { minSize: pool.minSize, maxSize: pool.maxSize },
    members: membersOf(state, pool).map((node) => toFacts(state, node)),
    change,
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
