import type { EpochMs, NodeId, RevisionId } from '../domain/ids.ts'
import type { Turn } from './node-order.ts'
import { OrderedQueue } from './ordered-queue.ts'

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
  readonly turn: Turn
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
 * - `failed`: its step failed; `notStopped`: that step was a stop
 * - `fallen`: it fell over after it had been updated
 * - `done`: runs the target (because of this update or already before)
 * - `down`: has to move and does not serve: moving it costs no availability
 * - `up`: has to move and serves
 * - `stopped`: has to move and was stopped for it (FORCE)
 */
type Bucket = (typeof BUCKETS)[number]
const BUCKETS = [
  'unselected',
  'inFlight',
  'failed',
  'notStopped',
  'fallen',
  'done',
  'down',
  'up',
  'stopped',
] as const
/** Those whose nodes have to move. */
type QueueName = 'down' | 'up' | 'stopped'

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
  readonly #counts = Object.fromEntries(BUCKETS.map((bucket) => [bucket, 0])) as Record<Bucket, number>
  readonly #queues: Record<QueueName, OrderedQueue> = {
    down: new OrderedQueue(),
    up: new OrderedQueue(),
    stopped: new OrderedQueue(),
  }
  /** Of nodes with a step of this update. */
  readonly #domainsInFlight = new Map<NodeId, string>()
  readonly #stepsInFlight: Record<Step, number> = { update: 0, stop: 0, start: 0, place: 0 }
  #unavailable = 0
  #unhealthy = 0

  constructor(goal: TallyGoal, ends: Iterable<readonly [NodeId, StepEnd]> = []) {
    this.#goal = goal
    this.#ends = new Map(ends)
  }

  /** Adds a node or takes note that it changed. */
  put(view: NodeView): void {
    const before = this.#entries.get(view.id)
    const bucket = this.#classify(view)
    const { id, available, step, turn } = view
    if (before) this.#forget(id, before)
    this.#entries.set(id, entryOf(bucket, available, step))
    this.#counts[bucket] += 1
    if (before?.bucket === bucket) this.#queueOf(bucket)?.move(id, turn)
    else {
      if (before) this.#queueOf(before.bucket)?.delete(id)
      this.#queueOf(bucket)?.add(id, turn)
    }
    if (!available) this.#unavailable += 1
    if (!available && !step) this.#unhealthy += 1
    if (!step) return
    this.#stepsInFlight[step] += 1
    this.#domainsInFlight.set(id, turn.domain)
  }

  remove(id: NodeId): void {
    const before = this.#entries.get(id)
    if (!before) return
    this.#forget(id, before)
    this.#queueOf(before.bucket)?.delete(id)
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
  /** Of the unavailable ones, those with no step of this update. */
  get unhealthy(): number {
    return this.#unhealthy
  }
  count(bucket: Bucket): number {
    return this.#counts[bucket]
  }
  hasFailed(id: NodeId): boolean {
    const bucket = this.#entries.get(id)?.bucket
    return bucket === 'failed' || bucket === 'notStopped' || bucket === 'fallen'
  }
  inFlight(step: Step): number {
    return this.#stepsInFlight[step]
  }
  /** Of the nodes with a step of this update, each once. */
  get domainsInFlight(): ReadonlySet<string> {
    return new Set(this.#domainsInFlight.values())
  }

  /** The first nodes of a queue, at most `limit`, each with its domain. */
  first(queue: QueueName, limit: number): { readonly id: NodeId; readonly domain: string }[] {
    return this.#queues[queue].first(limit)
  }

  #queueOf(bucket: Bucket): OrderedQueue | undefined {
    return bucket === 'down' || bucket === 'up' || bucket === 'stopped' ? this.#queues[bucket] : undefined
  }

  #forget(id: NodeId, { bucket, available, step }: Entry): void {
    this.#counts[bucket] -= 1
    if (!available) this.#unavailable -= 1
    if (!available && !step) this.#unhealthy -= 1
    if (!step) return
    this.#stepsInFlight[step] -= 1
    this.#domainsInFlight.delete(id)
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
    if (result === 'updated') return view.available ? 'done' : 'fallen'
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
