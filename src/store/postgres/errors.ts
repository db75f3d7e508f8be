import { DatabaseError } from 'pg'
import { DroverError, messageOf } from '../../domain/errors.ts'

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK = '40P01'
/** Connection trouble, resources, operator intervention, system errors: classes of codes that may pass. */
const PASSING = /^(08|53|55|57|58|40|25)/

/** What PostgreSQL or the way to it raised, as ours; the cause is kept. A unique violation is known by its cause. */
export function toStoreError(error: unknown): DroverError {
  const code = error instanceof DatabaseError ? (error.code ?? '') : '08'
  const what = error instanceof DatabaseError ? 'the database refused' : 'the database cannot be reached'
  return new DroverError('store_unavailable', `${what}: ${messageOf(error)}`, {
    cause: error,
    retryable: PASSING.test(code),
  })
}

/** Whether the same transaction, run again, may well pass. */
export function isCollision(error: unknown): boolean {
  const cause = error instanceof DroverError ? error.cause : undefined
  return cause instanceof DatabaseError && (cause.code === SERIALIZATION_FAILURE || cause.code === DEADLOCK)
}

/**
 * Whether a newer Drover has changed a table since this connection prepared its statement: it fails with it for ever
 * ("cached plan must not change result type"), and another connection does not.
 */
export function isOutdatedPlan(error: unknown): boolean {
  const cause = error instanceof DroverError ? error.cause : undefined
  return cause instanceof DatabaseError && cause.routine === 'RevalidateCachedQuery'
}

/** Whether the connection, not the server, raised it. */
export function isConnectionLoss(error: unknown): boolean {
  return (
    error instanceof DroverError && error.cause instanceof Error && !(error.cause instanceof DatabaseError)
  )
}
