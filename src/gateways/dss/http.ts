import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RateLimitedError, UnauthenticatedError } from '../../domain/errors.ts'
import type { GatewayDeps } from '../gateway.ts'
import type { Answer, Ask, Method, Operation } from './ask.ts'
import { callerIn, prove } from './authenticate.ts'
import { illegal, notFound, toBody, toFault } from './errors.ts'
import { routes, UPLOAD } from './routes.ts'

/** The one that the Python client uses, and the one that is documented for everybody else. */
const BASES = ['/dip/publicapi', '/public/api']

/** A client's host may name the project of Drover that is meant. */
const TENANTS = ['', '/projects/:tenant']

const MAX_BODY_BYTES = 1024 ** 2

/** Puts the operations of routes.ts on their paths, with what is the same for all of them. */
export async function addRoutes(app: FastifyInstance, deps: GatewayDeps): Promise<void> {
  app.removeAllContentTypeParsers()
  // Clients send JSON and say so, or say nothing.
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(text as string))
    } catch (error) {
      done(illegal('the request body is not JSON', { cause: error }))
    }
  })
  await deps.uploads.use(app)
  app.setErrorHandler((error, request, reply) => {
    const fault = toFault(error)
    if (fault.type === 'InternalException') {
      deps.log.error({ requestId: request.id, err: error }, 'unexpected error')
    }
    if (error instanceof RateLimitedError) reply.header('retry-after', String(error.retryAfterSeconds))
    if (error instanceof UnauthenticatedError) reply.header('www-authenticate', 'Basic realm="drover"')
    return reply.code(fault.status).send(toBody(fault))
  })
  app.setNotFoundHandler(({ method, url }) => {
    throw notFound(`there is no ${method} ${url.split('?')[0]} here`)
  })
  const prefixes = TENANTS.flatMap((tenant) => BASES.map((base) => `${tenant}${base}`))
  for (const [path, operations] of Object.entries(routes)) {
    for (const [method, operation] of Object.entries(operations) as [Method, Operation][]) {
      for (const prefix of prefixes) addRoute(app, deps, { method, url: `${prefix}${path}`, operation })
    }
  }
}

function addRoute(
  app: FastifyInstance,
  deps: GatewayDeps,
  {
    method,
    url,
    operation,
  }: { readonly method: Method; readonly url: string; readonly operation: Operation },
): void {
  app.route({
    method,
    url,
    exposeHeadRoute: false,
    config: { slowBody: operation === UPLOAD },
    onRequest: async (request) => {
      request.principal = await prove(deps, request)
    },
    handler: async (request, reply) => send(reply, await operation(toAsk(deps, request, reply))),
  })
}

function toAsk(deps: GatewayDeps, request: FastifyRequest, reply: FastifyReply): Ask {
  const { control, clock, uploads } = deps
  if (request.principal === null) throw new UnauthenticatedError()
  const params = request.params as Ask['params']
  const search = request.url.indexOf('?')
  return {
    ...{ control, clock, params },
    caller: callerIn(request.principal, params['tenant']),
    query: new URLSearchParams(search < 0 ? '' : request.url.slice(search + 1)),
    body: request.body,
    upload: () => uploads.open(request, reply),
  }
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  if ('nothing' in answer) return reply.code(204).send()
  if ('json' in answer) return reply.type('application/json').send(JSON.stringify(answer.json))
  const { stream, sizeBytes, fileName } = answer.bytes
  return reply
    .type('application/zip')
    .header('content-length', sizeBytes)
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .send(stream)
}
