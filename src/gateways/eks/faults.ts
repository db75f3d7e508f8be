import { AwsFault, type FaultKind } from '../aws/fault.ts'
import type { FaultTable } from '../aws/service.ts'

const fault = (type: string, status: number): FaultKind => ({ type: `${type}Exception`, status })

/** The exceptions of the service's model. */
export const FAULTS = {
  invalidParameter: fault('InvalidParameter', 400),
  client: fault('Client', 400),
  invalidRequest: fault('InvalidRequest', 400),
  invalidState: fault('InvalidState', 400),
  resourceLimitExceeded: fault('ResourceLimitExceeded', 400),
  badRequest: fault('BadRequest', 400),
  accessDenied: fault('AccessDenied', 403),
  resourceNotFound: fault('ResourceNotFound', 404),
  notFound: fault('NotFound', 404),
  resourceInUse: fault('ResourceInUse', 409),
  throttling: fault('Throttling', 429),
  server: fault('Server', 500),
  serviceUnavailable: fault('ServiceUnavailable', 503),
} as const

/** Which exception each of our codes is. */
export const faults: FaultTable = {
  invalid_request: FAULTS.invalidParameter,
  invalid_spec: FAULTS.invalidParameter,
  invalid_bundle: FAULTS.invalidParameter,
  idempotency_mismatch: FAULTS.invalidParameter,
  too_large: FAULTS.invalidParameter,
  ambiguous: FAULTS.invalidParameter,
  unauthenticated: FAULTS.accessDenied,
  forbidden: FAULTS.accessDenied,
  not_found: FAULTS.resourceNotFound,
  already_exists: FAULTS.resourceInUse,
  in_use: FAULTS.resourceInUse,
  conflict: FAULTS.resourceInUse,
  cooldown: FAULTS.resourceInUse,
  invalid_state: FAULTS.invalidRequest,
  not_ready: FAULTS.invalidState,
  governance_refused: FAULTS.invalidRequest,
  precondition_failed: FAULTS.resourceInUse,
  cancelled: FAULTS.invalidRequest,
  limit_exceeded: FAULTS.resourceLimitExceeded,
  rate_limited: FAULTS.throttling,
  internal: FAULTS.server,
  runtime_failed: FAULTS.server,
  hook_failed: FAULTS.server,
  balancer_failed: FAULTS.server,
  lease_lost: FAULTS.serviceUnavailable,
  secret_unreadable: FAULTS.server,
  source_failed: FAULTS.server,
  store_unavailable: FAULTS.serviceUnavailable,
  schema_too_new: FAULTS.serviceUnavailable,
  timed_out: FAULTS.serviceUnavailable,
}

/** What an exception says beside its message: what the request was about. */
export interface Subject {
  readonly clusterName?: string
  readonly nodegroupName?: string
}

/** A parameter that the model allows and the service does not. */
export function invalidParameter(message: string, subject: Subject = {}): AwsFault {
  return new AwsFault(FAULTS.invalidParameter, message, { members: { ...subject } })
}

/** A request that does not fit what is there. */
export function invalidRequest(message: string, subject: Subject = {}): AwsFault {
  return new AwsFault(FAULTS.invalidRequest, message, { members: { ...subject } })
}
