import type { Role } from '../domain/principal.ts'

export interface GrantInput {
  /** Id, name, or `*` for all. */
  readonly project: string
  readonly role: Role
}

export interface CreateApiKeyInput {
  readonly name: string
  readonly grants: readonly GrantInput[]
  /** Names of groups; only an administrator of all projects may give any. Default: none. */
  readonly groups?: readonly string[]
  /** Default: it does not expire. */
  readonly expiresInSeconds?: number
}

export interface CreateUserInput {
  readonly name: string
  /** 8 characters or more. Default: one is made, and shown in the answer. */
  readonly password?: string
  /** Default: none, which only an administrator of all projects may give. */
  readonly grants?: readonly GrantInput[]
  /** Names of groups; only an administrator of all projects may give any. Default: none. */
  readonly groups?: readonly string[]
  /** Default true. */
  readonly enabled?: boolean
  readonly description?: string
}

/** What is not named stays as it is. */
export interface UserChanges {
  /** Ends every login of the user. */
  readonly password?: string
  /** Instead of those there are. */
  readonly grants?: readonly GrantInput[]
  /** Instead of those there are; only for administrators of all projects. */
  readonly groups?: readonly string[]
  /** False ends every login of the user. */
  readonly enabled?: boolean
  readonly description?: string
}

/** A user's own new password. */
export interface ChangePasswordInput {
  /** The present one: a token alone is not enough to keep its user out. */
  readonly current: string
  /** 8 characters or more. */
  readonly password: string
  /** Where the request came from, to slow down who guesses. */
  readonly address: string
}

export interface CreateApplicationCredentialInput {
  readonly name: string
  /** Id or name. Default: the project that the asker's token is for. */
  readonly project?: string
  /** At most the user's own in the project, which is the default. */
  readonly role?: Role
  /** 16 characters or more. Default: one is made, and shown in the answer. */
  readonly secret?: string
  /** Default: it does not expire. */
  readonly expiresInSeconds?: number
  /** Whether it may be used to make and delete application credentials. Default false. */
  readonly unrestricted?: boolean
  readonly description?: string
}

/** How somebody proves who they are. */
export type LoginProof =
  | { readonly kind: 'password' /** Id or name. */; readonly user: string; readonly password: string }
  | {
      readonly kind: 'application_credential'
      /** Its id, or its name together with its user. */
      readonly credential: string
      readonly user?: string
      readonly secret: string
    }
  | { readonly kind: 'token'; readonly token: string }

export interface IssueTokenInput {
  readonly proof: LoginProof
  /**
   * Id or name of the one project that the token is to be for; an application credential has its own. Default: all
   * that the user has a role in.
   */
  readonly project?: string
  /** Where the request came from, to slow down who guesses. */
  readonly address: string
}
