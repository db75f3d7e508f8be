import { Type } from 'typebox'
import { type Api, type ApiDeps, path } from '../api.ts'
import { askerOf } from '../caller.ts'
import { NewGrant, NewGroups } from '../grants.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, Nothing, record, ref, userName } from '../schema.ts'
import { NewUserResource, presentUser, UserResource } from './resource.ts'

const tags = ['Users']

const Password = Type.String({ minLength: 8, maxLength: 1024, description: '8 to 1024 characters.' })
const Description = Type.String({ maxLength: 1000 })
const Grants = Type.Array(NewGrant, { maxItems: 100 })

const NewUser = record(
  {
    name: userName('It is never changed.'),
    password: Type.Optional({
      ...Password,
      description: 'Default: one is made, and shown in the answer.',
    } as typeof Password),
    grants: Type.Optional(Grants),
    groups: Type.Optional(NewGroups),
    enabled: Type.Optional(Type.Boolean({ description: 'Default: true.' })),
    description: Type.Optional(Description),
  },
  { examples: [{ name: 'ada', grants: [{ project: 'default', role: 'operator' }] }] },
)

const UserPatch = record(
  {
    password: Type.Optional(Password),
    grants: Type.Optional(Grants),
    groups: Type.Optional(NewGroups),
    enabled: Type.Optional(Type.Boolean()),
    description: Type.Optional(Description),
  },
  { examples: [{ enabled: false }] },
)

export function userRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/users',
    {
      schema: {
        operationId: 'listUsers',
        tags,
        summary: 'List users',
        description: "Those the caller may administer, and the caller's own.",
        querystring: listQuery(['name', 'createdAt'], { name: Type.Optional(Type.String()) }),
        response: answers({ 200: pageOf(UserResource) }),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      return presentPage(
        request,
        reply,
        await control.users.list(askerOf(request), filter, page),
        presentUser,
      )
    },
  )

  api.post(
    '/users',
    {
      schema: {
        operationId: 'createUser',
        tags,
        summary: 'Create a user',
        description: 'Needs the role administrator in every project the user is to have a role in.',
        headers: IdempotencyHeaders,
        body: NewUser,
        response: answers({ 201: ref(NewUserResource) }, [
          'not_found',
          'already_exists',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const { user, password } = await control.users.create(askerOf(request), request.body)
      return reply
        .code(201)
        .header('location', `/api/v1/users/${user.id}`)
        .send({ user: presentUser(user), password })
    },
  )

  api.get(
    '/users/:user',
    {
      schema: {
        operationId: 'getUser',
        tags,
        summary: 'Get a user',
        params: record({ user: path.user }),
        response: answers({ 200: ref(UserResource) }, ['not_found']),
      },
    },
    async (request) => presentUser(await control.users.get(askerOf(request), request.params.user)),
  )

  api.patch(
    '/users/:user',
    {
      schema: {
        operationId: 'updateUser',
        tags,
        summary: 'Change a user',
        description:
          'A new password, and `enabled: false`, end every login of the user. `grants` and `groups` replace those there are.',
        params: record({ user: path.user }),
        body: UserPatch,
        response: answers({ 200: ref(UserResource) }, ['not_found']),
      },
    },
    async (request) =>
      presentUser(await control.users.update(askerOf(request), request.params.user, request.body)),
  )

  api.post(
    '/users/self/change-password',
    {
      schema: {
        operationId: 'changePassword',
        tags,
        summary: 'Change your password',
        description: 'Of the user whose token this is. Ends every login of the user, this one as well.',
        body: record(
          { current: Type.String({ minLength: 1, maxLength: 1024 }), password: Password },
          { examples: [{ current: 'correct horse', password: 'battery staple' }] },
        ),
        response: answers({ 200: ref(UserResource) }),
      },
    },
    async (request) => {
      const input = { ...request.body, address: request.ip }
      return presentUser(await control.users.changePassword(askerOf(request), input))
    },
  )

  api.delete(
    '/users/:user',
    {
      schema: {
        operationId: 'deleteUser',
        tags,
        summary: 'Delete a user',
        description: 'With its tokens and application credentials.',
        params: record({ user: path.user }),
        response: answers({ 204: Nothing }, ['not_found']),
      },
    },
    async (request, reply) => {
      await control.users.delete(askerOf(request), request.params.user)
      return reply.code(204).send(null)
    },
  )
}
