import { isDeepStrictEqual } from 'node:util'
import { InUseError, InvalidRequestError, NotFoundError } from '../../domain/errors.ts'
import type { Answer, Ask } from './ask.ts'
import { Fault, RefusedFault } from './errors.ts'
import { boolean, isMap, readFields } from './fields.ts'

/** Runs a deletion that is over at once; what is still needed is told in the words of this API. */
export async function deleted(work: () => Promise<unknown>, stillUsed: string): Promise<Answer> {
  try {
    await work()
    return { status: 204 }
  } catch (error) {
    if (error instanceof InUseError) throw new Fault(409, 'ResourceInUse', stillUsed, { cause: error })
    throw error
  }
}

/**
 * Runs what a body was read for. What the path names and is not there is 404; what the body names (`kinds`) is a fault of
 * the request.
 */
export async function named<Result>(kinds: readonly string[], work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NotFoundError && kinds.includes(error.kind)) {
      throw new RefusedFault(`The specified ${error.kind} '${error.reference}' could not be found.`, {
        cause: error,
      })
    }
    throw error
  }
}

const OTHER_TYPE = {
  cluster: 'Cannot update a cluster to a different profile type, operation aborted.',
  node: 'Cannot update a node to a different profile type, operation aborted.',
  member: 'Node and cluster have different profile type, operation aborted.',
} as const

/** {@link named} for updates of a cluster or a node, and for new members: what cannot be is told in the words of this API. */
export async function changed<Result>(
  kind: keyof typeof OTHER_TYPE,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await named(['profile'], work)
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error
    if (error.field === 'changes') throw new RefusedFault('No property needs an update.', { cause: error })
    if (error.field !== 'profile') throw error
    throw new RefusedFault(OTHER_TYPE[kind], { cause: error })
  }
}

const BUSY = ['CREATING', 'UPDATING', 'DELETING', 'RECOVERING']

/** What is being changed is deleted by force only. @throws Fault 409 */
export function checkIdle(kind: 'cluster' | 'node', id: string, status: string, isForced: boolean): void {
  if (isForced || !BUSY.includes(status)) return
  const message = `The ${kind} '${id}' is in status ${status}, and cannot be deleted without force.`
  throw new Fault(409, 'ActionInProgress', message)
}

/** `force`, known from 1.8 on: in the body of a deletion, or as the query said. */
export function readForce({ body, minor }: Pick<Ask, 'body' | 'minor'>, inQuery = false): boolean {
  const inBody = isMap(body)
    ? readFields(body, { force: { check: boolean } } as const, minor).force
    : undefined
  return minor >= 8 && (inBody ?? inQuery)
}

/** Those of the given settings that are others than what is stored. */
export function differing<Settings extends object>(given: Settings, stored: object): Partial<Settings> {
  const entries = Object.entries(given).filter(
    ([key, value]) => !isDeepStrictEqual(value, stored[key as keyof typeof stored]),
  )
  return Object.fromEntries(entries) as Partial<Settings>
}

/** {@link differing} for what is changed at once. @throws RefusedFault if nothing differs */
export function changesOf<Settings extends object>(given: Settings, stored: object): Partial<Settings> {
  const changes = differing(given, stored)
  if (Object.keys(changes).length === 0) throw new RefusedFault('No property needs an update.')
  return changes
}
