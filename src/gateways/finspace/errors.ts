import type { DroverError } from '../../domain/errors.ts'
import type { Json } from '../../domain/ids.ts'
import { AwsFault, type FaultKind } from '../aws/fault.ts'
import type { FaultTable } from '../aws/service.ts'

/** The errors of the service's model, by what they mean. */
export const KIND = {
  notValid: { type: 'ValidationException', status: 400 },
  limit: { type: 'LimitExceededException', status: 400 },
  badRequest: { type: 'InvalidRequestException', status: 400 },
  quota: { type: 'ServiceQuotaExceededException', status: 402 },
  denied: { type: 'AccessDeniedException', status: 403 },
  notFound: { type: 'ResourceNotFoundException', status: 404 },
  conflict: { type: 'ConflictException', status: 409 },
  throttled: { type: 'ThrottlingException', status: 429 },
  internal: { type: 'InternalServerException', status: 500 },
} as const satisfies Record<string, FaultKind>

/** Which error each of our codes is. */
export const FAULTS: FaultTable = {
  invalid_request: KIND.notValid,
  invalid_spec: KIND.notValid,
  invalid_bundle: KIND.notValid,
  too_large: KIND.notValid,
  limit_exceeded: KIND.limit,
  unauthenticated: KIND.denied,
  forbidden: KIND.denied,
  not_found: KIND.notFound,
  already_exists: KIND.conflict,
  ambiguous: KIND.conflict,
  in_use: KIND.conflict,
  conflict: KIND.conflict,
  cooldown: KIND.conflict,
  invalid_state: KIND.conflict,
  precondition_failed: KIND.conflict,
  idempotency_mismatch: KIND.conflict,
  cancelled: KIND.conflict,
  rate_limited: KIND.throttled,
  timed_out: KIND.internal,
  lease_lost: KIND.internal,
  runtime_failed: KIND.internal,
  hook_failed: KIND.internal,
  balancer_failed: KIND.internal,
  store_unavailable: KIND.internal,
  schema_too_new: KIND.internal,
  source_failed: KIND.internal,
  not_ready: KIND.conflict,
  governance_refused: KIND.conflict,
  secret_unreadable: KIND.internal,
  internal: KIND.internal,
}

/** A conflict says in one word what stands in the way. */
export function membersOf({ code }: DroverError): Readonly<Record<string, Json>> {
  return FAULTS[code] === KIND.conflict ? { reason: code } : {}
}

/** Something asked for is not what the rules of the service allow. */
export function notValid(message: string, options: ErrorOptions = {}): AwsFault {
  return new AwsFault(KIND.notValid, message, options)
}

export function notFound(message: string): AwsFault {
  return new AwsFault(KIND.notFound, message)
}

/** @param reason the status that stands in the way */
export function inConflict(message: string, reason: string): AwsFault {
  return new AwsFault(KIND.conflict, message, { members: { reason } })
}
