/** Chance that a seed repeats: the same seed gives the same numbers in the same order. */
export interface Random {
  /** A whole number, both ends included. */
  between(low: number, high: number): number
  /** True so often, of 1. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T | undefined
}

/** @param seed any whole number */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  // Mulberry32: small, and good enough to choose what a test does next.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    between,
    chance: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length - 1)],
  }
}

/** The seed that DROVER_SYSTEM_SEED names, else a new one. */
export function chooseSeed(): number {
  const given = process.env['DROVER_SYSTEM_SEED']
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
}
