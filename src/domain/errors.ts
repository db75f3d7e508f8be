import type { DeploymentUpdateId, UpdateId } from './ids.ts'
import type { Message } from './message.ts'

/**
 * Every error that Drover raises on purpose. `code` is public: it is never reused for another meaning, and
 * docs/errors.md lists them all. Wire formats map the code once (api/error-status.ts, each gateway's errors.ts);
 * nothing ever matches on the message.
 */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_spec'
  | 'invalid_bundle'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'already_exists'
  | 'ambiguous'
  | 'in_use'
  | 'conflict'
  | 'cooldown'
  | 'invalid_state'
  | 'not_ready'
  | 'governance_refused'
  | 'precondition_failed'
  | 'idempotency_mismatch'
  | 'limit_exceeded'
  | 'too_large'
  | 'rate_limited'
  | 'timed_out'
  | 'lease_lost'
  | 'runtime_failed'
  | 'hook_failed'
  | 'balancer_failed'
  | 'source_failed'
  | 'store_unavailable'
  | 'schema_too_new'
  | 'secret_unreadable'
  | 'cancelled'
  | 'internal'

interface ErrorOptionsWithRetry extends ErrorOptions {
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean
  /** Name of the request field that broke a rule, as a path: `limits.maxUnavailable`. */
  readonly field?: string
  /** What a refused size was compared with, for those who say it in other words. */
  readonly size?: SizeRefusal
}

/** A size and the bound it breaks: `value` is `relation` the bound's `limit`. */
export interface SizeRefusal {
  readonly what: 'capacity' | 'minSize' | 'maxSize'
  readonly value: number
  readonly relation: 'above' | 'below'
  /** `most`: what any pool may have. */
  readonly bound: 'minSize' | 'maxSize' | 'desiredCapacity' | 'most'
  readonly limit: number
  /** Whether the bound came with the request; else it is the pool's own. */
  readonly isGiven: boolean
}

/** The base of all errors above. Catch this one to tell our refusals from bugs. */
export class DroverError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly field: string | undefined
  readonly size: SizeRefusal | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptionsWithRetry = {}) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.retryable = options.retryable ?? false
    this.field = options.field
    this.size = options.size
  }
}

/** A request's value breaks a rule. `field` names it. */
export class InvalidRequestError extends DroverError {
  constructor(field: string, rule: string, options: ErrorOptions & { readonly size?: SizeRefusal } = {}) {
    super('invalid_request', `${field}: ${rule}`, { ...options, field })
  }
}

/** A profile's, manifest's or template's specification breaks a rule. `field` names it. */
export class InvalidSpecError extends DroverError {
  readonly fault: SpecFault
  /** What was given and what there is to choose from, if that is what is wrong. */
  readonly choice: SpecChoice | undefined
  constructor(
    field: string,
    rule: string,
    options: ErrorOptions & { readonly fault?: SpecFault; readonly choice?: SpecChoice } = {},
  ) {
    super('invalid_spec', `${field}: ${rule}`, { ...options, field })
    this.fault = options.fault ?? 'wrong'
    this.choice = options.choice
  }
}

/** There is no such property · one that has to be there is not · its value breaks a rule. */
export type SpecFault = 'unknown' | 'missing' | 'wrong'

export interface SpecChoice {
  readonly given: string
  readonly allowed: readonly string[]
}

/** The bytes offered as a bundle are refused; nothing of them was kept. */
export class InvalidBundleError extends DroverError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('invalid_bundle', message, options)
  }
}

export class UnauthenticatedError extends DroverError {
  constructor(message = 'no valid credential was given; pass an API key as "Authorization: Bearer <key>"') {
    super('unauthenticated', message)
  }
}

export class ForbiddenError extends DroverError {
  constructor(message: string) {
    super('forbidden', message)
  }
}

export class NotFoundError extends DroverError {
  readonly kind: string
  readonly reference: string
  /**
   * @param kind what was looked for: `cluster` @param reference the id or name as the caller gave it
   * @param hint where to look, if that is not plain
   */
  constructor(kind: string, reference: string, hint?: string) {
    super('not_found', `${kind} "${reference}" does not exist${hint === undefined ? '' : `: ${hint}`}`)
    this.kind = kind
    this.reference = reference
  }
}

/** Several things go by what the caller named; only an id tells them apart. */
export class AmbiguousError extends DroverError {
  readonly reference: string
  readonly ids: readonly string[]
  /** @param ids those that it may mean; more than the first ten need not be given */
  constructor(kind: string, reference: string, ids: readonly string[]) {
    super('ambiguous', `${kind} "${reference}" may be any of ${ids.join(', ')}; give the id`)
    this.reference = reference
    this.ids = ids
  }
}

export class AlreadyExistsError extends DroverError {
  constructor(kind: string, reference: string) {
    super('already_exists', `${kind} "${reference}" exists already`)
  }
}

/** The thing cannot be deleted because `users` still need it. */
export class InUseError extends DroverError {
  readonly kind: string
  constructor(kind: string, reference: string, users: string) {
    super('in_use', `${kind} "${reference}" is in use by ${users}`)
    this.kind = kind
  }
}

/** Another update holds the pool. */
export class ConflictError extends DroverError {
  readonly updateId: UpdateId
  constructor(updateId: UpdateId, options: ErrorOptions = {}) {
    super(
      'conflict',
      `update ${updateId} has this pool; wait for it, cancel it, or start this one with onConflict "queue" or "supersede"`,
      options,
    )
    this.updateId = updateId
  }
}

/** An update of the deployment runs. */
export class DeploymentBusyError extends DroverError {
  readonly deploymentUpdateId: DeploymentUpdateId
  constructor(deployment: string, id: DeploymentUpdateId) {
    super('conflict', `update ${id} of deployment "${deployment}" runs; wait for it, or cancel it`)
    this.deploymentUpdateId = id
  }
}

/** What a request is about was changed by others each time that the request was about to be written. */
export class OvertakenError extends DroverError {
  constructor(verb: string, options: ErrorOptions = {}) {
    super('conflict', `${verb}: others change what it is about, again and again; ask again`, {
      ...options,
      retryable: true,
    })
  }
}

/** A scaling policy wants some time to pass between one scaling and the next. */
export class CooldownError extends DroverError {
  /** @param seconds until it may be asked again */
  constructor(policy: string, seconds: number) {
    super('cooldown', `policy "${policy}" allows the next scaling in ${seconds} s`, { retryable: true })
  }
}

/** The thing exists but is in a state in which this cannot be asked of it. */
export class InvalidStateError extends DroverError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('invalid_state', message, options)
  }
}

/** Checks before a large change speak against it; whoever knows better may force it. */
export class NotReadyError extends DroverError {
  constructor(message: string) {
    super('not_ready', `${message}; mend that, or force it`)
  }
}

/** A bundle has not all that its published project asks for in that stage. */
export class GovernanceError extends DroverError {
  /** All that was found, also what speaks for it. */
  readonly messages: readonly Message[]
  /** Whether whoever asks may go on by saying that they ignore it. */
  readonly mayIgnore: boolean
  /** @param what was asked for: `deployment "web" cannot get bundle web@2` */
  constructor(what: string, { messages, mayIgnore }: { messages: readonly Message[]; mayIgnore: boolean }) {
    const reasons = messages.filter(({ severity }) => severity === 'ERROR' || severity === 'WARNING')
    const wayOut = mayIgnore
      ? 'see to that, or ask again with ignoreWarnings'
      : 'see to that; the infra lets nobody pass without it'
    const because = reasons.map(({ message }) => message).join('; ')
    super('governance_refused', `${what}: ${because}. ${wayOut}`)
    this.messages = messages
    this.mayIgnore = mayIgnore
  }
}

/** `If-Match` did not match what is stored now. */
export class PreconditionFailedError extends DroverError {
  constructor(kind: string, reference: string) {
    super(
      'precondition_failed',
      `${kind} "${reference}" was changed since it was read; read it again and repeat`,
    )
  }
}

/** The same idempotency key came with other parameters. */
export class IdempotencyMismatchError extends DroverError {
  constructor(token: string) {
    super(
      'idempotency_mismatch',
      `idempotency key "${token}" was used for another request within the last 10 minutes`,
    )
  }
}

/** A configured limit would be exceeded. */
export class LimitExceededError extends DroverError {
  constructor(
    message: string,
    options: ErrorOptions & { readonly field?: string; readonly size?: SizeRefusal } = {},
  ) {
    super('limit_exceeded', message, options)
  }
}

/** The caller's engine no longer holds what it wants to change. Never shown to API clients as their fault. */
export class LeaseLostError extends DroverError {
  constructor(what: string) {
    super('lease_lost', `the lease on ${what} has passed to another engine`, { retryable: true })
  }
}

/** A runtime could not do what it was asked. The message says what, where, and what to look at. */
export class RuntimeFailedError extends DroverError {
  constructor(message: string, options: ErrorOptionsWithRetry = {}) {
    super('runtime_failed', message, options)
  }
}

/** A load balancer could not be reached, or did not do what it was told. */
export class BalancerFailedError extends DroverError {
  constructor(balancer: string, reason: string, options: ErrorOptionsWithRetry = {}) {
    super('balancer_failed', `${balancer}: ${reason}`, options)
  }
}

/** Code could not be fetched from where it is kept. The message names bucket and key, and what to do. */
export class SourceFailedError extends DroverError {
  readonly fault: SourceFault
  constructor(fault: SourceFault, message: string, options: ErrorOptionsWithRetry = {}) {
    super('source_failed', message, options)
    this.fault = fault
  }
}

/**
 * The store refuses Drover's credentials · it does not answer, or with an error of its own · what it sent is not what
 * it says it has · the object was replaced meanwhile.
 */
export type SourceFault = 'denied' | 'unavailable' | 'damaged' | 'changed'

/** A lifecycle hook exited non-zero or ran out of time. */
export class HookFailedError extends DroverError {
  readonly hook: string
  constructor(hook: string, detail: string, options: ErrorOptions = {}) {
    super('hook_failed', `hook ${hook} ${detail}`, options)
    this.hook = hook
  }
}

/** Too much was asked in too little time. */
export class RateLimitedError extends DroverError {
  /** How long to wait before it is worth asking again. */
  readonly retryAfterSeconds: number
  constructor(message: string, retryAfterSeconds: number, options: ErrorOptions = {}) {
    super('rate_limited', message, { ...options, retryable: true })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export class TimedOutError extends DroverError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('timed_out', message, { ...options, retryable: true })
  }
}

/** Turns anything thrown into a sentence fit for an event or a reason. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
