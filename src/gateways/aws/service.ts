import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller, Control } from '../../control/control.ts'
import { DroverError, type ErrorCode, InvalidRequestError } from '../../domain/errors.ts'
import type { Json, JsonObject } from '../../domain/ids.ts'
import type { Clock } from '../../system/clock.ts'
import type { GatewayDeps } from '../gateway.ts'
import { keepRawBodies, signedRequestOf, splitTarget } from '../signed-request.ts'
import { createSignatureCheck } from './authenticate.ts'
import { AwsFault, type FaultKind } from './fault.ts'
import { formatArn } from './values.ts'

/** Which error each of our codes is. A new code does not compile until it has one. */
export type FaultTable = Readonly<Record<ErrorCode, FaultKind>>

/** One of AWS's services, as its clients know it. Protocol `rest-json`. */
export interface AwsService {
  /** The name that requests are signed for, and that ARNs have: `eks`. */
  readonly name: string
  readonly faults: FaultTable
  readonly operations: readonly AwsOperation[]
  /** What an error has besides its message. Default: nothing. */
  membersOf?(error: DroverError): Readonly<Record<string, Json>>
}

export interface AwsOperation {
  /** `CreateCluster` */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** As the router writes it, `/clusters/:name`. What varies is one encoded step and is decoded for the operation. */
  readonly path: string
  /** Codes that are another error here than in the service's other operations. */
  readonly faults?: Partial<FaultTable>
  /** @returns the body of the answer, which is always 200 */
  run(ask: AwsAsk): Promise<object>
}

/** A request that is understood so far: who asks for what. */
export interface AwsAsk {
  readonly control: Control
  readonly clock: Clock
  /** Acts in the access key's project. */
  readonly caller: Caller
  /** The parts of the path that vary, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** JSON; an empty object if there was no body. */
  readonly body: Json
  /** As every answer has it in `x-amzn-RequestId`. */
  readonly requestId: string
  readonly region: string
  readonly accountId: string
  /** The ARN of something of this service. @param resource `cluster/web` */
  arn(resource: string): string
}

/**
 * Serves a service's operations in a gateway's scope: checks signatures, slows down who asks too often, reads JSON, and
 * turns what goes wrong into the errors that its clients know.
 */
export function serveAwsService(app: FastifyInstance, deps: GatewayDeps, service: AwsService): void {
  const { region, accountId } = deps.config.aws
  const check = createSignatureCheck(deps, service.name)
  keepRawBodies(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-amzn-requestid', request.id)
  })
  app.setErrorHandler((error, request, reply) =>
    send(reply, faultOf(deps, service, undefined, error, request)),
  )
  app.setNotFoundHandler((_request, reply) => send(reply, NO_OPERATION))
  for (const operation of service.operations) {
    app.route({
      method: operation.method,
      url: operation.path,
      handler: async (request, reply) => {
        try {
          const { principal, projectId } = await check(request)
          request.principal = principal
          const answer = await operation.run({
            control: deps.control,
            clock: deps.clock,
            caller: { principal, project: projectId },
            params: { ...(request.params as AwsAsk['params']) },
            query: new URLSearchParams(splitTarget(request.url).query),
            body: readBody(request),
            requestId: request.id,
            region,
            accountId,
            arn: (resource) => formatArn({ service: service.name, region, accountId, resource }),
          })
          return reply.code(200).type(JSON_TYPE).send(JSON.stringify(answer))
        } catch (error) {
          return send(reply, faultOf(deps, service, operation, error, request))
        }
      },
    })
  }
}

/**
 * The same caller with a client's token: repeating a change with it and the same input within ten minutes repeats its
 * answer, and with another input it is refused (`idempotency_mismatch`).
 * @param token absent: nothing is remembered
 */
export function withClientToken(caller: Caller, token: string | undefined): Caller {
  return token === undefined ? caller : { ...caller, idempotencyKey: token }
}

const JSON_TYPE = 'application/json'

const NO_OPERATION = new AwsFault(
  { type: 'UnknownOperationException', status: 404 },
  'There is no such operation here.',
)

function readBody(request: FastifyRequest): Json {
  const { body } = signedRequestOf(request)
  if (body.length === 0) return {}
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as Json
  } catch (cause) {
    throw new AwsFault(SERIALIZATION, 'The request body is not JSON.', { cause })
  }
}

const SERIALIZATION: FaultKind = { type: 'SerializationException', status: 400 }

/** What we did not raise on purpose keeps its message to itself: it could quote anything. */
function faultOf(
  { log }: GatewayDeps,
  service: AwsService,
  operation: AwsOperation | undefined,
  error: unknown,
  request: FastifyRequest,
): AwsFault {
  if (error instanceof AwsFault) return error
  const kindOf = (code: ErrorCode) => operation?.faults?.[code] ?? service.faults[code]
  const known = error instanceof DroverError ? error : fromFramework(error)
  if (known && known.code !== 'internal') {
    const members = service.membersOf?.(known) ?? {}
    return new AwsFault(kindOf(known.code), known.message, { cause: error, members })
  }
  log.error({ requestId: request.id, route: request.routeOptions.url, err: error }, 'unexpected error')
  const message = `Something went wrong inside; the log has the reason under request ${request.id}.`
  return new AwsFault(kindOf('internal'), message, { cause: error })
}

/** What the framework raises before a handler runs; its messages name no values. */
function fromFramework(thrown: unknown): DroverError | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { statusCode } = thrown as { readonly statusCode?: unknown }
  if (statusCode === 413) return new DroverError('too_large', 'the request body is too large')
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  return new InvalidRequestError('request', thrown.message)
}

function send(reply: FastifyReply, { kind, message, members }: AwsFault): FastifyReply {
  const body: JsonObject = { __type: kind.type, message, ...members }
  return reply
    .code(kind.status)
    .header('x-amzn-errortype', kind.type)
    .type(JSON_TYPE)
    .send(JSON.stringify(body))
}
