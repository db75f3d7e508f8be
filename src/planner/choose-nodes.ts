import type { NodeId, RevisionId } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'

/**
 * Chooses which nodes go when a pool shrinks: those that their owner tainted first, then those that do not serve, then those that do not run the
 * committed revision, then the youngest (highest index).
 */
export function chooseNodesToRemove(nodes: readonly Node[], count: number, committed: RevisionId): NodeId[] {
  if (count <= 0) return []
  const rank = (node: Node) => {
    if (node.tainted) return 0
    if (!isAvailable(node)) return 1
    return node.revisionId === committed ? 3 : 2
  }
  return [...nodes]
    .sort((a, b) => rank(a) - rank(b) || b.index - a.index)
    .slice(0, count)
    .map((node) => node.id)
}
