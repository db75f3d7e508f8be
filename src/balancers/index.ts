import type { BalancerPlace } from '../domain/balancer-place.ts'
import type { Clock } from '../system/clock.ts'
import type { Balancer, Balancers } from './balancer.ts'
import { createHaproxyBalancer } from './haproxy/index.ts'

export interface BalancersOptions {
  readonly clock: Clock
  /** Address of the HAProxy of those places that name none; null if there is none. */
  readonly haproxySocket: string | null
}

/** The balancers of this server, one for each backend that was ever asked for. */
export function createBalancers({ clock, haproxySocket }: BalancersOptions): Balancers {
  const known = new Map<string, Balancer>()
  return {
    at({ socket: named, backend }: BalancerPlace) {
      const socket = named ?? haproxySocket
      if (socket === null) return null
      const key = `${socket} ${backend}`
      const balancer = known.get(key) ?? createHaproxyBalancer({ socket, backend, clock })
      known.set(key, balancer)
      return balancer
    },
  }
}
