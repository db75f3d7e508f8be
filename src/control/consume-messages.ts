import type { Cluster } from '../domain/cluster.ts'
import { DroverError, InvalidRequestError, messageOf } from '../domain/errors.ts'
import type { NewEvent } from '../domain/event.ts'
import type { EventId, JsonObject, ReceiverId } from '../domain/ids.ts'
import { type Message, RECEIVER_ACTIONS, type Receiver } from '../domain/receiver.ts'
import { getCluster } from '../store/clusters.ts'
import { insertEvents } from '../store/events.ts'
import { endMessage, findNextMessage } from '../store/receiver-messages.ts'
import { getReceiver } from '../store/receivers.ts'
import type { ControlDeps, Occasion } from './control.ts'
import type { AskByName } from './receiver-actions.ts'
import { askAsOwner } from './trigger-receiver.ts'
import { checkOneOf, isObject } from './validate.ts'
import type { ConsumedMessages } from './views.ts'

/** Somebody else was faster with this message; nothing was written. */
class TakenError extends Error {}

/**
 * Takes the messages that wait for a receiver, in order, until none does. A message is ended in the transaction that
 * makes its action, so each makes one exactly, however many consume and whoever dies when. One that cannot be made an
 * action is put aside with its error, and the next one has its turn.
 * @throws DroverError that is retryable: the message goes on waiting, and so do those behind it
 */
export async function consumeMessages(
  deps: ControlDeps,
  ask: AskByName,
  id: ReceiverId,
): Promise<ConsumedMessages> {
  const counts = { done: 0, refused: 0, expired: 0 }
  for (;;) {
    const next = await deps.store.read(async (tx) => {
      const found = await getReceiver(tx, id)
      const message = found && (await findNextMessage(tx, id))
      if (!message) return undefined
      const { receiver } = found
      return { receiver, message, cluster: receiver.clusterId && (await getCluster(tx, receiver.clusterId)) }
    })
    if (!next) return counts
    const { receiver, message, cluster } = next
    if (message.expiresAt <= deps.clock.now()) {
      if (await putAside(deps, receiver, message, 'Expired', null)) counts.expired += 1
      continue
    }
    try {
      await makeAction(deps, ask, receiver, message, workOf(receiver, cluster || null, message.body))
      counts.done += 1
    } catch (error) {
      if (error instanceof TakenError) continue
      if (error instanceof DroverError && error.retryable) throw error
      if (!(error instanceof DroverError)) {
        deps.log.error({ receiver: id, message: message.id, err: error }, 'unexpected error')
      }
      if (await putAside(deps, receiver, message, 'Refused', toMessageError(error))) counts.refused += 1
    }
  }
}

async function makeAction(
  deps: ControlDeps,
  ask: AskByName,
  receiver: Receiver,
  message: Message,
  work: Parameters<typeof askAsOwner>[3],
): Promise<void> {
  const record: Occasion['record'] = async (scope, result) => {
    const { action } = result as Awaited<ReturnType<AskByName>>
    const end = { status: 'Done', endedAt: scope.now, error: null, actionId: action.id } as const
    if (!(await endMessage(scope.tx, message.id, end))) throw new TakenError()
    scope.event({
      type: 'receiver.triggered',
      clusterId: action.clusterId,
      actionId: action.id,
      because: `${action.name} was triggered by message ${message.place} in the authority of ${receiver.createdBy}`,
      data: { message: message.id },
    })
  }
  await askAsOwner(deps, ask, receiver, work, record)
}

/**
 * What a message asks for. Where the receiver says which cluster or action, its messages cannot say another one.
 * @throws InvalidRequestError
 */
function workOf(receiver: Receiver, own: Cluster | null, body: JsonObject): Parameters<typeof askAsOwner>[3] {
  const { cluster = null, action = null, params = {} } = body
  if (!isObject(params)) throw new InvalidRequestError('params', 'must be an object')
  if (own !== null && cluster !== null && cluster !== own.id && cluster !== own.name) {
    throw new InvalidRequestError('cluster', `receiver "${receiver.name}" is for cluster "${own.name}" alone`)
  }
  if (receiver.action !== null && action !== null && action !== receiver.action) {
    throw new InvalidRequestError('action', `receiver "${receiver.name}" is for ${receiver.action} alone`)
  }
  const chosen = own?.id ?? cluster
  if (typeof chosen !== 'string') {
    throw new InvalidRequestError('cluster', 'say which, by id or name: the receiver does not')
  }
  return {
    action: receiver.action ?? checkOneOf('action', action, RECEIVER_ACTIONS),
    cluster: chosen,
    inputs: { ...receiver.params, ...(params as JsonObject) },
  }
}

async function putAside(
  deps: ControlDeps,
  receiver: Receiver,
  message: Message,
  status: 'Refused' | 'Expired',
  error: Message['error'],
): Promise<boolean> {
  const reason = error === null ? 'nobody got round to it in time' : error.message
  return await deps.store.write(async (tx) => {
    const now = deps.clock.now()
    const isFirst = await endMessage(tx, message.id, { status, endedAt: now, error, actionId: null })
    if (isFirst) {
      const event: NewEvent = {
        ...{ id: deps.ids.next<EventId>(), at: now, level: 'warning', type: 'message.putAside' },
        ...{ projectId: receiver.projectId, clusterId: receiver.clusterId },
        ...{ nodeId: null, updateId: null, actionId: null, principal: receiver.createdBy },
        because: `message ${message.place} of receiver "${receiver.name}" is ${status}: ${reason}`,
        data: { receiver: receiver.id, message: message.id },
      }
      await insertEvents(tx, [event])
    }
    return isFirst
  })
}

/** An unexpected error keeps its message to the log: it could quote anything. */
function toMessageError(error: unknown): NonNullable<Message['error']> {
  if (error instanceof DroverError) return { code: error.code, message: messageOf(error) }
  return { code: 'internal', message: 'something went wrong inside; the log of the server says what' }
}
