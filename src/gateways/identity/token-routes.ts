import type { FastifyInstance, FastifyRequest } from 'fastify'
import { InvalidRequestError } from '../../domain/errors.ts'
import { headerOf } from '../keystone.ts'
import { parseAuthRequest } from './auth-request.ts'
import type { IdentityDeps } from './routes.ts'
import { presentCatalog, presentList, presentToken } from './translate.ts'

interface TokenQuery {
  readonly nocatalog?: string
}

/** Logging in, and what a token is. */
export function tokenRoutes(app: FastifyInstance, deps: IdentityDeps): void {
  const { control, askerOf, baseOf } = deps
  const catalogOf = (request: FastifyRequest) =>
    presentCatalog(deps.gateways, (gateway) => deps.urlOf(gateway, request))
  const wantedCatalog = (request: FastifyRequest<{ Querystring: TokenQuery }>) =>
    request.query.nocatalog === undefined ? catalogOf(request) : undefined

  app.post<{ Querystring: TokenQuery }>('/v3/auth/tokens', async (request, reply) => {
    const issued = await control.tokens.issue({ ...parseAuthRequest(request.body), address: request.ip })
    return reply
      .code(201)
      .header('x-subject-token', issued.secret)
      .send({ token: presentToken(issued, wantedCatalog(request)) })
  })

  app.get<{ Querystring: TokenQuery }>('/v3/auth/tokens', async (request, reply) => {
    const subject = subjectOf(request)
    const view = await control.tokens.get(await askerOf(request), subject)
    return reply
      .header('x-subject-token', subject)
      .send({ token: presentToken(view, wantedCatalog(request)) })
  })

  app.delete('/v3/auth/tokens', async (request, reply) => {
    await control.tokens.revoke(await askerOf(request), subjectOf(request))
    return reply.code(204).send()
  })

  app.get('/v3/auth/catalog', async (request) => {
    await askerOf(request)
    return presentList('catalog', catalogOf(request), baseOf(request), 'auth/catalog')
  })
}

function subjectOf(request: FastifyRequest): string {
  const token = headerOf(request, 'x-subject-token')
  if (token === undefined) throw new InvalidRequestError('X-Subject-Token', 'is required')
  return token
}
