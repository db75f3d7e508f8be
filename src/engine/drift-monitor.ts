import type { Drift } from '../domain/drift.ts'
import { DroverError, messageOf, TimedOutError } from '../domain/errors.ts'
import type { Json, NodeId } from '../domain/ids.ts'
import type { DetectsDrift, NodeRef, Wanted } from '../runtimes/runtime.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { Slots } from '../system/slots.ts'
import { TimeLimit } from '../system/time-limit.ts'
import { waitPatiently } from './patience.ts'

export interface DriftOrder {
  readonly runtime: DetectsDrift
  readonly node: NodeRef
  readonly handle: Json
  /** What the node is believed to run. */
  readonly wanted: Wanted
  readonly term: number
}

export interface DriftMonitorDeps {
  readonly clock: Clock
  readonly log: Log
  /** Bounds how many looks are under way. */
  readonly slots: Slots
  /** 0 to 1: keeps clusters that began together apart. */
  readonly random: () => number
  /** In about so long each node is looked at once; 0: never. */
  readonly intervalMs: number
  /** All nodes of the cluster; undefined while they are not known. */
  readonly nodes: () => ReadonlyMap<NodeId, unknown> | undefined
  /** What to look at; undefined if there is nothing, as while something is done to the node. */
  readonly orderOf: (id: NodeId) => DriftOrder | undefined
  /** Nothing found: the node is what its revision says. */
  readonly onLooked: (id: NodeId, found: readonly Drift[]) => void
}

const SHORTEST_PAUSE_MS = 1000
/** What a look may take: a release on a slow disk may be large. */
const LOOK_LIMIT_MS = 60_000
/** Looks of one cluster that are under way or wait for a slot; while there are more, the round takes longer. */
const MOST_UNDER_WAY = 512

const NOT_WATCHED = new DroverError('cancelled', 'the node is not watched any more')

/**
 * Looks closely at a cluster's nodes, one after the other and then from the beginning, spread evenly over the interval:
 * whether what is there is what their revision says. Keeps nothing of nodes that it does not look at just now.
 */
export class DriftMonitor {
  readonly #deps: DriftMonitorDeps
  readonly #looks = new Map<NodeId, TimeLimit>()
  #nodes: ReadonlyMap<NodeId, unknown> | undefined
  #round: IterableIterator<NodeId> | undefined
  #cancelTimer: (() => void) | undefined

  constructor(deps: DriftMonitorDeps) {
    this.#deps = deps
  }

  /** Begins to go round, if it does not yet. */
  begin(): void {
    const { intervalMs, random } = this.#deps
    if (intervalMs > 0 && this.#cancelTimer === undefined) this.#schedule(0.5 + random() / 2)
  }

  /** Breaks off the look that is under way: something is being done to the node, or it is gone. */
  forget(id: NodeId): void {
    const look = this.#looks.get(id)
    this.#looks.delete(id)
    look?.abort(NOT_WATCHED)
  }

  close(): void {
    this.#cancelTimer?.()
    for (const id of [...this.#looks.keys()]) this.forget(id)
  }

  /** @param share of the pause, at the beginning */
  #schedule(share = 1): void {
    const { clock, intervalMs, nodes } = this.#deps
    const size = Math.max(1, nodes()?.size ?? 1)
    const pauseMs = Math.max(Math.min(SHORTEST_PAUSE_MS, intervalMs), intervalMs / size)
    this.#cancelTimer = clock.after(pauseMs * share, () => {
      this.#lookAtSome(Math.ceil((size * pauseMs) / intervalMs))
      this.#schedule()
    })
  }

  #lookAtSome(count: number): void {
    const room = MOST_UNDER_WAY - this.#looks.size
    for (let left = Math.min(count, room); left > 0; left -= 1) {
      const id = this.#next()
      if (id === undefined) return
      if (!this.#looks.has(id)) this.#begin(id)
    }
  }

  /** A round goes on over nodes that come and go; it begins anew where all were read again. */
  #next(): NodeId | undefined {
    const nodes = this.#deps.nodes()
    const next = nodes === this.#nodes ? this.#round?.next() : undefined
    if (next && !next.done) return next.value
    this.#nodes = nodes
    this.#round = nodes?.keys()
    const first = this.#round?.next()
    return first?.done === false ? first.value : undefined
  }

  #begin(id: NodeId): void {
    const order = this.#deps.orderOf(id)
    if (!order) return
    const limit = new TimeLimit(this.#deps.clock)
    this.#looks.set(id, limit)
    this.#look(id, order, limit)
      .catch((error: unknown) => {
        // Nothing is known of it that was not known before; a host that is away is what health checks are for.
        if (!limit.isBrokenOff)
          this.#deps.log.warn(
            { node: id, reason: messageOf(error) },
            'cannot look whether a node has drifted',
          )
      })
      .finally(() => {
        if (this.#looks.get(id) === limit) this.#looks.delete(id)
        limit.end()
      })
  }

  async #look(id: NodeId, order: DriftOrder, limit: TimeLimit): Promise<void> {
    const { clock, slots, log, onLooked } = this.#deps
    const { runtime, node, handle, wanted, term } = order
    const release = await slots.take(limit.signal)
    if (limit.isBrokenOff) return release()
    const late = () => new TimedOutError(`did not answer within ${LOOK_LIMIT_MS / 1000} s`)
    const found = await limit
      .run(LOOK_LIMIT_MS, late, (signal) =>
        waitPatiently(clock, signal, runtime.findDrift({ signal, term, log }, node, handle, wanted)),
      )
      .finally(release)
    if (!limit.isBrokenOff) onLooked(id, found)
  }
}
