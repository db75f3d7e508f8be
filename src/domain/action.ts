import type {
  ActionId,
  ClusterId,
  EngineId,
  EpochMs,
  JsonObject,
  NodeId,
  PoolId,
  ProjectId,
  UpdateId,
} from './ids.ts'

export type ClusterActionName =
  | 'CLUSTER_CREATE'
  | 'CLUSTER_UPDATE'
  | 'CLUSTER_CHANGE_VERSION'
  | 'CLUSTER_RESIZE'
  | 'CLUSTER_SCALE_OUT'
  | 'CLUSTER_SCALE_IN'
  | 'CLUSTER_ADD_NODES'
  | 'CLUSTER_DEL_NODES'
  | 'CLUSTER_REPLACE_NODES'
  | 'CLUSTER_CHECK'
  | 'CLUSTER_RECOVER'
  | 'CLUSTER_OPERATION'
  | 'CLUSTER_ATTACH_POLICY'
  | 'CLUSTER_DETACH_POLICY'
  | 'CLUSTER_UPDATE_POLICY'
  | 'CLUSTER_DELETE'
  | 'POOL_DELETE'

export type NodeActionName =
  | 'NODE_CREATE'
  | 'NODE_UPDATE'
  | 'NODE_STOP'
  | 'NODE_START'
  | 'NODE_PLACE_CODE'
  | 'NODE_CHECK'
  | 'NODE_RECOVER'
  | 'NODE_OPERATION'
  | 'NODE_DELETE'
  | HandoverName

/**
 * What hands a node from one cluster to another, or to where the nodes without a cluster are. The engine that has the
 * node carries it out by itself, without a runtime.
 */
export type HandoverName = 'NODE_JOIN' | 'NODE_LEAVE'

export function isHandover(name: ActionName): name is HandoverName {
  return name === 'NODE_JOIN' || name === 'NODE_LEAVE'
}

/** A node action that is a leaf of work on a runtime. */
export type StepName = Exclude<NodeActionName, HandoverName>

export type ActionName = ClusterActionName | NodeActionName

/**
 * `WAITING`: something it depends on holds it up, `statusReason` says what. `WAITING_LIFECYCLE_COMPLETION`: somebody
 * outside was told, and has to say that it may begin, or its time has to pass. `SUSPENDED`: it has begun, and begins
 * nothing more until somebody resumes it.
 */
export type ActionStatus =
  | 'READY'
  | 'WAITING'
  | 'WAITING_LIFECYCLE_COMPLETION'
  | 'RUNNING'
  | 'SUSPENDED'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELLED'

export const ACTION_STATUS_SUCCESSORS = {
  READY: ['WAITING', 'WAITING_LIFECYCLE_COMPLETION', 'RUNNING', 'FAILED', 'CANCELLED'],
  WAITING: ['READY', 'WAITING_LIFECYCLE_COMPLETION', 'RUNNING', 'FAILED', 'CANCELLED'],
  WAITING_LIFECYCLE_COMPLETION: ['READY', 'WAITING', 'RUNNING', 'FAILED', 'CANCELLED'],
  RUNNING: ['SUSPENDED', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
  SUSPENDED: ['RUNNING', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
} as const satisfies Record<ActionStatus, readonly ActionStatus[]>

/** Of actions that have not ended. Indexes of the store name them, too. */
export const OPEN_ACTION_STATUSES = [
  'READY',
  'WAITING',
  'WAITING_LIFECYCLE_COMPLETION',
  'RUNNING',
  'SUSPENDED',
] as const satisfies readonly ActionStatus[]

/** Somebody asked for it, another action needs it, the engine wants it by itself, or a receiver was triggered. */
export type ActionCause = 'request' | 'derived' | 'engine' | `receiver:${string}`

/** What people asked of an action after it was accepted. The verbs write it, the engine follows. */
export interface ActionControl {
  /** `force`: it ends at once, and what is under way for it is broken off. */
  readonly cancellation: { readonly by: string; readonly at: EpochMs; readonly force: boolean } | null
  readonly suspension: { readonly by: string; readonly at: EpochMs } | null
  /** What its lifecycle hook was to do is done. */
  readonly completion: { readonly by: string; readonly at: EpochMs } | null
}

export const NO_CONTROL: ActionControl = { cancellation: null, suspension: null, completion: null }

/** Durable asynchronous work on a cluster or a node. Safe to run again from its start at any time. */
export interface Action {
  readonly id: ActionId
  readonly projectId: ProjectId
  readonly clusterId: ClusterId
  readonly poolId: PoolId | null
  /** Null for a cluster action. */
  readonly nodeId: NodeId | null
  /** The cluster action that this node action serves. */
  readonly parentId: ActionId | null
  readonly updateId: UpdateId | null
  readonly name: ActionName
  readonly status: ActionStatus
  readonly statusReason: string
  readonly inputs: JsonObject
  readonly outputs: JsonObject
  /** What policies said when it began. */
  readonly data: JsonObject
  readonly cause: ActionCause
  /** How long it may take once it has begun; null: as long as it takes. */
  readonly timeoutSeconds: number | null
  /** The engine that runs it, or ran it last. */
  readonly ownerId: EngineId | null
  /** Null when nothing was asked of it since. */
  readonly control: ActionControl | null
  /** Who asked: a principal's name, or `engine`. */
  readonly createdBy: string
  readonly createdAt: EpochMs
  readonly startedAt: EpochMs | null
  readonly endedAt: EpochMs | null
}

/** What an action is made with, beside what is particular to it. */
export const NEW_ACTION = {
  poolId: null,
  nodeId: null,
  parentId: null,
  updateId: null,
  status: 'READY',
  statusReason: 'accepted',
  outputs: {},
  data: {},
  cause: 'request',
  timeoutSeconds: null,
  ownerId: null,
  control: null,
  startedAt: null,
  endedAt: null,
} as const satisfies Partial<Action>

/** Whether it has begun and not ended. */
export function hasBegun({ status }: Pick<Action, 'status'>): boolean {
  return status === 'RUNNING' || status === 'SUSPENDED'
}
