import type { Readable } from 'node:stream'
import type { Action } from '../domain/action.ts'
import type { Bundle } from '../domain/bundle.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import type { Difference, FileDifference } from '../domain/compare-revisions.ts'
import type { SyncKind, SyncStatus } from '../domain/drift.ts'
import type { Event } from '../domain/event.ts'
import type { ExpectedTime, UpdateWarning } from '../domain/forecast.ts'
import type {
  ActionId,
  ClusterId,
  EpochMs,
  JsonObject,
  NodeId,
  PolicyId,
  ProjectId,
  UserId,
} from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Operations } from '../domain/operation.ts'
import type { ApiKey, Role } from '../domain/principal.ts'
import type { Profile } from '../domain/profile.ts'
import type { Properties } from '../domain/property.ts'
import type { Receiver } from '../domain/receiver.ts'
import type { Revision } from '../domain/revision.ts'
import type { Strategy, Update } from '../domain/update.ts'
import type { Explanation } from '../planner/explain-update.ts'
import type { PlannedHold } from '../planner/plan-batches.ts'
import type { StepTimes } from '../store/step-times.ts'

/** A profile as others name it. */
export type ProfileHead = Pick<Profile, 'id' | 'name' | 'type' | 'version'>

/** A pool with what only a look at its neighbours tells. */
export interface PoolView {
  readonly pool: NodePool
  /** Number of the committed revision. */
  readonly committedRevision: number
  /** What the committed revision was made with. */
  readonly profile: ProfileHead
  readonly nodes: {
    /** That exist. */
    readonly total: number
    /** That serve. */
    readonly available: number
    readonly creating: number
    readonly deleting: number
    /** That should serve, and of which nobody knows whether they do. */
    readonly unknown: number
    /** On which the committed revision was put last. */
    readonly upToDate: number
    /** On which another one was put last, or whose real state is not that of its revision. */
    readonly differing: number
  }
  readonly sync: GroupSync
  /** The update in flight. */
  readonly updateInFlight: Update | null
}

export interface ClusterView {
  readonly cluster: Cluster
  /** Name of the environment it is in; null for none. */
  readonly environment: string | null
  readonly sync: GroupSync
  /** By name. */
  readonly pools: readonly PoolView[]
}

/** A cluster with the ids of all its nodes, by index, and of its policies. */
export interface ClusterWithNodes extends ClusterView {
  readonly nodeIds: readonly NodeId[]
  /** Of those that are attached, in the order in which they are asked. */
  readonly policyIds: readonly PolicyId[]
}

/** Whether a node is what it should be, and every way in which it is not. */
export interface NodeSync {
  readonly status: SyncStatus
  readonly reasons: readonly {
    readonly kind: SyncKind
    readonly because: string
    /** When it was first seen; null when that is not noted. */
    readonly since: EpochMs | null
  }[]
}

/** The same of a pool or a cluster. */
export interface GroupSync {
  readonly status: SyncStatus
  /** Nodes that differ, each counted once. */
  readonly outOfSync: number
  readonly reasons: readonly {
    readonly kind: SyncKind
    readonly nodes: number
    readonly because: string
  }[]
}

export interface NodeView {
  readonly node: Node
  /** Names; null for a node without a cluster. */
  readonly cluster: string | null
  readonly pool: string | null
  /** Number of the revision it runs; null before its first start, or if that revision is not kept. */
  readonly revision: number | null
  /** What that revision was made with, before the first start the pool's; null if the revision is not kept. */
  readonly profile: ProfileHead | null
  /** It runs another revision than the committed one, and no update is in flight that would say why. */
  readonly drifted: boolean
  readonly sync: NodeSync
  readonly available: boolean
}

export interface UpdateView {
  readonly update: Update
  readonly cluster: string
  readonly pool: string
  /** Revision numbers; null for one that is not kept any more. */
  readonly fromRevision: number | null
  readonly toRevision: number | null
}

/** A node as an update sees it. */
export interface UpdateNodeView {
  readonly node: Pick<Node, 'id' | 'name' | 'index' | 'status' | 'health' | 'revisionId'>
  readonly state: 'Pending' | 'InFlight' | 'Updated' | 'Failed' | 'Skipped'
  readonly because: string
  readonly since: EpochMs
}

/** Why an update is where it is. */
export interface UpdateExplanation extends Explanation {
  readonly update: Update
  /** The last that the node it waits for longest has printed; null where there is none, or its type keeps no logs. */
  readonly log: { readonly node: string; readonly lines: readonly string[] } | null
}

/** What happened to an update. */
export interface UpdateHistory {
  readonly update: Update
  /** What people asked and what it decided, oldest first: the newest thousand. What single nodes did is left out. */
  readonly entries: readonly Pick<Event, 'at' | 'type' | 'level' | 'principal' | 'because'>[]
  /** Of steps that ended well. */
  readonly steps: StepTimes
}

/** What an update would do, if it were started now. */
export interface UpdatePlan {
  readonly pool: NodePool
  readonly from: PlannedRevision
  readonly to: PlannedRevision
  readonly strategy: Strategy
  /** In nodes. */
  readonly maxUnavailable: number
  readonly maxSurge: number
  readonly batches: readonly { readonly nodes: readonly PlannedNode[] }[]
  /** Where it would stop at checkpoints. */
  readonly holds: readonly PlannedHold[]
  /** Nodes that would have to move, and may not. */
  readonly blocked: readonly PlannedNode[]
  readonly skipped: readonly PlannedNode[]
  readonly expected: ExpectedTime
  readonly warnings: readonly UpdateWarning[]
}

/** `number` is the one it would get when `isNew`. */
export type PlannedRevision = Pick<Revision, 'number' | 'spec'> & { readonly isNew: boolean }

export interface PlannedNode {
  readonly id: NodeId
  readonly name: string
  readonly index: number
  readonly because: string
}

/** An action and those it stands in line with. */
export interface ActionView extends Action {
  /** Its children that have not ended: what it waits for. */
  readonly dependsOn: readonly ActionId[]
  /** The action that waits for it. */
  readonly dependedBy: readonly ActionId[]
}

/** Tells of a node that is about to leave. */
export interface HookMessage {
  /** The action that waits: whoever completes it lets the node leave. */
  readonly actionId: ActionId
  readonly nodeId: NodeId
  readonly clusterId: ClusterId
  readonly sentAt: EpochMs
  /** From then on it leaves without an answer. */
  readonly expiresAt: EpochMs
}

export interface ClusterAction {
  readonly cluster: Cluster
  readonly action: Action
}

export interface PoolAction {
  readonly cluster: Cluster
  readonly pool: NodePool
  readonly action: Action
}

/** Something asked of one node. Cluster and pool are null for a node without a cluster. */
export interface NodeAction {
  readonly node: Node
  readonly cluster: Cluster | null
  readonly pool: NodePool | null
  readonly action: Action
}

export interface CreatedNode {
  readonly node: Node
  readonly action: Action
}

/** Its profile was made with it. */
export interface AdoptedNode extends CreatedNode {
  readonly profile: Profile
}

/** `action` is null when nothing is left to be done. */
export interface UpdatedNode extends Omit<NodeAction, 'action'> {
  readonly action: Action | null
}

export interface CreatedPool extends PoolAction {
  readonly revision: Revision
}

export interface StartedUpdate extends UpdateView {
  readonly action: Action
  /** The one it moves nodes to. */
  readonly revision: Revision
}

export interface ForewarnedUpdate extends StartedUpdate {
  /** What whoever started it may not have thought of. */
  readonly warnings: readonly UpdateWarning[]
}

export interface DownloadedBundle {
  readonly bundle: Bundle
  readonly stream: Readable
}

export interface ProfileType {
  readonly type: string
  readonly versions: readonly string[]
  readonly propertiesSchema: JsonObject
  /** One by one, where the type describes them so: for gateways, which have schema formats of their own. */
  readonly properties: Properties | null
  readonly operations: Operations
}

export interface ValidatedProfile {
  readonly type: string
  readonly version: string
  readonly properties: JsonObject
}

export interface CreatedApiKey {
  readonly key: ApiKey
  /** Shown this once. Null when the answer is a repeated one: it is not kept anywhere. */
  readonly secret: string | null
}

export interface Identity {
  readonly name: string
  /** Who is logged in; absent for an API key. */
  readonly user?: { readonly id: UserId; readonly name: string }
  readonly groups: readonly string[]
  /** `project` is a project's name, or `*`. */
  readonly grants: readonly {
    readonly projectId: ProjectId | '*'
    readonly project: string
    readonly role: Role
  }[]
}

/** An event about a cluster or a node, with what only a look at its neighbours tells. */
export interface EventView {
  readonly event: Event
  /** Of the node or the cluster, as it is named now; empty if it is gone. */
  readonly name: string
  /** The action it belongs to. */
  readonly action: Pick<Action, 'name' | 'status'> | null
}

/** A revision, and whether it is its pool's committed one. */
export interface RevisionView {
  readonly revision: Revision
  readonly committed: boolean
}

export interface RevisionComparison {
  readonly from: Revision
  readonly to: Revision
  /** Secrets are hidden; that they differ is not. */
  readonly differences: readonly Difference[]
  readonly files: readonly FileDifference[]
}

export interface CreatedReceiver {
  readonly receiver: Receiver
  /** Shown this once. Null when the answer is a repeated one, and for receivers with the credential `id`. */
  readonly token: string | null
}

/** What a call of a receiver became. */
export interface TriggeredAction {
  readonly receiver: Receiver
  readonly action: Action
  /** Names of inputs that its action has no use for: callers such as alarms send whatever they know. */
  readonly ignored: readonly string[]
}

/** What was made of the messages that waited. */
export interface ConsumedMessages {
  readonly done: number
  readonly refused: number
  readonly expired: number
}
