import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Asker } from '../../control/control.ts'
import { RateLimitedError } from '../../domain/errors.ts'
import type { GatewayDeps } from '../gateway.ts'
import { challengeOf, headerOf } from '../keystone.ts'
import { applicationCredentialRoutes } from './application-credential-routes.ts'
import { errorOf, toKeystoneError } from './errors.ts'
import { resourceRoutes } from './resource-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { presentVersion } from './translate.ts'

/** What the routes of this gateway work with. */
export interface IdentityDeps extends GatewayDeps {
  /** Who asks, by `X-Auth-Token`. @throws UnauthenticatedError */
  askerOf(request: FastifyRequest): Promise<Asker>
  /** This gateway's own address for the request's client. */
  baseOf(request: FastifyRequest): string
}

/** Adds all of them, with Keystone's headers and error bodies. */
export function addRoutes(app: FastifyInstance, given: GatewayDeps): void {
  const deps: IdentityDeps = {
    ...given,
    askerOf: async (request) => ({
      principal: await given.authenticateToken(headerOf(request, 'x-auth-token'), request.ip),
    }),
    baseOf: (request) => given.urlOf('identity', request),
  }
  app.addHook('onRequest', async (request, reply) => {
    const given = headerOf(request, 'x-openstack-request-id')
    const isFine = given !== undefined && /^req-[\w-]{1,100}$/.test(given)
    reply.headers({ 'x-openstack-request-id': isFine ? given : `req-${randomUUID()}`, vary: 'X-Auth-Token' })
  })
  useErrors(app, deps)
  discoveryRoutes(app, deps)
  tokenRoutes(app, deps)
  resourceRoutes(app, deps)
  applicationCredentialRoutes(app, deps)
}

function useErrors(app: FastifyInstance, deps: IdentityDeps): void {
  app.setErrorHandler((thrown, request, reply) => {
    const body = errorOf(thrown, request.id)
    const { code } = body.error
    if (code === 500) {
      const { url } = request.routeOptions
      deps.log.error({ requestId: request.id, route: url, err: thrown }, 'unexpected error')
    }
    if (code === 401) reply.header('www-authenticate', challengeOf(deps, request))
    if (thrown instanceof RateLimitedError) reply.header('retry-after', String(thrown.retryAfterSeconds))
    return reply.code(code).send(body)
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(toKeystoneError(404, 'This part of the Identity API is not served here.')),
  )
}

/** Which versions there are: asked before anybody has logged in. */
function discoveryRoutes(app: FastifyInstance, { baseOf }: IdentityDeps): void {
  app.get('/', async (request, reply) =>
    reply.code(300).send({ versions: { values: [presentVersion(baseOf(request))] } }),
  )
  for (const path of ['/v3', '/v3/']) {
    app.get(path, async (request) => ({ version: presentVersion(baseOf(request)) }))
  }
}
