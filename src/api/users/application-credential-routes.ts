import { Type } from 'typebox'
import { ROLES } from '../../domain/principal.ts'
import { type Api, type ApiDeps, path } from '../api.ts'
import { askerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, Nothing, oneOf, record, ref, reference } from '../schema.ts'
import {
  ApplicationCredentialResource,
  NewApplicationCredentialResource,
  presentApplicationCredential,
} from './resource.ts'

const tags = ['Application credentials']
const OfUser = record({ user: path.user })
const One = record({ user: path.user, credential: reference('The application credential, by id or name.') })

const NewApplicationCredential = record(
  {
    name: Type.String({ minLength: 1, maxLength: 255 }),
    project: Type.Optional(reference('Id or name. Default: the project that your token is for.')),
    role: Type.Optional(oneOf(ROLES, "At most the user's own in the project, which is the default.")),
    secret: Type.Optional(
      Type.String({ minLength: 16, maxLength: 1024, description: 'Default: one is made.' }),
    ),
    expiresInSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 315_360_000, description: 'Default: never.' }),
    ),
    unrestricted: Type.Optional(Type.Boolean({ description: 'Default: false.' })),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { examples: [{ name: 'ci', project: 'default', role: 'operator', expiresInSeconds: 2592000 }] },
)

export function applicationCredentialRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/users/:user/application-credentials',
    {
      schema: {
        operationId: 'listApplicationCredentials',
        tags,
        summary: "List a user's application credentials",
        params: OfUser,
        querystring: listQuery(['name', 'createdAt'], { name: Type.Optional(Type.String()) }),
        response: answers({ 200: pageOf(ApplicationCredentialResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const { user } = request.params
      const found = await control.applicationCredentials.list(askerOf(request), user, filter, page)
      return presentPage(request, reply, found, presentApplicationCredential)
    },
  )

  api.post(
    '/users/:user/application-credentials',
    {
      schema: {
        operationId: 'createApplicationCredential',
        tags,
        summary: 'Create an application credential',
        description: 'Only for oneself, logged in with a token. The secret is shown once.',
        params: OfUser,
        headers: IdempotencyHeaders,
        body: NewApplicationCredential,
        response: answers({ 201: ref(NewApplicationCredentialResource) }, [
          'not_found',
          'already_exists',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const made = await control.applicationCredentials.create(
        askerOf(request),
        request.params.user,
        request.body,
      )
      return reply
        .code(201)
        .send({ credential: presentApplicationCredential(made.credential), secret: made.secret })
    },
  )

  api.get(
    '/users/:user/application-credentials/:credential',
    {
      schema: {
        operationId: 'getApplicationCredential',
        tags,
        summary: 'Get an application credential',
        params: One,
        response: answers({ 200: ref(ApplicationCredentialResource) }, ['not_found']),
      },
    },
    async (request) => {
      const { user, credential } = request.params
      return presentApplicationCredential(
        await control.applicationCredentials.get(askerOf(request), user, credential),
      )
    },
  )

  api.delete(
    '/users/:user/application-credentials/:credential',
    {
      schema: {
        operationId: 'deleteApplicationCredential',
        tags,
        summary: 'Delete an application credential',
        description: 'Whoever logged in by it is refused from now on.',
        params: One,
        response: answers({ 204: Nothing }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { user, credential } = request.params
      await control.applicationCredentials.delete(askerOf(request), user, credential)
      return reply.code(204).send(null)
    },
  )
}
