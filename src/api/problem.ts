import { type Static, Type } from 'typebox'
import { ConflictError, DroverError, type ErrorCode, GovernanceError } from '../domain/errors.ts'
import { errorTitle, httpStatus } from './error-status.ts'
import { MessageResource, presentMessage } from './messages.ts'

/** An error on the wire, by RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: '`urn:drover:error:` and the code.' }),
    title: Type.String({ description: 'What the code means in general.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    detail: Type.String({ description: 'What happened here, and the way out.' }),
    code: Type.String({ description: 'Stable; what programs should look at.' }),
    field: Type.Optional(Type.String({ description: 'The request field that broke a rule, as a path.' })),
    retryable: Type.Boolean({ description: 'Whether the same call may succeed later by itself.' }),
    updateId: Type.Optional(
      Type.String({ description: 'The update that holds the pool (code `conflict`).' }),
    ),
    messages: Type.Optional(
      Type.Array(MessageResource, {
        description: 'All that was found (code `governance_refused`), also what speaks for it.',
      }),
    ),
    requestId: Type.String({ description: 'The `X-Request-Id` of the answer, to find it in the log.' }),
  },
  {
    $id: 'Problem',
    additionalProperties: false,
    description: 'An error (RFC 9457), as `application/problem+json`.',
    examples: [
      {
        type: 'urn:drover:error:invalid_request',
        title: errorTitle.invalid_request,
        status: 400,
        detail: 'params.maxUnavailable: must be at least 1',
        code: 'invalid_request',
        field: 'params.maxUnavailable',
        retryable: false,
        requestId: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
      },
    ],
  },
)
export type Problem = Static<typeof Problem>

/** The media type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json'

/**
 * Turns anything thrown while a request was handled into what its caller may see. What we did not raise on
 * purpose shows as `internal` and keeps its message to itself: it could quote anything.
 */
export function toProblem(thrown: unknown, requestId: string): Problem {
  const { error, status } = toRefusal(thrown)
  return {
    type: `urn:drover:error:${error.code}`,
    title: errorTitle[error.code],
    status,
    detail:
      error.code === 'internal'
        ? `something went wrong inside; the operator finds the reason in the log under request ${requestId}`
        : error.message,
    code: error.code,
    ...(error.field !== undefined && { field: error.field }),
    retryable: error.retryable,
    ...(error instanceof ConflictError && { updateId: error.updateId }),
    ...(error instanceof GovernanceError && { messages: error.messages.map(presentMessage) }),
    requestId,
  }
}

/** An error that knows its status where the code's own does not fit, as 405 and 415 are `invalid_request`. */
export class HttpRefusal extends DroverError {
  readonly status: number
  constructor(status: number, code: ErrorCode, message: string) {
    super(code, message)
    this.status = status
  }
}

function toRefusal(thrown: unknown): { readonly error: DroverError; readonly status: number } {
  const error = thrown instanceof DroverError ? thrown : (fromFramework(thrown) ?? unexpected(thrown))
  return { error, status: error instanceof HttpRefusal ? error.status : httpStatus[error.code] }
}

function unexpected(cause: unknown): DroverError {
  return new DroverError('internal', 'unexpected', { cause })
}

/** What Fastify and its plugins raise before a handler runs; their messages name no values. */
function fromFramework(thrown: unknown): DroverError | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { statusCode } = thrown as { readonly statusCode?: unknown }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  if (statusCode === 413) return new DroverError('too_large', 'the request body is too large')
  if (statusCode === 429) return new DroverError('rate_limited', thrown.message, { retryable: true })
  if (statusCode === 415) {
    return new HttpRefusal(415, 'invalid_request', 'this Content-Type is not accepted here')
  }
  return new HttpRefusal(statusCode, 'invalid_request', thrown.message)
}
