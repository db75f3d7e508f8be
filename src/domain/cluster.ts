import type { ClusterId, EngineId, EpochMs, JsonObject, PoolId, ProjectId, RevisionId } from './ids.ts'
import type { UpdateParams } from './update.ts'

/**
 * `Active` all nodes available · `Warning` some are not · `Critical` fewer than the smallest size are available.
 * The others name the action that is running.
 */
export type ClusterStatus =
  | 'Creating'
  | 'Active'
  | 'Warning'
  | 'Critical'
  | 'Updating'
  | 'Resizing'
  | 'Recovering'
  | 'Checking'
  | 'Deleting'
  | 'Failed'

/** Nodes that are managed together, in one or more pools. */
export interface Cluster {
  readonly id: ClusterId
  readonly projectId: ProjectId
  readonly name: string
  readonly status: ClusterStatus
  /** Why it has this status, for people. */
  readonly statusReason: string
  readonly metadata: JsonObject
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
  /** Counts changes to the settings; the ETag. */
  readonly version: number
}

/** The pool every cluster has; it holds nodes that came from nowhere else. */
export const DEFAULT_POOL = 'DefaultPool'

/** A group of like nodes of a cluster. */
export interface NodePool {
  readonly id: PoolId
  readonly clusterId: ClusterId
  readonly projectId: ProjectId
  readonly name: string
  readonly minSize: number
  /** Null: no upper bound. */
  readonly maxSize: number | null
  readonly desiredCapacity: number
  readonly committedRevisionId: RevisionId
  /** What an update uses when its caller does not say. */
  readonly updateDefaults: Partial<UpdateParams>
  /** The index that the next node gets; indexes are never given twice. */
  readonly nextNodeIndex: number
  readonly nextRevisionNumber: number
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
  readonly version: number
}

/** Who runs a cluster now. All writes about its nodes name `term`, and are refused once it has moved on. */
export interface ClusterLease {
  readonly clusterId: ClusterId
  readonly engineId: EngineId
  readonly term: number
}
