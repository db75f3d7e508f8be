import { createLoginGuard } from '../access/login-guard.ts'
import type { Passwords } from '../access/passwords.ts'
import { hashSecret, makeToken } from '../access/secret.ts'
import { principalOf } from '../access/token-principal.ts'
import { DroverError, ForbiddenError, UnauthenticatedError } from '../domain/errors.ts'
import type { EpochMs, TokenId } from '../domain/ids.ts'
import type { Principal } from '../domain/principal.ts'
import { type LoginMethod, principalNameOf, roleIn, type Token } from '../domain/user.ts'
import { findApplicationCredential, findApplicationCredentialOf } from '../store/application-credentials.ts'
import { findProject } from '../store/projects.ts'
import type { Tx } from '../store/store.ts'
import { deleteToken, deleteTokensOf, type FoundToken, findToken, insertToken } from '../store/tokens.ts'
import { findUser } from '../store/users.ts'
import type { ControlDeps } from './control.ts'
import type { LoginProof } from './identity-inputs.ts'
import type { TokenVerbs } from './identity-verbs.ts'
import type { IssuedToken, TokenView } from './identity-views.ts'
import { limitsOf } from './limits.ts'
import { perform, recordRefusal } from './perform.ts'
import { mayRead, requireUser } from './users.ts'

/** Whose login it is, and what it rests on. */
type Proven = Pick<FoundToken, 'user' | 'credential'> & {
  readonly methods: readonly LoginMethod[]
  /** A token is never a way to a longer one. */
  readonly until: EpochMs | null
}

export function createTokenVerbs(deps: ControlDeps, passwords: Passwords): TokenVerbs {
  const prove = createProver(deps, passwords)
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

/** Finds out whether somebody is who they say. Whatever is wrong, and wherever, the refusal is the same. */
function createProver(deps: ControlDeps, passwords: Passwords) {
  const guard = createLoginGuard(deps.clock)
  return async (proof: LoginProof, address: string): Promise<Proven> => {
    if (proof.kind === 'token') return await proveByToken(deps, proof.token)
    const named = proof.kind === 'password' ? proof.user : `${proof.user ?? ''}\t${proof.credential}`
    guard.check(address, named)
    const found = await deps.store.read((tx) => lookUp(tx, proof))
    const secret = proof.kind === 'password' ? proof.password : proof.secret
    const isRight = await passwords.verify(secret, found?.hash ?? null)
    const isValid = found?.user.enabled && (found.credential?.expiresAt ?? Infinity) > deps.clock.now()
    if (!found || !isRight || !isValid) {
      guard.failed(address, named)
      deps.refused?.(address)
      throw new UnauthenticatedError(
        `the ${proof.kind.replace('_', ' ')} was not accepted: wrong, or not valid now`,
      )
    }
    guard.succeeded(address, named)
    return { user: found.user, credential: found.credential, methods: [proof.kind], until: null }
  }
}

async function lookUp(
  tx: Tx,
  proof: Exclude<LoginProof, { kind: 'token' }>,
): Promise<(Pick<FoundToken, 'user' | 'credential'> & { readonly hash: string }) | undefined> {
  if (proof.kind === 'password') {
    const found = await findUser(tx, proof.user)
    return found && { user: found.user, credential: null, hash: found.passwordHash }
  }
  const owner = proof.user === undefined ? undefined : await findUser(tx, proof.user)
  const id = owner
    ? (await findApplicationCredentialOf(tx, owner.user.id, proof.credential))?.id
    : proof.credential
  const found = id && (await findApplicationCredential(tx, id))
  const user = found && (await findUser(tx, found.credential.userId))
  if (!found || !user || (proof.user !== undefined && !owner)) return undefined
  return { user: user.user, credential: found.credential, hash: found.secretHash }
}

async function proveByToken({ store, clock }: ControlDeps, secret: string): Promise<Proven> {
  const found = await store.read((tx) => findToken(tx, hashSecret(secret)))
  if (!found?.user.enabled || found.token.expiresAt <= clock.now()) throw new UnauthenticatedError()
  const { user, credential, token } = found
  const methods = [...new Set([...token.methods, 'token' as const])]
  return { user, credential, methods, until: token.expiresAt }
}

async function issue(
  deps: ControlDeps,
  { user, credential, methods, until }: Proven,
  projectRef: string | undefined,
): Promise<IssuedToken> {
  const secret = makeToken()
  const asker = { principal: { name: principalNameOf(user), grants: user.grants } }
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
