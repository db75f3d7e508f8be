import type { FastifyInstance } from 'fastify'
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
  /** Where it lives on the server: `/gateways/senlin`. */
  readonly prefix: string
  /**
   * Adds the routes, in a scope of their own: error handler, authentication hook and content types set on `app`
   * are this gateway's alone, and paths are below its prefix.
   */
  register(app: FastifyInstance, deps: GatewayDeps): void | Promise<void>
}

export interface GatewayDeps {
  readonly control: Control
  /**
   * Finds out who asks by our own kinds of credential; a gateway turns the vendor's into one of them.
   * @throws UnauthenticatedError
   */
  authenticate(authorization: string | undefined): Promise<Principal>
  readonly clock: Clock
  readonly log: Log
}
