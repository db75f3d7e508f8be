import type { BalancerPlace } from '../domain/balancer-place.ts'
import type { Clock } from '../system/clock.ts'
import type { Outbound } from '../system/outbound.ts'
import type { Balancer, Balancers } from './balancer.ts'
import { createHaproxyBalancer } from './haproxy/index.ts'
import { createSimulatedBalancer } from './simulated/index.ts'

export interface BalancersOptions {
  readonly clock: Clock
  /** Address of the HAProxy of those places that name none; null if there is none. */
  readonly haproxySocket: string | null
  /** What policies may name. */
  readonly outbound: Outbound
  /** Pools that no HAProxy has are made, and only pretend. */
  readonly simulate?: boolean
}

/** The balancers of this server, one for each backend that was ever asked for. */
export function createBalancers({
  clock,
  haproxySocket,
  outbound,
  simulate = false,
}: BalancersOptions): Balancers {
  const known = new Map<string, Balancer>()
  return {
    makesPools: simulate,
    at({ socket: named, backend, isMade }: BalancerPlace) {
      const socket = isMade ? null : (named ?? haproxySocket)
      if (socket === null && !simulate) return null
      const key = `${socket} ${backend}`
      const make = () => {
        if (socket === null) return createSimulatedBalancer(backend)
        const isNamedByPolicy = socket !== haproxySocket
        return createHaproxyBalancer({ socket, backend, clock, ...(isNamedByPolicy && { outbound }) })
      }
      const balancer = known.get(key) ?? make()
      known.set(key, balancer)
      return balancer
    },
  }
}
