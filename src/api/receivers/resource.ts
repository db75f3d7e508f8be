import { type Static, Type } from 'typebox'
import type { CreatedReceiver, TriggeredAction } from '../../control/views.ts'
import {
  MESSAGE_STATUSES,
  type Message,
  RECEIVER_ACTIONS,
  RECEIVER_TYPES,
  type Receiver,
} from '../../domain/receiver.ts'
import { ActionResource, actionExample, presentAction } from '../actions/resource.ts'
import {
  FreeObject,
  NullableString,
  OptionalTime,
  oneOf,
  record,
  ref,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'

export const ReceiverTypeWord = oneOf(
  RECEIVER_TYPES,
  '`webhook`: a URL that triggers when it is called; `message`: a queue whose messages trigger, in order.',
)
export const ReceiverActionWord = oneOf(RECEIVER_ACTIONS, 'What is asked of the cluster.')
export const MessageStatusWord = oneOf(MESSAGE_STATUSES)

const example = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
  name: 'more-web',
  type: 'webhook' as const,
  clusterId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
  action: 'CLUSTER_SCALE_OUT' as const,
  actor: {},
  params: { count: 2 },
  credential: 'token' as const,
  address: '/api/v1/webhooks/0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a/trigger',
  createdBy: 'ci',
  createdAt: '2026-11-21T10:00:00.000Z',
  updatedAt: '2026-11-21T10:00:00.000Z',
  version: 1,
}

export const ReceiverResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    type: ReceiverTypeWord,
    clusterId: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Null where each message names a cluster.',
    }),
    action: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Null where each message names an action.',
    }),
    actor: FreeObject,
    params: FreeObject,
    credential: oneOf(
      ['token', 'id'],
      '`token`: callers without an account show its token; `id`: whoever knows its id may call it.',
    ),
    address: Type.String({ description: 'Where to call it, or to put messages: a path of this server.' }),
    createdBy: Type.String({ description: 'In whose authority it triggers, as that is when it does.' }),
    createdAt: Time,
    updatedAt: Time,
    version: Type.Integer({ description: 'Counts changes; the `ETag`.' }),
  },
  {
    $id: 'Receiver',
    description: 'An address that triggers a cluster action when it is called.',
    examples: [example],
  },
)

export const NewReceiverResource = record(
  {
    receiver: ref(ReceiverResource),
    token: Type.Unsafe<string | null>({
      ...NullableString,
      description:
        'For the `token` parameter of the address, or as a Bearer token. Shown this once; null when an idempotent request is repeated, and for credential `id`.',
    }),
  },
  {
    $id: 'NewReceiver',
    description: 'A receiver with the token it was just given.',
    examples: [{ receiver: example, token: 'drover_receiver_EXAMPLEexampleEXAMPLEexampleEXAMPLEexample0' }],
  },
)

export const TriggeredResource = record(
  {
    action: ref(ActionResource),
    receiver: record({ id: Type.String(), name: Type.String() }),
    ignored: Type.Array(Type.String(), { description: 'Inputs that the action has no use for.' }),
  },
  {
    $id: 'Triggered',
    description:
      'What a call of a receiver became: look at the action, which `Location` names, to see it end.',
    examples: [
      { action: actionExample, receiver: { id: example.id, name: 'more-web' }, ignored: ['alarmName'] },
    ],
  },
)

export const MessageResource = record(
  {
    id: Type.String(),
    receiverId: Type.String(),
    place: Type.Integer({ description: 'In the queue: messages are taken in this order.' }),
    status: MessageStatusWord,
    body: FreeObject,
    error: Type.Unsafe<{ code: string; message: string } | null>({
      type: ['object', 'null'],
      properties: { code: { type: 'string' }, message: { type: 'string' } },
      description: 'Why it could not be made an action.',
    }),
    actionId: Type.Unsafe<string | null>({ ...NullableString, description: 'The action it became.' }),
    receivedAt: Time,
    expiresAt: Time,
    endedAt: OptionalTime,
  },
  {
    $id: 'Message',
    description: 'A message to a receiver of type `message`.',
    examples: [
      {
        id: '0193e1a0-6c1e-7003-8a3b-5f5e0c9d1b2a',
        receiverId: example.id,
        place: 1,
        status: 'Done',
        body: { cluster: 'web', action: 'CLUSTER_SCALE_OUT', params: { count: 1 } },
        error: null,
        actionId: '0193e1a0-6c1e-7004-8a3b-5f5e0c9d1b2a',
        receivedAt: '2026-11-21T10:00:00.000Z',
        expiresAt: '2026-11-21T11:00:00.000Z',
        endedAt: '2026-11-21T10:00:00.020Z',
      },
    ],
  },
)

export function presentReceiver(receiver: Receiver): Static<typeof ReceiverResource> {
  const { id, name, type, clusterId, action, actor, params, credential, createdBy, version } = receiver
  return {
    ...{ id, name, type, clusterId, action, actor, params, credential, createdBy, version },
    address: type === 'webhook' ? `/api/v1/webhooks/${id}/trigger` : `/api/v1/queues/receiver-${id}/messages`,
    createdAt: toTime(receiver.createdAt),
    updatedAt: toTime(receiver.updatedAt),
  }
}

export function presentNewReceiver({ receiver, token }: CreatedReceiver): Static<typeof NewReceiverResource> {
  return { receiver: presentReceiver(receiver), token }
}

export function presentTriggered({
  action,
  receiver,
  ignored,
}: TriggeredAction): Static<typeof TriggeredResource> {
  const { id, name } = receiver
  return { action: presentAction(action), receiver: { id, name }, ignored: [...ignored] }
}

export function presentMessage(message: Message): Static<typeof MessageResource> {
  const { id, receiverId, place, status, body, error, actionId } = message
  return {
    ...{ id, receiverId, place, status, body, error, actionId },
    receivedAt: toTime(message.receivedAt),
    expiresAt: toTime(message.expiresAt),
    endedAt: toOptionalTime(message.endedAt),
  }
}
