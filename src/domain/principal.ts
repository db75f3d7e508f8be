import type { ApiKeyId, ApplicationCredentialId, EpochMs, ProjectId, TokenId, UserId } from './ids.ts'

/** Each role may do all that the one before it may. */
export const ROLES = ['viewer', 'operator', 'administrator'] as const
export type Role = (typeof ROLES)[number]

/** A role in one project, or in all of them. */
export interface Grant {
  readonly projectId: ProjectId | '*'
  readonly role: Role
}

/** Who is asking. */
export interface Principal {
  /** How events are signed: an API key's name, or `user:` and a user's. */
  readonly name: string
  readonly grants: readonly Grant[]
  /** Those of the user or the API key behind it; absent: none. Permissions and reviewers name them. */
  readonly groups?: readonly string[]
  /** The login behind it; API keys have none. */
  readonly login?: Login
}

/** A user who is logged in. */
export interface Login {
  readonly userId: UserId
  readonly userName: string
  readonly tokenId: TokenId
  /** The one project that the token is for; null: for all that the user has a role in. */
  readonly projectId: ProjectId | null
  /** Null for a login by password. */
  readonly applicationCredentialId: ApplicationCredentialId | null
  /** Whether it may make and delete application credentials of its own user. */
  readonly unrestricted: boolean
}

export interface ApiKey {
  readonly id: ApiKeyId
  readonly name: string
  readonly grants: readonly Grant[]
  /** Names of groups that it is in, in order, each once. */
  readonly groups: readonly string[]
  readonly createdAt: EpochMs
  readonly createdBy: string
  readonly expiresAt: EpochMs | null
  readonly revokedAt: EpochMs | null
}

/** A tenant; everything belongs to one. */
export interface Project {
  readonly id: ProjectId
  readonly name: string
  readonly createdAt: EpochMs
}
