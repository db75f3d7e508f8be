import { NotFoundError } from '../../domain/errors.ts'
import { type Answer, type Ask, accepted, ok, type Table } from './ask.ts'
import { RefusedFault } from './errors.ts'
import { boolean, map, name, readFields, string, unwrap, unwrapUpdate } from './fields.ts'
import { type ListRules, listAll, one, readFlag, readListQuery, unknownCluster } from './list-query.ts'
import { ANY_NAME } from './naming.ts'
import { presentDetails, presentNode } from './present.ts'
import { changed, checkIdle, differing, named, readForce } from './refusals.ts'
import { sized } from './sizes.ts'
import { fromNodeStatuses, NODE_STATUSES, toNodeStatus } from './translate.ts'

export const nodeRoutes: Table = {
  '/nodes': { GET: { isRepeatable: true, run: list }, POST: { run: create } },
  '/nodes/:id': { GET: { run: show }, PATCH: { run: update }, DELETE: { run: remove } },
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
    ...(cluster !== undefined && { cluster: cluster === '' ? null : cluster }),
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

async function create(ask: Ask): Promise<Answer> {
  const fields = {
    name: { check: name, required: true },
    profile_id: { check: string, required: true },
    cluster_id: { check: string },
    role: { check: string },
    metadata: { check: map },
  } as const
  const given = readFields(unwrap(ask.body, 'node'), fields, ask.minor)
  const { cluster_id: cluster, profile_id: profile, ...rest } = given
  const input = { ...rest, profile, ...ANY_NAME }
  const { node, action } = await named(['profile', 'cluster'], () =>
    cluster === undefined || cluster === ''
      ? ask.control.nodes.createStandalone(ask.caller, input)
      : // In a cluster, the cluster says what its members are called.
        changed('member', () =>
          sized(() => {
            const { name: _ignored, ...member } = input
            const straysAboveMaxSize = true
            return ask.control.nodes.createMember(ask.caller, cluster, { ...member, straysAboveMaxSize })
          }),
        ),
  )
  const view = await ask.control.nodes.get(ask.caller, null, node.id)
  return accepted(action.id, { node: presentNode({ ...view, node }, ask) })
}

async function show(ask: Ask): Promise<Answer> {
  const isDetailed = readFlag(ask.query, 'show_details') ?? false
  const view = await ask.control.nodes.get(ask.caller, null, ask.params['id']!)
  const node = presentNode(view, ask)
  if (!isDetailed) return ok('node', node)
  const details = await ask.control.nodes.details(ask.caller, [view.node.id])
  return ok('node', { ...node, details: presentDetails(view, details) })
}

async function update(ask: Ask): Promise<Answer> {
  const fields = {
    name: { check: name },
    profile_id: { check: string },
    role: { check: string },
    metadata: { check: map },
    tainted: { check: boolean, since: 13 },
  } as const
  const { profile_id: profile, ...rest } = readFields(unwrapUpdate(ask.body, 'node'), fields, ask.minor)
  const before = await ask.control.nodes.get(ask.caller, null, ask.params['id']!)
  const isSame = profile === before.profile?.id || profile === before.profile?.name
  const changes = {
    ...differing(rest, before.node),
    ...(profile !== undefined && !isSame && { profile }),
  }
  if (Object.keys(changes).length === 0) throw new RefusedFault('No property needs an update.')
  const { action } = await changed('node', () =>
    ask.control.nodes.update(ask.caller, null, before.node.id, {
      ...changes,
      ...ANY_NAME,
      asAction: true,
    }),
  )
  // What is answered is what there was before: the change is the action's.
  return accepted(action!.id, { node: presentNode(before, ask) })
}

async function remove(ask: Ask): Promise<Answer> {
  const isForced = readForce(ask)
  const { node } = await ask.control.nodes.get(ask.caller, null, ask.params['id']!)
  checkIdle('node', node.id, toNodeStatus(node), isForced)
  const { action } = await sized(() => ask.control.nodes.delete(ask.caller, null, node.id))
  return accepted(action.id, null)
}
