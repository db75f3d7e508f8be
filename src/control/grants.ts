import { InvalidRequestError } from '../domain/errors.ts'
import type { ProjectId } from '../domain/ids.ts'
import { type Grant, type Principal, ROLES } from '../domain/principal.ts'
import type { Tx } from '../store/store.ts'
import { authorize, authorizeEverywhere, mayAct } from './authorize.ts'
import type { GrantInput } from './identity-inputs.ts'
import { checkOneOf } from './validate.ts'

const MAX_GRANTS = 100

/**
 * Nobody can give more than they have: who grants a role in a project must administer that project.
 * @param options.min how many there must be at least
 * @throws ForbiddenError, NotFoundError, InvalidRequestError
 */
export async function resolveGrants(
  tx: Tx,
  principal: Principal,
  given: readonly GrantInput[],
  { verb, min }: { readonly verb: string; readonly min: number },
): Promise<readonly Grant[]> {
  if (!Array.isArray(given) || given.length < min || given.length > MAX_GRANTS) {
    throw new InvalidRequestError('grants', `give ${min} to ${MAX_GRANTS}, each a project and a role`)
  }
  const grants: Grant[] = []
  for (const [index, { project, role }] of (given as readonly GrantInput[]).entries()) {
    const checked = checkOneOf(`grants[${index}].role`, role, ROLES)
    if (project === '*') {
      authorizeEverywhere(principal, 'administrator', verb)
      grants.push({ projectId: '*', role: checked })
    } else {
      const found = await authorize(tx, principal, project, 'administrator', verb)
      grants.push({ projectId: found.id, role: checked })
    }
  }
  return grants
}

/** Whether the principal may take and give all of these. */
export function mayAdminister(principal: Principal, grants: readonly Grant[]): boolean {
  return grants.every((grant) => mayAct(principal, grant.projectId, 'administrator'))
}

/** The project whose administrators should see what happens to who has these; null if it is not one project's. */
export function projectOf(grants: readonly Grant[]): ProjectId | null {
  const ids = new Set(grants.map((grant) => grant.projectId))
  const [only] = ids
  return ids.size === 1 && only !== undefined && only !== '*' ? only : null
}
