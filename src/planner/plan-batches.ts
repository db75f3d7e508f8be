import type { NodeId, RevisionId } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import type { Strategy } from '../domain/update.ts'

export interface PlannedNode {
  readonly id: NodeId
  readonly because: string
}

/** What an update would do, if every node did as it should. */
export interface UpdatePlan {
  /** In order; the nodes of one batch are away together. */
  readonly batches: readonly (readonly PlannedNode[])[]
  readonly skipped: readonly PlannedNode[]
}

/**
 * Foretells the batches of an update without starting it. An update has no fixed batches: the next node follows as
 * soon as one is back, so a batch here is what may be away at the same time.
 *
 * @param input.toRevisionId null for a revision that is yet to be made, which no node runs
 * @param input.maxUnavailable in nodes, at least 1
 */
export function planBatches(input: {
  readonly nodes: readonly Node[]
  readonly toRevisionId: RevisionId | null
  readonly maxUnavailable: number
  readonly strategy: Strategy
  readonly selection: readonly NodeId[] | null
}): UpdatePlan {
  const selection = input.selection && new Set(input.selection)
  const skipped: PlannedNode[] = []
  const down: PlannedNode[] = []
  const up: PlannedNode[] = []
  let unavailable = 0
  for (const node of input.nodes) {
    const serves = isAvailable(node)
    if (!serves) unavailable += 1
    const right = node.revisionId === input.toRevisionId && node.revisionId !== null
    if (selection && !selection.has(node.id)) skipped.push({ id: node.id, because: 'not chosen' })
    else if (right && serves) skipped.push({ id: node.id, because: 'runs this revision already' })
    else if (serves) up.push({ id: node.id, because: 'serves on another revision' })
    else
      down.push({ id: node.id, because: `does not serve (${node.status}, ${node.health}), so it goes first` })
  }
  if (input.strategy === 'FORCE')
    return { batches: down.length + up.length > 0 ? [[...down, ...up]] : [], skipped }
  return { batches: toBatches(down, up, input.maxUnavailable, unavailable, input.strategy), skipped }
}

/** The rule of `planRolling`, with every node coming back well. */
function toBatches(
  down: PlannedNode[],
  up: PlannedNode[],
  maxUnavailable: number,
  unavailableAtStart: number,
  strategy: Strategy,
): PlannedNode[][] {
  const batches: PlannedNode[][] = []
  let unavailable = unavailableAtStart
  let nextDown = 0
  let nextUp = 0
  while (nextDown < down.length || nextUp < up.length) {
    const batch = down.slice(nextDown, nextDown + maxUnavailable)
    nextDown += batch.length
    const room =
      strategy === 'NO_RESTART'
        ? maxUnavailable - batch.length
        : maxUnavailable - Math.max(unavailable, batch.length)
    const serving = up.slice(nextUp, nextUp + Math.max(0, room))
    nextUp += serving.length
    // Nodes that do not serve and are not moved block the rest: the plan ends where the update would wait.
    if (batch.length + serving.length === 0) break
    unavailable -= batch.length
    batches.push([...batch, ...serving])
  }
  return batches
}
