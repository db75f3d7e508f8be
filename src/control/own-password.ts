import type { Passwords } from '../access/passwords.ts'
import { ForbiddenError } from '../domain/errors.ts'
import type { User } from '../domain/user.ts'
import { deleteTokensOf } from '../store/tokens.ts'
import { patchUser } from '../store/users.ts'
import type { Asker, ControlDeps } from './control.ts'
import { projectOf } from './grants.ts'
import type { ChangePasswordInput } from './identity-inputs.ts'
import { perform } from './perform.ts'
import type { Prove } from './prove-login.ts'
import { mayRead, requireUser } from './user-access.ts'
import { checkPassword } from './validate-identity.ts'

interface PasswordDeps {
  readonly deps: ControlDeps
  readonly passwords: Passwords
  readonly prove: Prove
}

/** @see UserVerbs.changePassword */
export async function changePassword(
  { deps, passwords, prove }: PasswordDeps,
  asker: Asker,
  { current, password, address }: ChangePasswordInput,
): Promise<User> {
  const { login } = asker.principal
  // An application credential is for one project; whoever has it must not get at the whole user by it.
  if (!login || login.applicationCredentialId !== null) {
    throw new ForbiddenError('only a user who is logged in by password can change the password')
  }
  const { userId, userName } = login
  checkPassword('password', password, userName)
  await prove({ kind: 'password', user: userId, password: current }, address)
  const { user } = await perform<string, { user: User }>(deps, asker, async () => null, {
    verb: 'users.changePassword',
    input: [userId],
    prepare: () => passwords.hash(password),
    work: async ({ tx, now, event }, passwordHash) => {
      const before = await requireUser(tx, asker.principal, userId, 'users.changePassword', mayRead)
      const patch = { passwordChangedAt: now, updatedAt: now }
      await patchUser(tx, userId, patch, passwordHash)
      const revokedTokens = await deleteTokensOf(tx, userId)
      event({
        type: 'user.updated',
        projectId: projectOf(before.grants),
        because: `${asker.principal.name} changed their own password`,
        data: { user: userId, revokedTokens },
      })
      return { user: { ...before, ...patch } }
    },
  })
  deps.forget(user.id)
  return user
}
