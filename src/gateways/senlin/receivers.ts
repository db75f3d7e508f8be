import { NotFoundError, UnauthenticatedError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import {
  RECEIVER_ACTIONS,
  RECEIVER_TYPES,
  type Receiver,
  type ReceiverAction,
} from '../../domain/receiver.ts'
import { ACTION_NAMES } from './action-names.ts'
import { type Answer, type Ask, accepted, type OpenTable, ok, type Table } from './ask.ts'
import { Fault, MalformedFault, missingText, RefusedFault } from './errors.ts'
import { isMap, map, name, oneOf, readFields, string, unwrap, unwrapUpdate } from './fields.ts'
import { type ListRules, listAll, readListQuery } from './list-query.ts'
import { ANY_NAME } from './naming.ts'
import { userOf } from './present.ts'
import { changesOf, deleted, named } from './refusals.ts'
import { toTime } from './time.ts'

export const receiverRoutes: Table = {
  '/receivers': { GET: { isRepeatable: true, run: list }, POST: { run: create } },
  '/receivers/:id': { GET: { run: show }, PATCH: { since: 7, run: update }, DELETE: { run: remove } },
  '/receivers/:id/notify': { POST: { run: notify } },
}

/** Whoever knows the address may call it. */
export const webhookRoutes: OpenTable = {
  '/v1/webhooks/:id/trigger': { POST: { run: trigger } },
}

const LIST: ListRules = {
  filters: {
    name: {},
    type: { values: RECEIVER_TYPES },
    cluster_id: {},
    user: { since: 4 },
    action: { values: ACTION_NAMES.filter((action) => action.startsWith('CLUSTER_')) },
  },
  sort: {
    name: 'name',
    type: 'type',
    action: 'action',
    cluster_id: 'cluster',
    created_at: 'createdAt',
    user: 'createdBy',
  },
  defaultSort: 'name',
}

/** A cluster cannot be asked to make itself; that is known, and refused in other words than what is not known. */
const receiverAction = (value: unknown, field: string): ReceiverAction => {
  if (value === 'CLUSTER_CREATE') throw new RefusedFault("Action name cannot be any of ['CLUSTER_CREATE'].")
  return oneOf(RECEIVER_ACTIONS)(value, field)
}

async function list(ask: Ask): Promise<Answer> {
  const query = readListQuery(ask, LIST)
  const { name: names, type, cluster_id: cluster, user, action } = query.filters
  const { login, name: own } = ask.caller.principal
  const filter = {
    ...(names && { name: names }),
    ...(type && { type }),
    ...(cluster && { cluster }),
    ...(user && { createdBy: user.map((each) => (each === login?.userId ? own : each)) }),
    ...(action && { action }),
  }
  const receivers = await listAll(ask, query, (caller, page) =>
    ask.control.receivers.list(caller, filter, page),
  )
  return ok(
    'receivers',
    receivers.map((receiver) => present(receiver, ask)),
  )
}

async function create(ask: Ask): Promise<Answer> {
  const fields = {
    name: { check: name, required: true },
    type: { check: oneOf(RECEIVER_TYPES), required: true },
    cluster_id: { check: string },
    action: { check: receiverAction },
    actor: { check: map },
    params: { check: map },
  } as const
  const { cluster_id: cluster, ...given } = readFields(unwrap(ask.body, 'receiver'), fields, ask.minor)
  if (given.type === 'webhook') {
    const missing = cluster === undefined ? 'cluster' : given.action === undefined ? 'action' : undefined
    if (missing) throw new RefusedFault(`The ${missing} is required for a receiver of type 'webhook'.`)
  }
  const { receiver } = await named(['cluster'], () =>
    ask.control.receivers.create(ask.caller, {
      ...given,
      ...(cluster !== undefined && { cluster }),
      // In this API the address is all that a caller has to know.
      credential: 'id',
      ...ANY_NAME,
    }),
  )
  return { status: 201, body: { receiver: present(receiver, ask) } }
}

async function show(ask: Ask): Promise<Answer> {
  return ok('receiver', present(await ask.control.receivers.get(ask.caller, ask.params['id']!), ask))
}

async function update(ask: Ask): Promise<Answer> {
  const fields = {
    name: { check: name },
    action: { check: receiverAction },
    params: { check: map },
  } as const
  const given = readFields(unwrapUpdate(ask.body, 'receiver'), fields, ask.minor)
  const before = await ask.control.receivers.get(ask.caller, ask.params['id']!)
  const changes = changesOf(given, before)
  const receiver = await ask.control.receivers.update(ask.caller, before.id, {
    ...changes,
    ...ANY_NAME,
  })
  return ok('receiver', present(receiver, ask))
}

async function remove(ask: Ask): Promise<Answer> {
  const reference = ask.params['id']!
  return await deleted(
    () => ask.control.receivers.delete(ask.caller, reference),
    `The receiver '${reference}' is in use.`,
  )
}

async function notify(ask: Ask): Promise<Answer> {
  const receiver = await ask.control.receivers.get(ask.caller, ask.params['id']!)
  if (receiver.type !== 'message')
    throw new RefusedFault(`The receiver '${ask.params['id']}' is not of type 'message'.`)
  await ask.control.receivers.notify(ask.caller, receiver.id)
  return { status: 204 }
}

async function trigger(ask: Omit<Ask, 'caller'>): Promise<Answer> {
  const id = ask.params['id']!
  const version = ask.query.get('V')
  if (version === null)
    throw new MalformedFault("The version parameter 'V' is missing from the address of the webhook.")
  const body = ask.body ?? {}
  if (!isMap(body)) throw new MalformedFault('The data provided is not a map')
  // The first version of this call put the inputs into an envelope; from 1.10 on there is none.
  const hasEnvelope = ask.minor < 10 && version === '1'
  const inputs = hasEnvelope
    ? (readFields(body, { params: { check: map } } as const, ask.minor).params ?? {})
    : body
  try {
    const { action } = await ask.control.receivers.call({ id, token: null, inputs: inputs as JsonObject })
    return accepted(action.id)
  } catch (error) {
    if (error instanceof UnauthenticatedError) {
      throw new Fault(404, 'ResourceNotFound', missingText('receiver', id), { cause: error })
    }
    if (error instanceof NotFoundError && error.kind === 'cluster') {
      throw new RefusedFault(`The referenced cluster '${error.reference}' is not found.`, { cause: error })
    }
    throw error
  }
}

function present(receiver: Receiver, ask: Ask): JsonObject {
  return {
    id: receiver.id,
    name: receiver.name,
    type: receiver.type,
    user: userOf(receiver.createdBy, ask),
    project: receiver.projectId,
    domain: null,
    cluster_id: receiver.clusterId,
    action: receiver.action,
    actor: receiver.actor,
    params: receiver.params,
    channel: channelOf(receiver, ask),
    created_at: toTime(receiver.createdAt),
    updated_at: receiver.updatedAt === receiver.createdAt ? null : toTime(receiver.updatedAt),
  }
}

function channelOf({ id, type, params }: Receiver, { base }: Ask): JsonObject {
  if (type === 'message') return { queue_name: `senlin-receiver-${id}` }
  const query = new URLSearchParams({ V: '2' })
  for (const key of Object.keys(params).sort()) {
    const value = params[key]
    query.append(key, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return { alarm_url: `${base}/v1/webhooks/${id}/trigger?${query}` }
}
