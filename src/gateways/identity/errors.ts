import { DroverError, type ErrorCode } from '../../domain/errors.ts'

/** Keystone's statuses for our error codes. A new code does not compile until it has one. */
const statusOf = {
  invalid_request: 400,
  ambiguous: 400,
  invalid_spec: 400,
  invalid_bundle: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  already_exists: 409,
  in_use: 409,
  conflict: 409,
  cooldown: 409,
  invalid_state: 409,
  not_ready: 409,
  governance_refused: 409,
  cancelled: 409,
  precondition_failed: 409,
  idempotency_mismatch: 409,
  limit_exceeded: 403,
  too_large: 413,
  rate_limited: 429,
  internal: 500,
  runtime_failed: 500,
  hook_failed: 500,
  balancer_failed: 500,
  source_failed: 500,
  lease_lost: 503,
  store_unavailable: 503,
  schema_too_new: 503,
  secret_unreadable: 503,
  timed_out: 504,
} as const satisfies Record<ErrorCode, number>

const titleOf: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** An error as Keystone's clients read it. */
export interface KeystoneError {
  readonly error: { readonly code: number; readonly message: string; readonly title: string }
}

export function toKeystoneError(code: number, message: string): KeystoneError {
  return { error: { code, message, title: titleOf[code] ?? 'Error' } }
}

/** Anything thrown while a request was handled. What we did not raise on purpose keeps its message to itself. */
export function errorOf(thrown: unknown, requestId: string): KeystoneError {
  if (thrown instanceof DroverError) return toKeystoneError(statusOf[thrown.code], thrown.message)
  const { statusCode, message } = thrown as { readonly statusCode?: unknown; readonly message?: unknown }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return toKeystoneError(statusCode, String(message))
  }
  return toKeystoneError(
    500,
    `Something went wrong inside; the log has the reason under request ${requestId}.`,
  )
}
