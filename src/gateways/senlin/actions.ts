import { DroverError } from '../../domain/errors.ts'
import { ACTION_NAMES, fromActionNames, parseActionName } from './action-names.ts'
import { requestAction } from './action-request.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { Fault, RefusedFault } from './errors.ts'
import { boolean, readFields, string, unwrapUpdate } from './fields.ts'
import { type ListRules, listAll, readFlag, readListQuery } from './list-query.ts'
import { presentAction } from './present.ts'

export const actionRoutes: Table = {
  '/actions': { GET: { isRepeatable: true, run: list }, POST: { run: requestAction } },
  '/actions/:id': { GET: { isRepeatable: true, run: show }, PATCH: { since: 12, run: cancel } },
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
    ...(status && { waitingStatus: status }),
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

/** The one status that a client may give an action. */
async function cancel(ask: Ask): Promise<Answer> {
  const id = ask.params['id']!
  const fields = { status: { check: string, required: true }, force: { check: boolean } } as const
  const { status, force } = readFields(unwrapUpdate(ask.body, 'action'), fields, ask.minor)
  const isForced = readFlag(ask.query, 'force') ?? force ?? false
  if (status !== 'CANCELLED') throw new RefusedFault(`Unknown status ${status} for action ${id}.`)
  try {
    await ask.control.actions.cancel(ask.caller, id, { force: isForced })
  } catch (error) {
    if (!(error instanceof DroverError) || error.code !== 'invalid_state') throw error
    const found = await ask.control.actions.get(ask.caller, id)
    const message = `Action (${id}) is in status (${found.status}) while expected status must be one of (${CANCELLABLE}).`
    throw new Fault(409, 'ActionImmutable', message, { cause: error })
  }
  return { status: 202 }
}

const CANCELLABLE = 'INIT, WAITING, READY, RUNNING, WAITING_LIFECYCLE_COMPLETION'
