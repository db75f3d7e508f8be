import { ACTION_NAMES, fromActionNames, parseActionName } from './action-names.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { type ListRules, listAll, readListQuery } from './list-query.ts'
import { presentAction } from './present.ts'

export const actionRoutes: Table = {
  '/actions': { GET: { run: list } },
  '/actions/:id': { GET: { run: show } },
}

const STATUSES = [
  ...['INIT', 'WAITING', 'READY', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
  ...['WAITING_LIFECYCLE_COMPLETION', 'SUSPENDED'],
]

const LIST: ListRules = {
  filters: {
    name: {},
    cluster_id: {},
    target: {},
    action: { values: ACTION_NAMES },
    status: { values: STATUSES },
  },
  sort: { name: 'name', target: 'target', action: 'name', created_at: 'createdAt', status: 'status' },
  defaultSort: 'createdAt',
}

async function list(ask: Ask): Promise<Answer> {
  const query = readListQuery(ask, LIST)
  const { name, cluster_id: clusterIds, target, action, status } = query.filters
  const named = name?.flatMap((text) => parseActionName(text) ?? [])
  const filter = {
    ...(action && { name: fromActionNames(action) }),
    ...(status && { status }),
    ...(clusterIds && { clusterIds }),
    ...(target && { targetIds: target }),
    ...(named && { named }),
  }
  const actions = await listAll(ask, query, (caller, page) => ask.control.actions.list(caller, filter, page))
  return ok(
    'actions',
    actions.map((each) => presentAction(each, ask)),
  )
}

async function show(ask: Ask): Promise<Answer> {
  return ok('action', presentAction(await ask.control.actions.get(ask.caller, ask.params['id']!), ask))
}
