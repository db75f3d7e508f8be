import { DroverError, messageOf } from '../domain/errors.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { EpochMs, Json, NodeId } from '../domain/ids.ts'
import { type HealthState, judgeHealth, nextCheckDelayMs } from '../planner/judge-health.ts'
import { type NodeRef, type Runtime, supportsChanges } from '../runtimes/runtime.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { Slots } from '../system/slots.ts'
import { TimeLimit } from '../system/time-limit.ts'
import { observeNode } from './observe-node.ts'

export interface WatchOrder {
  readonly runtime: Runtime
  readonly node: NodeRef
  readonly handle: Json
  readonly check: HealthCheck
  /** Names the start that the node is believed to run. */
  readonly startKey: string
  readonly health: HealthState
  /** Whether it ran when it was last looked at. */
  readonly running: boolean
  readonly term: number
}

export interface MonitorDeps {
  readonly clock: Clock
  readonly log: Log
  /** Bounds how many checks are under way. */
  readonly slots: Slots
  /** 0 to 1: spreads the checks of nodes that began together. */
  readonly random: () => number
  /** What is to be watched of a node as it is now; undefined if nothing. */
  readonly orderOf: (id: NodeId) => WatchOrder | undefined
  readonly onNews: (id: NodeId, news: HealthNews) => void
}

/** What a watch saw, when it matters: health has changed, or it does not run any more. */
export interface HealthNews {
  readonly running: boolean
  readonly health: HealthState
}

/**
 * A node whose runtime tells of its end is looked at this seldom when its check asks no more than that it runs: only
 * in case something was not told.
 */
const TOLD_INTERVAL_MS = 60_000
/** Looks that are further away than this are rounded up to a multiple of a fraction of it, to share timers. */
const ROUNDED_FROM_MS = 2000
const ROUND_TO_MS = 250

/** One for all: an abort without a reason makes one of its own, with a stack. */
const NOT_WATCHED = new DroverError('cancelled', 'the node is not watched any more')

/** Nodes that are to be looked at at one time. What waits for its time holds no more than a place in here. */
interface Due {
  readonly at: EpochMs
  /** Also those that left meanwhile, and twice those that came back: what a node waits for is in the table of watches. */
  readonly ids: NodeId[]
  waiting: number
  readonly cancel: () => void
}

/** A look that is under way. */
interface Look {
  readonly limit: TimeLimit
  /** Something changed meanwhile. */
  again: boolean
}

/** What the last look at a node saw. */
interface Seen {
  readonly health: HealthState
  readonly running: boolean
}

/**
 * Watches the nodes of a cluster that nothing is being done to, each by its own health check, and tells when the
 * health of one has changed. A node that is being worked on is watched by its step instead.
 */
export class HealthMonitor {
  readonly #deps: MonitorDeps
  /**
   * Null: not watched for now. Such a node keeps its place, as it is watched again after its step, and a table that entries
   * leave and come back to grows to twice the size it needs.
   */
  readonly #watches = new Map<NodeId, Due | Look | null>()
  readonly #due = new Map<EpochMs, Due>()
  /** Of nodes of which their order does not tell it: not of those, nearly all, that are well and stay so. */
  readonly #seen = new Map<NodeId, Seen>()
  /** The runtimes that tell of changes, with the end of each subscription. */
  readonly #subscriptions = new Map<Runtime, () => void>()

  constructor(deps: MonitorDeps) {
    this.#deps = deps
  }

  /** Begins to watch a node, or goes on with what is known now. */
  watch(id: NodeId, order: WatchOrder, immediately = false): void {
    this.unwatch(id)
    const { health, runtime, check } = order
    this.#subscribe(runtime)
    // Not the long interval of nodes that are told of: what was told until now has not been heard.
    const delay = nextCheckDelayMs(health, check, this.#deps.clock.now())
    this.#schedule(id, immediately ? 0 : delay * (0.5 + this.#deps.random() / 2))
  }

  /** Lets a node be that something is done to. */
  unwatch(id: NodeId): void {
    const watch = this.#watches.get(id)
    if (!watch) return
    this.#watches.set(id, null)
    this.#seen.delete(id)
    if ('limit' in watch) watch.limit.abort(NOT_WATCHED)
    else this.#leave(watch)
  }

  /** Lets a node be for good. */
  forget(id: NodeId): void {
    this.unwatch(id)
    this.#watches.delete(id)
  }

  close(): void {
    for (const id of this.#watches.keys()) this.unwatch(id)
    this.#watches.clear()
    for (const end of this.#subscriptions.values()) end()
    this.#subscriptions.clear()
  }

  #subscribe(runtime: Runtime): void {
    if (!supportsChanges(runtime) || this.#subscriptions.has(runtime)) return
    this.#subscriptions.set(
      runtime,
      runtime.onChange((id) => this.#lookNow(id)),
    )
  }

  #lookNow(id: NodeId): void {
    const watch = this.#watches.get(id)
    if (!watch) return
    if ('limit' in watch) watch.again = true
    else {
      this.#leave(watch)
      this.#schedule(id, 0)
    }
  }

  #schedule(id: NodeId, delayMs: number): void {
    const { clock } = this.#deps
    const exact = clock.now() + Math.ceil(delayMs)
    const at = delayMs < ROUNDED_FROM_MS ? exact : Math.ceil(exact / ROUND_TO_MS) * ROUND_TO_MS
    let due = this.#due.get(at)
    if (!due) {
      due = { at, ids: [], waiting: 0, cancel: clock.after(at - clock.now(), () => this.#lookAt(at)) }
      this.#due.set(at, due)
    }
    due.ids.push(id)
    due.waiting += 1
    this.#watches.set(id, due)
  }

  #leave(due: Due): void {
    due.waiting -= 1
    if (due.waiting > 0) return
    due.cancel()
    this.#due.delete(due.at)
  }

  #lookAt(at: EpochMs): void {
    const due = this.#due.get(at)
    this.#due.delete(at)
    for (const id of due?.ids ?? []) {
      if (this.#watches.get(id) !== due) continue
      const look: Look = { limit: new TimeLimit(this.#deps.clock), again: false }
      this.#watches.set(id, look)
      this.#look(id, look).catch((error: unknown) => {
        if (!look.limit.isBrokenOff) this.#deps.log.error({ err: error, node: id }, 'watching a node failed')
      })
    }
  }

  async #look(id: NodeId, look: Look): Promise<void> {
    const { clock, log, slots, orderOf, onNews } = this.#deps
    const order = orderOf(id)
    if (!order) return
    const { limit } = look
    const { runtime, node, handle, check, startKey, term } = order
    const release = await slots.take(limit.signal)
    const observed = await observeNode(limit, { runtime, node, handle, check, startKey }, { term, log })
      .catch((error: unknown) => ({ running: true, passing: false, detail: messageOf(error) }))
      .finally(release)
    if (limit.isBrokenOff) return
    const now = clock.now()
    const before: Seen = this.#seen.get(id) ?? order
    const { running } = observed
    const health = judgeHealth(before.health, check, observed, now)
    if (running && isKnownToBeWell(order, health)) this.#seen.delete(id)
    else this.#seen.set(id, { health, running })
    const died = before.running && !running
    if (health.health !== before.health.health || died) onNews(id, { running, health })
    const isOnlyAlive = check.type === 'alive' && check.readiness === undefined
    const told = isOnlyAlive && health.health === 'Healthy' && tells(runtime, id)
    const delay = told ? TOLD_INTERVAL_MS : nextCheckDelayMs(health, check, now)
    this.#schedule(id, look.again ? 0 : delay)
  }
}

/** Then what came before does not matter any more, and the next look may begin from what the order says. */
function isKnownToBeWell(
  order: WatchOrder,
  { health, failuresInARow, unreadyInARow, availableSince }: HealthState,
): boolean {
  const known = order.running && order.health.health === 'Healthy'
  const same = known && order.health.availableSince === availableSince
  return same && health === 'Healthy' && failuresInARow === 0 && unreadyInARow === 0
}

function tells(runtime: Runtime, id: NodeId): boolean {
  return supportsChanges(runtime) && runtime.tellsOf(id)
}
