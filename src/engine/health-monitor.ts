import { DroverError, messageOf } from '../domain/errors.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { EpochMs, Json, NodeId } from '../domain/ids.ts'
import { type HealthState, judgeHealth, nextCheckDelayMs } from '../planner/judge-health.ts'
import { type NodeRef, type Runtime, supportsChanges } from '../runtimes/runtime.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { observeNode } from './observe-node.ts'
import type { Slots } from './slots.ts'

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

/** Kept small: there may be one for each of a hundred thousand nodes. */
interface Watch {
  health: HealthState
  running: boolean
  /** When the next look is due; null while one is under way. */
  dueAt: EpochMs | null
  /** Aborted when the node is not watched any more, if a look is under way. */
  stop: AbortController | null
  /** Something changed while a look was under way. */
  again: boolean
}

/**
 * Watches the nodes of a cluster that nothing is being done to, each by its own health check, and tells when the
 * health of one has changed. A node that is being worked on is watched by its step instead.
 */
export class HealthMonitor {
  readonly #deps: MonitorDeps
  readonly #watches = new Map<NodeId, Watch>()
  /** Nodes by the time at which they are to be looked at, and that time's timer. */
  readonly #due = new Map<EpochMs, { readonly ids: Set<NodeId>; readonly cancel: () => void }>()
  /** The runtimes that tell of changes, with the end of each subscription. */
  readonly #subscriptions = new Map<Runtime, () => void>()

  constructor(deps: MonitorDeps) {
    this.#deps = deps
  }

  /** Begins to watch a node, or goes on with what is known now. */
  watch(id: NodeId, order: WatchOrder, immediately = false): void {
    this.unwatch(id)
    const { health, running, runtime, check } = order
    const watch: Watch = { health, running, dueAt: null, stop: null, again: false }
    this.#watches.set(id, watch)
    this.#subscribe(runtime)
    const delay = nextCheckDelayMs(health, check, this.#deps.clock.now())
    this.#schedule(id, watch, immediately ? 0 : delay * (0.5 + this.#deps.random() / 2))
  }

  unwatch(id: NodeId): void {
    const watch = this.#watches.get(id)
    if (!watch) return
    this.#watches.delete(id)
    this.#unschedule(id, watch)
    watch.stop?.abort(NOT_WATCHED)
  }

  close(): void {
    for (const id of [...this.#watches.keys()]) this.unwatch(id)
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
    if (watch.dueAt === null) watch.again = true
    else {
      this.#unschedule(id, watch)
      this.#schedule(id, watch, 0)
    }
  }

  #schedule(id: NodeId, watch: Watch, delayMs: number): void {
    const { clock } = this.#deps
    const exact = clock.now() + Math.ceil(delayMs)
    const dueAt = delayMs < ROUNDED_FROM_MS ? exact : Math.ceil(exact / ROUND_TO_MS) * ROUND_TO_MS
    watch.dueAt = dueAt
    const group = this.#due.get(dueAt)
    if (group) group.ids.add(id)
    else {
      const cancel = clock.after(dueAt - clock.now(), () => this.#lookAt(dueAt))
      this.#due.set(dueAt, { ids: new Set([id]), cancel })
    }
  }

  #unschedule(id: NodeId, watch: Watch): void {
    if (watch.dueAt === null) return
    const group = this.#due.get(watch.dueAt)
    group?.ids.delete(id)
    if (group?.ids.size === 0) {
      group.cancel()
      this.#due.delete(watch.dueAt)
    }
    watch.dueAt = null
  }

  #lookAt(dueAt: EpochMs): void {
    const group = this.#due.get(dueAt)
    this.#due.delete(dueAt)
    for (const id of group?.ids ?? []) {
      const watch = this.#watches.get(id)
      if (!watch) continue
      const stop = new AbortController()
      watch.dueAt = null
      watch.stop = stop
      this.#look(id, watch, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) this.#deps.log.error({ err: error, node: id }, 'watching a node failed')
      })
    }
  }

  async #look(id: NodeId, watch: Watch, signal: AbortSignal): Promise<void> {
    const { clock, log, slots, orderOf, onNews } = this.#deps
    const order = orderOf(id)
    if (!order) return
    const { runtime, node, handle, check, startKey, term } = order
    const release = await slots.take(signal)
    const observed = await observeNode(
      clock,
      { runtime, node, handle, check, startKey },
      { signal, term, log },
    )
      .catch((error: unknown) => ({ running: true, passing: false, detail: messageOf(error) }))
      .finally(release)
    if (signal.aborted) return
    const now = clock.now()
    const before = watch.health.health
    const died = watch.running && !observed.running
    watch.health = judgeHealth(watch.health, check, observed, now)
    watch.running = observed.running
    watch.stop = null
    if (watch.health.health !== before || died)
      onNews(id, { running: observed.running, health: watch.health })
    const told = check.type === 'alive' && watch.health.health === 'Healthy' && tells(runtime, id)
    const delay = told ? TOLD_INTERVAL_MS : nextCheckDelayMs(watch.health, check, now)
    this.#schedule(id, watch, watch.again ? 0 : delay)
    watch.again = false
  }
}

function tells(runtime: Runtime, id: NodeId): boolean {
  return supportsChanges(runtime) && runtime.tellsOf(id)
}
