import type { EpochMs, NodeId, PoolId } from '../domain/ids.ts'
import { Alarms } from './alarms.ts'

/** Nodes that drifted: each has a time at which it is looked at for a repair, or waits until its pool has no update. */
export class DriftQueue {
  readonly #alarms = new Alarms<NodeId>()
  readonly #waiting = new Map<PoolId, Set<NodeId>>()
  readonly #poolOf = new Map<NodeId, PoolId>()

  set(id: NodeId, at: EpochMs): void {
    this.drop(id)
    this.#alarms.set(id, at)
  }

  /** Until the pool is free. */
  wait(id: NodeId, poolId: PoolId): void {
    this.drop(id)
    const waiting = this.#waiting.get(poolId) ?? new Set<NodeId>()
    this.#waiting.set(poolId, waiting.add(id))
    this.#poolOf.set(id, poolId)
  }

  drop(id: NodeId): void {
    this.#alarms.drop(id)
    const poolId = this.#poolOf.get(id)
    if (poolId === undefined) return
    this.#poolOf.delete(id)
    const waiting = this.#waiting.get(poolId)
    waiting?.delete(id)
    if (waiting?.size === 0) this.#waiting.delete(poolId)
  }

  has(id: NodeId): boolean {
    return this.#alarms.has(id) || this.#poolOf.has(id)
  }

  /** When to look again, but for those that wait; undefined when nothing is awaited. */
  get next(): EpochMs | undefined {
    return this.#alarms.next
  }

  /** Takes out those whose time, or whose turn, has come. */
  take(now: EpochMs, isFree: (poolId: PoolId) => boolean): NodeId[] {
    const free = [...this.#waiting].filter(([poolId]) => isFree(poolId)).flatMap(([, ids]) => [...ids])
    for (const id of free) this.drop(id)
    return [...this.#alarms.take(now), ...free]
  }
}
