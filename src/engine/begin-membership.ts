import type { Action } from '../domain/action.ts'
import type { NodePool } from '../domain/cluster.ts'
import type { JsonObject, NodeId, PoolId } from '../domain/ids.ts'
import { planSizes, type SizeAdjustment } from '../planner/adjust-size.ts'
import type { Decisions, MembershipChange, PolicyTarget } from '../policies/policy.ts'
import type { ClusterState } from './cluster-state.ts'
import { askPolicies, type Consulted, membersOf, type Refusal } from './consultation.ts'
import { leavingNodes } from './joins.ts'
import { poolOf } from './membership.ts'

type Sizes = Pick<NodePool, 'minSize' | 'maxSize' | 'desiredCapacity'>

/** What an action does to its pool, before policies had their say. */
interface Wish {
  readonly target: PolicyTarget
  readonly change: MembershipChange
  /** What the pool shall have, given how many nodes come or go in the end; a refusal if that cannot be. */
  sizes(decisions: Decisions): Sizes | Refusal
}

/**
 * Settles what an action that changes a pool's members is to do, when it begins: works out the sizes that are not
 * known before, asks the policies, and writes the sizes that come of it.
 */
export function settleMembership(state: ClusterState, action: Action): Consulted {
  const pool = action.poolId === null ? undefined : poolOf(state, action.poolId as PoolId)
  const wish = pool && wishOf(state, action, pool)
  if (!pool || !wish) return { action, decisions: {}, refusal: null }
  if ('because' in wish) return { action, decisions: {}, refusal: wish }
  const consulted = askPolicies(state, action, wish.target, pool, wish.change)
  if (consulted.refusal !== null) return consulted
  const sizes = wish.sizes(consulted.decisions)
  if ('because' in sizes) return { ...consulted, refusal: sizes }
  const same = (Object.keys(sizes) as (keyof Sizes)[]).every((key) => sizes[key] === pool[key])
  if (!same) state.patchPool(pool.id, { ...sizes, version: pool.version + 1, updatedAt: state.now })
  return consulted
}

function wishOf(state: ClusterState, action: Action, pool: NodePool): Wish | Refusal | undefined {
  const { minSize, maxSize, desiredCapacity } = pool
  const stored = { minSize, maxSize, desiredCapacity }
  const { inputs } = action
  switch (action.name) {
    case 'CLUSTER_SCALE_OUT':
      return scaling(state, action, pool, 1)
    case 'CLUSTER_SCALE_IN':
      return scaling(state, action, pool, -1)
    case 'CLUSTER_RESIZE': {
      const size = membersOf(state, pool).length
      const sizes = inputs['adjustment'] === undefined ? stored : adjusted(inputs['adjustment'], size, stored)
      if ('because' in sizes) return sizes
      const count = sizes.desiredCapacity - size
      const change = { count, isCountGiven: true, nodes: null }
      return { target: action.name, change, sizes: (decisions) => keepingCapacity(pool, sizes, decisions) }
    }
    case 'CLUSTER_ADD_NODES': {
      if (inputs['joining'] !== undefined) return undefined
      const made = inputs['made'] as readonly NodeId[] | undefined
      const count = made?.length ?? desiredCapacity - membersOf(state, pool).length
      return {
        target: 'NODE_CREATE',
        change: { count, isCountGiven: true, nodes: null },
        sizes: () => stored,
      }
    }
    case 'CLUSTER_DEL_NODES': {
      const leaving = leavingNodes(action)
      const nodes = leaving.length > 0 ? leaving : ((inputs['nodeIds'] ?? []) as readonly NodeId[])
      const change = { count: -nodes.length, isCountGiven: true, nodes }
      // Each of them takes its place with it when it leaves.
      if (leaving.length > 0) return { target: action.name, change, sizes: () => stored }
      const before = { ...stored, desiredCapacity: desiredCapacity + nodes.length }
      return {
        target: action.name,
        change,
        // The request has made the capacity smaller already.
        sizes: ({ deletion }) => (deletion?.reduceDesiredCapacity === false ? before : stored),
      }
    }
    case 'CLUSTER_REPLACE_NODES':
      return {
        target: action.name,
        change: { count: 0, isCountGiven: true, nodes: null },
        sizes: () => stored,
      }
    default:
      return undefined
  }
}

function scaling(state: ClusterState, action: Action, pool: NodePool, sign: 1 | -1): Wish {
  const size = membersOf(state, pool).length
  const count = action.inputs['count'] as number | null
  const change = { count: sign * (count ?? 1), isCountGiven: count !== null, nodes: null }
  return {
    target: action.name as PolicyTarget,
    change,
    sizes(decisions) {
      const { minSize, maxSize } = pool
      const desiredCapacity = size + (decisions.count ?? change.count)
      const outside = `${size} nodes cannot become ${desiredCapacity}`
      const capacity = { what: 'capacity', value: desiredCapacity, isGiven: false } as const
      if (desiredCapacity < minSize) {
        const because = `${outside}: the pool's minSize is ${minSize}`
        return { because, size: { ...capacity, relation: 'below', bound: 'minSize', limit: minSize } }
      }
      if (maxSize !== null && desiredCapacity > maxSize) {
        const because = `${outside}: the pool's maxSize is ${maxSize}`
        return { because, size: { ...capacity, relation: 'above', bound: 'maxSize', limit: maxSize } }
      }
      return keepingCapacity(pool, { minSize, maxSize, desiredCapacity }, decisions)
    },
  }
}

/** A deletion policy may say that the places of nodes that leave are kept. */
function keepingCapacity(pool: NodePool, sizes: Sizes, { deletion, remove }: Decisions): Sizes {
  if (!remove || deletion?.reduceDesiredCapacity !== false) return sizes
  return { ...sizes, desiredCapacity: Math.max(sizes.desiredCapacity, pool.desiredCapacity) }
}

function adjusted(wanted: unknown, size: number, stored: Sizes): Sizes | Refusal {
  const plan = planSizes(wanted as JsonObject as unknown as SizeAdjustment, {
    ...stored,
    size,
    limit: Number.POSITIVE_INFINITY,
  })
  return plan.kind === 'sizes' ? plan.sizes : { because: `${plan.field}: ${plan.because}`, size: plan.size }
}
