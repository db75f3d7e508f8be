import type { Action } from '../domain/action.ts'
import type { ActionId, NodeId, PoolId } from '../domain/ids.ts'

/**
 * How many nodes of each pool the health policy is bringing back, and which have to wait for their turn: when all fail at
 * once, the reason is seldom in each of them, and bringing all back together would finish off what is left.
 */
export class RecoveryQueue {
  readonly #running = new Map<PoolId, Set<ActionId>>()
  readonly #waiting = new Map<PoolId, Set<NodeId>>()

  /** Takes note of an action that runs; of those that the policy did not begin, it takes none. */
  noteBegun({ id, name, cause, poolId }: Action): void {
    if (name === 'NODE_RECOVER' && cause === 'engine' && poolId !== null) setOf(this.#running, poolId).add(id)
  }

  noteEnded({ id, poolId }: Action): void {
    if (poolId !== null) this.#running.get(poolId)?.delete(id)
  }

  running(poolId: PoolId): number {
    return this.#running.get(poolId)?.size ?? 0
  }

  /** @returns whether it is the first of its pool that has to wait */
  wait(poolId: PoolId, nodeId: NodeId): boolean {
    const waiting = setOf(this.#waiting, poolId)
    waiting.add(nodeId)
    return waiting.size === 1
  }

  /** Takes nodes out that may go now, one after the other, for as long as there is room in their pool. */
  *take(hasRoom: (poolId: PoolId) => boolean): Generator<NodeId> {
    for (const [poolId, waiting] of this.#waiting) {
      for (const id of waiting) {
        if (!hasRoom(poolId)) break
        waiting.delete(id)
        yield id
      }
      if (waiting.size === 0) this.#waiting.delete(poolId)
    }
  }
}

function setOf<Key, Value>(sets: Map<Key, Set<Value>>, key: Key): Set<Value> {
  const set = sets.get(key) ?? new Set<Value>()
  sets.set(key, set)
  return set
}
