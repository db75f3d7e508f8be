import { Type } from 'typebox'
import { type Api, type ApiDeps, InCluster, InProject, OfId } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, record, ref } from '../schema.ts'
import {
  PlatformVersionResource,
  platformVersionExample,
  presentPlatformVersion,
  presentVersionChange,
  VersionChangeResource,
} from './resource.ts'

const tags = ['Versions']

const ChangeVersion = record(
  {
    version: Type.String({ description: 'One minor version above or below the present one.' }),
    force: Type.Optional(
      Type.Boolean({ description: 'Passes over nodes that do not serve, and pools that are behind.' }),
    ),
    nodePhaseSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_592_000,
        description: 'On the way down: after this long, nodes that are not there go back. Default 43200.',
      }),
    ),
  },
  { examples: [{ version: '1.34' }] },
)

/** The versions there are, and clusters that move from one to another. */
export function versionRoutes(api: Api, { control }: ApiDeps): void {
  const { versions } = control
  const Catalogue = record(
    { items: Type.Array(ref(PlatformVersionResource)) },
    { examples: [{ items: [platformVersionExample] }] },
  )

  api.get(
    '/projects/:project/platform-versions',
    {
      schema: {
        operationId: 'listPlatformVersions',
        tags,
        summary: 'List the versions that clusters can be on',
        params: InProject,
        response: answers({ 200: Catalogue }, ['not_found']),
      },
    },
    async (request) => ({
      items: (await versions.catalogue(callerOf(request))).map(presentPlatformVersion),
    }),
  )

  api.get(
    '/projects/:project/clusters/:cluster/version-changes',
    {
      schema: {
        operationId: 'listVersionChanges',
        tags,
        summary: 'List a cluster’s moves from one version to another',
        params: InCluster,
        querystring: listQuery(['createdAt'], {}),
        response: answers({ 200: pageOf(VersionChangeResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page } = splitQuery(request.query)
      const changes = await versions.list(callerOf(request), request.params.cluster, page)
      return presentPage(request, reply, changes, presentVersionChange)
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/version-changes',
    {
      schema: {
        operationId: 'changeVersion',
        tags,
        summary: 'Move a cluster to another version',
        description:
          'Up: the cluster’s version changes at once, and its pools follow when they are updated. Down, which takes an ' +
          'upgrade back: the nodes of all pools go first, each pool under its own budget, and the cluster’s version ' +
          'changes last; until then it can be cancelled.',
        params: InCluster,
        headers: IdempotencyHeaders,
        body: ChangeVersion,
        response: answers({ 202: ref(VersionChangeResource) }, [
          'not_found',
          'invalid_state',
          'not_ready',
          'conflict',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { action } = await versions.change(caller, request.params.cluster, request.body)
      reply.code(202)
      return presentVersionChange(await versions.get(caller, action.id))
    },
  )

  api.get(
    '/projects/:project/version-changes/:id',
    {
      schema: {
        operationId: 'getVersionChange',
        tags,
        summary: 'Get a move from one version to another',
        params: OfId,
        response: answers({ 200: ref(VersionChangeResource) }, ['not_found']),
      },
    },
    async (request) => presentVersionChange(await versions.get(callerOf(request), request.params.id)),
  )

  api.post(
    '/projects/:project/version-changes/:id/cancel',
    {
      schema: {
        operationId: 'cancelVersionChange',
        tags,
        summary: 'Cancel a cluster’s return to an earlier version',
        description:
          'All nodes go back to the present version, each pool under its own budget. Twice is the same as once; refused ' +
          'once the version has changed.',
        params: OfId,
        headers: IdempotencyHeaders,
        response: answers({ 200: ref(VersionChangeResource) }, [
          'not_found',
          'invalid_state',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const action = await versions.cancel(caller, request.params.id)
      return presentVersionChange(await versions.get(caller, action.id))
    },
  )
}
