import type { ApplicationCredentialId, EpochMs, ProjectId, TokenId, UserId } from './ids.ts'
import { type Grant, ROLES, type Role } from './principal.ts'

/** Somebody who logs in with a name and a password, and works with the token that is given for them. */
export interface User {
  readonly id: UserId
  /** Unique, and never changed: events and what the user made carry it. */
  readonly name: string
  readonly description: string | null
  readonly grants: readonly Grant[]
  /** Names of groups that it is in, in order, each once. */
  readonly groups: readonly string[]
  /** A user who is not has no valid token and gets none. */
  readonly enabled: boolean
  readonly createdAt: EpochMs
  readonly createdBy: string
  readonly updatedAt: EpochMs
  readonly passwordChangedAt: EpochMs
}

/** A secret with which a program logs in for a user, in one project and with one role at most. */
export interface ApplicationCredential {
  readonly id: ApplicationCredentialId
  /** Unique among those of its user. */
  readonly name: string
  readonly description: string | null
  readonly userId: UserId
  readonly projectId: ProjectId
  /** The most that it gives; what the user has no longer, it does not give either. */
  readonly role: Role
  /** Whether who logged in with it may make and delete application credentials. */
  readonly unrestricted: boolean
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs | null
}

/** How somebody proved who they are, in the words that Keystone's clients know. */
export type LoginMethod = 'password' | 'application_credential' | 'token'

/** What a login gives, without the secret itself. What it allows follows from its user's grants as they are now. */
export interface Token {
  readonly id: TokenId
  readonly userId: UserId
  /** The one project that it is for; null: for all that its user has a role in. */
  readonly projectId: ProjectId | null
  readonly applicationCredentialId: ApplicationCredentialId | null
  readonly methods: readonly LoginMethod[]
  readonly issuedAt: EpochMs
  readonly expiresAt: EpochMs
}

/** How a user signs events and what they make: no API key can have such a name. */
export function principalNameOf(user: Pick<User, 'name'>): string {
  return `user:${user.name}`
}

/** The strongest role that the grants give in a project; null if none. */
export function roleIn(grants: readonly Grant[], projectId: ProjectId): Role | null {
  return grants
    .filter((grant) => grant.projectId === '*' || grant.projectId === projectId)
    .reduce<Role | null>((best, { role }) => strongerOf(best, role), null)
}

/**
 * What a token allows: all that its user has; if it is for one project, what applies there; if it came from an
 * application credential, no more than `most`.
 */
export function grantsOfToken(
  user: Pick<User, 'grants'>,
  projectId: ProjectId | null,
  most: Role | null,
): readonly Grant[] {
  if (projectId === null) return user.grants
  const applicable = user.grants.filter((grant) => grant.projectId === '*' || grant.projectId === projectId)
  if (most === null) return applicable
  const role = roleIn(applicable, projectId)
  return role === null ? [] : [{ projectId, role: weakerOf(role, most) }]
}

function strongerOf(best: Role | null, role: Role): Role {
  return best !== null && ROLES.indexOf(best) >= ROLES.indexOf(role) ? best : role
}

function weakerOf(one: Role, other: Role): Role {
  return ROLES.indexOf(one) <= ROLES.indexOf(other) ? one : other
}
