import type { BalancerPlace } from '../domain/balancer-place.ts'
import type { Endpoint } from '../domain/node.ts'

/**
 * What spreads requests over nodes. Every call may be repeated, also after a crash and by another engine: "already so" is
 * success. Servers that nobody made through this contract are never touched, nor told of.
 *
 * The life of a server:
 * ```
 *   put ─► takes requests ─► drain ─► takes none, serves what it has ─► shut: takes none ─► put … or remove
 * ```
 * @throws BalancerFailedError naming the balancer and what it said; `retryable` when it could not be reached
 */
export interface Balancer {
  /** For people: what and where it is. */
  readonly name: string
  /** The servers that were put here, by name. */
  list(signal: AbortSignal): Promise<ReadonlyMap<string, ServerState>>
  /** Has a server take requests at this address; adds it if it is not there. */
  put(server: string, address: Endpoint, signal: AbortSignal): Promise<void>
  /**
   * Gives a server no new requests, waits until those it has are answered, and shuts it.
   * @param limitMs after so long it is shut though it has requests
   */
  drain(server: string, limitMs: number, signal: AbortSignal): Promise<Drained>
  /** Gives a server no new requests from now on, and does not wait. */
  shut(server: string, signal: AbortSignal): Promise<void>
  /** Takes a server away; requests that it still has are broken off. */
  remove(server: string, signal: AbortSignal): Promise<void>
}

export interface ServerState {
  readonly address: Endpoint
  /** Whether it is meant to take new requests. */
  readonly isOpen: boolean
}

export interface Drained {
  /** Requests that it still had when the limit was reached; 0 when it became idle. */
  readonly left: number
}

/** The balancers that this server can drive. */
export interface Balancers {
  /** Whether a pool that a policy only describes is made for it. Default: it means nothing. */
  readonly makesPools?: boolean
  /** @returns null when the place names none that is known here: then there is nothing to do */
  at(place: BalancerPlace): Balancer | null
}
