/** A place that nodes are spread over. */
export interface Place {
  readonly name: string
  /** Its share, relative to the others'; 0: it gets no more nodes. */
  readonly weight: number
  /** The most nodes it may have; null: any number. */
  readonly cap: number | null
}

/**
 * Chooses a place for each of some new nodes, so that all nodes together come as near to the weights as they can
 * without moving those that are there. Each goes where the next node weighs least (the highest averages method).
 *
 *   places          there are  new nodes  ->  places
 *   a:100, b:100    -          3              a b a
 *   a:100, b:100    a:2        3              b b a
 *   a:200, b:100    -          3              a a b
 *   a:100 cap 1, b  -          3              a b b
 *
 * @param has nodes there are, by place
 * @returns the names of the places, or null if the caps leave no room for all of them
 */
export function spreadNew(
  places: readonly Place[],
  has: ReadonlyMap<string, number>,
  count: number,
): string[] | null {
  const sizes = new Map(has)
  const chosen: string[] = []
  while (chosen.length < count) {
    const open = places.filter(
      ({ name, weight, cap }) => weight > 0 && (cap === null || sizeOf(sizes, name) < cap),
    )
    const [first, ...others] = open
    if (first === undefined) return null
    const load = ({ name, weight }: Place) => (sizeOf(sizes, name) + 1) / weight
    const best = others.reduce((least, place) => (load(place) < load(least) ? place : least), first)
    sizes.set(best.name, sizeOf(sizes, best.name) + 1)
    chosen.push(best.name)
  }
  return chosen
}

/**
 * Chooses how many nodes leave each place, so that those that stay come as near to the weights as they can. Nodes that
 * are in none of the places go first.
 * @param has nodes there are, by place
 * @param count at most as many as there are
 * @returns nodes by place; they sum to `count`
 */
export function spreadLeaving(
  places: readonly Place[],
  has: ReadonlyMap<string, number>,
  count: number,
): ReadonlyMap<string, number> {
  const sizes = new Map(has)
  const leaving = new Map<string, number>()
  const weights = new Map(places.map(({ name, weight }) => [name, weight]))
  const load = (name: string) => sizeOf(sizes, name) / (weights.get(name) ?? 0)
  for (let left = count; left > 0; left -= 1) {
    const names = [...sizes.keys()].filter((name) => sizeOf(sizes, name) > 0)
    const [first, ...others] = names
    if (first === undefined) break
    // Places that are not listed, or weigh nothing, bear an infinite load.
    const most = others.reduce((heaviest, name) => (load(name) > load(heaviest) ? name : heaviest), first)
    sizes.set(most, sizeOf(sizes, most) - 1)
    leaving.set(most, sizeOf(leaving, most) + 1)
  }
  return leaving
}

function sizeOf(sizes: ReadonlyMap<string, number>, name: string): number {
  return sizes.get(name) ?? 0
}
