import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { IfMatchHeaders, matchOf, tag } from '../preconditions.ts'
import { answers, FreeObject, IdempotencyHeaders, Name, Nothing, record, ref, reference } from '../schema.ts'
import {
  NewReceiverResource,
  presentNewReceiver,
  presentReceiver,
  ReceiverActionWord,
  ReceiverResource,
  ReceiverTypeWord,
} from './resource.ts'

const tags = ['Receivers']

/** The part of the path that names one. */
export const OneReceiver = record({
  project: path.project,
  receiver: reference('The receiver, by id or name.'),
})

const params = Type.Optional({
  ...FreeObject,
  description: 'Inputs of every action it triggers; what a call says is laid over them.',
} as typeof FreeObject)

const NewReceiver = record(
  {
    name: Name,
    type: ReceiverTypeWord,
    cluster: Type.Optional({
      ...path.cluster,
      description: 'The cluster, by id or name. Needed for type `webhook`.',
    } as typeof path.cluster),
    action: Type.Optional(ReceiverActionWord),
    params,
    actor: Type.Optional({
      ...FreeObject,
      description: 'Kept as given, for clients that have a use for it.',
    } as typeof FreeObject),
  },
  {
    examples: [
      {
        name: 'more-web',
        type: 'webhook',
        cluster: 'web',
        action: 'CLUSTER_SCALE_OUT',
        params: { count: 2 },
      },
    ],
  },
)

const ReceiverChanges = record(
  { name: Type.Optional(Name), action: Type.Optional(ReceiverActionWord), params },
  { examples: [{ params: { count: 3 } }] },
)

export function receiverRoutes(api: Api, { control }: ApiDeps): void {
  const { receivers } = control

  api.get(
    '/projects/:project/receivers',
    {
      schema: {
        operationId: 'listReceivers',
        tags,
        summary: 'List receivers',
        params: InProject,
        querystring: listQuery(['name', 'type', 'action', 'cluster', 'createdAt', 'createdBy'], {
          name: Type.Optional(Type.String({ maxLength: 63 })),
          type: several(ReceiverTypeWord, 'Only receivers of this type.'),
          cluster: several(path.cluster, 'Only receivers of this cluster.'),
          action: several(ReceiverActionWord, 'Only receivers for this action.'),
          createdBy: Type.Optional(Type.String({ maxLength: 63 })),
        }),
        response: answers({ 200: pageOf(ReceiverResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      return presentPage(
        request,
        reply,
        await receivers.list(callerOf(request), filter, page),
        presentReceiver,
      )
    },
  )

  api.post(
    '/projects/:project/receivers',
    {
      schema: {
        operationId: 'createReceiver',
        tags,
        summary: 'Create a receiver',
        description:
          'It triggers in the authority of the one who creates it, as that is when it does. Its token is shown once.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewReceiver,
        response: answers({ 201: ref(NewReceiverResource) }, [
          'not_found',
          'already_exists',
          'invalid_state',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const created = await receivers.create(callerOf(request), request.body)
      const location = `/api/v1/projects/${request.params.project}/receivers/${created.receiver.id}`
      return reply.code(201).header('location', location).send(presentNewReceiver(created))
    },
  )

  api.get(
    '/projects/:project/receivers/:receiver',
    {
      schema: {
        operationId: 'getReceiver',
        tags,
        summary: 'Get a receiver',
        params: OneReceiver,
        response: answers({ 200: ref(ReceiverResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const receiver = await receivers.get(callerOf(request), request.params.receiver)
      tag(reply, receiver)
      return presentReceiver(receiver)
    },
  )

  api.patch(
    '/projects/:project/receivers/:receiver',
    {
      schema: {
        operationId: 'changeReceiver',
        tags,
        summary: 'Change a receiver',
        description: 'What is not named stays. `params` is replaced as a whole.',
        params: OneReceiver,
        headers: IfMatchHeaders,
        body: ReceiverChanges,
        response: answers({ 200: ref(ReceiverResource) }, [
          'not_found',
          'already_exists',
          'precondition_failed',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { receiver: name } = request.params
      const receiver = await receivers.update(caller, name, request.body, matchOf(request))
      tag(reply, receiver)
      return presentReceiver(receiver)
    },
  )

  api.delete(
    '/projects/:project/receivers/:receiver',
    {
      schema: {
        operationId: 'deleteReceiver',
        tags,
        summary: 'Delete a receiver',
        description: 'Messages that wait in its queue go with it.',
        params: OneReceiver,
        response: answers({ 204: Nothing }, ['not_found']),
      },
    },
    async (request, reply) => {
      await receivers.delete(callerOf(request), request.params.receiver)
      return reply.code(204).send(null)
    },
  )

  api.post(
    '/projects/:project/receivers/:receiver/rotate',
    {
      schema: {
        operationId: 'rotateReceiver',
        tags,
        summary: 'Give a receiver a new token',
        description: 'It is shown once. The old one is refused from now on.',
        params: OneReceiver,
        headers: IdempotencyHeaders,
        body: record({}),
        response: answers({ 200: ref(NewReceiverResource) }, ['not_found', 'idempotency_mismatch']),
      },
    },
    async (request) => presentNewReceiver(await receivers.rotate(callerOf(request), request.params.receiver)),
  )
}
