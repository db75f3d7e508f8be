import { hashRandomSecret, makeRandomSecret, type Passwords } from '../access/passwords.ts'
import {
  AlreadyExistsError,
  ForbiddenError,
  InvalidRequestError,
  LimitExceededError,
  NotFoundError,
} from '../domain/errors.ts'
import type { ApplicationCredentialId, ProjectId } from '../domain/ids.ts'
import { type Principal, ROLES } from '../domain/principal.ts'
import { type ApplicationCredential, roleIn, type User } from '../domain/user.ts'
import {
  countApplicationCredentials,
  deleteApplicationCredential,
  findApplicationCredentialOf,
  insertApplicationCredential,
  listApplicationCredentials,
} from '../store/application-credentials.ts'
import { findProject } from '../store/projects.ts'
import type { Tx } from '../store/store.ts'
import type { Asker, ControlDeps } from './control.ts'
import type { CreateApplicationCredentialInput } from './identity-inputs.ts'
import type { ApplicationCredentialVerbs } from './identity-verbs.ts'
import type { CreatedApplicationCredential } from './identity-views.ts'
import { perform, recordRefusal } from './perform.ts'
import { mayRead, requireUser } from './user-access.ts'
import { checkInteger, checkOneOf, checkText } from './validate.ts'
import { checkLabel, checkSecret } from './validate-identity.ts'

const MAX_OF_ONE_USER = 100
const MAX_EXPIRY_SECONDS = 10 * 365 * 24 * 3600

export function createApplicationCredentialVerbs(
  deps: ControlDeps,
  passwords: Passwords,
): ApplicationCredentialVerbs {
  return {
    create: (asker, user, input) => create(deps, passwords, asker, user, input),
    list: (asker, ref, filter, page) =>
      recordRefusal(deps, asker, 'applicationCredentials.list', () =>
        deps.store.read(async (tx) => {
          const user = await requireUser(tx, asker.principal, ref, 'applicationCredentials.list', mayRead)
          return await listApplicationCredentials(tx, { userId: user.id, ...filter }, page)
        }),
      ),
    get: (asker, user, ref) =>
      recordRefusal(deps, asker, 'applicationCredentials.get', () =>
        deps.store.read((tx) => requireCredential(tx, asker.principal, user, ref, 'get')),
      ),
    async delete(asker, user, ref) {
      const permit = async (tx: Tx) => {
        await requireCredential(tx, asker.principal, user, ref, 'delete')
        return null
      }
      const { credential } = await perform(deps, asker, permit, {
        verb: 'applicationCredentials.delete',
        input: [user, ref],
        work: async ({ tx, event }) => {
          const credential = await requireCredential(tx, asker.principal, user, ref, 'delete')
          await deleteApplicationCredential(tx, credential.id)
          event({
            type: 'applicationCredential.deleted',
            projectId: credential.projectId,
            because: `${asker.principal.name} deleted application credential "${credential.name}"`,
            data: { user: credential.userId, applicationCredential: credential.id },
          })
          return { credential }
        },
      })
      deps.forget(credential.id)
      return credential
    },
  }
}

async function create(
  deps: ControlDeps,
  passwords: Passwords,
  asker: Asker,
  ref: string,
  input: CreateApplicationCredentialInput,
): Promise<CreatedApplicationCredential> {
  const { secret: chosen, ...shown } = input
  const permit = async (tx: Tx) => {
    await requireOwner(tx, asker.principal, ref)
    return null
  }
  interface Prepared {
    readonly secret: string
    readonly secretHash: string
  }
  return await perform<Prepared, CreatedApplicationCredential>(deps, asker, permit, {
    verb: 'applicationCredentials.create',
    input: [ref, shown],
    prepare: async () => {
      if (chosen !== undefined) {
        const secret = checkSecret('secret', chosen)
        return { secret, secretHash: await passwords.hash(secret) }
      }
      const secret = makeRandomSecret('')
      return { secret, secretHash: hashRandomSecret(secret) }
    },
    work: async ({ tx, ids, now, event }, { secret, secretHash }) => {
      const user = await requireOwner(tx, asker.principal, ref)
      const name = checkLabel('name', input.name)
      if (await findApplicationCredentialOf(tx, user.id, name)) {
        throw new AlreadyExistsError('application credential', name)
      }
      if ((await countApplicationCredentials(tx, user.id)) >= MAX_OF_ONE_USER) {
        throw new LimitExceededError(
          `user "${user.name}" has ${MAX_OF_ONE_USER} application credentials already: delete some first`,
        )
      }
      const seconds = input.expiresInSeconds
      const credential: ApplicationCredential = {
        id: ids.next<ApplicationCredentialId>(),
        name,
        description: input.description === undefined ? null : checkText('description', input.description),
        userId: user.id,
        ...(await chooseRole(tx, asker.principal, user, input)),
        unrestricted: input.unrestricted ?? false,
        createdAt: now,
        expiresAt:
          seconds === undefined
            ? null
            : now + checkInteger('expiresInSeconds', seconds, 1, MAX_EXPIRY_SECONDS) * 1000,
      }
      await insertApplicationCredential(tx, credential, secretHash)
      const { projectId, role, unrestricted, expiresAt } = credential
      event({
        type: 'applicationCredential.created',
        projectId,
        because: `${asker.principal.name} made application credential "${name}"`,
        data: { user: user.id, applicationCredential: credential.id, role, unrestricted, expiresAt },
      })
      return { credential, secret }
    },
    toRemember: ({ credential }) => ({ credential, secret: null }),
  })
}

/** It speaks for its user, so nobody else makes one, whatever else they may do. */
async function requireOwner(tx: Tx, principal: Principal, ref: string): Promise<User> {
  const { login } = principal
  if (login && !login.unrestricted) {
    throw new ForbiddenError(
      'applicationCredentials.create is not possible for who logged in by a restricted application credential',
    )
  }
  const user = await requireUser(tx, principal, ref, 'applicationCredentials.create', mayRead)
  if (login?.userId === user.id) return user
  throw new ForbiddenError(
    `application credentials of user "${user.name}" are made by that user alone, logged in with a token`,
  )
}

async function chooseRole(
  tx: Tx,
  { login }: Principal,
  user: User,
  input: CreateApplicationCredentialInput,
): Promise<Pick<ApplicationCredential, 'projectId' | 'role'>> {
  const reference = input.project ?? login?.projectId
  if (reference === undefined || reference === null) {
    throw new InvalidRequestError('project', 'is required, because your token is not for one project')
  }
  const project = await findProject(tx, reference)
  const most = project && roleIn(user.grants, project.id)
  if (!project || !most || isOutside(login?.projectId, project.id)) {
    throw new ForbiddenError(`user "${user.name}" has no role in project "${reference}" by this login`)
  }
  const role = input.role === undefined ? most : checkOneOf('role', input.role, ROLES)
  if (ROLES.indexOf(role) > ROLES.indexOf(most)) {
    throw new ForbiddenError(
      `user "${user.name}" has the role ${most} in project "${project.name}", not ${role}`,
    )
  }
  return { projectId: project.id, role }
}

function isOutside(scope: ProjectId | null | undefined, projectId: ProjectId): boolean {
  return scope !== null && scope !== undefined && scope !== projectId
}

async function requireCredential(
  tx: Tx,
  principal: Principal,
  userRef: string,
  ref: string,
  verb: 'get' | 'delete',
): Promise<ApplicationCredential> {
  if (verb === 'delete' && principal.login && !principal.login.unrestricted) {
    throw new ForbiddenError(
      'applicationCredentials.delete is not possible for who logged in by a restricted application credential',
    )
  }
  const user = await requireUser(tx, principal, userRef, `applicationCredentials.${verb}`, mayRead)
  const found = await findApplicationCredentialOf(tx, user.id, ref)
  if (!found) throw new NotFoundError('application credential', ref)
  return found
}
