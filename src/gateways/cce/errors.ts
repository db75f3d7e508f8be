import {
  DroverError,
  type ErrorCode,
  LimitExceededError,
  NotFoundError,
  UnauthenticatedError,
} from '../../domain/errors.ts'

/** A refusal in the words of this API. */
export class Fault extends Error {
  readonly status: number
  /** `CCE.01400001` */
  readonly code: string
  constructor(status: number, code: string, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.status = status
    this.code = code
  }
}

const INVALID_REQUEST = 'CCE.01400001'
const CLUSTER_QUOTA = 'CCE.01400007'
const TOO_MANY_NODES = 'CCE.01400014'
const NOT_AUTHENTICATED = 'CCE.01401001'
const FORBIDDEN = 'CCE.01403001'
const WRONG_STATE = 'CCE.01403009'
const NOT_FOUND = 'CCE.01404001'
const NAME_TAKEN = 'CCE.01409001'
const OUTDATED = 'CCE.01409002'
const LOCKED = 'CCE.01429002'
const TOO_MANY_TASKS = 'CCE.01429003'
const INTERNAL = 'CCE.01500001'

/** A member of the request breaks a rule. @param field as a path: `spec.maxUnavailable` */
export function invalid(field: string, rule: string, options: ErrorOptions = {}): Fault {
  return new Fault(400, INVALID_REQUEST, `${field} ${rule}`, options)
}

/** Nobody knows who asks, or the signature is wrong. */
export function notAuthenticated(message: string): Fault {
  return new Fault(401, NOT_AUTHENTICATED, message)
}

/** The token is for another project than the path's. */
export function wrongProject(reference: string): Fault {
  return new Fault(403, FORBIDDEN, `project ${reference} is not the one that was logged in to`)
}

export function notFound(kind: string, reference: string): Fault {
  return new Fault(404, NOT_FOUND, `${kind} ${reference} not found`)
}

/** What is asked for is no part of this API. */
export function noSuchPath(method: string, path: string): Fault {
  return new Fault(404, NOT_FOUND, `there is no ${method} ${path} here`)
}

export function wrongContentType(): Fault {
  return new Fault(400, 'CCE.01400006', 'Content-Type must be application/json')
}

export function isProtected(cluster: string): Fault {
  return new Fault(400, 'CCE.01400034', `cluster ${cluster} has deletion protection; take it away first`)
}

/** Status and code of each error code of Drover. */
const FAULTS = {
  invalid_request: [400, INVALID_REQUEST],
  invalid_spec: [400, INVALID_REQUEST],
  invalid_bundle: [400, INVALID_REQUEST],
  ambiguous: [400, INVALID_REQUEST],
  too_large: [400, INVALID_REQUEST],
  idempotency_mismatch: [400, INVALID_REQUEST],
  limit_exceeded: [400, TOO_MANY_NODES],
  unauthenticated: [401, NOT_AUTHENTICATED],
  forbidden: [403, FORBIDDEN],
  invalid_state: [403, WRONG_STATE],
  in_use: [403, WRONG_STATE],
  not_ready: [403, WRONG_STATE],
  governance_refused: [403, WRONG_STATE],
  not_found: [404, NOT_FOUND],
  already_exists: [409, NAME_TAKEN],
  precondition_failed: [409, OUTDATED],
  cancelled: [409, OUTDATED],
  conflict: [429, LOCKED],
  cooldown: [429, TOO_MANY_TASKS],
  rate_limited: [429, TOO_MANY_TASKS],
  internal: [500, INTERNAL],
  timed_out: [500, INTERNAL],
  runtime_failed: [500, INTERNAL],
  hook_failed: [500, INTERNAL],
  balancer_failed: [500, INTERNAL],
  source_failed: [500, INTERNAL],
  lease_lost: [503, INTERNAL],
  store_unavailable: [503, INTERNAL],
  schema_too_new: [503, INTERNAL],
  secret_unreadable: [503, INTERNAL],
} as const satisfies Record<ErrorCode, readonly [number, string]>

/** Turns anything thrown while a request was handled into what its client may see. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown
  // What a tag or a setting names is no part of the path.
  if (thrown instanceof NotFoundError && thrown.kind === 'profile') {
    return invalid('drover.profile', `names ${thrown.reference}, which does not exist`, { cause: thrown })
  }
  if (thrown instanceof UnauthenticatedError) {
    return new Fault(401, NOT_AUTHENTICATED, 'the token is unknown or has expired', { cause: thrown })
  }
  if (thrown instanceof NotFoundError) {
    return new Fault(404, NOT_FOUND, `${thrown.kind} ${thrown.reference} not found`, { cause: thrown })
  }
  if (thrown instanceof LimitExceededError && thrown.field === 'project') {
    return new Fault(400, CLUSTER_QUOTA, thrown.message, { cause: thrown })
  }
  if (thrown instanceof DroverError) {
    const [status, code] = FAULTS[thrown.code]
    const message = thrown.code === 'internal' ? UNEXPECTED : thrown.message
    return new Fault(status, code, message, { cause: thrown })
  }
  const { statusCode } = thrown as { readonly statusCode?: unknown }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Fault(400, INVALID_REQUEST, (thrown as Error).message, { cause: thrown })
  }
  return new Fault(500, INTERNAL, UNEXPECTED, { cause: thrown })
}

const UNEXPECTED =
  'Something went wrong inside; the operator finds the reason in the log under the id of this request.'

/** An error's body: each client reads another pair of these, and none of them minds the others. */
export function toBody({ code, message }: Fault): object {
  return {
    errorCode: code,
    errorMsg: message,
    errorMessage: message,
    error_code: code,
    error_msg: message,
  }
}
