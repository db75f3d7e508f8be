import type { Attributes } from './attributes.ts'
import type { ActionId, ClusterId, EpochMs, NodeId, PoolId, ProjectId, RevisionId, UpdateId } from './ids.ts'

export type Strategy = 'ROLLING' | 'FORCE' | 'NO_RESTART'
export type OnFailure = 'rollback' | 'pause' | 'continue'
export type CancelMode = 'roll-back' | 'stop-here'

/** What kind of change was asked for. `Repair` moves nodes that differ back to the committed revision. */
export type UpdateType = 'Update' | 'Rollback' | 'Repair'

/**
 * ```
 *  Pending ─► InProgress ─► Successful
 *                │  ▲
 *                ▼  │            (cancel, or failures above the limit)
 *              Paused ─────┐
 *                │         ▼
 *                └──► RollingBack ─► Cancelled | Failed
 * ```
 * Cancelled and Failed are also reached without rolling back (`stop-here`, `continue`). A rollback that
 * fails itself goes to Paused with `direction: 'back'` and waits for a person.
 */
export type UpdateStatus =
  | 'Pending'
  | 'InProgress'
  | 'Paused'
  | 'RollingBack'
  | 'Successful'
  | 'Failed'
  | 'Cancelled'

export const UPDATE_STATUS_SUCCESSORS = {
  Pending: ['InProgress', 'Cancelled', 'Failed'],
  InProgress: ['Paused', 'RollingBack', 'Successful', 'Failed', 'Cancelled'],
  Paused: ['InProgress', 'RollingBack', 'Failed', 'Cancelled'],
  RollingBack: ['Paused', 'Failed', 'Cancelled'],
  Successful: [],
  Failed: [],
  Cancelled: [],
} as const satisfies Record<UpdateStatus, readonly UpdateStatus[]>

export function isEnded(status: UpdateStatus): boolean {
  return UPDATE_STATUS_SUCCESSORS[status].length === 0
}

/** All parameters of an update, with every default filled in. */
export interface UpdateParams {
  readonly strategy: Strategy
  /** Nodes (a whole number of at least 1) or a percentage of the pool (`"25%"`, rounded down, never below 1). */
  readonly maxUnavailable: number | string
  /**
   * Nodes move in whole batches of `maxUnavailable`, with so long a pause between the end of one and the beginning of the
   * next. Null: the next node follows as soon as one is back. FORCE knows no batches.
   */
  readonly batchPauseSeconds: number | null
  /** How long a node must stay healthy before it counts as updated. */
  readonly minReadySeconds: number
  /** Failed nodes that are tolerated. */
  readonly maxFailures: number
  readonly onFailure: OnFailure
  /** The longest time without any node finishing while nothing is in flight, before the update counts as failed. */
  readonly progressDeadlineSeconds: number
  /** The longest time one node may take from its start to healthy (minReadySeconds not included). */
  readonly nodeTimeoutSeconds: number
}

export const DEFAULT_UPDATE_PARAMS: UpdateParams = {
  strategy: 'ROLLING',
  maxUnavailable: 1,
  batchPauseSeconds: null,
  minReadySeconds: 0,
  maxFailures: 0,
  onFailure: 'rollback',
  progressDeadlineSeconds: 600,
  nodeTimeoutSeconds: 300,
}

/** One attempt to move a pool's nodes to a revision. */
export interface Update {
  readonly id: UpdateId
  readonly projectId: ProjectId
  readonly clusterId: ClusterId
  readonly poolId: PoolId
  /** The cluster action that carries it. */
  readonly actionId: ActionId
  readonly type: UpdateType
  readonly status: UpdateStatus
  /** The planner's last words: what it does or waits for, and why. */
  readonly because: string
  readonly params: UpdateParams
  /** Chosen nodes; null means all of the pool. */
  readonly selection: readonly NodeId[] | null
  /** The committed revision when it began, and the candidate. */
  readonly fromRevisionId: RevisionId
  readonly toRevisionId: RevisionId
  /** `back`: nodes return to `fromRevisionId`. */
  readonly direction: 'forward' | 'back'
  /** What a person asked for. The runner reads it, the verbs write it. */
  readonly control: UpdateControl
  readonly progress: UpdateProgress
  readonly errors: readonly UpdateError[]
  /** How many errors came after those. */
  readonly errorsLeftOut: number
  readonly description: string | null
  /** As they were given when it was started. */
  readonly attributes: Attributes
  readonly createdBy: string
  readonly createdAt: EpochMs
  readonly startedAt: EpochMs | null
  /** When a node last finished its step, or the update began, turned back or was resumed. */
  readonly lastProgressAt: EpochMs | null
  readonly endedAt: EpochMs | null
}

export interface UpdateControl {
  readonly paused: PauseRequest | null
  readonly cancellation: Cancellation | null
  /** When somebody last said go on: steps that failed before then no longer count, and are tried again. */
  readonly resumedAt: EpochMs | null
}

export interface PauseRequest {
  readonly by: string
  readonly at: EpochMs
  readonly reason: string
}

export interface Cancellation {
  readonly by: string
  readonly at: EpochMs
  readonly mode: CancelMode
  readonly reason: string | null
}

/** Counts of nodes. `updated + failed + inFlight + pending = selected`, nodes that were deleted left out. */
export interface UpdateProgress {
  readonly selected: number
  readonly updated: number
  readonly failed: number
  readonly inFlight: number
  readonly pending: number
  /** Nodes of the whole pool that do not serve now, and the highest that number was during the update. */
  readonly unavailable: number
  readonly highestUnavailable: number
  /** The limit in nodes as resolved against the pool's present size. */
  readonly maxUnavailable: number
}

/** Of an update that has not begun. */
export const NO_PROGRESS: UpdateProgress = {
  selected: 0,
  updated: 0,
  failed: 0,
  inFlight: 0,
  pending: 0,
  unavailable: 0,
  highestUnavailable: 0,
  maxUnavailable: 0,
}

export interface UpdateError {
  readonly code: string
  readonly message: string
  readonly nodeIds: readonly NodeId[]
  readonly at: EpochMs
}
