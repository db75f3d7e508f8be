import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { AccessKeys } from '../access/access-keys.ts'
import type { GatewayConfig } from '../config/settings.ts'
import { DroverError, RateLimitedError } from '../domain/errors.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { trackMethods } from './allowed-methods.ts'
import type { ApiDeps } from './api.ts'
import { type Authenticate, useAuthentication } from './caller.ts'
import type { Changes } from './changes.ts'
import { keepOnlyChecks, useDocument } from './document-routes.ts'
import { requestIdOf, useBodyTimeout, useHeaders, useRequestLog } from './guards.ts'
import { type HealthDeps, useHealth } from './health.ts'
import { createSocketServer, type Tls } from './http-server.ts'
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from './limits.ts'
import { useMetrics } from './metrics.ts'
import { addMounts, type Door, type Mount } from './mounts.ts'
import { HttpRefusal, PROBLEM_TYPE, toProblem } from './problem.ts'
import { addRoutes } from './routes.ts'
import { createValidation } from './validation.ts'

/** What a server is made of. */
export interface ServerDeps extends HealthDeps {
  readonly control: ApiDeps['control']
  readonly authenticate: Authenticate
  /** For gateways: the same by a user's token alone. */
  readonly authenticateToken: Authenticate
  readonly accessKeys: AccessKeys
  /** The settings that gateways have. */
  readonly config: GatewayConfig
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
  /** How clients reach the API, where that is not what they connect to. */
  readonly publicUrl?: string | null
  /** Addresses of gateways that have a listener of their own, by name. */
  readonly gatewayListeners?: () => ReadonlyMap<string, string>
}

/**
 * The HTTP server: REST API at `/api/v1`, gateways at their prefixes, `/healthz`, `/readyz`, `/metrics`. It does
 * not listen yet. Closing it ends event streams, and gives requests under way a moment to end.
 */
export function createServer(deps: ServerDeps): FastifyInstance {
  const limits = { ...DEFAULT_SERVER_LIMITS, ...deps.limits }
  const { app, closing } = createShell(deps, limits)
  useNotFound(app)
  useHealth(app, deps)
  const { authenticate } = deps
  useMetrics(app, deps.metrics, deps.store, { access: deps.metricsAccess ?? 'open', authenticate })
  const door = doorOf(deps, app)

  app.register(
    async (api) => {
      useAuthentication(api, authenticate)
      await useRateLimit(api, limits.maxRequestsPerSecond)
      useDocument(api, deps.version)
      const streams = { closing, heartbeatMs: limits.heartbeatMs }
      await addRoutes(api, { ...deps, door, streams, limits })
    },
    { prefix: '/api/v1' },
  )
  addMounts(app, deps, door)
  return app
}

/**
 * A server with one gateway alone, at `/`: for clients that cannot carry a path. It does not listen yet.
 * @param name the gateway's @param api the server that has everything else
 */
export function createGatewayServer(deps: ServerDeps, name: string, api: FastifyInstance): FastifyInstance {
  const { app } = createShell(deps, { ...DEFAULT_SERVER_LIMITS, ...deps.limits })
  addMounts(app, deps, { ...doorOf(deps, api), only: name })
  return app
}

function doorOf(deps: ServerDeps, api: FastifyInstance): Door {
  return {
    gateways: deps.gateways ?? [],
    publicUrl: deps.publicUrl ?? null,
    ownListeners: deps.gatewayListeners ?? (() => new Map()),
    apiPort: () => portOf(api),
  }
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** What every listener has: limits, headers, log, errors, and JSON. */
function createShell(deps: ServerDeps, limits: ServerLimits) {
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
  keepOnlyChecks(app)
  return { app, closing: closing.signal }
}

/** Everything that goes wrong is a problem. */
function useErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error, request.id)
    if (problem.code === 'internal') {
      log.error({ requestId: request.id, route: request.routeOptions.url, err: error }, 'unexpected error')
    }
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="drover"')
    if (error instanceof RateLimitedError) reply.header('retry-after', String(error.retryAfterSeconds))
    if (problem.status === 503 && problem.retryable) reply.header('retry-after', '1')
    return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
  })
}

/** Also what no route was found for. */
function useNotFound(app: FastifyInstance): void {
  const allowed = trackMethods(app)
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
