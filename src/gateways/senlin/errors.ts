import {
  AmbiguousError,
  DroverError,
  type ErrorCode,
  InvalidSpecError,
  NotFoundError,
} from '../../domain/errors.ts'
import { http } from '../../system/http.ts'
import { toSnakeName } from './translate.ts'

/** A refusal in the words of this API. */
export class Fault extends Error {
  readonly status: number
  /** What clients know as `error.type`. */
  readonly type: string
  constructor(status: number, type: string, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.status = status
    this.type = type
  }
}

/** A request that is not understood: malformed, incomplete, or with a value of the wrong kind. */
export class MalformedFault extends Fault {
  constructor(message: string) {
    super(400, 'HTTPBadRequest', message)
  }
}

/** What was understood and cannot be done. */
export class RefusedFault extends Fault {
  constructor(message: string, options: ErrorOptions = {}) {
    super(400, 'BadRequest', message, options)
  }
}

/** Status and type of each error code, where the handler of a route does not know better. */
const FAULTS = {
  invalid_request: [400, 'BadRequest'],
  invalid_spec: [400, 'InvalidSpec'],
  invalid_bundle: [400, 'BadRequest'],
  limit_exceeded: [400, 'BadRequest'],
  ambiguous: [400, 'MultipleChoices'],
  cooldown: [409, 'ActionCooldown'],
  too_large: [400, 'RequestLimitExceeded'],
  idempotency_mismatch: [400, 'BadRequest'],
  unauthenticated: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  not_found: [404, 'ResourceNotFound'],
  already_exists: [409, 'ResourceInUse'],
  in_use: [409, 'ResourceInUse'],
  conflict: [409, 'ActionConflict'],
  invalid_state: [409, 'ActionInProgress'],
  not_ready: [409, 'ActionConflict'],
  governance_refused: [409, 'ActionConflict'],
  precondition_failed: [409, 'ResourceIsLocked'],
  cancelled: [409, 'ActionConflict'],
  rate_limited: [429, 'RequestLimitExceeded'],
  lease_lost: [503, 'ServiceUnavailable'],
  store_unavailable: [503, 'ServiceUnavailable'],
  schema_too_new: [503, 'ServiceUnavailable'],
  secret_unreadable: [503, 'ServiceUnavailable'],
  timed_out: [500, 'InternalError'],
  runtime_failed: [500, 'ProfileOperationFailed'],
  hook_failed: [500, 'InternalError'],
  balancer_failed: [500, 'InternalError'],
  source_failed: [500, 'InternalError'],
  internal: [500, 'InternalError'],
} as const satisfies Record<ErrorCode, readonly [number, string]>

/** Turns anything thrown while a request was handled into what its client may see; what is unexpected keeps its message. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown
  if (thrown instanceof NotFoundError) {
    return new Fault(404, 'ResourceNotFound', missingText(thrown.kind, thrown.reference), { cause: thrown })
  }
  if (thrown instanceof AmbiguousError) {
    const message = `Multiple results found matching the query criteria '${thrown.reference}'. Please be more specific.`
    return new Fault(400, 'MultipleChoices', message, { cause: thrown })
  }
  if (thrown instanceof InvalidSpecError) {
    return new Fault(400, 'InvalidSpec', specText(thrown), { cause: thrown })
  }
  if (thrown instanceof DroverError) {
    const [status, type] = FAULTS[thrown.code]
    const message =
      status === 403 ? FORBIDDEN : status >= 500 && thrown.code === 'internal' ? UNEXPECTED : thrown.message
    return new Fault(status, type, message, { cause: thrown })
  }
  const { statusCode } = thrown as { readonly statusCode?: unknown }
  if (statusCode === 413) {
    return new Fault(400, 'RequestLimitExceeded', 'The request body is larger than 1048576 bytes.', {
      cause: thrown,
    })
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new MalformedFault((thrown as Error).message)
  }
  return new Fault(500, 'InternalError', UNEXPECTED, { cause: thrown })
}

/** How clients, and those who compare texts, expect that something is said to be missing. */
export function missingText(kind: string, reference: string): string {
  return `The ${kind} '${reference}' could not be found.`
}

/** An error's body. */
export function toBody({ status, type, message }: Fault): object {
  const title = http.STATUS_CODES[status] ?? 'Error'
  // Who is unknown is told so by what stands before the API, in a shape of its own.
  if (status === 401) return { error: { code: 401, title, message } }
  return { code: status, title, explanation: message, error: { code: status, message, type } }
}

const FORBIDDEN = 'You are not authorized to complete this operation.'
const UNEXPECTED =
  'Something went wrong inside; the operator finds the reason in the log under the id of this request.'

/** The fault in a spec, without the path that only our own API speaks of where the last part says enough. */
export function specText({ fault, field, choice, message }: InvalidSpecError): string {
  const item = toSnakeName((field ?? '').split('.').at(-1) ?? '')
  if (fault === 'unknown') return `Unrecognizable spec item '${item}'`
  if (fault === 'missing') return `Required spec item '${item}' not provided`
  if (choice)
    return `'${shorten(choice.given)}' must be one of the allowed values: ${choice.allowed.join(', ')}`
  return message
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
