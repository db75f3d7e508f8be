import type { Attributes } from './attributes.ts'
import type { EpochMs, InfraId, ProfileId, ProjectId } from './ids.ts'
import type { Permissions } from './permissions.ts'
import type { UpdateParams } from './update.ts'

/**
 * What happens when a bundle is to be deployed that has not all it needs: it is refused; it is refused unless whoever asks
 * ignores the warnings; nobody looks.
 */
export const GOVERNANCE_POLICIES = ['PREVENT', 'WARN', 'NO_CHECK'] as const
export type GovernancePolicy = (typeof GOVERNANCE_POLICIES)[number]

/** A place to deploy to: its stage, its rules, and how the clusters of its deployments are made. */
export interface Infra {
  readonly id: InfraId
  readonly projectId: ProjectId
  /** What clients call its id; never changes. */
  readonly name: string
  readonly description: string | null
  /** Name of one of the project's stages. */
  readonly stage: string
  readonly governance: GovernancePolicy
  /** What nodes are, beside the bundle. Null: the project's profile for deployments. */
  readonly profileId: ProfileId | null
  /** Of a cluster that is made for a deployment. What is changed later is for clusters that come then. */
  readonly size: number
  readonly minSize: number
  /** Null: no upper bound. */
  readonly maxSize: number | null
  /** How the updates of its deployments go. */
  readonly updateDefaults: Partial<UpdateParams>
  readonly permissions: Permissions
  readonly attributes: Attributes
  readonly createdAt: EpochMs
  readonly createdBy: string
  readonly updatedAt: EpochMs
  /** Counts changes; the ETag. */
  readonly version: number
}
