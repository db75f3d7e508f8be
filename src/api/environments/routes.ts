import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
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
import { EnvironmentResource, presentEnvironment } from './resource.ts'

const tags = ['Environments']

const OneEnvironment = record({
  project: InProject.properties.project,
  environment: reference('The environment, by id or name.'),
})

const NewEnvironment = record(
  { name: Name, description: Type.Optional(Type.String({ maxLength: 1000 })) },
  { examples: [{ name: 'staging', description: 'before production' }] },
)

const EnvironmentChanges = record(
  { name: Type.Optional(Name), description: Type.Optional(NullableString) },
  { examples: [{ description: 'for the nightly tests' }] },
)

export function environmentRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/environments',
    {
      schema: {
        operationId: 'listEnvironments',
        tags,
        summary: 'List environments',
        params: InProject,
        querystring: listQuery(['name', 'createdAt', 'updatedAt'], {
          name: Type.Optional(Type.String({ maxLength: 63 })),
        }),
        response: answers({ 200: pageOf(EnvironmentResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const environments = await control.environments.list(callerOf(request), filter, page)
      return presentPage(request, reply, environments, presentEnvironment)
    },
  )

  api.post(
    '/projects/:project/environments',
    {
      schema: {
        operationId: 'createEnvironment',
        tags,
        summary: 'Create an environment',
        description: 'A named space for clusters: in it, their names begin anew.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewEnvironment,
        response: answers({ 201: ref(EnvironmentResource) }, [
          'not_found',
          'already_exists',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const environment = await control.environments.create(callerOf(request), request.body)
      const location = `/api/v1/projects/${request.params.project}/environments/${environment.name}`
      tag(reply, environment)
      return reply.code(201).header('location', location).send(presentEnvironment(environment))
    },
  )

  api.get(
    '/projects/:project/environments/:environment',
    {
      schema: {
        operationId: 'getEnvironment',
        tags,
        summary: 'Get an environment',
        params: OneEnvironment,
        response: answers({ 200: ref(EnvironmentResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const environment = await control.environments.get(callerOf(request), request.params.environment)
      tag(reply, environment)
      return presentEnvironment(environment)
    },
  )

  api.patch(
    '/projects/:project/environments/:environment',
    {
      schema: {
        operationId: 'changeEnvironment',
        tags,
        summary: 'Change an environment',
        description: 'What is not named stays.',
        params: OneEnvironment,
        headers: IfMatchHeaders,
        body: EnvironmentChanges,
        response: answers({ 200: ref(EnvironmentResource) }, [
          'not_found',
          'already_exists',
          'precondition_failed',
        ]),
      },
    },
    async (request, reply) => {
      const { environment: name } = request.params
      const environment = await control.environments.update(
        callerOf(request),
        name,
        request.body,
        matchOf(request),
      )
      tag(reply, environment)
      return presentEnvironment(environment)
    },
  )

  api.delete(
    '/projects/:project/environments/:environment',
    {
      schema: {
        operationId: 'deleteEnvironment',
        tags,
        summary: 'Delete an environment',
        description: 'Refused while clusters are in it.',
        params: OneEnvironment,
        response: answers({ 204: Nothing }, ['not_found', 'in_use']),
      },
    },
    async (request, reply) => {
      await control.environments.delete(callerOf(request), request.params.environment)
      return reply.code(204).send(null)
    },
  )
}
