import type { AdjustmentType } from '../domain/adjustment.ts'
import type { Attributes } from '../domain/attributes.ts'
import type { ClusterConfig } from '../domain/cluster.ts'
import type { DriftRepair } from '../domain/drift.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Principal } from '../domain/principal.ts'
import type { ReceiverAction, ReceiverCredential, ReceiverType } from '../domain/receiver.ts'
import type { CommandLineArgument, NodeTemplate } from '../domain/revision.ts'
import type { CancelMode, OnConflict, UpdateParams } from '../domain/update.ts'
import type { NameRules } from './validate.ts'

/** What a change says it was made against: the `version` that was read before (`If-Match`). */
export interface Match {
  readonly ifMatch?: number
}

export interface CodeInput {
  /** Id, `name@version`, or a name alone for its newest version. */
  readonly bundle: string
  /** Path inside the bundle; overrides the manifest's. Null: what the manifest says, whatever was said before. */
  readonly initializationScript?: string | null
  readonly commandLineArguments?: readonly CommandLineArgument[]
}

/** What a pool's nodes run. */
export interface SoftwareInput {
  /** Id or name. */
  readonly profile: string
  readonly code?: CodeInput
  readonly nodeTemplate?: NodeTemplate
  /** The platform version that nodes are told. */
  readonly version?: string
}

/** What other APIs keep with the thing, the tags among it. Default: nothing. */
export interface AttributesInput {
  readonly attributes?: Attributes
}

export interface NameInput extends NameRules {
  readonly name: string
  /** Take the name even if another one of this kind has it. */
  readonly allowDuplicateName?: boolean
}

export interface SizeInput {
  /** Desired capacity. Default 1. */
  readonly size?: number
  /** Default 0. */
  readonly minSize?: number
  /** Default: no bound. */
  readonly maxSize?: number | null
}

/** Without a profile: what the catalogue of versions names. */
export interface VersionedSoftwareInput extends Omit<SoftwareInput, 'profile'> {
  readonly profile?: string
}

export interface CreateClusterInput extends VersionedSoftwareInput, SizeInput, NameInput, AttributesInput {
  /** The version of the catalogue that the cluster is on. Default: it follows none, and `profile` is needed. */
  readonly platformVersion?: string
  readonly updateDefaults?: Partial<UpdateParams>
  readonly metadata?: JsonObject
  readonly config?: ClusterConfig
  /** Id or name of the named space it is made in. Default: none. */
  readonly environment?: string
  /** For its actions that do not say themselves. Default: no limit. */
  readonly timeoutSeconds?: number
  /** Default: `manual`. */
  readonly driftRepair?: DriftRepair
}

export interface ClusterChanges extends Partial<NameInput> {
  readonly metadata?: JsonObject
  readonly driftRepair?: DriftRepair
}

/** Settings, and what all nodes run, in one request. */
export interface ClusterChange extends Omit<ClusterChanges, 'driftRepair'> {
  readonly config?: ClusterConfig
  readonly timeoutSeconds?: number
  /** Id or name; of the same type as the one in use. */
  readonly profile?: string
  /** The profile is for nodes that come from now on; none is changed. */
  readonly profileOnly?: boolean
  /** How nodes move to the profile. */
  readonly params?: Partial<UpdateParams>
  /** What to do when another update has the pool. Default `refuse`. */
  readonly onConflict?: OnConflict
}

export interface ClusterListFilter {
  /** True: those that are on a version of the catalogue. */
  readonly isVersioned?: true
  /** Id or name; null for those in none. */
  readonly environment?: string | null
  readonly name?: string | readonly string[]
  readonly status?: readonly string[]
}

export interface ResizeInput {
  /** Id or name. Default `DefaultPool`. */
  readonly pool?: string
  readonly desiredCapacity?: number
  readonly minSize?: number
  readonly maxSize?: number | null
}

export interface ScaleInput {
  readonly pool?: string
  /** Default 1, or what a scaling policy says. */
  readonly count?: number | null
  /**
   * The size is worked out when the action runs, and a size outside the bounds fails the action. Always so when a scaling
   * policy is attached; else the request is checked, and the pool changed, at once.
   */
  readonly atRunTime?: boolean
  /** Refused while another action changes the cluster's size. Always so when a scaling policy is attached. */
  readonly exclusive?: boolean
}

/** A change of a pool's size that is worked out when the action runs. */
export interface AdjustInput {
  readonly pool?: string
  readonly adjustmentType?: AdjustmentType | null
  /** The new size, a number of nodes, or a percentage. Needs `adjustmentType`. */
  readonly number?: number | null
  readonly minSize?: number | null
  /** -1: no upper bound. */
  readonly maxSize?: number | null
  /** Nodes that a percentage comes to at least. */
  readonly minStep?: number | null
  /** Default true: a size outside the bounds is refused. False: it is cut to them. */
  readonly strict?: boolean
  /** Most nodes that are asked for, where that is less than a pool may have. */
  readonly mostNodes?: number
  /** Refused while another action changes the cluster's size. */
  readonly exclusive?: boolean
}

/** Where the cluster is on a version, so is the pool. */
export interface CreatePoolInput extends VersionedSoftwareInput, SizeInput, AttributesInput {
  readonly name: string
  readonly updateDefaults?: Partial<UpdateParams>
}

/** What is not named stays as it is in the committed revision. */
export interface SoftwareChanges {
  readonly profile?: string
  /** Without `bundle` the committed one stays; without a script or arguments, those stay. */
  readonly code?: Partial<CodeInput>
  readonly nodeTemplate?: NodeTemplate
  readonly version?: string
}

/**
 * Software is for nodes that come from now on: those that are there stay as they are, and show as drifted, until an update of
 * type `Repair` brings them there.
 */
export interface PoolChanges extends SoftwareChanges {
  readonly minSize?: number
  readonly maxSize?: number | null
  readonly updateDefaults?: Partial<UpdateParams>
}

export interface CreateNodeInput {
  readonly pool?: string
  readonly name?: string
  readonly metadata?: JsonObject
}

export interface AddNodesInput {
  readonly pool?: string
  readonly count: number
}

export interface ChooseNodesInput {
  /** Ids or names. All must be of one pool. */
  readonly nodes: readonly string[]
}

export interface StartUpdateInput extends SoftwareChanges, AttributesInput {
  readonly pool?: string
  /** Number of an existing revision; excludes all that would make a new one. */
  readonly revision?: number
  readonly params?: Partial<UpdateParams>
  /** Ids or names; all nodes of the pool if absent. */
  readonly nodes?: readonly string[]
  /** What to do when another update has the pool. Default `refuse`. */
  readonly onConflict?: OnConflict
  /** `Repair`: back to the committed revision; excludes all that would make a new one. Default `Update`. */
  readonly type?: 'Update' | 'Repair'
  readonly description?: string
}

export interface RollbackInput extends AttributesInput {
  readonly pool?: string
  /** Default: the revision that was committed before the present one. */
  readonly toRevision?: number
  readonly params?: Partial<UpdateParams>
  /** What to do when another update has the pool. Default `refuse`. */
  readonly onConflict?: OnConflict
  readonly description?: string
}

export interface CancelInput {
  /** Default `roll-back`. */
  readonly mode?: CancelMode
  readonly reason?: string
}

export interface UpdateListFilter {
  readonly cluster?: string
  /** Needs `cluster`. */
  readonly pool?: string
  readonly status?: readonly string[]
}

export interface ActionListFilter {
  readonly cluster?: string
  /** Id or name; null for what is about no pool in particular. Needs `cluster`. */
  readonly pool?: string | null
  /** Id or name. */
  readonly node?: string
  readonly parent?: string
  readonly update?: string
  readonly name?: readonly string[]
  readonly status?: readonly string[]
  /** Statuses, where one that runs and has begun others that are not over counts as `WAITING`. */
  readonly waitingStatus?: readonly string[]
  /** Ids of clusters. */
  readonly clusterIds?: readonly string[]
  /** Ids of what actions are about: a node, or a cluster as a whole. */
  readonly targetIds?: readonly string[]
  /** Names of actions, and the beginning of the id of what they are about: one of these. */
  readonly named?: readonly { readonly names: readonly string[]; readonly target: string }[]
}

export interface EventListFilter {
  /** Id or name. */
  readonly cluster?: string
  /** Id. */
  readonly node?: string
  readonly update?: string
  readonly type?: readonly string[]
  readonly level?: readonly string[]
}

export interface CreateReceiverInput extends NameRules {
  readonly name: string
  readonly type: ReceiverType
  /** Id or name. Needed for type `webhook`. */
  readonly cluster?: string
  /** Needed for type `webhook`. */
  readonly action?: ReceiverAction
  /** Inputs of every action it triggers. */
  readonly params?: JsonObject
  /** Kept as given. */
  readonly actor?: JsonObject
  /** Default `token`. */
  readonly credential?: ReceiverCredential
  /** Whether others may have that name already. Default no. */
  readonly allowDuplicateName?: boolean
}

export interface ReceiverChanges extends NameRules {
  readonly name?: string
  readonly action?: ReceiverAction
  /** Takes the place of all there were. */
  readonly params?: JsonObject
  /** Whether others may have that name already. Default no. */
  readonly allowDuplicateName?: boolean
}

export interface ReceiverListFilter {
  readonly name?: string | readonly string[]
  readonly type?: readonly string[]
  /** Ids or names; over all projects ids alone. */
  readonly cluster?: readonly string[]
  readonly action?: readonly string[]
  readonly createdBy?: string | readonly string[]
}

/** A call of a webhook by somebody who has no account here. */
export interface WebhookCall {
  /** Of the receiver. */
  readonly id: string
  /** Null if none was given; receivers with the credential `id` need none. */
  readonly token: string | null
  /** Laid over the receiver's params. */
  readonly inputs: JsonObject
  /** Where the call came from, for the audit of refusals. */
  readonly address?: string
  readonly idempotencyKey?: string
}

/** Who puts messages into a queue: somebody with the receiver's token, or an operator of its project. */
export type MessageSender =
  | { readonly token: string; readonly address?: string; readonly idempotencyKey?: string }
  | {
      readonly principal: Principal
      readonly idempotencyKey?: string
    }

export interface NewMessage {
  readonly body: JsonObject
  /** How long it may wait. Default an hour, at most 14 days. */
  readonly ttlSeconds?: number
}

export interface MessageListFilter {
  readonly status?: readonly string[]
}

/** Which events about clusters and nodes. Whatever is absent is not asked for. */
export interface ObjectEventFilter {
  readonly level?: readonly string[]
  /** Ids of clusters. */
  readonly clusterIds?: readonly string[]
  readonly objectTypes?: readonly string[]
  readonly objectIds?: readonly string[]
  /** As they are named now. */
  readonly objectNames?: readonly string[]
  readonly actionNames?: readonly string[]
}
