import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
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
import { PublishedProjectResource, presentPublishedProject } from './resource.ts'

const tags = ['Deployments']

const OnePublishedProject = record({
  project: InProject.properties.project,
  key: reference('The published project, by id or key.'),
})

const NewPublishedProject = record(
  {
    key: Name,
    name: Type.Optional(Type.String({ maxLength: 255, description: 'For people. Default: the key.' })),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
    permissions: Type.Optional(PermissionsBody),
  },
  { examples: [{ key: 'quotes', name: 'Quotes' }] },
)

const PublishedProjectChanges = record(
  {
    name: Type.Optional(Type.String({ maxLength: 255 })),
    description: Type.Optional(NullableString),
    permissions: Type.Optional(PermissionsBody),
  },
  { examples: [{ permissions: [{ group: 'quotes-team', deploy: true }] }] },
)

/** What bundles are published under. */
export function publishedProjectRoutes(api: Api, { control }: ApiDeps): void {
  const { publishedProjects } = control

  api.get(
    '/projects/:project/published-projects',
    {
      schema: {
        operationId: 'listPublishedProjects',
        tags,
        summary: 'List published projects',
        params: InProject,
        querystring: listQuery(['key', 'createdAt', 'updatedAt'], {
          key: Type.Optional(Type.String({ maxLength: 63 })),
        }),
        response: answers({ 200: pageOf(PublishedProjectResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const found = await publishedProjects.list(callerOf(request), filter, page)
      return presentPage(request, reply, found, presentPublishedProject)
    },
  )

  api.post(
    '/projects/:project/published-projects',
    {
      schema: {
        operationId: 'createPublishedProject',
        tags,
        summary: 'Create a published project',
        description: 'Bundles that are there under its key already are its bundles.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewPublishedProject,
        response: answers({ 201: ref(PublishedProjectResource) }, [
          'not_found',
          'already_exists',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const made = await publishedProjects.create(caller, request.body)
      tag(reply, made)
      const location = `/api/v1/projects/${request.params.project}/published-projects/${made.key}`
      reply.code(201).header('location', location)
      return presentPublishedProject(await publishedProjects.get(caller, made.id))
    },
  )

  api.get(
    '/projects/:project/published-projects/:key',
    {
      schema: {
        operationId: 'getPublishedProject',
        tags,
        summary: 'Get a published project',
        params: OnePublishedProject,
        response: answers({ 200: ref(PublishedProjectResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const view = await publishedProjects.get(callerOf(request), request.params.key)
      tag(reply, view.publishedProject)
      return presentPublishedProject(view)
    },
  )

  api.patch(
    '/projects/:project/published-projects/:key',
    {
      schema: {
        operationId: 'changePublishedProject',
        tags,
        summary: 'Change a published project',
        description: 'What is not named stays.',
        params: OnePublishedProject,
        headers: IfMatchHeaders,
        body: PublishedProjectChanges,
        response: answers({ 200: ref(PublishedProjectResource) }, ['not_found', 'precondition_failed']),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { key } = request.params
      const changed = await publishedProjects.update(caller, key, request.body, matchOf(request))
      tag(reply, changed)
      return presentPublishedProject(await publishedProjects.get(caller, changed.id))
    },
  )

  api.delete(
    '/projects/:project/published-projects/:key',
    {
      schema: {
        operationId: 'deletePublishedProject',
        tags,
        summary: 'Delete a published project',
        description:
          'Its bundles go with it. Refused while a deployment is of it, or anything else needs one of them.',
        params: OnePublishedProject,
        response: answers({ 204: Nothing }, ['not_found', 'in_use']),
      },
    },
    async (request, reply) => {
      await publishedProjects.delete(callerOf(request), request.params.key)
      return reply.code(204).send(null)
    },
  )
}
