import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../control/control.ts'
import type { Principal } from '../../domain/principal.ts'
import type { GatewayDeps } from '../gateway.ts'
import { illegal } from './errors.ts'

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
 * The caller in a project: the one that the address names, else the only one that the credential is for, else `default` if it is for
 * all.
 * @param named by the path
 * @throws Fault if it is for several, of which none is named
 */
export function callerIn(principal: Principal, named: string | undefined): Caller {
  if (named !== undefined) return { principal, project: named }
  if (principal.login?.projectId) return { principal, project: principal.login.projectId }
  const [only = '*', ...others] = new Set(principal.grants.map(({ projectId }) => projectId))
  if (only === '*' || others.includes('*')) return { principal, project: DEFAULT_PROJECT }
  if (others.length > 0) {
    throw illegal(`${principal.name} is for several projects: put /projects/<name> behind the host`)
  }
  return { principal, project: only }
}
