import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../control/control.ts'
import type { Principal } from '../../domain/principal.ts'
import type { GatewayDeps } from '../gateway.ts'

const TICKET = 'x-dku-apiticket'

/** The project of a key that is for all of them, when the address names none. */
const DEFAULT_PROJECT = 'default'

/**
 * Finds out who asks: by an API key of Drover as user name or as bearer, or by the same in the header that a client with a ticket
 * sends. Called before any of the body is read.
 * @throws UnauthenticatedError, RateLimitedError
 */
export async function prove(deps: GatewayDeps, request: FastifyRequest): Promise<Principal> {
  const { authorization, [TICKET]: ticket } = request.headers
  const isTicket = authorization === undefined && typeof ticket === 'string'
  return await deps.authenticate(isTicket ? `Bearer ${ticket}` : authorization, request.ip)
}

/**
 * The caller in a project: the one that the address names, else the only one that the credential is for, else `default`.
 * @param named by the path
 */
export function callerIn(principal: Principal, named: string | undefined): Caller {
  if (named !== undefined) return { principal, project: named }
  if (principal.login?.projectId) return { principal, project: principal.login.projectId }
  const projects = [...new Set(principal.grants.map(({ projectId }) => projectId))]
  const [only] = projects
  const isOnly = projects.length === 1 && only !== undefined && only !== '*'
  return { principal, project: isOnly ? only : DEFAULT_PROJECT }
}
