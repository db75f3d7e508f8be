import type { NodeId } from '../domain/ids.ts'
import { comesBefore, type Turn } from './node-order.ts'

/** A node in a queue. All but `id` is the queue's to change. */
export interface Queued {
  readonly id: NodeId
  domain: string
  rank: number
  /** Where in the heap it is. Kept here, as a table of places would be as large again as all else in the queue. */
  place: number
}

/**
 * Nodes in the order of their turns, of which the first are asked for again and again while others come and go: a heap
 * whose nodes know where they are. Adding and deleting cost the logarithm of its size, the first `k` cost `k²` at most.
 */
export class OrderedQueue {
  readonly #heap: Queued[] = []

  get size(): number {
    return this.#heap.length
  }

  /** Adds a node that is not in it. */
  add(item: Queued): void {
    this.#heap.push(item)
    this.#rise(this.#heap.length - 1)
  }

  /** Gives a node that is in it another turn. */
  move(item: Queued, { domain, rank }: Turn): void {
    if (domain === item.domain && rank === item.rank) return
    this.delete(item)
    item.domain = domain
    item.rank = rank
    this.add(item)
  }

  /** Takes out a node that is in it. */
  delete(item: Queued): void {
    const last = this.#heap.pop() as Queued
    if (last === item) return
    this.#put(item.place, last)
    this.#sink(last.place)
    this.#rise(last.place)
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
    item.place = place
  }

  #isBefore(a: number, b: number): boolean {
    return comesBefore(this.#heap[a] as Queued, this.#heap[b] as Queued)
  }
}
