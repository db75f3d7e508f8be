import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { MessageSender } from '../../control/inputs.ts'
import type { TriggeredAction } from '../../control/views.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { Api, ApiDeps } from '../api.ts'
import { askerOf, callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { answers, FreeObject, IdempotencyHeaders, record, ref, reference } from '../schema.ts'
import {
  MessageResource,
  MessageStatusWord,
  presentMessage,
  presentTriggered,
  TriggeredResource,
} from './resource.ts'
import { OneReceiver } from './routes.ts'

const tags = ['Receivers']

/** What can go wrong when an action is asked for by its name. */
const TRIGGERING = [
  ...(['not_found', 'conflict', 'invalid_state', 'invalid_spec', 'limit_exceeded'] as const),
  'idempotency_mismatch',
] as const

const Inputs = Type.Unsafe<JsonObject>({
  ...FreeObject,
  description: 'Inputs of the action, laid over the receiver’s `params`. What it has no use for is ignored.',
  examples: [{ count: 1 }],
})

const NewMessages = record(
  {
    messages: Type.Array(
      record({
        body: Type.Unsafe<JsonObject>({
          ...FreeObject,
          description:
            '`cluster` and `action`, where the receiver does not say them, and `params`: inputs of the action.',
        }),
        ttlSeconds: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 1_209_600,
            description: 'How long it may wait. Default an hour.',
          }),
        ),
      }),
      { minItems: 1, maxItems: 100 },
    ),
  },
  {
    examples: [
      { messages: [{ body: { cluster: 'web', action: 'CLUSTER_SCALE_OUT', params: { count: 1 } } }] },
    ],
  },
)

const Consumed = record({
  done: Type.Integer({ description: 'Messages that became an action.' }),
  refused: Type.Integer({ description: 'Messages put aside with an error.' }),
  expired: Type.Integer({ description: 'Messages that waited for too long.' }),
})

/** What makes receivers act. */
export function triggerRoutes(api: Api, { control, authenticate }: ApiDeps): void {
  const { receivers } = control

  api.post(
    '/projects/:project/receivers/:receiver/trigger',
    {
      schema: {
        operationId: 'triggerReceiver',
        tags,
        summary: 'Trigger a receiver',
        description: 'As a call of its address would, in the authority of its owner.',
        params: OneReceiver,
        headers: IdempotencyHeaders,
        body: Inputs,
        response: answers({ 202: ref(TriggeredResource) }, TRIGGERING),
      },
    },
    async (request, reply) =>
      sendTriggered(reply, await receivers.trigger(callerOf(request), request.params.receiver, request.body)),
  )

  api.post(
    '/webhooks/:receiver/trigger',
    {
      config: { open: true },
      schema: {
        operationId: 'callWebhook',
        tags,
        summary: 'Call a webhook',
        description:
          'Needs no API key: the token is the credential, in the query or as `Authorization: Bearer`. Each receiver may be called so often a minute; 429 says in `Retry-After` when it may be again.',
        security: [],
        params: record({ receiver: reference('The receiver, by id.') }),
        querystring: record({ token: Type.Optional(Type.String({ maxLength: 200 })) }),
        headers: IdempotencyHeaders,
        body: Inputs,
        response: answers({ 202: ref(TriggeredResource) }, ['unauthenticated', 'forbidden', ...TRIGGERING], {
          open: true,
        }),
      },
    },
    async (request, reply) => {
      const token = request.query.token ?? bearerOf(request)
      const call = { id: request.params.receiver, token, inputs: request.body, ...fromOf(request) }
      return sendTriggered(reply, await receivers.call(call))
    },
  )

  api.post(
    '/queues/:queue/messages',
    {
      config: { open: true },
      // Any other credential than a receiver's is checked before the body is read, as everywhere.
      onRequest: async (request) => {
        if (isReceiverToken(bearerOf(request))) return
        request.principal = await authenticate(request.headers.authorization, request.ip)
      },
      schema: {
        operationId: 'sendMessages',
        tags,
        summary: 'Put messages into a queue',
        description:
          'They are kept before the answer, and taken in order. The credential is the receiver’s token, or the API key of an operator, as `Authorization: Bearer`.',
        params: record({ queue: reference('The queue: `receiver-` and the receiver’s id.') }),
        headers: IdempotencyHeaders,
        body: NewMessages,
        response: answers({ 201: record({ items: Type.Array(ref(MessageResource)) }) }, [
          'invalid_state',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const token = bearerOf(request)
      const sender: MessageSender = isReceiverToken(token) ? { token, ...fromOf(request) } : askerOf(request)
      const { queue } = request.params
      const sent = await receivers.send(sender, queue, request.body.messages)
      return reply.code(201).send({ items: sent.map(presentMessage) })
    },
  )

  api.get(
    '/projects/:project/receivers/:receiver/messages',
    {
      schema: {
        operationId: 'listMessages',
        tags,
        summary: 'List the messages of a receiver',
        description: 'Those that wait, and those that ended lately, with what became of them.',
        params: OneReceiver,
        querystring: listQuery(['place'], { status: several(MessageStatusWord, 'Only these.') }),
        response: answers({ 200: pageOf(MessageResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const messages = await receivers.messages(callerOf(request), request.params.receiver, filter, page)
      return presentPage(request, reply, messages, presentMessage)
    },
  )

  api.post(
    '/projects/:project/receivers/:receiver/notify',
    {
      schema: {
        operationId: 'notifyReceiver',
        tags,
        summary: 'Take the messages that wait',
        description: 'They are taken as they arrive anyway; this answers once none waits any more.',
        params: OneReceiver,
        body: record({}),
        response: answers({ 200: Consumed }, ['not_found', 'invalid_state']),
      },
    },
    async (request) => receivers.notify(callerOf(request), request.params.receiver),
  )
}

function sendTriggered(reply: FastifyReply, triggered: TriggeredAction) {
  const { projectId, id } = triggered.action
  reply.code(202).header('location', `/api/v1/projects/${projectId}/actions/${id}`)
  return presentTriggered(triggered)
}

function isReceiverToken(bearer: string | null): bearer is string {
  return bearer?.startsWith('drover_receiver_') === true
}

function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}

function fromOf(request: FastifyRequest): { readonly address: string; readonly idempotencyKey?: string } {
  const key = request.headers['idempotency-key']
  return { address: request.ip, ...(typeof key === 'string' && { idempotencyKey: key }) }
}
