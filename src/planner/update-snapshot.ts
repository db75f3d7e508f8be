import type { EpochMs, NodeId } from '../domain/ids.ts'
import type { AfterHold, CancelMode, OnFailure, Strategy } from '../domain/update.ts'
import type { Step } from './pool-tally.ts'

/** Everything that decides the next step of an update. */
export interface UpdateSnapshot {
  readonly now: EpochMs
  readonly strategy: Strategy
  readonly direction: 'forward' | 'back'
  readonly onFailure: OnFailure
  /** In nodes. */
  readonly limits: UpdateLimits
  /** Nodes move in whole batches; null: one follows the other. */
  readonly batches: {
    readonly pauseMs: number
    /** When the last step ended that the update took in its present direction; null before the first. */
    readonly lastEndedAt: EpochMs | null
  } | null
  /** The next point at which it stops; null: none is left. */
  readonly checkpoint: Checkpoint | null
  /** The domains of nodes in flight and of those at the heads of the queues; null: nodes move without regard to them. */
  readonly domains: {
    readonly inFlight: ReadonlySet<string>
    readonly of: ReadonlyMap<NodeId, string>
  } | null
  readonly paused: { readonly by: string; readonly reason: string } | null
  /** A newer update takes over. */
  readonly superseded: { readonly by: string; readonly updateId: string } | null
  readonly cancellation: { readonly by: string; readonly mode: CancelMode } | null
  /** False when the candidate is the committed revision itself: there is nothing to go back to. */
  readonly canGoBack: boolean
  /** It is part of something larger, which commits it: when all is done it is ready, and waits. */
  readonly isPart: boolean
  readonly lastProgressAt: EpochMs
  readonly progressDeadlineMs: number
  readonly bakeMs: number
  /** The first failure in words, for the reason; null when none failed. */
  readonly firstFailure: string | null
  readonly nodes: PoolCounts
}

/** In nodes. */
export interface UpdateLimits {
  readonly maxUnavailable: number
  /** How many may have a replacement beside them at once. */
  readonly maxSurge: number
  readonly maxFailures: number
  /** Null: no limit of its own. */
  readonly maxUnhealthyUpdated: number | null
  /** Null: no limit of its own. */
  readonly maxUnhealthy: number | null
}

export interface Checkpoint {
  /** Counts from 1. */
  readonly number: number
  /** The number of the last one that the same nodes reach. */
  readonly through: number
  /** How many there are. */
  readonly of: number
  /** So many updated nodes reach it. */
  readonly nodes: number
  /** Null: it was not reached yet. */
  readonly heldSince: EpochMs | null
  /** Null: for as long as nobody says to go on. */
  readonly holdMs: number | null
  readonly afterHold: AfterHold
  /** Who said to go on; null if nobody has. */
  readonly continuedBy: string | null
}

/** The pool in numbers, and the heads of its queues. */
export interface PoolCounts {
  readonly size: number
  /** Nodes of the whole pool that do not serve, whoever's doing it is. */
  readonly unavailable: number
  /** Of those, the ones that no step of this update has taken away at this moment. */
  readonly unhealthy: number
  /** Nodes of the whole pool that have a replacement beside them, whoever's doing it is. */
  readonly surging: number
  /** Of the selected nodes: */
  readonly inFlight: number
  /** In flight without a replacement beside them. */
  readonly inFlightAlone: number
  /** In flight to a stop of this update. */
  readonly stopping: number
  /** In flight, but not with a step of this update in its present direction. */
  readonly inFlightOther: number
  /** On the target and well, moved there by this update or there before. */
  readonly updated: number
  /** Their step failed. */
  readonly failed: number
  /** Of those, the ones that could not be stopped (FORCE) and may still run another revision. */
  readonly notStopped: number
  /** Were updated, and do not serve any more. */
  readonly fallen: number
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
      /** Those of them that go on serving until their replacement does; absent for none. */
      readonly beside?: readonly NodeId[]
      readonly because: string
    }
  /** The checkpoint is reached: from now on it holds. */
  | { readonly kind: 'hold'; readonly because: string }
  /** The checkpoint is behind it. */
  | { readonly kind: 'goOn'; readonly because: string }
  /** Nothing to do until something changes, or until the time given. */
  | { readonly kind: 'wait'; readonly until?: EpochMs; readonly because: string }
  /** All is done and could be committed, by what the update is part of. */
  | { readonly kind: 'ready'; readonly because: string }
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
