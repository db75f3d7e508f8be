import type { Project, Role } from '../domain/principal.ts'
import type { ApplicationCredential, Token, User } from '../domain/user.ts'

export interface CreatedUser {
  readonly user: User
  /** One that was made, because none was given: shown this once. */
  readonly password: string | null
}

export interface CreatedApplicationCredential {
  readonly credential: ApplicationCredential
  /** Shown this once, also when the caller chose it. Null when the answer is a repeated one. */
  readonly secret: string | null
}

/** A token with what it stands for now. */
export interface TokenView {
  readonly token: Token
  readonly user: User
  /** The one it is for; null: for all that its user has a role in. */
  readonly project: Project | null
  /** The strongest role it gives in that project; null without one. */
  readonly role: Role | null
  readonly credential: ApplicationCredential | null
}

export interface IssuedToken extends TokenView {
  /** The token itself, for `Authorization: Bearer` or `X-Auth-Token`. Shown this once. */
  readonly secret: string
}
