import { messageOf } from '../domain/errors.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { Json, NodeId } from '../domain/ids.ts'
import { type HealthState, judgeHealth, nextCheckDelayMs } from '../planner/judge-health.ts'
import type { NodeRef, Runtime } from '../runtimes/runtime.ts'
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

/** What a watch saw, when it matters: health has changed, or it does not run any more. */
export interface HealthNews {
  readonly running: boolean
  readonly health: HealthState
}

interface Watch {
  readonly order: WatchOrder
  health: HealthState
  running: boolean
  readonly stop: AbortController
  cancelTimer: () => void
}

/**
 * Watches the nodes of a cluster that nothing is being done to, each by its own health check, and tells when the
 * health of one has changed. A node that is being worked on is watched by its step instead.
 */
export class HealthMonitor {
  readonly #clock: Clock
  readonly #log: Log
  readonly #slots: Slots
  readonly #onNews: (id: NodeId, news: HealthNews) => void
  /** Spreads the checks of nodes that began together: 0 to 1. */
  readonly #spread: () => number
  readonly #watches = new Map<NodeId, Watch>()

  constructor(
    deps: { readonly clock: Clock; readonly log: Log; readonly slots: Slots; readonly random: () => number },
    onNews: (id: NodeId, news: HealthNews) => void,
  ) {
    this.#clock = deps.clock
    this.#log = deps.log
    this.#slots = deps.slots
    this.#spread = deps.random
    this.#onNews = onNews
  }

  /** Begins to watch a node, or goes on with what is known now. */
  watch(id: NodeId, order: WatchOrder, immediately = false): void {
    this.unwatch(id)
    const { health, running } = order
    const watch: Watch = { order, health, running, stop: new AbortController(), cancelTimer: () => {} }
    this.#watches.set(id, watch)
    const delay = nextCheckDelayMs(order.health, order.check, this.#clock.now())
    this.#schedule(id, watch, immediately ? 0 : delay * (0.5 + this.#spread() / 2))
  }

  unwatch(id: NodeId): void {
    const watch = this.#watches.get(id)
    if (!watch) return
    this.#watches.delete(id)
    watch.cancelTimer()
    watch.stop.abort()
  }

  close(): void {
    for (const id of [...this.#watches.keys()]) this.unwatch(id)
  }

  #schedule(id: NodeId, watch: Watch, delayMs: number): void {
    watch.cancelTimer = this.#clock.after(delayMs, () => {
      this.#look(id, watch).catch((error: unknown) => {
        if (!watch.stop.signal.aborted) this.#log.error({ err: error, node: id }, 'watching a node failed')
      })
    })
  }

  async #look(id: NodeId, watch: Watch): Promise<void> {
    const { signal } = watch.stop
    const { runtime, node, handle, check, startKey, term } = watch.order
    const release = await this.#slots.take(signal)
    const observed = await observeNode(
      this.#clock,
      { runtime, node, handle, check, startKey },
      { signal, term, log: this.#log },
    )
      .catch((error: unknown) => ({ running: true, passing: false, detail: messageOf(error) }))
      .finally(release)
    if (signal.aborted) return
    const now = this.#clock.now()
    const before = watch.health.health
    const died = watch.running && !observed.running
    watch.health = judgeHealth(watch.health, check, observed, now)
    watch.running = observed.running
    if (watch.health.health !== before || died)
      this.#onNews(id, { running: observed.running, health: watch.health })
    this.#schedule(id, watch, nextCheckDelayMs(watch.health, check, now))
  }
}
