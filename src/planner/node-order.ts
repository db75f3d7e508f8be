import type { NodeId } from '../domain/ids.ts'
import type { UpdateOrder } from '../domain/update.ts'

/** Where a node comes in the order of an update: by domain, then by rank. */
export interface Turn {
  /** The zone that is updated as one, empty when none was named; always empty when the order is not by zone. */
  readonly domain: string
  /** Lower is earlier. */
  readonly rank: number
}

/** What an order is made from. */
export interface OrderedNode {
  readonly id: NodeId
  readonly index: number
  /** Empty when nobody said where it is. */
  readonly zone: string
}

/** Says for each node when its turn comes. */
export function createOrder(order: UpdateOrder): (node: OrderedNode) => Turn {
  switch (order.by) {
    case 'index':
      return ({ index }) => ({ domain: '', rank: index })
    case 'reverse-index':
      return ({ index }) => ({ domain: '', rank: -index })
    case 'zone':
      return ({ index, zone }) => ({ domain: zone, rank: index })
    case 'list': {
      // Before every index, which are 1 and more.
      const ranks = new Map(order.nodes.map((id, at) => [id, at - order.nodes.length]))
      return ({ id, index }) => ({ domain: '', rank: ranks.get(id) ?? index })
    }
    case 'random':
      return ({ id }) => ({ domain: '', rank: hash(order.seed, id) })
  }
}

/** Whether `a` comes before `b`; ids decide between equals, so that the order is always the same. */
export function comesBefore(a: Turn & { readonly id: NodeId }, b: Turn & { readonly id: NodeId }): boolean {
  if (a.domain !== b.domain) return a.domain < b.domain
  if (a.rank !== b.rank) return a.rank < b.rank
  return a.id < b.id
}

/** FNV-1a over the seed and the id, mixed once more: ids that follow each other differ in their last letters alone. */
function hash(seed: number, id: string): number {
  let mixed = 0x811c9dc5
  for (const letter of `${seed}/${id}`) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
