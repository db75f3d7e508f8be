import type { Event } from '../domain/event.ts'
import type { ActionId, ClusterId, NodeId } from '../domain/ids.ts'
import { loadActionHeads } from '../store/actions.ts'
import { loadClusterNames } from '../store/clusters.ts'
import type { EventFilter } from '../store/events.ts'
import { loadNodeNames } from '../store/nodes.ts'
import type { Tx } from '../store/store.ts'
import type { ObjectEventFilter } from './inputs.ts'
import type { EventView } from './views.ts'

/** A constant number of queries, however many events. */
export async function viewEvents(tx: Tx, events: readonly Event[]): Promise<EventView[]> {
  const nodes = await loadNodeNames(tx, present<NodeId>(events.map((event) => event.nodeId)))
  const clusters = await loadClusterNames(tx, present<ClusterId>(events.map((event) => event.clusterId)))
  const actions = await loadActionHeads(tx, present<ActionId>(events.map((event) => event.actionId)))
  return events.map((event) => {
    const name =
      event.nodeId === null ? event.clusterId && clusters.get(event.clusterId) : nodes.get(event.nodeId)
    return { event, name: name ?? '', action: (event.actionId && actions.get(event.actionId)) ?? null }
  })
}

export function toObjectFilter(filter: ObjectEventFilter): EventFilter {
  const { level, clusterIds, objectTypes, objectIds, objectNames, actionNames } = filter
  const types = (['cluster', 'node'] as const).filter((type) => !objectTypes || objectTypes.includes(type))
  return {
    ...(level && { level }),
    ...(clusterIds && { clusterIds }),
    objects: {
      types,
      ...(objectIds && { ids: objectIds }),
      ...(objectNames && { names: objectNames }),
      ...(actionNames && { actionNames }),
    },
  }
}

function present<Id extends string>(ids: readonly (Id | null)[]): Id[] {
  return [...new Set(ids)].filter((id) => id !== null)
}
