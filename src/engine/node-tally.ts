import type { PoolId } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import type { NodeGroup } from '../domain/node-group.ts'

/**
 * Counts the nodes of a cluster by all that anybody wants to know their number by, one node at a time: whoever shows a
 * cluster reads the numbers, and goes through no nodes.
 */
export class NodeTally {
  readonly #groups = new Map<string, { readonly group: Omit<NodeGroup, 'count'>; count: number }>()
  /** What the store has, as text; null when that may be anything. */
  #stored: string | null = null

  add(node: Node): void {
    const key = keyOf(node)
    const known = this.#groups.get(key)
    if (known) known.count += 1
    else {
      const { poolId, status, health, revisionId, drift } = node
      this.#groups.set(key, { group: { poolId, status, health, revisionId, drift }, count: 1 })
    }
  }

  remove(node: Node): void {
    const key = keyOf(node)
    const known = this.#groups.get(key)
    if (!known) return
    known.count -= 1
    if (known.count === 0) this.#groups.delete(key)
  }

  /** How many nodes a pool has, and how many of them do not serve. Costs as much as there are kinds of nodes. */
  countOf(poolId: PoolId): { readonly size: number; readonly unavailable: number } {
    let size = 0
    let unavailable = 0
    for (const { group, count } of this.#groups.values()) {
      if (group.poolId !== poolId) continue
      size += count
      if (!isAvailable(group)) unavailable += count
    }
    return { size, unavailable }
  }

  /** Somebody else has written: the store knows no numbers any more. */
  forgetStored(): void {
    this.#stored = null
  }

  /** @returns what is to be stored; null if the store has it */
  takeNews(): readonly NodeGroup[] | null {
    const groups = [...this.#groups.values()].map(({ group, count }) => ({ ...group, count }))
    const text = JSON.stringify(groups)
    if (text === this.#stored) return null
    this.#stored = text
    return groups
  }
}

function keyOf({ poolId, status, health, revisionId, drift }: Node): string {
  return `${poolId} ${status} ${health} ${revisionId} ${drift}`
}
