import type { EpochMs, NodeId, RevisionId } from '../domain/ids.ts'

/** A node as the planner of an update sees it. */
export interface NodeView {
  readonly id: NodeId
  readonly revisionId: RevisionId | null
  /** It serves now. */
  readonly available: boolean
  /** Something is being done to it; `step` says what, when it is this update's doing. */
  readonly busy: boolean
  readonly step: Step | null
  /** It was stopped on purpose and nothing runs in it. */
  readonly stopped: boolean
}

/** `update` replaces what runs; `stop` and `start` are the two halves of FORCE; `place` puts code in place. */
export type Step = 'update' | 'stop' | 'start' | 'place'

/**
 * How a node's step ended, in the direction the update has now. A stop that worked is no end: it is half a step; one
 * that failed (`notStopped`) leaves a node that may still run the revision the others must not meet.
 */
export type StepResult = 'updated' | 'failed' | 'notStopped'

/** How a node's last step in the present direction ended, and when. */
export interface StepEnd {
  readonly result: StepResult
  readonly at: EpochMs
}

export interface TallyGoal {
  readonly target: RevisionId
  readonly direction: 'forward' | 'back'
  /** Null: all nodes of the pool. */
  readonly selection: ReadonlySet<NodeId> | null
}

/**
 * - `unselected`: not this update's business
 * - `inFlight`: being worked on
 * - `failed`: its step failed, or it fell over after it had been updated; `notStopped`: that step was a stop
 * - `done`: runs the target (because of this update or already before)
 * - `down`: has to move and does not serve: moving it costs no availability
 * - `up`: has to move and serves
 * - `stopped`: has to move and was stopped for it (FORCE)
 */
type Bucket = (typeof BUCKETS)[number]
const BUCKETS = ['unselected', 'inFlight', 'failed', 'notStopped', 'done', 'down', 'up', 'stopped'] as const

/** How a node counts. */
interface Entry {
  readonly bucket: Bucket
  readonly available: boolean
  readonly step: Step | null
}

/**
 * Counts and queues of a pool's nodes, kept up to date one node at a time, so that planning the next step costs
 * the same in a pool of ten and of a hundred thousand.
 *
 * Holds no rule of what to do next: that is `planUpdate`.
 */
export class PoolTally {
  readonly #goal: TallyGoal
  readonly #entries = new Map<NodeId, Entry>()
  readonly #ends: Map<NodeId, StepEnd>
  readonly #queues: Record<Bucket, Set<NodeId>> = {
    unselected: new Set(),
    inFlight: new Set(),
    failed: new Set(),
    notStopped: new Set(),
    done: new Set(),
    down: new Set(),
    up: new Set(),
    stopped: new Set(),
  }
  readonly #stepsInFlight: Record<Step, number> = { update: 0, stop: 0, start: 0, place: 0 }
  #unavailable = 0

  constructor(goal: TallyGoal, ends: Iterable<readonly [NodeId, StepEnd]> = []) {
    this.#goal = goal
    this.#ends = new Map(ends)
  }

  /** Adds a node or takes note that it changed. */
  put(view: NodeView): void {
    const before = this.#entries.get(view.id)
    const bucket = this.#classify(view)
    const { available, step } = view
    if (before) this.#forget(before)
    this.#entries.set(view.id, entryOf(bucket, available, step))
    // A node that stays in its bucket keeps its place in the queue.
    if (before?.bucket !== bucket) {
      if (before) this.#queues[before.bucket].delete(view.id)
      this.#queues[bucket].add(view.id)
    }
    if (!available) this.#unavailable += 1
    if (step) this.#stepsInFlight[step] += 1
  }

  remove(id: NodeId): void {
    const before = this.#entries.get(id)
    if (!before) return
    this.#forget(before)
    this.#queues[before.bucket].delete(id)
    this.#entries.delete(id)
    this.#ends.delete(id)
  }

  /** Notes how a node's step ended. Call `put` with the node's new view afterwards. */
  setEnd(id: NodeId, end: StepEnd): void {
    this.#ends.set(id, end)
  }

  get ends(): ReadonlyMap<NodeId, StepEnd> {
    return this.#ends
  }

  get size(): number {
    return this.#entries.size
  }
  get unavailable(): number {
    return this.#unavailable
  }
  count(bucket: Bucket): number {
    return this.#queues[bucket].size
  }
  hasFailed(id: NodeId): boolean {
    return this.#queues.failed.has(id) || this.#queues.notStopped.has(id)
  }
  inFlight(step: Step): number {
    return this.#stepsInFlight[step]
  }

  /** The first nodes of a queue, at most `limit`. */
  first(bucket: 'down' | 'up' | 'stopped', limit: number): NodeId[] {
    const ids: NodeId[] = []
    for (const id of this.#queues[bucket]) {
      if (ids.length >= limit) break
      ids.push(id)
    }
    return ids
  }

  #forget(entry: Entry): void {
    if (!entry.available) this.#unavailable -= 1
    if (entry.step) this.#stepsInFlight[entry.step] -= 1
  }

  #classify(view: NodeView): Bucket {
    const { target, direction, selection } = this.#goal
    if (selection && !selection.has(view.id)) return 'unselected'
    const result = this.#ends.get(view.id)?.result
    const failed = result === 'failed' || result === 'notStopped' ? result : undefined
    // What somebody else does to a node that failed does not hide its failure.
    if (view.busy && (view.step !== null || failed === undefined)) return 'inFlight'
    if (failed !== undefined) return failed
    // It passed its gate and fell over since: that is the new revision's failure, not the old one's.
    if (result === 'updated') return view.available ? 'done' : 'failed'
    if (view.stopped) return 'stopped'
    if (view.revisionId !== target) return view.available ? 'up' : 'down'
    if (view.available) return 'done'
    // A broken node that is on the target already is started afresh by an update, but a rollback lets it be:
    // going back must not touch what is where it belongs.
    return direction === 'forward' ? 'down' : 'done'
  }
}

const STEPS = ['update', 'stop', 'start', 'place', null] as const
/** All there can be: a hundred thousand nodes share these. */
const ENTRIES: readonly Entry[] = BUCKETS.flatMap((bucket) =>
  [false, true].flatMap((available) => STEPS.map((step) => ({ bucket, available, step }))),
)

function entryOf(bucket: Bucket, available: boolean, step: Step | null): Entry {
  const row = BUCKETS.indexOf(bucket) * 2 + Number(available)
  return ENTRIES[row * STEPS.length + STEPS.indexOf(step)] as Entry
}
