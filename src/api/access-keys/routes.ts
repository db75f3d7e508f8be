import { Type } from 'typebox'
import { ROLES } from '../../domain/principal.ts'
import type { Api, ApiDeps } from '../api.ts'
import { askerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, Name, oneOf, record, ref, reference } from '../schema.ts'
import { AccessKeyResource, NewAccessKeyResource, presentAccessKey } from './resource.ts'

const tags = ['Access keys']

const NewAccessKey = record(
  {
    name: Name,
    project: reference('Where its holder will work, by id or name.'),
    role: oneOf(ROLES),
  },
  { examples: [{ name: 'kdb-scripts', project: 'default', role: 'operator' }] },
)

const AccessKeyChanges = record(
  { enabled: Type.Boolean({ description: 'Whether it is accepted.' }) },
  { examples: [{ enabled: false }] },
)

const OfAccessKey = record({ accessKey: reference('The access key, by id or name.') })

export function accessKeyRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/access-keys',
    {
      schema: {
        operationId: 'listAccessKeys',
        tags,
        summary: 'List access keys',
        description: 'Those of the projects that the caller administers, never with their secrets.',
        querystring: listQuery(['name', 'createdAt'], {}),
        response: answers({ 200: pageOf(AccessKeyResource) }),
      },
    },
    async (request, reply) => {
      const { page } = splitQuery(request.query)
      const found = await control.accessKeys.list(askerOf(request), page)
      return presentPage(request, reply, found, presentAccessKey)
    },
  )

  api.post(
    '/access-keys',
    {
      schema: {
        operationId: 'createAccessKey',
        tags,
        summary: 'Create an access key',
        description:
          'For programs that sign their requests, as the clients of cloud vendors do. Needs the role administrator in the ' +
          'project. The secret is shown once.',
        headers: IdempotencyHeaders,
        body: NewAccessKey,
        response: answers({ 201: ref(NewAccessKeyResource) }, [
          'not_found',
          'already_exists',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const { accessKey, secret } = await control.accessKeys.create(askerOf(request), request.body)
      return reply.code(201).send({ accessKey: presentAccessKey(accessKey), secret })
    },
  )

  api.get(
    '/access-keys/:accessKey',
    {
      schema: {
        operationId: 'getAccessKey',
        tags,
        summary: 'Get an access key',
        params: OfAccessKey,
        response: answers({ 200: ref(AccessKeyResource) }, ['not_found']),
      },
    },
    async (request) =>
      presentAccessKey(await control.accessKeys.get(askerOf(request), request.params.accessKey)),
  )

  api.patch(
    '/access-keys/:accessKey',
    {
      schema: {
        operationId: 'updateAccessKey',
        tags,
        summary: 'Enable or disable an access key',
        params: OfAccessKey,
        body: AccessKeyChanges,
        response: answers({ 200: ref(AccessKeyResource) }, ['not_found']),
      },
    },
    async (request) => {
      const { accessKey } = request.params
      return presentAccessKey(await control.accessKeys.update(askerOf(request), accessKey, request.body))
    },
  )

  api.delete(
    '/access-keys/:accessKey',
    {
      schema: {
        operationId: 'deleteAccessKey',
        tags,
        summary: 'Delete an access key',
        description: 'What it signs is refused from now on.',
        params: OfAccessKey,
        response: answers({ 200: ref(AccessKeyResource) }, ['not_found']),
      },
    },
    async (request) =>
      presentAccessKey(await control.accessKeys.delete(askerOf(request), request.params.accessKey)),
  )
}
