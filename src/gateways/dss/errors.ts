import { DroverError, type ErrorCode, UnauthenticatedError } from '../../domain/errors.ts'

/** A refusal in the words of this API. */
export class Fault extends Error {
  readonly status: number
  /** `NotFoundException` */
  readonly type: string
  constructor(status: number, type: string, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.status = status
    this.type = type
  }
}

const ILLEGAL = 'IllegalArgumentException'
const UNAUTHORIZED = 'UnauthorizedException'
const FORBIDDEN = 'ForbiddenException'
const NOT_FOUND = 'NotFoundException'
const CONFLICT = 'ConflictException'
const UNAVAILABLE = 'UnavailableException'
const INTERNAL = 'InternalException'

/** A member of the request breaks a rule. */
export function illegal(message: string, options: ErrorOptions = {}): Fault {
  return new Fault(400, ILLEGAL, message, options)
}

export function notFound(message: string): Fault {
  return new Fault(404, NOT_FOUND, message)
}

/** Asked for is what this product does not have. */
export function unsupported(message: string): Fault {
  return new Fault(400, 'UnsupportedOperationException', message)
}

/** An update that failed or was cancelled: the client takes the end of its future to be this. */
export function updateFailed(message: string): Fault {
  return new Fault(500, 'DeploymentUpdateException', message)
}

/** Status and type of each error code of Drover. */
const FAULTS = {
  invalid_request: [400, ILLEGAL],
  invalid_spec: [400, ILLEGAL],
  invalid_bundle: [400, ILLEGAL],
  ambiguous: [400, ILLEGAL],
  limit_exceeded: [400, ILLEGAL],
  invalid_state: [400, ILLEGAL],
  in_use: [400, ILLEGAL],
  not_ready: [400, ILLEGAL],
  governance_refused: [400, 'GovernanceException'],
  too_large: [413, ILLEGAL],
  unauthenticated: [401, UNAUTHORIZED],
  forbidden: [403, FORBIDDEN],
  not_found: [404, NOT_FOUND],
  already_exists: [409, CONFLICT],
  conflict: [409, CONFLICT],
  cancelled: [409, CONFLICT],
  precondition_failed: [409, CONFLICT],
  idempotency_mismatch: [409, CONFLICT],
  cooldown: [429, UNAVAILABLE],
  rate_limited: [429, UNAVAILABLE],
  internal: [500, INTERNAL],
  timed_out: [500, INTERNAL],
  runtime_failed: [500, INTERNAL],
  hook_failed: [500, INTERNAL],
  balancer_failed: [500, INTERNAL],
  source_failed: [500, INTERNAL],
  lease_lost: [503, UNAVAILABLE],
  store_unavailable: [503, UNAVAILABLE],
  schema_too_new: [503, UNAVAILABLE],
  secret_unreadable: [503, UNAVAILABLE],
} as const satisfies Record<ErrorCode, readonly [number, string]>

/** Turns anything thrown while a request was handled into what its client may see. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown
  if (thrown instanceof UnauthenticatedError) {
    const message = 'the API key is missing or unknown; "drover key create" makes one'
    return new Fault(401, UNAUTHORIZED, message, { cause: thrown })
  }
  if (thrown instanceof DroverError) {
    const [status, type] = FAULTS[thrown.code]
    const message = thrown.code === 'internal' ? UNEXPECTED : thrown.message
    return new Fault(status, type, message, { cause: thrown })
  }
  const { statusCode } = thrown as { readonly statusCode?: unknown }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Fault(statusCode, ILLEGAL, (thrown as Error).message, { cause: thrown })
  }
  return new Fault(500, INTERNAL, UNEXPECTED, { cause: thrown })
}

const UNEXPECTED =
  'Something went wrong inside; the operator finds the reason in the log under the id of this request.'

/** An error's body: always an object, or the client's own handling of it breaks. */
export function toBody({ type, message }: Fault): object {
  return { errorType: type, message, detailedMessage: message }
}
