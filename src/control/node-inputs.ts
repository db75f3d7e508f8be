import type { SyncStatus } from '../domain/drift.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Recovery } from '../domain/operation.ts'
import type { NodeTemplate } from '../domain/revision.ts'
import type { ChooseNodesInput, NameInput, SoftwareInput } from './inputs.ts'

export interface NodeListFilter {
  /** Id or name; null for nodes without a cluster. All nodes of the project if absent. */
  readonly cluster?: string | null
  /** Id or name; needs `cluster`. */
  readonly pool?: string
  /** At most 1000. */
  readonly ids?: readonly string[]
  readonly name?: string | readonly string[]
  readonly status?: readonly string[]
  readonly health?: readonly string[]
  /** Status and health together: one of these. */
  readonly states?: readonly { readonly status: string; readonly health?: readonly string[] }[]
  /** Number of the revision a node runs; needs `cluster`, and `pool` if it is not `DefaultPool`. */
  readonly revision?: number
  readonly sync?: SyncStatus
}

export interface CreateStandaloneNodeInput extends SoftwareInput, NameInput {
  /** What it is for, in its owner's words. */
  readonly role?: string
  readonly metadata?: JsonObject
}

export interface CreateMemberInput {
  /**
   * One that would be more than the pool's `maxSize` is made all the same, as a failed node of no cluster, and its action
   * fails: for APIs whose requests are accepted before sizes are looked at. Default: it is refused.
   */
  readonly straysAboveMaxSize?: boolean
  /** Id or name. Default `DefaultPool`. */
  readonly pool?: string
  /** Default: by the cluster's pattern. */
  readonly name?: string
  /** Id or name, of the type that the pool's nodes have. Default: theirs. */
  readonly profile?: string
  /** Default: theirs. */
  readonly nodeTemplate?: NodeTemplate
  /** What it is for, in its owner's words. */
  readonly role?: string
  readonly metadata?: JsonObject
}

export interface DeleteNodeInput {
  /**
   * It goes even if it cannot be removed, because its host is away for good. What may still run there is stopped as soon as
   * the host is used again. Of a type whose nodes are always within reach this changes nothing.
   */
  readonly force?: boolean
}

export interface NodeChanges extends Partial<NameInput> {
  readonly role?: string
  /** Replaced as a whole. */
  readonly metadata?: JsonObject
  /** Goes before others when its pool shrinks. */
  readonly tainted?: boolean
  /** Id or name, of the type it has. */
  readonly profile?: string
  /** A change that no runtime has to know of is an action, too, which is over at once. */
  readonly asAction?: boolean
}

export interface OperationInput {
  /** One of those that the node's type knows: `reboot`. */
  readonly operation: string
  readonly params?: JsonObject
}

export interface ClusterOperationInput extends OperationInput {
  /** Only nodes with all of these. */
  readonly filters?: {
    readonly name?: string
    readonly profileId?: string
    readonly status?: readonly string[]
    readonly role?: string
  }
}

export interface RecoverInput {
  /** Default: it is started anew, with all that it needs put in place again. */
  readonly operation?: Recovery
  readonly params?: JsonObject
  /** Looks at each node first, and leaves those alone that serve. */
  readonly check?: boolean
}

export interface RecoverClusterInput extends RecoverInput {
  /** Makes or removes nodes beside it until there are as many as are desired. */
  readonly checkCapacity?: boolean
}

/** Something that somebody else started. */
export interface AdoptionInput {
  /** Its physical id. */
  readonly identity: string
  /** Profile type. */
  readonly type: string
  /** Of the type. Default: the newest. */
  readonly version?: string
  /** Take the place of what is found. */
  readonly overrides?: JsonObject
  /** Have a snapshot of it made, for the profile to start from. */
  readonly snapshot?: boolean
}

export interface AdoptNodeInput extends AdoptionInput, NameInput {
  readonly role?: string
  readonly metadata?: JsonObject
}

export interface JoinNodesInput extends ChooseNodesInput {
  /** Id or name. Default `DefaultPool`. */
  readonly pool?: string
}

export interface ReplaceWithInput {
  /** By member, by id or name, the node without a cluster that takes its place. All members must be of one pool. */
  readonly nodes: Readonly<Record<string, string>>
}
