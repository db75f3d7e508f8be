import { InvalidRequestError } from '../domain/errors.ts'
import type { Principal } from '../domain/principal.ts'
import { authorizeEverywhere } from './authorize.ts'
import { checkName } from './validate.ts'

const MAX_GROUPS = 100

/** Names of groups as they are kept: in order, each once. @throws InvalidRequestError */
export function checkGroups(field: string, given: readonly string[]): readonly string[] {
  if (!Array.isArray(given) || given.length > MAX_GROUPS) {
    throw new InvalidRequestError(field, `must be a list of at most ${MAX_GROUPS} names`)
  }
  return [...new Set(given.map((name, index) => checkName(`${field}[${index}]`, name)))].sort()
}

/**
 * Groups give rights in every project that names them, so who is in one is no matter of a single project.
 * @throws ForbiddenError
 */
export function checkMayGroup(principal: Principal, verb: string): void {
  authorizeEverywhere(principal, 'administrator', `${verb} with groups`)
}
