import { listEvents } from '../store/events.ts'
import { sumUpStepTimes } from '../store/step-times.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireUpdate } from './find.ts'
import { look } from './perform.ts'
import type { UpdateHistory } from './views.ts'

const MAX_ENTRIES = 1000

/** Who asked what of an update and when, what it decided, and how long its nodes took. */
export function tellHistory(deps: ControlDeps, caller: Caller, id: string): Promise<UpdateHistory> {
  return look(deps, caller, 'updates.history', async (tx, project) => {
    const update = await requireUpdate(tx, project.id, id)
    const { items } = await listEvents(
      tx,
      { projectIds: [project.id], updateId: update.id, objects: { types: ['cluster'] } },
      { limit: MAX_ENTRIES, sort: '-sequence' },
    )
    const entries = items
      .map(({ at, type, level, principal, because }) => ({ at, type, level, principal, because }))
      .reverse()
    return { update, entries, steps: await sumUpStepTimes(tx, update.id) }
  })
}
