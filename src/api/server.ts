import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Control } from '../control/control.ts'
import { DroverError } from '../domain/errors.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { trackMethods } from './allowed-methods.ts'
import { type Authenticate, useAuthentication } from './caller.ts'
import type { Changes } from './changes.ts'
import { requestIdOf, useBodyTimeout, useHeaders, useRequestLog } from './guards.ts'
import { type HealthDeps, useHealth } from './health.ts'
import { createSocketServer, type Tls } from './http-server.ts'
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from './limits.ts'
import { useMetrics } from './metrics.ts'
import { useOpenapi } from './openapi.ts'
import { HttpRefusal, PROBLEM_TYPE, toProblem } from './problem.ts'
import { addRoutes } from './routes.ts'
import { createValidation } from './validation.ts'

/** A part of the server that speaks another API, in a scope of its own below its prefix (gateways/gateway.ts). */
interface Mount {
  readonly prefix: string
  register(app: FastifyInstance, deps: MountDeps): void | Promise<void>
}

type MountDeps = Pick<ServerDeps, 'control' | 'authenticate' | 'clock' | 'log'>

/** What a server is made of. */
export interface ServerDeps extends HealthDeps {
  readonly control: Control
  readonly authenticate: Authenticate
  readonly clock: Clock
  readonly log: Log
  /** What is served at `/metrics`; the engine's own numbers are in it already. */
  readonly metrics: Registry
  readonly changes: Changes
  /** Of this program. */
  readonly version: string
  readonly tls?: Tls
  readonly limits?: Partial<ServerLimits>
  /** Whether `/metrics` needs a credential. Default `open`: it shows counts, and no names. */
  readonly metricsAccess?: 'open' | 'key'
  readonly gateways?: readonly Mount[]
}

/**
 * The HTTP server: REST API at `/api/v1`, gateways at their prefixes, `/healthz`, `/readyz`, `/metrics`. It does
 * not listen yet. Closing it ends event streams, and gives requests under way a moment to end.
 */
export function createServer(deps: ServerDeps): FastifyInstance {
  const limits = { ...DEFAULT_SERVER_LIMITS, ...deps.limits }
  const app = fastify({
    serverFactory: (handler) => createSocketServer(handler, limits, deps.tls),
    genReqId: requestIdOf,
    bodyLimit: limits.maxBodyBytes,
    routerOptions: { maxParamLength: 300 },
    // Requests are logged by a hook of ours, which knows what not to write.
    logger: false,
    ...createValidation(),
  })
  const closing = new AbortController()
  app.addHook('preClose', async () => {
    closing.abort()
    // A slow upload could hold up the end for hours. What was not answered can be asked again.
    setTimeout(() => app.server.closeAllConnections(), limits.closingGraceMs).unref()
  })
  app.decorateRequest('principal', null)
  useErrors(app, deps.log)
  useHeaders(app, { tls: deps.tls !== undefined })
  useRequestLog(app, deps.log)
  useBodyTimeout(app, limits.bodyTimeoutMs)
  useJson(app)
  useHealth(app, deps)
  const { authenticate } = deps
  useMetrics(app, deps.metrics, deps.store, { access: deps.metricsAccess ?? 'open', authenticate })

  app.register(
    async (api) => {
      useAuthentication(api, authenticate)
      await useRateLimit(api, limits.maxRequestsPerSecond)
      await useOpenapi(api, deps.version)
      const streams = { closing: closing.signal, heartbeatMs: limits.heartbeatMs }
      await addRoutes(api, { ...deps, streams, limits })
    },
    { prefix: '/api/v1' },
  )
  for (const gateway of deps.gateways ?? []) {
    app.register(async (scope) => gateway.register(scope, deps), { prefix: gateway.prefix })
  }
  return app
}

/** Everything that goes wrong is a problem, also what no route was found for. */
function useErrors(app: FastifyInstance, log: Log): void {
  const allowed = trackMethods(app)
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error, request.id)
    if (problem.code === 'internal') {
      log.error({ requestId: request.id, route: request.routeOptions.url, err: error }, 'unexpected error')
    }
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="drover"')
    if (problem.status === 503 && problem.retryable) reply.header('retry-after', '1')
    return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const methods = allowed.of(path)
    if (methods.length === 0) throw new HttpRefusal(404, 'not_found', `there is nothing at ${path}`)
    reply.header('allow', methods.join(', '))
    if (request.method === 'OPTIONS') return reply.code(204).send()
    throw new HttpRefusal(
      405,
      'invalid_request',
      `${request.method} is not possible here; possible are ${methods.join(', ')}`,
    )
  })
}

/** JSON is the only body we parse; a route says so itself if it takes another. */
function useJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Clients that always send the header also send it with an empty body.
    if (body === '') done(null, undefined)
    else parse(request, body as string, done)
  })
  // Where nothing has to be said, nothing may be sent; the schema says what is missing, by name.
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {}
  })
}

async function useRateLimit(api: FastifyInstance, maxRequestsPerSecond: number): Promise<void> {
  if (maxRequestsPerSecond === 0) return
  await api.register(rateLimit, {
    max: maxRequestsPerSecond,
    timeWindow: 1000,
    cache: 10_000,
    keyGenerator: (request) => request.principal?.name ?? request.ip,
    errorResponseBuilder: (_request, { max }) =>
      new DroverError('rate_limited', `more than ${max} requests in a second; wait and repeat`, {
        retryable: true,
      }),
  })
}
