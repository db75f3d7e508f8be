import type { NodeId } from '../../domain/ids.ts'

/**
 * News of processes that ended. The operating system tells only the parent, so only of those that this Drover has
 * started itself; what an earlier one has started must be asked.
 */
export class Exits {
  readonly #children = new Map<NodeId, number>()
  readonly #listeners = new Set<(node: NodeId) => void>()

  /** A process of the node was started. @returns to be called when it ended */
  started(node: NodeId): () => void {
    this.#children.set(node, (this.#children.get(node) ?? 0) + 1)
    return () => {
      const left = (this.#children.get(node) ?? 1) - 1
      if (left > 0) this.#children.set(node, left)
      else this.#children.delete(node)
      for (const listener of this.#listeners) listener(node)
    }
  }

  /** Whether a living process of the node is a child of this Drover. */
  tellsOf(node: NodeId): boolean {
    return this.#children.has(node)
  }

  /** @returns the end of the subscription */
  onChange(listener: (node: NodeId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
