import { type BalancerPlace, placeOf } from '../domain/balancer-place.ts'
import type { JsonObject, NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { placeOfPolicy } from '../policies/loadbalance/place.ts'
import type { ClusterState } from './cluster-state.ts'

/** What the load-balance policy of a cluster wants of its nodes; null without one. */
interface Wish {
  /** Null when it means nothing that Drover can drive. */
  readonly place: BalancerPlace | null
  /** A disabled policy takes nobody in, and throws nobody out. */
  readonly takesIn: boolean
}

/**
 * Writes down for nodes which balancer they belong behind: for new ones, and for all when a load-balance policy was
 * attached, detached, enabled or disabled. What is written down is followed by the nodes' steps, and by the
 * `BalancerKeeper`. Costs nothing while neither has happened.
 *
 * @param makesPools whether the balancers of this engine make pools that a policy only describes
 */
export function followBalancer(state: ClusterState, makesPools: boolean): void {
  const attached = [...state.policies.values()].find(({ policy }) => policy.type === 'loadbalance')
  const key = attached ? `${attached.binding.id} ${attached.binding.enabled}` : ''
  const ids = key === state.balancedBy ? state.newcomers : [...state.nodes.keys()]
  state.newcomers = []
  state.balancedBy = key
  if (ids.length === 0) return
  const wish = attached
    ? { place: placeOfPolicy(attached.policy, { makesPools }), takesIn: attached.binding.enabled }
    : { place: null, takesIn: false }
  for (const id of ids) {
    const node = state.nodes.get(id)
    if (node) settle(state, node, wish)
  }
}

/** Takes note of nodes that were taken out for good. They may have to go somewhere else now. */
export function noteTakenOut(state: ClusterState, ids: readonly NodeId[]): void {
  for (const id of ids) {
    const node = state.nodes.get(id)
    if (!node || !placeOf(node)?.isLeaving) continue
    write(state, node, null)
    state.newcomers.push(id)
  }
}

function settle(state: ClusterState, node: Node, { place, takesIn }: Wish): void {
  const present = placeOf(node)
  if (!present) {
    if (place && takesIn) write(state, node, place)
    return
  }
  const { isLeaving = false, ...where } = present
  const belongs = place !== null && where.socket === place.socket && where.backend === place.backend
  if (belongs && isLeaving && takesIn) write(state, node, place)
  else if (!belongs && !isLeaving) write(state, node, { ...where, isLeaving: true })
}

function write(state: ClusterState, node: Node, place: BalancerPlace | null): void {
  const { balancer: _, ...others } = node.data
  const data = place ? { ...others, balancer: place as unknown as JsonObject } : others
  state.putNode({ ...node, data })
}
