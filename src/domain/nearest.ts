/** Longer words are cut: one of 64 KiB has no near neighbour, and must not take long to find that out. */
const LONGEST = 64

/**
 * The known word that was probably meant, for "did you mean …?": the one that this is the beginning of, else the one
 * with the fewest edits, if they are few.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const given = word.slice(0, LONGEST).toLowerCase()
  const longer = known.find((candidate) => given.length > 2 && candidate.toLowerCase().startsWith(given))
  if (longer !== undefined) return longer
  const ranked = known
    .map((candidate) => ({ candidate, edits: editDistance(given, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  const [best] = ranked
  return best !== undefined && best.edits <= Math.max(2, given.length / 3) ? best.candidate : undefined
}

/** Levenshtein distance, row by row. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a.slice(0, LONGEST)].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (letter === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
