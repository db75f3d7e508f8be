import { hashSecret, makeToken } from '../access/secret.ts'
import { principalOf } from '../access/token-principal.ts'
import { DroverError, ForbiddenError, UnauthenticatedError } from '../domain/errors.ts'
import type { TokenId } from '../domain/ids.ts'
import type { Principal } from '../domain/principal.ts'
import { principalNameOf, roleIn, type Token } from '../domain/user.ts'
import { findProject } from '../store/projects.ts'
import type { Tx } from '../store/store.ts'
import { deleteToken, deleteTokensOf, type FoundToken, findToken, insertToken } from '../store/tokens.ts'
import type { ControlDeps } from './control.ts'
import type { TokenVerbs } from './identity-verbs.ts'
import type { IssuedToken, TokenView } from './identity-views.ts'
import { limitsOf } from './limits.ts'
import { perform, recordRefusal } from './perform.ts'
import type { Prove, Proven } from './prove-login.ts'
import { mayRead, requireUser } from './user-access.ts'

export function createTokenVerbs(deps: ControlDeps, prove: Prove): TokenVerbs {
  return {
    async issue(input) {
      const proven = await prove(input.proof, input.address)
      return await issue(deps, proven, input.project)
    },
    get: (asker, token) =>
      recordRefusal(deps, asker, 'tokens.get', () =>
        deps.store.read(async (tx) => viewOf(tx, await requireToken(deps, tx, asker.principal, token))),
      ),
    async revoke(asker, secret) {
      const permit = async (tx: Tx) => {
        await requireToken(deps, tx, asker.principal, secret)
        return null
      }
      const { view } = await perform(deps, asker, permit, {
        verb: 'tokens.revoke',
        input: [hashSecret(secret)],
        work: async ({ tx, event }) => {
          const view = await viewOf(tx, await requireToken(deps, tx, asker.principal, secret))
          await deleteToken(tx, view.token.id)
          event({
            type: 'token.revoked',
            projectId: view.token.projectId,
            because: `${asker.principal.name} revoked a token of user "${view.user.name}"`,
            data: { token: view.token.id, user: view.user.id },
          })
          return { view }
        },
      })
      deps.forget(view.token.id)
      return view
    },
    async revokeAllOf(asker, ref) {
      const permit = async (tx: Tx) => {
        await requireUser(tx, asker.principal, ref, 'tokens.revokeAllOf', mayRead)
        return null
      }
      const { userId, revoked } = await perform(deps, asker, permit, {
        verb: 'tokens.revokeAllOf',
        input: [ref],
        work: async ({ tx, event }) => {
          const user = await requireUser(tx, asker.principal, ref, 'tokens.revokeAllOf', mayRead)
          const revoked = await deleteTokensOf(tx, user.id)
          event({
            type: 'token.revoked',
            projectId: null,
            because: `${asker.principal.name} revoked all tokens of user "${user.name}"`,
            data: { user: user.id, revokedTokens: revoked },
          })
          return { userId: user.id, revoked }
        },
      })
      deps.forget(userId)
      return { revoked }
    },
  }
}

async function issue(
  deps: ControlDeps,
  { user, credential, methods, until }: Proven,
  projectRef: string | undefined,
): Promise<IssuedToken> {
  const secret = makeToken()
  const asker = { principal: { name: principalNameOf(user), grants: user.grants, groups: user.groups } }
  return await perform<undefined, IssuedToken>(deps, asker, async () => null, {
    verb: 'tokens.issue',
    input: [],
    work: async ({ tx, ids, now, event }) => {
      const project = await projectOfToken(tx, { user, credential }, projectRef)
      const token: Token = {
        id: ids.next<TokenId>(),
        userId: user.id,
        projectId: project?.id ?? null,
        applicationCredentialId: credential?.id ?? null,
        methods,
        issuedAt: now,
        expiresAt: Math.min(
          until ?? now + limitsOf(deps).tokenLifetimeSeconds * 1000,
          credential?.expiresAt ?? Infinity,
        ),
      }
      await insertToken(tx, token, hashSecret(secret))
      event({
        type: 'token.issued',
        projectId: token.projectId,
        because: `user "${user.name}" logged in by ${methods.join(' and ').replaceAll('_', ' ')}`,
        data: { token: token.id, user: user.id, expiresAt: token.expiresAt },
      })
      return { ...(await viewOf(tx, { token, user, credential })), secret }
    },
  })
}

/** @throws UnauthenticatedError for a project in which the user has no role, as for one that does not exist */
async function projectOfToken(
  tx: Tx,
  { user, credential }: Pick<FoundToken, 'user' | 'credential'>,
  ref: string | undefined,
) {
  const wanted = ref ?? credential?.projectId
  if (wanted === undefined) return null
  const project = await findProject(tx, wanted)
  const isOther = credential !== null && project?.id !== credential.projectId
  if (!project || isOther || roleIn(user.grants, project.id) === null) {
    throw new UnauthenticatedError(`user "${user.name}" has no role in project "${wanted}" by this login`)
  }
  return project
}

async function requireToken(
  deps: ControlDeps,
  tx: Tx,
  principal: Principal,
  secret: string,
): Promise<FoundToken> {
  const found = await findToken(tx, hashSecret(secret))
  const isLive = found?.user.enabled && found.token.expiresAt > deps.clock.now()
  if (!found || !isLive) throw new DroverError('not_found', 'the token does not exist, or has expired')
  if (mayRead(principal, found.user)) return found
  throw new ForbiddenError('a token can be shown and revoked by its user and by administrators only')
}

async function viewOf(tx: Tx, { token, user, credential }: FoundToken): Promise<TokenView> {
  const project = token.projectId === null ? null : ((await findProject(tx, token.projectId)) ?? null)
  const { grants } = principalOf({ token, user, credential })
  return { token, user, project, role: project && roleIn(grants, project.id), credential }
}
