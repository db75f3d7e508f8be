import type { JsonObject, NodeId } from './ids.ts'

/** Where a node takes its requests from. Kept with the node, so that it is taken out there whatever became of the policy. */
export interface BalancerPlace {
  /** Address of HAProxy's runtime API; null for the server's own setting. */
  readonly socket: string | null
  readonly backend: string
  /** How long the balancer may not be reached before {@link whenUnreachable} decides. */
  readonly timeoutSeconds: number
  /** How long requests that a node has may take to end before it is touched all the same. */
  readonly drainSeconds: number
  /** Whether a node is let be when it cannot be taken out first, or touched all the same. */
  readonly whenUnreachable: 'FAIL' | 'CONTINUE'
  /** The backend is of the pool that was made for the policy. */
  readonly isMade?: true
  /** It is to be taken out for good. */
  readonly isLeaving?: true
}

/** Where a node takes its requests from; null for from nowhere that Drover knows. */
export function placeOf({ data }: { readonly data: JsonObject }): BalancerPlace | null {
  return (data['balancer'] ?? null) as BalancerPlace | null
}

/** What a node is called by its balancer. */
export function serverNameOf(id: NodeId): string {
  return `${SERVER_PREFIX}${id}`
}

/** How the names of all servers begin that are nodes. */
export const SERVER_PREFIX = 'drover-'
