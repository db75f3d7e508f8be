import { NotFoundError } from '../../domain/errors.ts'
import { type Answer, type Ask, accepted, ok, type Table } from './ask.ts'
import { type ListRules, listAll, one, readFlag, readListQuery, unknownCluster } from './list-query.ts'
import { presentDetails, presentNode } from './present.ts'
import { fromNodeStatuses, NODE_STATUSES } from './translate.ts'

export const nodeRoutes: Table = {
  '/nodes': { GET: { run: list } },
  '/nodes/:id': { GET: { run: show }, DELETE: { run: remove } },
}

const LIST: ListRules = {
  filters: { cluster_id: { single: true }, name: {}, status: { values: NODE_STATUSES } },
  sort: {
    index: 'index',
    name: 'name',
    status: 'status',
    init_at: 'createdAt',
    created_at: 'firstReadyAt',
    updated_at: 'updatedAt',
  },
  defaultSort: 'createdAt',
}

async function list(ask: Ask): Promise<Answer> {
  const query = readListQuery(ask, LIST)
  const { name, status, cluster_id } = query.filters
  const cluster = one(cluster_id)
  const filter = {
    ...(name && { name }),
    ...(status && { states: fromNodeStatuses(status) }),
    ...(cluster !== undefined && { cluster }),
  }
  try {
    const views = await listAll(ask, query, (caller, page) => ask.control.nodes.list(caller, filter, page))
    return ok(
      'nodes',
      views.map((view) => presentNode(view, ask)),
    )
  } catch (error) {
    if (error instanceof NotFoundError && error.kind === 'cluster') throw unknownCluster(error.reference)
    throw error
  }
}

async function show(ask: Ask): Promise<Answer> {
  const view = await ask.control.nodes.get(ask.caller, null, ask.params['id']!)
  const node = presentNode(view, ask)
  const isDetailed = readFlag(ask.query, 'show_details') ?? false
  if (!isDetailed) return ok('node', node)
  const details = await ask.control.nodes.details(ask.caller, [view.node.id])
  return ok('node', { ...node, details: presentDetails(view, details) })
}

async function remove(ask: Ask): Promise<Answer> {
  const view = await ask.control.nodes.get(ask.caller, null, ask.params['id']!)
  const { action } = await ask.control.nodes.delete(ask.caller, view.node.clusterId, view.node.id)
  return accepted(action.id, null)
}
