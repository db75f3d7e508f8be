import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { size } from '../clusters/size.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { PermissionsBody } from '../permissions.ts'
import { IfMatchHeaders, matchOf, tag } from '../preconditions.ts'
import {
  answers,
  IdempotencyHeaders,
  Name,
  Nothing,
  NullableString,
  record,
  ref,
  reference,
} from '../schema.ts'
import { UpdateParamsInput } from '../updates/params.ts'
import { GovernanceWord, InfraResource, presentInfra } from './resource.ts'

const tags = ['Deployments']

const OneInfra = record({
  project: InProject.properties.project,
  infra: reference('The infra, by id or name.'),
})

const profile = Type.Optional(
  Type.Unsafe<string | null>({
    ...NullableString,
    description:
      'Of its nodes, by id or name. Default null: a profile for processes that run what the bundle says, made when it is first needed.',
  }),
)

const NewInfra = record(
  {
    name: Name,
    stage: Type.String({ minLength: 1, maxLength: 63, description: 'One of the project’s stages.' }),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
    governance: Type.Optional(GovernanceWord),
    profile,
    ...size,
    updateDefaults: Type.Optional(UpdateParamsInput),
    permissions: Type.Optional(PermissionsBody),
  },
  { examples: [{ name: 'prod-east', stage: 'Production', governance: 'PREVENT', size: 4 }] },
)

const InfraChanges = record(
  {
    stage: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
    description: Type.Optional(NullableString),
    governance: Type.Optional(GovernanceWord),
    profile,
    ...size,
    updateDefaults: Type.Optional(UpdateParamsInput),
    permissions: Type.Optional(PermissionsBody),
  },
  { examples: [{ governance: 'WARN' }] },
)

/** Places to deploy to. */
export function infraRoutes(api: Api, { control }: ApiDeps): void {
  const { infras } = control

  api.get(
    '/projects/:project/infras',
    {
      schema: {
        operationId: 'listInfras',
        tags,
        summary: 'List infras',
        params: InProject,
        querystring: listQuery(['name', 'stage', 'createdAt', 'updatedAt'], {
          name: Type.Optional(Type.String({ maxLength: 63 })),
          stage: Type.Optional(Type.String({ maxLength: 63 })),
        }),
        response: answers({ 200: pageOf(InfraResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      return presentPage(request, reply, await infras.list(callerOf(request), filter, page), presentInfra)
    },
  )

  api.post(
    '/projects/:project/infras',
    {
      schema: {
        operationId: 'createInfra',
        tags,
        summary: 'Create an infra',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewInfra,
        response: answers({ 201: ref(InfraResource) }, [
          'not_found',
          'already_exists',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const infra = await infras.create(caller, request.body)
      tag(reply, infra)
      reply.code(201).header('location', `/api/v1/projects/${request.params.project}/infras/${infra.name}`)
      return presentInfra(await infras.get(caller, infra.id))
    },
  )

  api.get(
    '/projects/:project/infras/:infra',
    {
      schema: {
        operationId: 'getInfra',
        tags,
        summary: 'Get an infra',
        params: OneInfra,
        response: answers({ 200: ref(InfraResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const view = await infras.get(callerOf(request), request.params.infra)
      tag(reply, view.infra)
      return presentInfra(view)
    },
  )

  api.patch(
    '/projects/:project/infras/:infra',
    {
      schema: {
        operationId: 'changeInfra',
        tags,
        summary: 'Change an infra',
        description:
          'What is not named stays. Sizes and profile are for clusters that are made, and updates that begin, from now on.',
        params: OneInfra,
        headers: IfMatchHeaders,
        body: InfraChanges,
        response: answers({ 200: ref(InfraResource) }, [
          'not_found',
          'limit_exceeded',
          'precondition_failed',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const infra = await infras.update(caller, request.params.infra, request.body, matchOf(request))
      tag(reply, infra)
      return presentInfra(await infras.get(caller, infra.id))
    },
  )

  api.delete(
    '/projects/:project/infras/:infra',
    {
      schema: {
        operationId: 'deleteInfra',
        tags,
        summary: 'Delete an infra',
        description: 'Refused while a deployment is on it.',
        params: OneInfra,
        response: answers({ 204: Nothing }, ['not_found', 'in_use']),
      },
    },
    async (request, reply) => {
      await infras.delete(callerOf(request), request.params.infra)
      return reply.code(204).send(null)
    },
  )
}
