import type { ApiKeyId, EpochMs, ProjectId } from './ids.ts'

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
  readonly name: string
  readonly grants: readonly Grant[]
}

export interface ApiKey {
  readonly id: ApiKeyId
  readonly name: string
  readonly grants: readonly Grant[]
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
