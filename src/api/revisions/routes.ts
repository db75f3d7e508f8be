import { Type } from 'typebox'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, record, ref } from '../schema.ts'
import { presentComparison, RevisionComparisonResource } from './comparison-resource.ts'
import { ListedRevisionResource, presentListedRevision } from './resource.ts'

const tags = ['Revisions']

const pool = Type.Optional({
  ...path.pool,
  description: 'The node pool, by id or name. Default `DefaultPool`.',
} as typeof path.pool)

export function revisionRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/clusters/:cluster/revisions',
    {
      schema: {
        operationId: 'listRevisions',
        tags,
        summary: 'List a pool’s revisions',
        params: InCluster,
        querystring: listQuery(['number'], { pool }),
        response: answers({ 200: pageOf(ListedRevisionResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const { cluster } = request.params
      const revisions = await control.revisions.list(callerOf(request), cluster, filter.pool, page)
      return presentPage(request, reply, revisions, presentListedRevision)
    },
  )

  api.get(
    '/projects/:project/clusters/:cluster/revisions/:number',
    {
      schema: {
        operationId: 'getRevision',
        tags,
        summary: 'Get a revision',
        params: record({ ...InCluster.properties, number: Type.Integer({ minimum: 1 }) }),
        querystring: record({ pool }),
        response: answers({ 200: ref(ListedRevisionResource) }, ['not_found']),
      },
    },
    async (request) => {
      const { cluster, number } = request.params
      const { pool } = request.query
      return presentListedRevision(await control.revisions.get(callerOf(request), cluster, pool, number))
    },
  )

  api.get(
    '/projects/:project/clusters/:cluster/revisions/:number/comparison',
    {
      schema: {
        operationId: 'compareRevisions',
        tags,
        summary: 'Compare two revisions',
        description: 'What they say differently, and which files of their bundles differ.',
        params: record({ ...InCluster.properties, number: Type.Integer({ minimum: 1 }) }),
        querystring: record({
          to: Type.Integer({ minimum: 1, description: 'The number of the other one.' }),
          pool,
        }),
        response: answers({ 200: ref(RevisionComparisonResource) }, ['not_found']),
      },
    },
    async (request) => {
      const { cluster, number: from } = request.params
      const { pool, to } = request.query
      const caller = callerOf(request)
      return presentComparison(await control.revisions.compare(caller, cluster, pool, { from, to }))
    },
  )
}
