import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isToken } from '../../access/secret.ts'
import type { Caller } from '../../control/control.ts'
import { ForbiddenError } from '../../domain/errors.ts'
import type { GatewayDeps } from '../gateway.ts'
import type { Ask, Method } from './ask.ts'
import { Fault, MalformedFault, toBody, toFault } from './errors.ts'
import { checkSince, parseMicroversion, toText } from './microversion.ts'
import { createRepeats, type Given, give } from './repeats.ts'
import { openRoutes, routes } from './routes.ts'

const MAX_BODY_BYTES = 1024 ** 2
const METHODS: readonly Method[] = ['GET', 'POST', 'PATCH', 'DELETE']

const WORDS = /\/(validate|adopt|adopt-preview)$/

type Run = (request: FastifyRequest, minor: number) => Promise<Given>
type Found = Readonly<Partial<Record<Method, { readonly since?: number; readonly run: Run }>>>

/** Puts the operations of routes.ts on their paths, with what is the same for all of them. */
export function addRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const versions = new WeakMap<FastifyRequest, number>()
  const repeats = createRepeats(() => deps.control.storeVersion())
  app.removeAllContentTypeParsers()
  // Clients send JSON and say so, or say nothing.
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(text as string))
    } catch {
      done(new MalformedFault('The request body is not JSON.'))
    }
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-openstack-request-id', requestIdOf(request))
    reply.header('vary', 'OpenStack-API-Version')
    const minor = parseMicroversion(headerOf(request, 'openstack-api-version'))
    versions.set(request, minor)
    reply.header('openstack-api-version', `clustering ${toText(minor)}`)
  })
  app.setErrorHandler((error, request, reply) => {
    const fault = toFault(error)
    if (fault.status >= 500 && fault.type === 'InternalError') {
      deps.log.error({ requestId: request.id, err: error }, 'unexpected error')
    }
    if (fault.status === 401)
      reply.header('www-authenticate', `Keystone uri="${deps.urlOf('identity', request)}/v3"`)
    return send(reply, give({ status: fault.status, body: toBody(fault) }))
  })
  app.setNotFoundHandler(async () => {
    throw new Fault(404, 'HTTPNotFound', 'The resource could not be found.')
  })
  const add = (path: string, operations: Found) => {
    // What would be an id with another method is left to the path that takes ids.
    const isWord = WORDS.test(path)
    for (const method of METHODS) {
      if (isWord && operations[method] === undefined) continue
      app.route({
        method,
        url: path,
        handler: async (request, reply) => {
          const operation = operations[method]
          if (!operation) {
            throw new Fault(
              405,
              'HTTPMethodNotAllowed',
              `The method ${method} is not allowed for this resource.`,
            )
          }
          const minor = versions.get(request) ?? 0
          checkSince(operation.since, minor)
          const answer = await operation.run(request, minor)
          if (answer.action !== undefined)
            reply.header('location', `${deps.urlOf('senlin', request)}/v1/actions/${answer.action}`)
          return send(reply, answer)
        },
      })
    }
  }
  for (const [path, operations] of Object.entries(openRoutes)) {
    const open = Object.entries(operations).map(([method, { since = 0, run }]) => {
      return [
        method,
        {
          since,
          run: async (request: FastifyRequest, minor: number) => give(await run(toAsk(deps, request, minor))),
        },
      ]
    })
    add(path, Object.fromEntries(open))
  }
  for (const [path, operations] of Object.entries(routes)) {
    const closed = Object.entries(operations).map(([method, { since = 0, isRepeatable = false, run }]) => {
      const authenticated: Run = async (request, minor) => {
        const caller = await callerOf(deps, request)
        const work = async () => give(await run({ ...toAsk(deps, request, minor), caller }))
        if (!isRepeatable) return await work()
        const base = deps.urlOf('senlin', request)
        return await repeats(caller.principal, `${minor} ${caller.project} ${base} ${request.url}`, work)
      }
      return [method, { since, run: authenticated }]
    })
    add(`/v1${path}`, Object.fromEntries(closed))
  }
}

function toAsk(deps: GatewayDeps, request: FastifyRequest, minor: number): Omit<Ask, 'caller'> {
  const { control, clock } = deps
  const search = request.url.indexOf('?')
  return {
    control,
    clock,
    minor,
    params: request.params as Ask['params'],
    query: new URLSearchParams(search < 0 ? '' : request.url.slice(search + 1)),
    body: request.body,
    base: deps.urlOf('senlin', request),
  }
}

/** A token says who asks and in which project; an API key of Drover serves as well, and may name the project beside it. */
async function callerOf(deps: GatewayDeps, request: FastifyRequest): Promise<Caller> {
  const token = headerOf(request, 'x-auth-token')
  const principal =
    token !== undefined && !isToken(token)
      ? await deps.authenticate(`Bearer ${token}`, request.ip)
      : await deps.authenticateToken(token, request.ip)
  request.principal = principal
  if (!principal.login) return { principal, project: headerOf(request, 'x-project-id') ?? DEFAULT_PROJECT }
  const { projectId } = principal.login
  if (projectId === null) throw new ForbiddenError('the token is for no project; ask for one that is')
  return { principal, project: projectId }
}

const DEFAULT_PROJECT = 'default'

function send(reply: FastifyReply, { status, text }: Given): FastifyReply {
  reply.code(status)
  return text === undefined ? reply.send() : reply.type('application/json').send(text)
}

/** The client's own, if it has the shape of one, else a new one. */
function requestIdOf(request: FastifyRequest): string {
  const given = headerOf(request, 'x-openstack-request-id')
  return given !== undefined && /^req-[0-9a-f-]{36}$/.test(given) ? given : `req-${randomUUID()}`
}

function headerOf(request: FastifyRequest, header: string): string | undefined {
  const value = request.headers[header]
  return typeof value === 'string' ? value : undefined
}
