import type { EpochMs } from '../domain/ids.ts'

/**
 * Moments at which something has to be looked at, one a key. Setting and dropping one costs the same however many
 * there are; all of them are gone through only when one of them has come.
 */
export class Alarms<Key> {
  readonly #at = new Map<Key, EpochMs>()
  /** No alarm is earlier; one that was dropped may have been. */
  #notBefore: EpochMs | undefined

  set(key: Key, at: EpochMs): void {
    this.#at.set(key, at)
    if (this.#notBefore === undefined || at < this.#notBefore) this.#notBefore = at
  }

  drop(key: Key): void {
    if (this.#at.delete(key) && this.#at.size === 0) this.#notBefore = undefined
  }

  has(key: Key): boolean {
    return this.#at.has(key)
  }

  /** When to look again; undefined when nothing is awaited. */
  get next(): EpochMs | undefined {
    return this.#notBefore
  }

  /** Takes out those whose moment has come, in the order in which they were set. */
  take(now: EpochMs): Key[] {
    if (this.#notBefore === undefined || now < this.#notBefore) return []
    const due: Key[] = []
    this.#notBefore = undefined
    for (const [key, at] of this.#at) {
      if (at <= now) due.push(key)
      else if (this.#notBefore === undefined || at < this.#notBefore) this.#notBefore = at
    }
    for (const key of due) this.#at.delete(key)
    return due
  }
}
