import type { NodeId } from '../domain/ids.ts'
import { comesBefore, type Turn } from './node-order.ts'

interface Queued extends Turn {
  readonly id: NodeId
}

/**
 * Nodes in the order of their turns, of which the first are asked for again and again while others come and go: a heap
 * that knows where each node is. Adding and deleting cost the logarithm of its size, the first `k` cost `k²` at most.
 */
export class OrderedQueue {
  readonly #heap: Queued[] = []
  readonly #places = new Map<NodeId, number>()

  get size(): number {
    return this.#heap.length
  }

  /** Adds a node that is not in it. */
  add(id: NodeId, { domain, rank }: Turn): void {
    this.#heap.push({ id, domain, rank })
    this.#rise(this.#heap.length - 1)
  }

  /** Gives a node that is in it another turn. */
  move(id: NodeId, turn: Turn): void {
    const { domain, rank } = this.#heap[this.#places.get(id) as number] as Queued
    if (domain === turn.domain && rank === turn.rank) return
    this.delete(id)
    this.add(id, turn)
  }

  delete(id: NodeId): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    const last = this.#heap.pop() as Queued
    this.#places.delete(id)
    if (last.id === id) return
    this.#put(place, last)
    this.#sink(place)
    this.#rise(this.#places.get(last.id) as number)
  }

  /** The first of them in order, at most `limit`. */
  first(limit: number): Queued[] {
    const found: Queued[] = []
    /** Places whose parents were found, the next one last. */
    const open = this.#heap.length > 0 ? [0] : []
    while (found.length < limit) {
      const place = open.pop()
      if (place === undefined) break
      found.push(this.#heap[place] as Queued)
      for (const child of [2 * place + 1, 2 * place + 2])
        if (child < this.#heap.length) this.#insert(open, child)
    }
    return found
  }

  #insert(open: number[], place: number): void {
    let [from, to] = [0, open.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#isBefore(place, open[middle] as number)) from = middle + 1
      else to = middle
    }
    open.splice(from, 0, place)
  }

  #rise(start: number): void {
    const item = this.#heap[start] as Queued
    let place = start
    while (place > 0) {
      const parent = (place - 1) >>> 1
      const above = this.#heap[parent] as Queued
      if (!comesBefore(item, above)) break
      this.#put(place, above)
      place = parent
    }
    this.#put(place, item)
  }

  #sink(start: number): void {
    const item = this.#heap[start] as Queued
    let place = start
    while (true) {
      const left = 2 * place + 1
      if (left >= this.#heap.length) break
      const right = left + 1
      const child = right < this.#heap.length && this.#isBefore(right, left) ? right : left
      const below = this.#heap[child] as Queued
      if (!comesBefore(below, item)) break
      this.#put(place, below)
      place = child
    }
    this.#put(place, item)
  }

  #put(place: number, item: Queued): void {
    this.#heap[place] = item
    this.#places.set(item.id, place)
  }

  #isBefore(a: number, b: number): boolean {
    return comesBefore(this.#heap[a] as Queued, this.#heap[b] as Queued)
  }
}
