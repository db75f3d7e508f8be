import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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
  /** How zips come in. */
  readonly uploads: Uploads
  readonly clock: Clock
  readonly log: Log
}

/** Takes zips in as they arrive: never more than a chunk of one is in memory. */
export interface Uploads {
  /** Lets them through as streams on the routes of this scope. */
  use(app: FastifyInstance): Promise<void>
  /**
   * The zip that a request's body is, or the one file of its form.
   * @throws DroverError `too_large`, InvalidRequestError when there is none
   */
  open(request: FastifyRequest, reply: FastifyReply): Promise<Upload>
}

/** A zip on its way in. */
export interface Upload {
  /** Fails with `too_large` past the limit, and with `cancelled` when the client has gone. */
  readonly stream: Readable
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal
  /** As a form's part says it; empty if nobody does. */
  readonly fileName: string
}
