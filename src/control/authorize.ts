import { ForbiddenError, NotFoundError } from '../domain/errors.ts'
import type { ProjectId } from '../domain/ids.ts'
import { type Principal, type Project, ROLES, type Role } from '../domain/principal.ts'
import { findProject } from '../store/projects.ts'
import type { Tx } from '../store/store.ts'

/** Whether the principal may do what needs `role` in a project; `*`: in all projects. */
export function mayAct(principal: Principal, projectId: ProjectId | '*', role: Role): boolean {
  return principal.grants.some(
    (grant) =>
      (grant.projectId === '*' || grant.projectId === projectId) &&
      ROLES.indexOf(grant.role) >= ROLES.indexOf(role),
  )
}

/**
 * The project, if the principal has at least `role` in it. Somebody who may not see all projects gets the same
 * refusal for one that does not exist, so that refusals tell nobody which projects there are.
 * @param verb what was asked for, as it is named in the refusal
 * @throws ForbiddenError, NotFoundError
 */
export async function authorize(
  tx: Tx,
  principal: Principal,
  reference: string,
  role: Role,
  verb: string,
): Promise<Project> {
  const project = await findProject(tx, reference)
  if (!project) {
    if (mayAct(principal, '*', 'viewer')) throw new NotFoundError('project', reference)
    throw refusal(principal, verb, role, reference)
  }
  if (!mayAct(principal, project.id, role)) throw refusal(principal, verb, role, reference)
  return project
}

/** @throws ForbiddenError unless the principal has `role` in all projects */
export function authorizeEverywhere(principal: Principal, role: Role, verb: string): void {
  if (!mayAct(principal, '*', role)) {
    throw new ForbiddenError(
      `${verb} needs the role ${role} in all projects, which ${principal.name} has not`,
    )
  }
}

function refusal(principal: Principal, verb: string, role: Role, reference: string): ForbiddenError {
  return new ForbiddenError(
    `${verb} needs the role ${role} in project "${reference}", which ${principal.name} has not`,
  )
}

/**
 * The projects that the principal administers; undefined if it is all of them.
 * @throws ForbiddenError if there is none
 */
export function administeredBy(principal: Principal, verb: string): readonly ProjectId[] | undefined {
  const administered = principal.grants.filter((grant) => grant.role === 'administrator')
  if (administered.some((grant) => grant.projectId === '*')) return undefined
  if (administered.length === 0) {
    throw new ForbiddenError(
      `${verb} of all projects needs the role administrator, which ${principal.name} has nowhere`,
    )
  }
  return administered.map((grant) => grant.projectId as ProjectId)
}
