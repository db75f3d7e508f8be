import { otherServerNameOf, placeOf, serverNameOf } from '../../src/domain/balancer-place.ts'
import type { BalancerWorld } from '../balancer.ts'
import type { Check, Scene } from './check.ts'

/** Drained: whoever stops a node that takes requests from a balancer has taken it out there before. */
export function createDrainedCheck({ ledger, fail }: Scene, { servers }: BalancerWorld): Check {
  return {
    onEffect({ nodeId, what, key, machine }) {
      if (machine === null || (what !== 'stopped' && what !== 'removed')) return
      const node = ledger.nodes.get(nodeId)
      if (!node || placeOf(node) === null) return
      // While it surges, only what ends must take no more.
      const isSurging =
        node.actionId !== null && ledger.openActions.get(node.actionId)?.inputs['surge'] === true
      const [own, other] = [serverNameOf(node), otherServerNameOf(node)]
      const isNew = key?.endsWith(`/${node.attempt}`) ?? false
      const ends = isSurging && what === 'stopped' ? [isNew ? other : own] : [own, other]
      if (ends.some((server) => servers.get(server)?.isOpen))
        fail('drained', `${node.name} was ${what} while it took requests`)
    },
  }
}
