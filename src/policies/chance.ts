/**
 * The items in an order that is left to chance, and is the same again for the same seed: a decision must follow from
 * the facts alone, so chance is one of them.
 * @param seed any whole number
 */
export function shuffle<Item>(items: readonly Item[], seed: number): Item[] {
  const shuffled = [...items]
  const next = randomNumbers(seed)
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1))
    const item = shuffled[last] as Item
    shuffled[last] = shuffled[other] as Item
    shuffled[other] = item
  }
  return shuffled
}

/** Numbers from 0 up to 1, by a linear congruential generator whose lower bits, which are poor, are not used. */
function randomNumbers(seed: number): () => number {
  let state = BigInt.asUintN(64, BigInt(Math.trunc(seed)))
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return Number(state >> 32n) / 2 ** 32
  }
}
