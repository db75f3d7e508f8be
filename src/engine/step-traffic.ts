import type { Balancer, Balancers } from '../balancers/balancer.ts'
import { type BalancerPlace, placeOf, serverNameOf } from '../domain/balancer-place.ts'
import { BalancerFailedError } from '../domain/errors.ts'
import type { Endpoint, Node } from '../domain/node.ts'
import { type Clock, sleep } from '../system/clock.ts'
import type { Log } from '../system/log.ts'

const RETRY_MS = 250

/** Where the node of a step takes its requests from. */
export interface Traffic {
  readonly balancer: Balancer
  readonly place: BalancerPlace
  readonly server: string
}

interface TrafficDeps {
  readonly clock: Clock
  readonly log: Log
}

/** @returns null for a node that is behind no balancer */
export function toTraffic(balancers: Balancers, node: Node): Traffic | null {
  const place = placeOf(node)
  const balancer = place && balancers.at(place)
  return balancer && { balancer, place, server: serverNameOf(node.id) }
}

/**
 * Before a node is touched: sees to it that it gets no new requests, and that those it has are answered or had their time.
 * @throws BalancerFailedError when that cannot be done, unless the policy says to go on all the same
 */
export async function takeOut(
  { clock, log }: TrafficDeps,
  { balancer, place, server }: Traffic,
  signal: AbortSignal,
): Promise<void> {
  try {
    const drain = () => balancer.drain(server, place.drainSeconds * 1000, signal)
    const { left } = await insist(clock, place, drain, signal)
    if (left > 0)
      log.warn({ server, left, balancer: balancer.name }, 'a node is touched while it has requests')
  } catch (error) {
    if (!(error instanceof BalancerFailedError) || place.whenUnreachable === 'FAIL') throw error
    log.warn({ err: error, server }, 'a node is touched though it could not be taken out of its balancer')
  }
}

/** Once a node serves: has it get requests. @throws BalancerFailedError */
export async function putIn(
  { clock }: TrafficDeps,
  { balancer, place, server }: Traffic,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<void> {
  if (!place.isLeaving) await insist(clock, place, () => balancer.put(server, endpoint, signal), signal)
}

/** Once a node is gone: takes it away. @throws BalancerFailedError, unless the policy says to go on all the same */
export async function takeAway(
  { clock, log }: TrafficDeps,
  { balancer, place, server }: Traffic,
  signal: AbortSignal,
): Promise<void> {
  try {
    await insist(clock, place, () => balancer.remove(server, signal), signal)
  } catch (error) {
    if (!(error instanceof BalancerFailedError) || place.whenUnreachable === 'FAIL') throw error
    log.warn({ err: error, server }, 'a node is gone, and its server still in the balancer')
  }
}

/** A balancer that cannot be reached may be starting again. */
async function insist<T>(
  clock: Clock,
  { timeoutSeconds }: BalancerPlace,
  call: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const until = clock.now() + timeoutSeconds * 1000
  while (true) {
    try {
      return await call()
    } catch (error) {
      const mayRecover = error instanceof BalancerFailedError && error.retryable
      if (!mayRecover || clock.now() + RETRY_MS > until) throw error
    }
    await sleep(clock, RETRY_MS, signal)
  }
}
