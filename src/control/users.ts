import { makeRandomSecret, type Passwords } from '../access/passwords.ts'
import { AlreadyExistsError, InvalidRequestError } from '../domain/errors.ts'
import type { ProjectId, UserId } from '../domain/ids.ts'
import type { Grant } from '../domain/principal.ts'
import type { User } from '../domain/user.ts'
import { listProjects } from '../store/projects.ts'
import type { Tx } from '../store/store.ts'
import { deleteTokensOf } from '../store/tokens.ts'
import { deleteUser, findUser, insertUser, listUsers, patchUser } from '../store/users.ts'
import { authorizeEverywhere } from './authorize.ts'
import type { Asker, ControlDeps } from './control.ts'
import { projectOf, resolveGrants } from './grants.ts'
import { checkGroups, checkMayGroup } from './groups.ts'
import type { CreateUserInput, UserChanges } from './identity-inputs.ts'
import type { UserVerbs } from './identity-verbs.ts'
import type { CreatedUser } from './identity-views.ts'
import { changePassword } from './own-password.ts'
import { perform, recordRefusal } from './perform.ts'
import type { Prove } from './prove-login.ts'
import { mayAdministerUser, mayRead, requireUser } from './user-access.ts'
import { checkText } from './validate.ts'
import { checkPassword, checkUserName } from './validate-identity.ts'

export function createUserVerbs(deps: ControlDeps, passwords: Passwords, prove: Prove): UserVerbs {
  return {
    create: (asker, input) => create(deps, passwords, asker, input),
    list: (asker, filter, page) =>
      deps.store.read(async (tx) => {
        const { items, nextCursor } = await listUsers(tx, filter, page)
        // A page may come out short, but the cursor goes on.
        return { items: items.filter((user) => mayRead(asker.principal, user)), nextCursor }
      }),
    get: (asker, ref) =>
      recordRefusal(deps, asker, 'users.get', () =>
        deps.store.read((tx) => requireUser(tx, asker.principal, ref, 'users.get', mayRead)),
      ),
    update: (asker, ref, changes) => update(deps, passwords, asker, ref, changes),
    changePassword: (asker, input) => changePassword({ deps, passwords, prove }, asker, input),
    async delete(asker, ref) {
      const permit = async (tx: Tx) => {
        await requireUser(tx, asker.principal, ref, 'users.delete', mayAdministerUser)
        return null
      }
      const { user } = await perform(deps, asker, permit, {
        verb: 'users.delete',
        input: [ref],
        work: async ({ tx, event }) => {
          const user = await requireUser(tx, asker.principal, ref, 'users.delete', mayAdministerUser)
          await deleteUser(tx, user.id)
          event({
            type: 'user.deleted',
            projectId: projectOf(user.grants),
            because: `${asker.principal.name} deleted user "${user.name}"`,
            data: { user: user.id },
          })
          return { user }
        },
      })
      deps.forget(user.id)
      return user
    },
    projects: ({ principal }, page) =>
      deps.store.read(async (tx) => {
        const { login } = principal
        // A token may be for one project alone; what its user has besides is in the user's row.
        const found = login && (await findUser(tx, login.userId))
        const ids = (found?.user.grants ?? principal.grants).map((grant) => grant.projectId)
        return listProjects(tx, ids.includes('*') ? {} : { ids: ids as ProjectId[] }, page)
      }),
  }
}

async function create(
  deps: ControlDeps,
  passwords: Passwords,
  asker: Asker,
  input: CreateUserInput,
): Promise<CreatedUser> {
  const { password: chosen, ...shown } = input
  let grants: readonly Grant[] = []
  const permit = async (tx: Tx) => {
    if ((input.grants ?? []).length === 0)
      authorizeEverywhere(asker.principal, 'administrator', 'users.create')
    grants = await resolveGrants(tx, asker.principal, input.grants ?? [], { verb: 'users.create', min: 0 })
    if (input.groups?.length) checkMayGroup(asker.principal, 'users.create')
    return null
  }
  return await perform<{ password: string; passwordHash: string }, CreatedUser>(deps, asker, permit, {
    verb: 'users.create',
    // A password must leave no trace that could be tried quickly, not even a hash of the request.
    input: shown,
    prepare: async () => {
      checkUserName('name', input.name)
      const password =
        chosen === undefined ? makeRandomSecret('') : checkPassword('password', chosen, input.name)
      return { password, passwordHash: await passwords.hash(password) }
    },
    work: async ({ tx, ids, now, event }, { password, passwordHash }) => {
      const name = checkUserName('name', input.name)
      if (await findUser(tx, name)) throw new AlreadyExistsError('user', name)
      const user: User = {
        id: ids.next<UserId>(),
        name,
        description: input.description === undefined ? null : checkText('description', input.description),
        grants,
        groups: checkGroups('groups', input.groups ?? []),
        enabled: input.enabled ?? true,
        createdAt: now,
        createdBy: asker.principal.name,
        updatedAt: now,
        passwordChangedAt: now,
      }
      await insertUser(tx, user, passwordHash)
      event({
        type: 'user.created',
        projectId: projectOf(grants),
        because: `${asker.principal.name} made user "${name}"`,
        data: {
          user: user.id,
          grants: grants.map((grant) => ({ ...grant })),
          groups: user.groups,
          enabled: user.enabled,
        },
      })
      return { user, password: chosen === undefined ? password : null }
    },
    toRemember: ({ user }) => ({ user, password: null }),
  })
}

async function update(
  deps: ControlDeps,
  passwords: Passwords,
  asker: Asker,
  ref: string,
  changes: UserChanges,
): Promise<User> {
  const { password, ...shown } = changes
  const permitted = (tx: Tx) => requireUser(tx, asker.principal, ref, 'users.update', mayAdministerUser)
  let grants: readonly Grant[] | undefined
  const permit = async (tx: Tx) => {
    await permitted(tx)
    const scope = { verb: 'users.update', min: 0 }
    grants = changes.grants && (await resolveGrants(tx, asker.principal, changes.grants, scope))
    if (grants?.length === 0) authorizeEverywhere(asker.principal, 'administrator', 'users.update')
    if (changes.groups) checkMayGroup(asker.principal, 'users.update')
    return null
  }
  const { user } = await perform<string | undefined, { user: User }>(deps, asker, permit, {
    verb: 'users.update',
    input: [ref, shown],
    prepare: async () =>
      password === undefined ? undefined : await passwords.hash(checkPassword('password', password, ref)),
    work: async ({ tx, now, event }, passwordHash) => {
      const before = await permitted(tx)
      const { enabled, description } = changes
      const groups = changes.groups && checkGroups('groups', changes.groups)
      const patch: Partial<User> = {
        ...(grants && { grants }),
        ...(groups && { groups }),
        ...(enabled !== undefined && { enabled }),
        ...(description !== undefined && { description: checkText('description', description) }),
        ...(passwordHash !== undefined && { passwordChangedAt: now }),
        updatedAt: now,
      }
      await patchUser(tx, before.id, patch, passwordHash)
      const endsLogins = passwordHash !== undefined || enabled === false
      const revokedTokens = endsLogins ? await deleteTokensOf(tx, before.id) : 0
      event({
        type: 'user.updated',
        projectId: projectOf([...before.grants, ...(grants ?? [])]),
        because: `${asker.principal.name} changed ${whatChanged(changes)} of user "${before.name}"`,
        data: {
          user: before.id,
          ...(grants && { grants: grants.map((grant) => ({ ...grant })) }),
          ...(groups && { groups }),
          ...(enabled !== undefined && { enabled }),
          ...(endsLogins && { revokedTokens }),
        },
      })
      return { user: { ...before, ...patch } }
    },
  })
  deps.forget(user.id)
  return user
}

function whatChanged(changes: UserChanges): string {
  const named = Object.entries(changes).filter(([, value]) => value !== undefined)
  if (named.length === 0) throw new InvalidRequestError('body', 'give something to change')
  return `the ${named.map(([name]) => name).join(', ')}`
}
