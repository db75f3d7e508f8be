import type { Action } from '../../src/domain/action.ts'
import type { FaultRates } from '../faults.ts'
import type { Commit } from '../ledger.ts'
import type { Kept } from '../variant.ts'
import type { Check, Scene } from './check.ts'

/** Kept: retention deletes nothing that is open or in use, nothing younger than it may, and of events only the oldest. */
export function createRetentionCheck(
  { ledger, fail }: Scene,
  kept: Kept,
  { jumpEveryMs }: FaultRates,
): Check {
  let firstEvent = 1
  /** Where clocks jump nobody can say how old something is. */
  const isYoung = (at: number, endedAt: number, keptMs: number) => jumpEveryMs === 0 && at - endedAt < keptMs

  const checkAction = ({ at }: Commit, action: Action) => {
    const { id, name, endedAt, parentId, nodeId } = action
    const parent = parentId === null ? undefined : ledger.openActions.get(parentId)
    if (endedAt === null) fail('kept', `${name} ${id} was deleted before it had ended`)
    else if (isYoung(at, endedAt, kept.actionsMs))
      fail('kept', `${name} ${id} was deleted ${at - endedAt} ms after its end`)
    else if (parent)
      fail('kept', `${name} ${id} was deleted, and ${parent.name} of which it is a part is open`)
    else if (nodeId !== null && ledger.nodes.get(nodeId)?.actionId === id)
      fail('kept', `${name} ${id} was deleted, and holds its node`)
    for (const open of ledger.openActions.values())
      if (open.parentId === id) fail('kept', `${name} ${id} was deleted, and its part ${open.name} is open`)
    for (const update of ledger.openUpdates())
      if (update.actionId === id) fail('kept', `${name} ${id} was deleted, and its update is open`)
  }

  const checkRevision = (id: string) => {
    const node = [...ledger.nodes.values()].find((one) => one.revisionId === id)
    const pool = [...ledger.pools.values()].find((one) => one.committedRevisionId === id)
    const update = ledger
      .openUpdates()
      .find(({ fromRevisionId, toRevisionId }) => fromRevisionId === id || toRevisionId === id)
    const action = [...ledger.openActions.values()].find(({ inputs }) => inputs['revisionId'] === id)
    const user = node?.name ?? pool?.name ?? update?.id ?? action?.name
    if (user !== undefined) fail('kept', `revision ${id} was deleted, and ${user} needs it`)
  }

  return {
    onCommit(commit) {
      const { changes, was, at } = commit
      for (const [id, row] of changes.actions) {
        const before = was.actions.get(id)
        // What goes with its cluster is not retention's.
        if (row === null && before && ledger.clusters.has(before.clusterId)) checkAction(commit, before)
      }
      for (const id of changes.goneRevisions) checkRevision(id)
      for (const event of changes.goneEvents) {
        // Where clocks jump, they are not in the order of time.
        if (event.sequence !== firstEvent && jumpEveryMs === 0)
          fail('kept', `event ${event.sequence} was deleted before event ${firstEvent}`)
        firstEvent = event.sequence + 1
        if (isYoung(at, event.at, kept.eventsMs))
          fail('kept', `event ${event.sequence} was deleted ${at - event.at} ms after it happened`)
      }
    },
  }
}
