import type { NodeId, RevisionId } from '../domain/ids.ts'
import { isAvailable, type Node, zoneOf } from '../domain/node.ts'
import type { Strategy, UpdateOrder } from '../domain/update.ts'
import { comesBefore, createOrder, type Turn } from './node-order.ts'

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
  readonly order: UpdateOrder
  readonly selection: readonly NodeId[] | null
}): UpdatePlan {
  const turnOf = createOrder(input.order)
  const selection = input.selection && new Set(input.selection)
  const skipped: PlannedNode[] = []
  const down: Waiting[] = []
  const up: Waiting[] = []
  let unavailable = 0
  for (const node of input.nodes) {
    const serves = isAvailable(node)
    if (!serves) unavailable += 1
    const { id, index } = node
    const turn = turnOf({ id, index, zone: zoneOf(node) })
    const right = node.revisionId === input.toRevisionId && node.revisionId !== null
    if (selection && !selection.has(node.id)) skipped.push({ id: node.id, because: 'not chosen' })
    else if (right && serves) skipped.push({ id: node.id, because: 'runs this revision already' })
    else if (serves) up.push({ ...turn, id, because: 'serves on another revision' })
    else
      down.push({ ...turn, id, because: `does not serve (${node.status}, ${node.health}), so it goes first` })
  }
  for (const queue of [down, up]) queue.sort((a, b) => (comesBefore(a, b) ? -1 : 1))
  const batches =
    input.strategy === 'FORCE'
      ? [[...down, ...up]].filter((all) => all.length > 0)
      : toBatches(down, up, input.maxUnavailable, unavailable, input.strategy)
  const shown = batches.map((batch) => batch.map(({ id, because }) => ({ id, because })))
  return { batches: shown, skipped }
}

interface Waiting extends PlannedNode, Turn {}

/** The rule of `planRolling`, with every node coming back well. */
function toBatches(
  down: Waiting[],
  up: Waiting[],
  maxUnavailable: number,
  unavailableAtStart: number,
  strategy: Strategy,
): Waiting[][] {
  const batches: Waiting[][] = []
  let unavailable = unavailableAtStart
  let nextDown = 0
  let nextUp = 0
  while (nextDown < down.length || nextUp < up.length) {
    const domain = (down[nextDown] ?? up[nextUp])?.domain
    const batch = takeWhile(down, nextDown, maxUnavailable, domain)
    nextDown += batch.length
    const room =
      strategy === 'NO_RESTART'
        ? maxUnavailable - batch.length
        : maxUnavailable - Math.max(unavailable, batch.length)
    const serving = takeWhile(up, nextUp, room, domain)
    nextUp += serving.length
    // Nodes that do not serve and are not moved block the rest: the plan ends where the update would wait.
    if (batch.length + serving.length === 0) break
    unavailable -= batch.length
    batches.push([...batch, ...serving])
  }
  return batches
}

/** The next ones of one domain. */
function takeWhile(from: Waiting[], start: number, most: number, domain: string | undefined): Waiting[] {
  const next = from.slice(start, start + Math.max(0, most))
  const other = next.findIndex((node) => node.domain !== domain)
  return other < 0 ? next : next.slice(0, other)
}
