import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RateLimitedError } from '../../domain/errors.ts'
import type { GatewayDeps } from '../gateway.ts'
import { keepRawBodies, signedRequestOf } from '../signed-request.ts'
import type { Answer, Ask, Method, Operation } from './ask.ts'
import { callerIn, type Proven, prove } from './authenticate.ts'
import { invalid, noSuchPath, toBody, toFault, wrongContentType } from './errors.ts'
import { presentProjects } from './projects.ts'
import { routes } from './routes.ts'

const PROJECT = '/api/v3/projects/:project'

/** Puts the operations of routes.ts on their paths, with what is the same for all of them. */
export function addRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  keepRawBodies(app)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-request-id', randomUUID())
  })
  app.setErrorHandler((error, request, reply) => {
    const fault = toFault(error)
    if (fault.status === 500) deps.log.error({ requestId: request.id, err: error }, 'unexpected error')
    if (error instanceof RateLimitedError) reply.header('retry-after', String(error.retryAfterSeconds))
    return reply.code(fault.status).send(toBody(fault))
  })
  app.setNotFoundHandler(({ method, url }) => {
    throw noSuchPath(method, url.split('?')[0] ?? '')
  })

  // Where a client looks for its project's id when it was told a region alone.
  app.get('/v3/projects', async (request) =>
    presentProjects(deps.control, await prove(deps, request), queryOf(request).get('name')),
  )
  for (const [path, operations] of Object.entries(routes)) {
    for (const [method, operation] of Object.entries(operations) as [Method, Operation][]) {
      app.route({
        method,
        url: `${PROJECT}${path}`,
        handler: async (request, reply) => {
          const proven = await prove(deps, request)
          request.principal = proven.principal
          return send(reply, await operation(await toAsk(deps, request, proven)))
        },
      })
    }
  }
}

async function toAsk(deps: GatewayDeps, request: FastifyRequest, proven: Proven): Promise<Ask> {
  const params = request.params as Ask['params']
  const { control, clock, config } = deps
  const caller = await callerIn(deps, proven, params['project'] ?? '')
  return { control, clock, config, caller, params, query: queryOf(request), body: parse(request) }
}

function queryOf({ url }: FastifyRequest): URLSearchParams {
  const search = url.indexOf('?')
  return new URLSearchParams(search < 0 ? '' : url.slice(search + 1))
}

/** @throws Fault if it is there and not JSON */
function parse(request: FastifyRequest): unknown {
  const { method, body } = signedRequestOf(request)
  if (body.length === 0 || method === 'GET') return undefined
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) throw wrongContentType()
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (error) {
    throw invalid('the request body', 'is not JSON', { cause: error })
  }
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  reply.code(status)
  return body === undefined ? reply.send() : reply.send(body)
}
