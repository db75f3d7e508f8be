import type { BalancerPlace } from '../../domain/balancer-place.ts'
import type { Policy } from '../../domain/policy.ts'
import { BACKEND_NAME, parse } from './spec.ts'

/** What an installation can do about pools. */
interface Ability {
  /** Whether a pool that a policy only describes is made for it. */
  readonly makesPools: boolean
}

/** A policy never changes, so it is read once. */
const places = new WeakMap<Policy, BalancerPlace | null>()

/**
 * Where the nodes of a cluster with this policy take their requests from: the HAProxy that it names, or the backend that
 * is called as its pool is, in the HAProxy of the server's settings.
 * @returns null when the policy names neither, and so means nothing that Drover can drive
 */
export function placeOfPolicy(policy: Policy, ability: Ability): BalancerPlace | null {
  const known = places.get(policy)
  if (known !== undefined) return known
  const place = readPlace(policy, ability)
  places.set(policy, place)
  return place
}

function readPlace({ id, version, properties }: Policy, { makesPools }: Ability): BalancerPlace | null {
  const { haproxy, pool, lbStatusTimeout: timeoutSeconds } = parse(version, properties)
  if (haproxy) {
    const { socket, backend, drainSeconds, whenUnreachable } = haproxy
    return { socket, backend, timeoutSeconds, drainSeconds, whenUnreachable }
  }
  const rest = { socket: null, timeoutSeconds, drainSeconds: 30, whenUnreachable: 'FAIL' } as const
  if (pool?.id) return BACKEND_NAME.test(pool.id) ? { ...rest, backend: pool.id } : null
  return pool && makesPools ? { ...rest, backend: `pool-of-${id}`, isMade: true } : null
}
