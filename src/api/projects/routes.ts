import { type Api, type ApiDeps, InProject } from '../api.ts'
import { askerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, Name, record, ref } from '../schema.ts'
import { ProjectResource, presentProject } from './resource.ts'

const tags = ['Projects']

export function projectRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects',
    {
      schema: {
        operationId: 'listProjects',
        tags,
        summary: 'List projects',
        description: 'Those in which the caller has a role.',
        querystring: listQuery(['name', 'createdAt'], {}),
        response: answers({ 200: pageOf(ProjectResource) }),
      },
    },
    async (request, reply) => {
      const { page } = splitQuery(request.query)
      return presentPage(request, reply, await control.projects.list(askerOf(request), page), presentProject)
    },
  )

  api.post(
    '/projects',
    {
      schema: {
        operationId: 'createProject',
        tags,
        summary: 'Create a project',
        description: 'Needs the role administrator in all projects.',
        headers: IdempotencyHeaders,
        body: record({ name: Name }, { examples: [{ name: 'research' }] }),
        response: answers({ 201: ref(ProjectResource) }, ['already_exists', 'idempotency_mismatch']),
      },
    },
    async (request, reply) => {
      const project = await control.projects.create(askerOf(request), request.body)
      return reply
        .code(201)
        .header('location', `/api/v1/projects/${project.name}`)
        .send(presentProject(project))
    },
  )

  api.get(
    '/projects/:project',
    {
      schema: {
        operationId: 'getProject',
        tags,
        summary: 'Get a project',
        params: InProject,
        response: answers({ 200: ref(ProjectResource) }, ['not_found']),
      },
    },
    async (request) => presentProject(await control.projects.get(askerOf(request), request.params.project)),
  )
}
