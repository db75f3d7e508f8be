import type { Balancer, Balancers } from '../balancers/balancer.ts'
import { type BalancerPlace, otherServerNameOf, placeOf, serverNameOf } from '../domain/balancer-place.ts'
import { BalancerFailedError } from '../domain/errors.ts'
import type { Endpoint, Node } from '../domain/node.ts'
import { type Clock, sleep } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { Trusted } from './trust.ts'

const RETRY_MS = 250

/** Where the node of a step takes its requests from. */
export interface Traffic {
  readonly balancer: Balancer
  readonly place: BalancerPlace
  readonly server: string
  /** What a replacement that starts beside the node is called there. */
  readonly other: string
}

interface TrafficDeps {
  readonly clock: Clock
  readonly log: Log
  /** Whether this engine may still act: a balancer cannot tell it from the one that took over. */
  readonly trust: Trusted
}

/** @returns null for a node that is behind no balancer */
export function toTraffic(balancers: Balancers, node: Node): Traffic | null {
  const place = placeOf(node)
  const balancer = place && balancers.at(place)
  return balancer && { balancer, place, server: serverNameOf(node), other: otherServerNameOf(node) }
}

/**
 * Before a node is touched: sees to it that it gets no new requests, and that those it has are answered or had their time.
 * @throws BalancerFailedError when that cannot be done, unless the policy says to go on all the same
 */
export async function takeOut(
  deps: TrafficDeps,
  { balancer, place, server }: Traffic,
  signal: AbortSignal,
): Promise<void> {
  try {
    const drain = () => balancer.drain(server, place.drainSeconds * 1000, signal)
    const { left } = await insist(deps, place, drain, signal)
    if (left > 0)
      deps.log.warn({ server, left, balancer: balancer.name }, 'a node is touched while it has requests')
  } catch (error) {
    if (!mayGoOn(place, error)) throw error
    deps.log.warn(
      { err: error, server },
      'a node is touched though it could not be taken out of its balancer',
    )
  }
}

/** Once a node serves: has it get requests. @throws BalancerFailedError */
export async function putIn(
  deps: TrafficDeps,
  { balancer, place, server }: Traffic,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<void> {
  if (!place.isLeaving) await insist(deps, place, () => balancer.put(server, endpoint, signal), signal)
}

/** The same for what was started beside the node. */
export function trafficBeside(traffic: Traffic): Traffic {
  return { ...traffic, server: traffic.other, other: traffic.server }
}

/** Once a node is gone: takes it away. @throws BalancerFailedError, unless the policy says to go on all the same */
export async function takeAway(
  deps: TrafficDeps,
  { balancer, place, server }: Traffic,
  signal: AbortSignal,
): Promise<void> {
  try {
    await insist(deps, place, () => balancer.remove(server, signal), signal)
  } catch (error) {
    if (!mayGoOn(place, error)) throw error
    deps.log.warn({ err: error, server }, 'a node is gone, and its server still in the balancer')
  }
}

/** A balancer that is left for good, and cannot be reached, may be gone for good: nothing is to wait for it. */
function mayGoOn({ whenUnreachable, isLeaving }: BalancerPlace, error: unknown): boolean {
  return error instanceof BalancerFailedError && (whenUnreachable === 'CONTINUE' || isLeaving === true)
}

/** A balancer that cannot be reached may be starting again. */
async function insist<T>(
  { clock, trust }: TrafficDeps,
  { timeoutSeconds, isLeaving }: BalancerPlace,
  call: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const until = clock.now() + (isLeaving ? 0 : timeoutSeconds * 1000)
  while (true) {
    if (!trust.isFresh) await trust.wait(signal)
    try {
      return await call()
    } catch (error) {
      const mayRecover = error instanceof BalancerFailedError && error.retryable
      if (!mayRecover || clock.now() + RETRY_MS > until) throw error
    }
    await sleep(clock, RETRY_MS, signal)
  }
}
