import type { EpochMs } from '../src/domain/ids.ts'

interface Entry {
  readonly at: EpochMs
  readonly order: number
  readonly callback: () => void
  cancelled: boolean
}

/** Virtual time: it stands still until `step`, which goes to the next moment at which something was to happen. */
export class Timeline {
  now: EpochMs
  #heap: Entry[] = []
  #order = 0

  constructor(start: EpochMs) {
    this.now = start
  }

  /** Calls back once; what is due at the same moment happens in the order in which it was asked for. */
  after(delayMs: number, callback: () => void): () => void {
    // Databases keep whole milliseconds.
    const entry = {
      at: this.now + Math.max(0, Math.round(delayMs)),
      order: this.#order++,
      callback,
      cancelled: false,
    }
    this.#push(entry)
    return () => {
      entry.cancelled = true
    }
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve))
  }

  /** Lets the next thing happen. @returns false if there is none up to `until` */
  step(until: EpochMs): boolean {
    while (true) {
      const next = this.#heap[0]
      if (next === undefined || next.at > until) return false
      this.#pop()
      if (next.cancelled) continue
      this.now = Math.max(this.now, next.at)
      next.callback()
      return true
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    while (true) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
