import { ForbiddenError, InvalidRequestError } from '../domain/errors.ts'
import type { ProjectId } from '../domain/ids.ts'
import { type Permission, type Permissions, permits, RIGHTS, type Right } from '../domain/permissions.ts'
import { type Principal, type Project, ROLES, type Role } from '../domain/principal.ts'
import { mayAct } from './authorize.ts'
import type { PermissionsInput } from './deployer-inputs.ts'
import type { Scope } from './perform.ts'
import { checkName, isObject } from './validate.ts'
import { checkUserName } from './validate-identity.ts'

const MOST_PERMISSIONS = 1000

/** What has permissions: an infra or a published project. */
interface Guarded {
  readonly permissions: Permissions
}

/** Whether the principal has the right to all of these things of the project. */
export function hasRight(
  principal: Principal,
  project: Pick<Project, 'id'>,
  right: Right,
  things: readonly Guarded[],
): boolean {
  const role = strongestRole(principal, project.id)
  return things.every(({ permissions }) => permits(principal, permissions, right, role))
}

/**
 * @param verb what was asked for, as it is named in the refusal
 * @throws ForbiddenError
 */
export function requireRight(
  { principal, project }: Pick<Scope, 'principal' | 'project'>,
  right: Right,
  things: readonly Guarded[],
  verb: string,
): void {
  if (hasRight(principal, project, right, things)) return
  throw new ForbiddenError(
    `${verb} needs the right to ${right}, which ${principal.name} has not in project "${project.name}"`,
  )
}

function strongestRole(principal: Principal, projectId: ProjectId): Role | null {
  return ROLES.findLast((role) => mayAct(principal, projectId, role)) ?? null
}

/** @throws InvalidRequestError */
export function checkPermissions(field: string, value: PermissionsInput | undefined): Permissions {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value)) throw new InvalidRequestError(field, 'must be a list, or null')
  if (value.length > MOST_PERMISSIONS) {
    throw new InvalidRequestError(
      field,
      `has ${value.length} entries, at most ${MOST_PERMISSIONS} are allowed`,
    )
  }
  return value.map((entry: unknown, index) => checkPermission(`${field}[${index}]`, entry))
}

function checkPermission(field: string, entry: unknown): Permission {
  if (!isObject(entry)) throw new InvalidRequestError(field, 'must be an object')
  const { group, user, ...rights } = entry
  if ((group === undefined) === (user === undefined)) {
    throw new InvalidRequestError(field, 'must name either a group or a user')
  }
  const wrong = Object.entries(rights).find(
    ([name, given]) => !RIGHTS.some((right) => right === name) || typeof given !== 'boolean',
  )
  if (wrong) {
    throw new InvalidRequestError(
      `${field}.${wrong[0]}`,
      `must be one of ${RIGHTS.join(', ')}, and true or false`,
    )
  }
  const party =
    group === undefined
      ? { user: checkUserName(`${field}.user`, user) }
      : { group: checkName(`${field}.group`, group) }
  const given = rights as Partial<Record<Right, boolean>>
  const all = RIGHTS.map((right) => [right, given[right] === true] as const)
  return { ...party, ...(Object.fromEntries(all) as Record<Right, boolean>) }
}
