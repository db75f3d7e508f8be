import type { EventView } from '../../control/views.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { ACTION_NAMES, fromActionNames, toActionName } from './action-names.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { type ListRules, listAll, readListQuery } from './list-query.ts'
import { shownCluster, userOf } from './present.ts'
import { toTime } from './time.ts'

export const eventRoutes: Table = {
  '/events': { GET: { isRepeatable: true, run: list } },
  '/events/:id': { GET: { run: show } },
}

/** This API counts importance like the language it was written in; a filter takes words and numbers. */
const LEVELS: Readonly<Record<string, 'info' | 'warning' | 'error' | 'none'>> = {
  CRITICAL: 'none',
  '50': 'none',
  ERROR: 'error',
  '40': 'error',
  WARN: 'warning',
  '30': 'warning',
  INFO: 'info',
  '20': 'info',
  DEBUG: 'none',
  '10': 'none',
}
const LEVEL_NUMBERS = { info: '20', warning: '30', error: '40' } as const

const LIST: ListRules = {
  filters: {
    oid: {},
    oname: {},
    otype: {},
    cluster_id: {},
    action: { values: ACTION_NAMES },
    level: { values: Object.keys(LEVELS) },
  },
  sort: {
    timestamp: 'sequence',
    level: 'level',
    otype: 'objectType',
    oname: 'objectName',
    action: 'actionName',
    status: 'type',
    oid: 'objectId',
    cluster_id: 'clusterId',
  },
  defaultSort: 'sequence',
}

async function list(ask: Ask): Promise<Answer> {
  const query = readListQuery(ask, LIST)
  const { oid, oname, otype, cluster_id: clusterIds, action, level } = query.filters
  const filter = {
    ...(oid && { objectIds: oid }),
    ...(oname && { objectNames: oname }),
    ...(otype && { objectTypes: otype.map((type) => type.toLowerCase()) }),
    ...(clusterIds && { clusterIds }),
    ...(action && { actionNames: fromActionNames(action) }),
    ...(level && { level: level.map((word) => LEVELS[word] as string) }),
  }
  const views = await listAll(ask, query, (caller, page) =>
    ask.control.events.listViews(caller, filter, page),
  )
  return ok(
    'events',
    views.map((view) => present(view, ask)),
  )
}

async function show(ask: Ask): Promise<Answer> {
  return ok('event', present(await ask.control.events.get(ask.caller, ask.params['id']!), ask))
}

function present({ event, name, action }: EventView, ask: Ask): JsonObject {
  return {
    id: event.id,
    timestamp: toTime(event.at),
    oid: event.nodeId ?? event.clusterId,
    oname: name,
    otype: event.nodeId === null ? 'CLUSTER' : 'NODE',
    cluster_id: event.clusterId && shownCluster(event.clusterId),
    level: LEVEL_NUMBERS[event.level],
    user: userOf(event.principal, ask),
    project: event.projectId,
    action: action && toActionName(action),
    status: statusOf(event.type),
    status_reason: event.because,
    meta_data: event.data,
  }
}

/** `cluster.createRequested` is the start of something, `node.failed` an error, what says that it is done the end. */
function statusOf(type: string): string {
  if (/(failed|died|unhealthy|refused)$/i.test(type)) return 'ERROR'
  return /(requested|accepted|started|began)$/i.test(type) ? 'START' : 'END'
}
