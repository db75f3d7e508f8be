import type { GovernancePolicy } from '../domain/infra.ts'
import type { Party, Right } from '../domain/permissions.ts'
import type { CancelMode, UpdateParams } from '../domain/update.ts'
import type { AttributesInput, Match, SizeInput } from './inputs.ts'

/** Rights that are not named are not given. Null: the role in the project decides. */
export type PermissionsInput = readonly (Party & Partial<Record<Right, boolean>>)[] | null

export interface StageInput {
  readonly name: string
  readonly description?: string
}

export interface CreateInfraInput extends SizeInput, AttributesInput {
  readonly name: string
  /** Name of one of the project's stages. */
  readonly stage: string
  readonly description?: string
  /** Default `NO_CHECK`. */
  readonly governance?: GovernancePolicy
  /** Id or name. Default null: the project's profile for deployments, which is made when it is first needed. */
  readonly profile?: string | null
  readonly updateDefaults?: Partial<UpdateParams>
  /** Default null: the role in the project decides. */
  readonly permissions?: PermissionsInput
}

/** What is not named stays. */
export interface InfraChanges extends SizeInput, AttributesInput {
  readonly stage?: string
  readonly description?: string | null
  readonly governance?: GovernancePolicy
  readonly profile?: string | null
  /** Takes the place of all there were. */
  readonly updateDefaults?: Partial<UpdateParams>
  readonly permissions?: PermissionsInput
}

export interface CreatePublishedProjectInput extends AttributesInput {
  readonly key: string
  /** Default: the key. */
  readonly name?: string
  readonly description?: string
  readonly permissions?: PermissionsInput
}

/** What is not named stays. */
export interface PublishedProjectChanges extends AttributesInput {
  readonly name?: string
  readonly description?: string | null
  readonly permissions?: PermissionsInput
}

/** For changes that the governance of an infra may speak against. */
export interface Insistence {
  /** Go on although the bundle has not all it needs, where the infra's policy is `WARN`. Default no. */
  readonly ignoreWarnings?: boolean
}

export interface CreateDeploymentInput extends AttributesInput, Insistence {
  readonly name: string
  /** Id or name. */
  readonly infra: string
  /** Id or key. */
  readonly publishedProject: string
  /** Version of one of its bundles. */
  readonly bundle: string
  /** Default true. */
  readonly enabled?: boolean
  readonly deployedProjectKey?: string | null
  readonly projectFolderId?: string | null
}

/** What is not named stays. Nothing of it is real before the deployment's next update. */
export interface DeploymentChanges extends AttributesInput {
  /** Version of one of the published project's bundles. */
  readonly bundle?: string
  readonly enabled?: boolean
  readonly deployedProjectKey?: string | null
  readonly projectFolderId?: string | null
}

export interface SaveOptions extends Match, Insistence {}

export interface DeploymentListFilter {
  readonly name?: string
  /** Id or name. */
  readonly infra?: string
  /** Id or key. */
  readonly publishedProject?: string
}

export interface CancelDeploymentInput {
  /** Id of the update that is meant, so that no later one is cancelled. Default: whichever runs. */
  readonly update?: string
  /** Of an update that moves nodes. Default `roll-back`. */
  readonly mode?: CancelMode
  readonly reason?: string
}

export interface PromoteInput extends Insistence {
  /** Id or name of the infra to promote to; it says which deployment if there is one of the published project on it. */
  readonly infra?: string
  /** Id or name of the deployment to promote to, or with `infra` the name of the one that is made. */
  readonly deployment?: string
  /** Although it skips a stage, or the source is not healthy. */
  readonly force?: boolean
}
