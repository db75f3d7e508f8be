import type { EpochMs, NodeId } from '../domain/ids.ts'
import type { CancelMode, OnFailure, Strategy } from '../domain/update.ts'
import type { Step } from './pool-tally.ts'

/** Everything that decides the next step of an update. */
export interface UpdateSnapshot {
  readonly now: EpochMs
  readonly strategy: Strategy
  readonly direction: 'forward' | 'back'
  readonly onFailure: OnFailure
  /** In nodes. */
  readonly limits: { readonly maxUnavailable: number; readonly maxFailures: number }
  /** Nodes move in whole batches; null: one follows the other. */
  readonly batches: {
    readonly pauseMs: number
    /** When the last step ended that the update took in its present direction; null before the first. */
    readonly lastEndedAt: EpochMs | null
  } | null
  readonly paused: { readonly by: string; readonly reason: string } | null
  readonly cancellation: { readonly by: string; readonly mode: CancelMode } | null
  /** False when the candidate is the committed revision itself: there is nothing to go back to. */
  readonly canGoBack: boolean
  readonly lastProgressAt: EpochMs
  readonly progressDeadlineMs: number
  /** The first failure in words, for the reason; null when none failed. */
  readonly firstFailure: string | null
  readonly nodes: PoolCounts
}

/** The pool in numbers, and the heads of its queues. */
export interface PoolCounts {
  readonly size: number
  /** Nodes of the whole pool that do not serve, whoever's doing it is. */
  readonly unavailable: number
  /** Of the selected nodes: */
  readonly inFlight: number
  /** In flight to a stop of this update. */
  readonly stopping: number
  /** In flight, but not with a step of this update in its present direction. */
  readonly inFlightOther: number
  /** On the target and well, moved there by this update or there before. */
  readonly updated: number
  readonly failed: number
  /** Of those, the ones that could not be stopped (FORCE) and may still run another revision. */
  readonly notStopped: number
  readonly down: Queue
  readonly up: Queue
  readonly stopped: Queue
}

export interface Queue {
  readonly count: number
  /** The first of them, in order; bounded, so not necessarily all. */
  readonly first: readonly NodeId[]
}

export type Decision =
  /** Begin this step on these nodes. */
  | {
      readonly kind: 'step'
      readonly step: Step
      readonly nodes: readonly NodeId[]
      readonly because: string
    }
  /** Nothing to do until something changes, or until the time given. */
  | { readonly kind: 'wait'; readonly until?: EpochMs; readonly because: string }
  /** From now on nodes move back to the committed revision. */
  | { readonly kind: 'turnBack'; readonly because: string }
  /** Stop and wait for a person. */
  | { readonly kind: 'pause'; readonly because: string }
  /** It is over. `commit`: the candidate becomes the committed revision. */
  | {
      readonly kind: 'end'
      readonly outcome: 'Successful' | 'Failed' | 'Cancelled'
      readonly commit: boolean
      readonly because: string
    }
