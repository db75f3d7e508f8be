import type { EpochMs, NodeId, RevisionId } from '../domain/ids.ts'
import type { Turn } from './node-order.ts'
import { OrderedQueue, type Queued } from './ordered-queue.ts'

/** A node as the planner of an update sees it. */
export interface NodeView {
  readonly id: NodeId
  readonly revisionId: RevisionId | null
  /** It serves now. */
  readonly available: boolean
  /** Something is being done to it; `step` says what, when it is this update's doing. */
  readonly busy: boolean
  readonly step: Step | null
  /** Its replacement starts beside what serves, whoever's doing it is. */
  readonly surging: boolean
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

/** How a node counts. Nodes that count alike share one. */
interface Entry {
  readonly bucket: Bucket
  readonly available: boolean
  readonly step: Step | null
  readonly surging: boolean
  readonly end: StepEnd | null
}

/** A node that has to move. */
interface Waiting extends Queued {
  entry: Entry
}

/**
 * Counts and queues of a pool's nodes, kept up to date one node at a time, so that planning the next step costs
 * the same in a pool of ten and of a hundred thousand.
 *
 * Holds no rule of what to do next: that is `planUpdate`.
 */
export class PoolTally {
  readonly #goal: TallyGoal
  /** One table for all there is to know of a node: with a hundred thousand of them, tables are most of what this takes. */
  readonly #members = new Map<NodeId, Entry | Waiting>()
  /** Of steps of nodes that are not in it yet, or not any more. */
  readonly #otherEnds: Map<NodeId, StepEnd>
  /** The end that was noted last, and the entries with it: steps that end in the same look share them. */
  #newest: { readonly end: StepEnd; readonly entries: (Entry | undefined)[] } | null = null
  readonly #counts = Object.fromEntries(BUCKETS.map((bucket) => [bucket, 0])) as Record<Bucket, number>
  readonly #queues: Record<QueueName, OrderedQueue> = {
    down: new OrderedQueue(),
    up: new OrderedQueue(),
    stopped: new OrderedQueue(),
  }
  /** Of nodes with a step of this update. */
  readonly #domainsInFlight = new Map<NodeId, string>()
  readonly #stepsInFlight: Record<Step, number> = { update: 0, stop: 0, start: 0, place: 0 }
  #surging = 0
  #surgingInFlight = 0
  #unavailable = 0
  #unhealthy = 0

  constructor(goal: TallyGoal, ends: Iterable<readonly [NodeId, StepEnd]> = []) {
    this.#goal = goal
    this.#otherEnds = new Map(ends)
  }

  /** Adds a node or takes note that it changed. */
  put(view: NodeView): void {
    const { id, available, step, surging, turn } = view
    const before = this.#members.get(id)
    const known = before && entryOf(before)
    const end = known ? known.end : this.#takeOtherEnd(id)
    const bucket = this.#classify(view, end)
    const entry = this.#share({ bucket, available, step, surging, end })
    if (known) this.#forget(id, known)
    this.#counts[bucket] += 1
    if (before && isWaiting(before) && before.entry.bucket === bucket) {
      before.entry = entry
      this.#queueOf(bucket)?.move(before, turn)
    } else {
      if (before && isWaiting(before)) this.#queueOf(before.entry.bucket)?.delete(before)
      this.#members.set(id, this.#enqueued(id, turn, entry))
    }
    if (surging) this.#surging += 1
    if (surging && bucket === 'inFlight') this.#surgingInFlight += 1
    if (!available) this.#unavailable += 1
    if (!available && !step) this.#unhealthy += 1
    if (!step) return
    this.#stepsInFlight[step] += 1
    this.#domainsInFlight.set(id, turn.domain)
  }

  remove(id: NodeId): void {
    const before = this.#members.get(id)
    if (!before) return
    const entry = entryOf(before)
    this.#forget(id, entry)
    if (isWaiting(before)) this.#queueOf(entry.bucket)?.delete(before)
    this.#members.delete(id)
  }

  /** Notes how a node's step ended. Call `put` with the node's new view afterwards. */
  setEnd(id: NodeId, end: StepEnd): void {
    const member = this.#members.get(id)
    if (!member) {
      this.#otherEnds.set(id, end)
      return
    }
    const entry = this.#share({ ...entryOf(member), end })
    if (isWaiting(member)) member.entry = entry
    else this.#members.set(id, entry)
  }

  /** How the last steps ended, by node. */
  *ends(): Iterable<readonly [NodeId, StepEnd]> {
    yield* this.#otherEnds
    for (const [id, member] of this.#members) {
      const { end } = entryOf(member)
      if (end) yield [id, end]
    }
  }

  get size(): number {
    return this.#members.size
  }
  /** Of those in flight, the ones that have none beside them, and are away. */
  get inFlightAlone(): number {
    return this.#counts.inFlight - this.#surgingInFlight
  }
  /** Nodes of the pool that have a replacement beside them. */
  get surging(): number {
    return this.#surging
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
    const member = this.#members.get(id)
    const bucket = member && entryOf(member).bucket
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

  #forget(id: NodeId, { bucket, available, step, surging }: Entry): void {
    this.#counts[bucket] -= 1
    if (surging) this.#surging -= 1
    if (surging && bucket === 'inFlight') this.#surgingInFlight -= 1
    if (!available) this.#unavailable -= 1
    if (!available && !step) this.#unhealthy -= 1
    if (!step) return
    this.#stepsInFlight[step] -= 1
    this.#domainsInFlight.delete(id)
  }

  #takeOtherEnd(id: NodeId): StepEnd | null {
    const end = this.#otherEnds.get(id) ?? null
    this.#otherEnds.delete(id)
    return end
  }

  /** What is kept of a node that comes into a bucket. */
  #enqueued(id: NodeId, { domain, rank }: Turn, entry: Entry): Entry | Waiting {
    const queue = this.#queueOf(entry.bucket)
    if (!queue) return entry
    const waiting: Waiting = { id, domain, rank, place: 0, entry }
    queue.add(waiting)
    return waiting
  }

  #share(wanted: Entry): Entry {
    const { bucket, available, surging, step, end } = wanted
    const row = BUCKETS.indexOf(bucket) * 4 + Number(available) * 2 + Number(surging)
    const at = row * STEPS.length + STEPS.indexOf(step)
    if (!end) return ENTRIES[at] as Entry
    if (this.#newest?.end !== end) this.#newest = { end, entries: [] }
    const { entries } = this.#newest
    const entry = entries[at] ?? wanted
    entries[at] = entry
    return entry
  }

  #classify(view: NodeView, end: StepEnd | null): Bucket {
    const { target, direction, selection } = this.#goal
    if (selection && !selection.has(view.id)) return 'unselected'
    const result = end?.result
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
/** All there can be of nodes no step of which has ended. */
const ENTRIES: readonly Entry[] = BUCKETS.flatMap((bucket) =>
  [false, true].flatMap((available) =>
    [false, true].flatMap((surging) =>
      STEPS.map((step) => ({ bucket, available, surging, step, end: null })),
    ),
  ),
)

function isWaiting(member: Entry | Waiting): member is Waiting {
  return 'entry' in member
}

function entryOf(member: Entry | Waiting): Entry {
  return isWaiting(member) ? member.entry : member
}
