import type { JsonObject } from './ids.ts'
import type { Node } from './node.ts'

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

/**
 * What a node is called by its balancer. It has two names, which take turns: while its replacement starts beside it, both
 * take requests.
 */
export function serverNameOf({ id, data }: Pick<Node, 'id' | 'data'>): string {
  return `${SERVER_PREFIX}${id}${data['server'] === 'second' ? SECOND : ''}`
}

/** The other of its names, which what is started beside it gets. */
export function otherServerNameOf(node: Pick<Node, 'id' | 'data'>): string {
  return serverNameOf(withOtherServer(node))
}

/** The node once it goes by its other name. */
export function withOtherServer<N extends Pick<Node, 'data'>>(node: N): N {
  const { server, ...data } = node.data
  return { ...node, data: server === 'second' ? data : { ...data, server: 'second' } }
}

const SECOND = '-2'

/** How the names of all servers begin that are nodes. */
export const SERVER_PREFIX = 'drover-'
