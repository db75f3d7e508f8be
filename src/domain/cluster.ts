import type { Attributes } from './attributes.ts'
import type { DriftRepair } from './drift.ts'
import type {
  ClusterId,
  EngineId,
  EnvironmentId,
  EpochMs,
  JsonObject,
  PoolId,
  ProjectId,
  RevisionId,
} from './ids.ts'
import type { ClusterPlatform } from './platform-version.ts'
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

/**
 * `standalone`: holds a project's nodes that belong to no cluster, in a pool for each profile. There is at most one a
 * project, made on first need; an engine runs it as any other, and no verb shows it.
 */
export type ClusterKind = 'cluster' | 'standalone'

/** Nodes that are managed together, in one or more pools. */
export interface Cluster {
  readonly id: ClusterId
  readonly projectId: ProjectId
  readonly kind: ClusterKind
  /** The named space it is in; null for none. */
  readonly environmentId: EnvironmentId | null
  /** The version of the catalogue that it is on; null when it follows none. */
  readonly platform: ClusterPlatform | null
  readonly name: string
  readonly status: ClusterStatus
  /** Why it has this status, for people. */
  readonly statusReason: string
  readonly metadata: JsonObject
  readonly config: ClusterConfig
  readonly attributes: Attributes
  readonly driftRepair: DriftRepair
  /** How long its actions may take when they do not say; null for as long as they need. */
  readonly timeoutSeconds: number | null
  readonly createdAt: EpochMs
  readonly createdBy: string
  /** When it was complete for the first time; null before. */
  readonly firstReadyAt: EpochMs | null
  readonly updatedAt: EpochMs
  /** Counts changes to the settings; the ETag. */
  readonly version: number
}

/** Settings that came with OpenStack's clustering; what it does not name is kept and given back as it is. */
export interface ClusterConfig extends JsonObject {
  /** Names of new members: `$nI` stands for the index in at least n digits, `$nR` for n random characters. */
  readonly 'node.name.format'?: string
  /** The same where that is absent; what made the cluster names its members so. */
  readonly 'node.name.default'?: string
}

/** The id of the cluster that holds a project's nodes without a cluster: known without looking. */
export function standaloneClusterId(projectId: ProjectId): ClusterId {
  return `standalone-${projectId}` as ClusterId
}

/** Whether that is the id of such a cluster, which nobody is shown. */
export function isStandaloneClusterId(id: ClusterId): boolean {
  return id.startsWith('standalone-')
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
  readonly attributes: Attributes
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
