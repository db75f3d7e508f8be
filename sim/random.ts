/** Randomness that a seed determines: the same draws in the same order give the same run (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0
    this.next()
  }

  /** From 0 up to but not including 1. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number, both bounds included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)] as T
  }

  /** Up to `count` different ones, in the order in which they stand. */
  some<T>(from: readonly T[], count: number): T[] {
    const left = from.map((_, at) => at)
    const chosen: number[] = []
    while (chosen.length < count && left.length > 0) {
      chosen.push(left.splice(this.int(0, left.length - 1), 1)[0] as number)
    }
    return chosen.sort((a, b) => a - b).map((at) => from[at] as T)
  }

  /** One of the keys, by weight. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
    const entries = Object.entries(weights) as [Key, number][]
    let drawn = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [key, weight] of entries) {
      drawn -= weight
      if (drawn < 0) return key
    }
    return entries[0]![0]
  }

  /** A stream of its own, so that more draws here do not change those there. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4294967296))
  }

  bytes(size: number): Uint8Array {
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size; at += 1) bytes[at] = this.int(0, 255)
    return bytes
  }
}
