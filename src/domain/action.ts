import type { ActionId, ClusterId, EpochMs, JsonObject, NodeId, PoolId, ProjectId, UpdateId } from './ids.ts'

export type ClusterActionName =
  | 'CLUSTER_CREATE'
  | 'CLUSTER_UPDATE'
  | 'CLUSTER_RESIZE'
  | 'CLUSTER_ADD_NODES'
  | 'CLUSTER_DEL_NODES'
  | 'CLUSTER_REPLACE_NODES'
  | 'CLUSTER_CHECK'
  | 'CLUSTER_RECOVER'
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
  | 'NODE_DELETE'

export type ActionName = ClusterActionName | NodeActionName

/** `WAITING`: something it depends on holds it up, `statusReason` says what. */
export type ActionStatus = 'READY' | 'WAITING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'

export const ACTION_STATUS_SUCCESSORS = {
  READY: ['WAITING', 'RUNNING', 'FAILED', 'CANCELLED'],
  WAITING: ['READY', 'RUNNING', 'FAILED', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
} as const satisfies Record<ActionStatus, readonly ActionStatus[]>

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
  /** Who asked: a principal's name, or `engine`. */
  readonly createdBy: string
  readonly createdAt: EpochMs
  readonly startedAt: EpochMs | null
  readonly endedAt: EpochMs | null
}
