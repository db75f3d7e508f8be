import type { FastifyRequest } from 'fastify'
import type { GatewayDeps } from './gateway.ts'

/** Where OpenStack's clients log in, for the `WWW-Authenticate` header of a 401. */
export function challengeOf(deps: Pick<GatewayDeps, 'urlOf'>, request: FastifyRequest): string {
  return `Keystone uri="${deps.urlOf('identity', request)}"`
}

/** A header that comes once; undefined if it is absent. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}
