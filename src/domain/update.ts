import type { Attributes } from './attributes.ts'
import type { ActionId, ClusterId, EpochMs, NodeId, PoolId, ProjectId, RevisionId, UpdateId } from './ids.ts'

export type Strategy = 'ROLLING' | 'FORCE' | 'NO_RESTART'
export type OnFailure = 'rollback' | 'pause' | 'continue'
export type CancelMode = 'roll-back' | 'stop-here'

/**
 * What becomes of an update that is asked for while another one has the pool: it is refused; it waits for its turn; or it
 * takes over, which ends all others of the pool, and nodes go straight to its revision.
 */
export type OnConflict = 'refuse' | 'queue' | 'supersede'

/** What kind of change was asked for. `Repair` moves nodes that differ back to the committed revision. */
export type UpdateType = 'Update' | 'Rollback' | 'Repair'

/**
 * ```
 *  Queued ─┐
 *  Pending ┴► InProgress ─► Successful
 *                │  ▲
 *                ▼  │            (cancel, or failures above the limit)
 *              Paused ─────┐
 *                │         ▼
 *                └──► RollingBack ─► Cancelled | Failed
 * ```
 * A queued update has another one before it on its pool, and no revision to come from before its turn comes.
 * Cancelled and Failed are also reached without rolling back (`stop-here`, `continue`). A rollback that
 * fails itself goes to Paused with `direction: 'back'` and waits for a person.
 */
export type UpdateStatus =
  | 'Queued'
  | 'Pending'
  | 'InProgress'
  | 'Paused'
  | 'RollingBack'
  | 'Successful'
  | 'Failed'
  | 'Cancelled'

export const UPDATE_STATUS_SUCCESSORS = {
  Queued: ['InProgress', 'Cancelled', 'Failed'],
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

/**
 * The order in which nodes move. Those that do not serve come before the others whatever it says: moving them takes
 * nothing away. `zone`: one zone after the other, and never nodes of two at once; FORCE, which moves all at once, knows
 * no zones. `list`: these first, then the others by index. `random`: by chance, but the same for the same seed.
 */
export type UpdateOrder =
  | { readonly by: 'index' | 'reverse-index' | 'zone' }
  | { readonly by: 'list'; readonly nodes: readonly string[] }
  | { readonly by: 'random'; readonly seed: number }

/** What happens at a checkpoint when its time is over and nobody has said anything. */
export type AfterHold = 'continue' | 'roll-back'

/** All parameters of an update, with every default filled in. */
export interface UpdateParams {
  readonly strategy: Strategy
  readonly order: UpdateOrder
  /**
   * Nodes or a percentage of the pool (`"25%"`, rounded down), at least 1; where `maxSurge` lets replacements start first, it
   * may come to 0.
   */
  readonly maxUnavailable: number | string
  /**
   * Nodes, or a percentage of the pool rounded up, whose replacement may run beside them at once: it takes their place once it
   * passes its gate, and until then they serve. FORCE and NO_RESTART know none, nor do nodes that do not serve.
   */
  readonly maxSurge: number | string
  /**
   * Nodes move in whole batches, as many as may be in flight, with so long a pause between the end of one and the beginning of the
   * next. Null: the next node follows as soon as one is back. FORCE knows no batches.
   */
  readonly batchPauseSeconds: number | null
  /**
   * Once so many of the selected nodes are updated (a number, or a share like `"30%"`, rounded up), it stops and holds. FORCE
   * knows none, nor does the way back.
   */
  readonly checkpoints: readonly (number | string)[]
  /** How long each of them holds at most. Null: until somebody says to go on. */
  readonly holdSeconds: number | null
  readonly afterHold: AfterHold
  /** How long a node must stay healthy before it counts as updated. */
  readonly minReadySeconds: number
  /** How long all updated nodes have to stay well after the last one, before the candidate is committed. */
  readonly bakeSeconds: number
  /** Failed nodes that are tolerated, or a percentage of the selected ones, rounded down. */
  readonly maxFailures: number | string
  /**
   * Updated nodes that may have become unhealthy since, or a percentage of the selected ones, rounded down. Null: they
   * count among `maxFailures`.
   */
  readonly maxUnhealthyUpdated: number | string | null
  /**
   * While more nodes of the pool than this (or a percentage of it, rounded down) do not serve, and not because of the step they
   * are in, no node that serves is touched. Null: only `maxUnavailable` counts. Nor does it hold up the way back.
   */
  readonly maxUnhealthy: number | string | null
  readonly onFailure: OnFailure
  /** The longest time without any node finishing while nothing is in flight, before the update counts as failed. */
  readonly progressDeadlineSeconds: number
  /** The longest time one node may take from its start to healthy (minReadySeconds not included). */
  readonly nodeTimeoutSeconds: number
}

export const DEFAULT_UPDATE_PARAMS: UpdateParams = {
  strategy: 'ROLLING',
  order: { by: 'index' },
  maxUnavailable: 1,
  maxSurge: 0,
  batchPauseSeconds: null,
  checkpoints: [],
  holdSeconds: null,
  afterHold: 'continue',
  minReadySeconds: 0,
  bakeSeconds: 0,
  maxFailures: 0,
  maxUnhealthyUpdated: null,
  maxUnhealthy: null,
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
  /** The committed revision when it was accepted or, for one that was queued, when it began; and the candidate. */
  readonly fromRevisionId: RevisionId
  readonly toRevisionId: RevisionId
  /** `back`: nodes return to `fromRevisionId`. */
  readonly direction: 'forward' | 'back'
  /** What a person asked for. The runner reads it, the verbs write it. */
  readonly control: UpdateControl
  /** How many of its checkpoints are behind it. */
  readonly checkpointsPassed: number
  /** The checkpoint it holds at; null when it does not. */
  readonly hold: Hold | null
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
  /** When a node last finished its step, or the update began, turned back, was resumed or went on after a checkpoint. */
  readonly lastProgressAt: EpochMs | null
  readonly endedAt: EpochMs | null
}

export interface UpdateControl {
  readonly paused: PauseRequest | null
  readonly cancellation: Cancellation | null
  /** When somebody last said go on: steps that failed before then no longer count, and are tried again. */
  readonly resumedAt: EpochMs | null
  /** Who said to go on at which checkpoint. */
  readonly continued: readonly Continuation[]
  /** The update that took over from it. */
  readonly supersededBy: Supersession | null
  /** The newest updates that it took over from, whose steps may still be in flight. */
  readonly supersedes: readonly UpdateId[]
}

/** Of an update that nobody has asked anything of. */
export const NO_UPDATE_CONTROL: UpdateControl = {
  paused: null,
  cancellation: null,
  resumedAt: null,
  continued: [],
  supersededBy: null,
  supersedes: [],
}

export interface Hold {
  /** Counts from 1. */
  readonly checkpoint: number
  readonly since: EpochMs
}

export interface Continuation {
  readonly by: string
  readonly at: EpochMs
  readonly checkpoint: number
}

export interface Supersession {
  readonly by: string
  readonly at: EpochMs
  readonly updateId: UpdateId
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
