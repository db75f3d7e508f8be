import { NotFoundError } from '../domain/errors.ts'
import type { ClusterId } from '../domain/ids.ts'
import { findCluster } from '../store/clusters.ts'
import {
  type EventFilter,
  getEvent,
  lastEventSequence,
  listEvents,
  listEventsAfter,
} from '../store/events.ts'
import type { Tx } from '../store/store.ts'
import { authorize, authorizeEverywhere } from './authorize.ts'
import type { Caller, ControlDeps } from './control.ts'
import { toObjectFilter, viewEvents } from './event-views.ts'
import type { EventListFilter } from './inputs.ts'
import { look, lookWide, recordRefusal } from './perform.ts'
import type { EventVerbs } from './verbs.ts'

/** With project `*`, somebody who may see all projects sees all events, those of no project included. */
export function createEventVerbs(deps: ControlDeps): EventVerbs {
  return {
    list: (caller, filter, page) =>
      lookAtEvents(deps, caller, 'events.list', filter, (tx, resolved) => listEvents(tx, resolved, page)),
    after: (caller, filter, sequence, limit) =>
      lookAtEvents(deps, caller, 'events.after', filter, (tx, resolved) =>
        listEventsAfter(tx, resolved, sequence, limit),
      ),
    listViews: (caller, filter, page) =>
      lookWide(deps, caller, 'events.listViews', async (tx, projects) => {
        const projectIds = typeof projects === 'string' ? [projects] : projects
        const where = { ...(projectIds && { projectIds }), ...toObjectFilter(filter) }
        const { items, nextCursor } = await listEvents(tx, where, page)
        return { items: await viewEvents(tx, items), nextCursor }
      }),
    get: (caller, id) =>
      look(deps, caller, 'events.get', async (tx, project) => {
        const event = await getEvent(tx, id)
        if (event?.projectId !== project.id) throw new NotFoundError('event', id)
        const [view] = await viewEvents(tx, [event])
        return view!
      }),
    last: (caller) => lookAtEvents(deps, caller, 'events.last', {}, (tx) => lastEventSequence(tx)),
  }
}

function lookAtEvents<Result>(
  deps: ControlDeps,
  caller: Caller,
  verb: string,
  filter: EventListFilter,
  work: (tx: Tx, filter: EventFilter) => Promise<Result>,
): Promise<Result> {
  return recordRefusal(deps, caller, verb, () =>
    deps.store.read(async (tx) => work(tx, await resolve(tx, caller, verb, filter))),
  )
}

async function resolve(
  tx: Tx,
  { principal, project: projectRef }: Caller,
  verb: string,
  { cluster, node, update, type, level }: EventListFilter,
): Promise<EventFilter> {
  const rest = {
    ...(node !== undefined && { nodeId: node }),
    ...(update !== undefined && { updateId: update }),
    ...(type && { type }),
    ...(level && { level }),
  }
  if (projectRef === '*') {
    authorizeEverywhere(principal, 'viewer', verb)
    return { ...rest, ...(cluster !== undefined && { clusterId: cluster as ClusterId }) }
  }
  const project = await authorize(tx, principal, projectRef, 'viewer', verb)
  if (cluster === undefined) return { ...rest, projectIds: [project.id] }
  // The events of a cluster that is gone are still found by its id.
  const clusterId = (await findCluster(tx, project.id, cluster))?.id ?? (cluster as ClusterId)
  return { ...rest, projectIds: [project.id], clusterId }
}
