import { Type } from 'typebox'
import { type Api, type ApiDeps, path } from '../api.ts'
import { askerOf } from '../caller.ts'
import { NewGrant, NewGroups } from '../grants.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, Name, record, ref } from '../schema.ts'
import { ApiKeyResource, NewApiKeyResource, presentApiKey } from './resource.ts'

const tags = ['API keys']

const NewApiKey = record(
  {
    name: Name,
    grants: Type.Array(NewGrant, { minItems: 1, maxItems: 100 }),
    groups: Type.Optional(NewGroups),
    expiresInSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3_153_600_000, description: 'Default: never.' }),
    ),
  },
  {
    examples: [{ name: 'ci', grants: [{ project: 'default', role: 'operator' }], expiresInSeconds: 2592000 }],
  },
)

export function apiKeyRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/api-keys',
    {
      schema: {
        operationId: 'listApiKeys',
        tags,
        summary: 'List API keys',
        description: 'Those the caller may administer, never with their secrets.',
        querystring: listQuery(['name', 'createdAt'], {}),
        response: answers({ 200: pageOf(ApiKeyResource) }),
      },
    },
    async (request, reply) => {
      const { page } = splitQuery(request.query)
      return presentPage(request, reply, await control.apiKeys.list(askerOf(request), page), presentApiKey)
    },
  )

  api.post(
    '/api-keys',
    {
      schema: {
        operationId: 'createApiKey',
        tags,
        summary: 'Create an API key',
        description:
          'Needs the role administrator in every project the key is for. The secret is shown once.',
        headers: IdempotencyHeaders,
        body: NewApiKey,
        response: answers({ 201: ref(NewApiKeyResource) }, [
          'not_found',
          'already_exists',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const { key, secret } = await control.apiKeys.create(askerOf(request), request.body)
      return reply.code(201).send({ key: presentApiKey(key), secret })
    },
  )

  api.delete(
    '/api-keys/:id',
    {
      schema: {
        operationId: 'revokeApiKey',
        tags,
        summary: 'Revoke an API key',
        description: 'It is refused from now on, and stays in the list with its `revokedAt`.',
        params: record({ id: path.id }),
        response: answers({ 200: ref(ApiKeyResource) }, ['not_found']),
      },
    },
    async (request) => presentApiKey(await control.apiKeys.revoke(askerOf(request), request.params.id)),
  )
}
