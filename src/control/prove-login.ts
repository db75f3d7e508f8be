import { createLoginGuard } from '../access/login-guard.ts'
import type { Passwords } from '../access/passwords.ts'
import { hashSecret } from '../access/secret.ts'
import { UnauthenticatedError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { LoginMethod } from '../domain/user.ts'
import { findApplicationCredential, findApplicationCredentialOf } from '../store/application-credentials.ts'
import type { Tx } from '../store/store.ts'
import { type FoundToken, findToken } from '../store/tokens.ts'
import { findUser } from '../store/users.ts'
import type { ControlDeps } from './control.ts'
import type { LoginProof } from './identity-inputs.ts'

/** Whose login it is, and what it rests on. */
export type Proven = Pick<FoundToken, 'user' | 'credential'> & {
  readonly methods: readonly LoginMethod[]
  /** A token is never a way to a longer one. */
  readonly until: EpochMs | null
}

/**
 * Finds out whether somebody is who they say.
 * @param address where the request came from, to slow down who guesses
 * @throws UnauthenticatedError, RateLimitedError
 */
export type Prove = (proof: LoginProof, address: string) => Promise<Proven>

/** Finds out whether somebody is who they say. Whatever is wrong, and wherever, the refusal is the same. */
export function createProver(deps: ControlDeps, passwords: Passwords): Prove {
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
