import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AccessKeys } from '../access/access-keys.ts'
import type { GatewayConfig } from '../config/settings.ts'
import type { Control } from '../control/control.ts'
import type { Principal } from '../domain/principal.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'

/**
 * Speaks a vendor's API for clients that were made for it. It translates both ways and calls `control`; it holds
 * no rules of its own. One folder here and one line in index.ts make a gateway.
 */
export interface Gateway {
  /** As in `drover gateway list`: `senlin`. */
  readonly name: string
  /** Where it lives on the server: `/gateways/senlin`. A listener of its own has it at `/`. */
  readonly prefix: string
  /** How OpenStack's catalog of services lists it; absent if it is no part of that. */
  readonly catalog?: CatalogType
  /**
   * Lines that a client's user has to set, for `drover gateway list`.
   * @param url the gateway's, without a slash at the end @param urls those of all gateways, by name
   */
  setup?(url: string, urls: Readonly<Record<string, string>>): readonly string[]
  /**
   * Adds the routes, in a scope of their own: error handler, authentication hook and content types set on `app`
   * are this gateway's alone, and paths are below its prefix.
   */
  register(app: FastifyInstance, deps: GatewayDeps): void | Promise<void>
}

export interface CatalogType {
  /** `clustering` */
  readonly type: string
  /** `senlin` */
  readonly name: string
}

export interface GatewayDeps {
  readonly control: Control
  /**
   * Finds out who asks by our own kinds of credential; a gateway turns the vendor's into one of them.
   * @param address where the request came from, for the audit of refusals
   * @throws UnauthenticatedError
   */
  authenticate(authorization: string | undefined, address?: string): Promise<Principal>
  /**
   * Finds out who asks by a token that the gateway `identity` gave. `login.projectId` of the principal is the project
   * that the token is for.
   * @param address where the request came from, for the audit of refusals
   * @throws UnauthenticatedError
   */
  authenticateToken(token: string | undefined, address?: string): Promise<Principal>
  /** For clients that sign their requests. */
  readonly accessKeys: AccessKeys
  /** The settings that gateways have. */
  readonly config: GatewayConfig
  /** Every gateway of this server. */
  readonly gateways: readonly Pick<Gateway, 'name' | 'catalog'>[]
  /** The address of a gateway as this request's client can reach it, without a slash at the end. */
  urlOf(gateway: string, request: FastifyRequest): string
  readonly clock: Clock
  readonly log: Log
}
