import type { Action } from '../domain/action.ts'
import { InvalidRequestError } from '../domain/errors.ts'
import type { NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { isEnded, type Update } from '../domain/update.ts'
import { loadNewestSteps } from '../store/actions.ts'
import { findNodes, listNodes } from '../store/nodes.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Tx } from '../store/store.ts'
import type { UpdateNodeView } from './views.ts'

/** The nodes that an update is about, as it sees them. Chosen nodes that were deleted since are left out. */
export async function listUpdateNodes(
  tx: Tx,
  update: Update,
  page: PageRequest,
): Promise<Page<UpdateNodeView>> {
  const { items, nextCursor } =
    update.selection === null
      ? await listNodes(tx, { projectId: update.projectId, poolId: update.poolId }, page)
      : await listChosen(tx, update, update.selection, page)
  const steps = await loadNewestSteps(
    tx,
    update.id,
    items.map((node) => node.id),
  )
  return { items: items.map((node) => toUpdateNode(update, node, steps.get(node.id))), nextCursor }
}

/** Ids grow with time, so their order is nearly that of the indexes. The cursor is the last id of a page. */
async function listChosen(
  tx: Tx,
  update: Update,
  selection: readonly NodeId[],
  { limit, cursor, sort }: PageRequest,
): Promise<Page<Node>> {
  if (sort !== undefined && sort !== 'index') {
    throw new InvalidRequestError('sort', 'chosen nodes come by index')
  }
  const rest = [...selection].sort().filter((id) => cursor === undefined || id > cursor)
  const ids = rest.slice(0, limit)
  const nodes = await findNodes(tx, update, ids)
  return {
    items: nodes.sort((a, b) => a.index - b.index),
    nextCursor: rest.length > limit ? (ids.at(-1) ?? null) : null,
  }
}

/**
 * Where a node stands, told from what it runs and from the newest thing that was asked of it.
 *
 *   newest step          | runs the goal | update ended -> state
 *   none                 | yes           |                 Skipped
 *   none                 | no            | yes             Skipped
 *   none                 | no            | no              Pending
 *   not ended            |               |                 InFlight
 *   failed since resumed |               |                 Failed
 *   succeeded            | yes           |                 Updated
 *   anything else        | no            | yes             Skipped
 *   anything else        | no            | no              Pending
 */
function toUpdateNode(update: Update, node: Node, step: Action | undefined): UpdateNodeView {
  const { id, name, index, status, health, revisionId } = node
  return { node: { id, name, index, status, health, revisionId }, ...stateOf(update, node, step) }
}

function stateOf(
  update: Update,
  node: Node,
  step: Action | undefined,
): Pick<UpdateNodeView, 'state' | 'because' | 'since'> {
  const goal = update.direction === 'forward' ? update.toRevisionId : update.fromRevisionId
  const reached = node.revisionId === goal
  const ended = isEnded(update.status)
  if (step && step.endedAt === null) {
    return { state: 'InFlight', because: step.statusReason, since: step.startedAt ?? step.createdAt }
  }
  const since = step?.endedAt ?? update.startedAt ?? update.createdAt
  if (step?.status === 'FAILED' && since >= (update.control.resumedAt ?? 0)) {
    return { state: 'Failed', because: step.statusReason, since }
  }
  if (reached && step?.status === 'SUCCEEDED') {
    return { state: 'Updated', because: step.statusReason, since }
  }
  if (reached) return { state: 'Skipped', because: 'runs this revision already', since }
  if (ended) {
    return {
      state: 'Skipped',
      because: `the update ended before its turn: ${update.because}`,
      since: update.endedAt ?? since,
    }
  }
  return { state: 'Pending', because: update.because, since }
}
