import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Asker, Caller } from '../control/control.ts'
import { UnauthenticatedError } from '../domain/errors.ts'
import type { Principal } from '../domain/principal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on routes that ask for no credential. */
    principal: Principal | null
  }
  interface FastifyContextConfig {
    /** The route asks for no credential. */
    open?: boolean
  }
}

/**
 * Finds out who asks.
 * @param authorization the `Authorization` header
 * @param address where the request came from, for the audit of refusals
 * @throws UnauthenticatedError
 */
export type Authenticate = (authorization: string | undefined, address?: string) => Promise<Principal>

/** Every route of this scope needs a credential, checked before any of the body is read. */
export function useAuthentication(app: FastifyInstance, authenticate: Authenticate): void {
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.open === true) return
    request.principal = await authenticate(request.headers.authorization, request.ip)
  })
}

/** Who asks. */
export function askerOf(request: FastifyRequest): Asker {
  if (request.principal === null) throw new UnauthenticatedError()
  const key = request.headers['idempotency-key']
  return { principal: request.principal, ...(typeof key === 'string' && { idempotencyKey: key }) }
}

/** Who asks, in the project that the path names. */
export function callerOf(
  request: FastifyRequest & { readonly params: { readonly project: string } },
): Caller {
  return { ...askerOf(request), project: request.params.project }
}
