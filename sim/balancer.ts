import type { Balancer, Balancers, ServerState } from '../src/balancers/balancer.ts'
import { BalancerFailedError } from '../src/domain/errors.ts'
import { sleep } from '../src/system/clock.ts'
import type { FaultRates } from './faults.ts'
import { type Machine, never } from './machine.ts'
import type { Random } from './random.ts'

const DRAIN_MS = 200
const LATE_MS = 2000

/** What all servers of a run know as their load balancer. It outlives them, and forgets all when it is started again. */
export interface BalancerWorld {
  readonly servers: Map<string, ServerState>
}

export function createBalancerWorld(): BalancerWorld {
  return { servers: new Map() }
}

interface SimBalancerDeps {
  readonly machine: Machine
  readonly random: Random
  readonly faults: () => FaultRates
  readonly balancer: BalancerWorld
}

/** The load balancer as one process reaches it: requests and answers get lost, or come late. */
export function createSimBalancers(deps: SimBalancerDeps): Balancers {
  const { machine, random, faults } = deps
  const { servers } = deps.balancer
  const name = 'the balancer'

  async function call<T>(signal: AbortSignal, change: () => T): Promise<T> {
    if (machine.isDead) return never
    signal.throwIfAborted()
    const rates = faults()
    const lost = (what: string) => new BalancerFailedError(name, `the ${what} got lost`, { retryable: true })
    try {
      if (random.chance(rates.callRefused)) throw lost('request')
      const answer = change()
      if (random.chance(rates.callCrash)) machine.die('after it told the balancer')
      if (random.chance(rates.callSlow)) await sleep(machine.clock, random.int(1, LATE_MS))
      if (random.chance(rates.callLosesAnswer)) throw lost('answer')
      await machine.arrive()
      return answer
    } catch (error) {
      await machine.arrive()
      throw error
    }
  }
  const close = (server: string) => {
    const known = servers.get(server)
    if (known) servers.set(server, { ...known, isOpen: false })
  }

  const balancer: Balancer = {
    name,
    list: (signal) => call(signal, () => new Map(servers)),
    put: (server, address, signal) => call(signal, () => void servers.set(server, { address, isOpen: true })),
    async drain(server, limitMs, signal) {
      await call(signal, () => close(server))
      await sleep(machine.clock, random.int(0, Math.min(limitMs, DRAIN_MS)), signal)
      await call(signal, () => close(server))
      return { left: 0 }
    },
    shut: (server, signal) => call(signal, () => close(server)),
    remove: (server, signal) => call(signal, () => void servers.delete(server)),
  }
  return { at: () => balancer }
}
