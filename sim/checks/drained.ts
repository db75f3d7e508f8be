import { placeOf, serverNameOf } from '../../src/domain/balancer-place.ts'
import type { BalancerWorld } from '../balancer.ts'
import type { Check, Scene } from './check.ts'

/** Drained: whoever stops a node that takes requests from a balancer has taken it out there before. */
export function createDrainedCheck({ ledger, fail }: Scene, { servers }: BalancerWorld): Check {
  return {
    onEffect({ nodeId, what, machine }) {
      if (machine === null || (what !== 'stopped' && what !== 'removed')) return
      const node = ledger.nodes.get(nodeId)
      if (!node || placeOf(node) === null) return
      if (servers.get(serverNameOf(nodeId))?.isOpen)
        fail('drained', `${node.name} was ${what} while it took requests`)
    },
  }
}
