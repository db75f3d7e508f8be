import { isReceiverToken } from '../access/receiver-token.ts'
import {
  ForbiddenError,
  InvalidRequestError,
  InvalidStateError,
  LimitExceededError,
} from '../domain/errors.ts'
import type { JsonObject, MessageId } from '../domain/ids.ts'
import { MESSAGE_STATUSES, type Message, type Receiver } from '../domain/receiver.ts'
import { findProject } from '../store/projects.ts'
import { countWaitingMessages, insertMessages, listMessages, takePlaces } from '../store/receiver-messages.ts'
import { getReceiver } from '../store/receivers.ts'
import type { Tx } from '../store/store.ts'
import { authorize, mayAct } from './authorize.ts'
import { consumeMessages } from './consume-messages.ts'
import type { Asker, ControlDeps } from './control.ts'
import { requireReceiver } from './find.ts'
import type { MessageSender, NewMessage } from './inputs.ts'
import { limitsOf } from './limits.ts'
import { look, perform, recordRefusal } from './perform.ts'
import type { AskByName } from './receiver-actions.ts'
import { refuse } from './trigger-receiver.ts'
import { checkInteger, checkMetadata, checkOneOf } from './validate.ts'
import type { ReceiverVerbs } from './verbs.ts'

const MAX_AT_ONCE = 100
const DEFAULT_TTL_SECONDS = 3600
const MAX_TTL_SECONDS = 14 * 24 * 3600

/** The verbs of receivers of type `message`. */
export function createQueueVerbs(
  deps: ControlDeps,
  ask: AskByName,
): Pick<ReceiverVerbs, 'send' | 'messages' | 'notify'> {
  return {
    send: (sender, id, messages) => send(deps, sender, id, messages),
    messages: (caller, ref, filter, page) =>
      look(deps, caller, 'receivers.messages', async (tx, project) => {
        const receiver = await requireReceiver(tx, project.id, ref)
        const status = filter.status?.map((one) => checkOneOf('status', one, MESSAGE_STATUSES))
        return await listMessages(tx, { receiverId: receiver.id, ...(status && { status }) }, page)
      }),
    async notify(caller, ref) {
      const receiver = await recordRefusal(deps, caller, 'receivers.notify', () =>
        deps.store.read(async (tx) => {
          const project = await authorize(
            tx,
            caller.principal,
            caller.project,
            'operator',
            'receivers.notify',
          )
          return await requireReceiver(tx, project.id, ref)
        }),
      )
      requireQueue(receiver)
      return await consumeMessages(deps, ask, receiver.id)
    },
  }
}

async function send(
  deps: ControlDeps,
  sender: MessageSender,
  queue: string,
  messages: readonly NewMessage[],
): Promise<readonly Message[]> {
  const id = idOfQueue(queue)
  const asker: Asker = {
    principal: 'principal' in sender ? sender.principal : { name: `receiver ${id}`, grants: [] },
    ...(sender.idempotencyKey !== undefined && { idempotencyKey: sender.idempotencyKey }),
  }
  const permit = async (tx: Tx) =>
    (await findProject(tx, (await permitted(deps, tx, sender, id)).projectId)) ?? null
  const { sent } = await perform<undefined, { sent: readonly Message[] }>(deps, asker, permit, {
    verb: 'receivers.send',
    input: [id, messages],
    work: async (scope) => {
      const receiver = await permitted(deps, scope.tx, sender, id)
      requireQueue(receiver)
      if (messages.length === 0 || messages.length > MAX_AT_ONCE) {
        throw new InvalidRequestError('messages', `give 1 to ${MAX_AT_ONCE}, not ${messages.length}`)
      }
      const { maxWaitingMessages: most } = limitsOf(deps)
      const waiting = await countWaitingMessages(scope.tx, receiver.id)
      if (waiting + messages.length > most) {
        throw new LimitExceededError(
          `the queue of receiver "${receiver.name}" has ${waiting} messages, and ${most} may wait at most`,
        )
      }
      const place = await takePlaces(scope.tx, receiver.id, messages.length)
      const sent = messages.map(({ body, ttlSeconds }, at): Message => {
        const field = `messages[${at}]`
        const ttl = checkInteger(`${field}.ttlSeconds`, ttlSeconds ?? DEFAULT_TTL_SECONDS, 1, MAX_TTL_SECONDS)
        return {
          id: scope.ids.next<MessageId>(),
          receiverId: receiver.id,
          place: place + at,
          status: 'Waiting',
          body: checkMetadata(`${field}.body`, body as JsonObject),
          error: null,
          actionId: null,
          receivedAt: scope.now,
          expiresAt: scope.now + ttl * 1000,
          endedAt: null,
        }
      })
      await insertMessages(scope.tx, sent)
      const what = sent.length === 1 ? 'a message' : `${sent.length} messages`
      scope.event({
        type: 'message.received',
        ...(receiver.clusterId && { clusterId: receiver.clusterId }),
        because: `receiver "${receiver.name}" was sent ${what}`,
        data: { receiver: receiver.id, messages: sent.length },
      })
      return { sent }
    },
  })
  deps.messagesSent?.(id as Message['receiverId'])
  return sent
}

/** The receiver, if the sender may put messages into its queue. Whoever may not learns nothing of it. */
async function permitted(deps: ControlDeps, tx: Tx, sender: MessageSender, id: string): Promise<Receiver> {
  const found = await getReceiver(tx, id)
  if ('token' in sender) {
    if (!isReceiverToken(sender.token, found?.tokenHash ?? null) || !found) throw refuse(deps, sender.address)
    return found.receiver
  }
  if (found && mayAct(sender.principal, found.receiver.projectId, 'operator')) return found.receiver
  throw new ForbiddenError(
    `receivers.send needs the role operator in the project of receiver "${id}", which ${sender.principal.name} has not`,
  )
}

/** A queue's name ends with the id of its receiver: other APIs put words of their own before it. */
function idOfQueue(queue: string): string {
  return /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(queue)?.[0] ?? queue
}

function requireQueue(receiver: Receiver): void {
  if (receiver.type === 'message') return
  throw new InvalidStateError(
    `receiver "${receiver.name}" is of type webhook: it has no queue; trigger it, or call its URL`,
  )
}
