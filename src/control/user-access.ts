import { ForbiddenError, NotFoundError } from '../domain/errors.ts'
import type { Principal } from '../domain/principal.ts'
import type { User } from '../domain/user.ts'
import type { Tx } from '../store/store.ts'
import { findUser } from '../store/users.ts'
import { mayAdminister } from './grants.ts'

type Permission = (principal: Principal, user: User) => boolean

/** Whether all that the user has is the principal's to give; one without grants is nobody's but an administrator's. */
export const mayAdministerUser: Permission = (principal, user) =>
  mayAdminister(principal, user.grants.length === 0 ? [{ projectId: '*', role: 'viewer' }] : user.grants)

/** Everybody may see themselves. */
export const mayRead: Permission = (principal, user) =>
  principal.login?.userId === user.id || mayAdministerUser(principal, user)

/**
 * The user, if the principal has the permission. Others get the same refusal for one that does not exist.
 * @param ref id or name
 * @throws ForbiddenError, NotFoundError
 */
export async function requireUser(
  tx: Tx,
  principal: Principal,
  ref: string,
  verb: string,
  isPermitted: Permission,
): Promise<User> {
  const found = await findUser(tx, ref)
  if (found && isPermitted(principal, found.user)) return found.user
  if (!found && mayAdminister(principal, [{ projectId: '*', role: 'viewer' }])) {
    throw new NotFoundError('user', ref)
  }
  throw new ForbiddenError(
    `${verb} needs the role administrator in all projects of user "${ref}", which ${principal.name} has not`,
  )
}
