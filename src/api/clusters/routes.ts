import { Type } from 'typebox'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { IfMatchHeaders, matchOf, tag } from '../preconditions.ts'
import { answers, FreeObject, IdempotencyHeaders, Name, record, ref, reference } from '../schema.ts'
import { UpdateParamsInput, versionedSoftware } from '../updates/params.ts'
import {
  ClusterDetailResource,
  ClusterResource,
  ClusterStatusWord,
  DriftRepairWord,
  presentCluster,
  presentClusterDetail,
} from './resource.ts'
import { size } from './size.ts'

const tags = ['Clusters']

const NewCluster = record(
  {
    name: Name,
    platformVersion: Type.Optional(
      Type.String({
        description: 'The version of the catalogue that it is on; then `profile` may be left out.',
      }),
    ),
    ...versionedSoftware,
    ...size,
    environment: Type.Optional(reference('The environment it is made in, by id or name. Default: none.')),
    updateDefaults: Type.Optional(UpdateParamsInput),
    metadata: Type.Optional(FreeObject),
    driftRepair: Type.Optional(DriftRepairWord),
  },
  {
    examples: [
      {
        name: 'web',
        profile: 'web',
        code: { bundle: 'quotes@1.4.0' },
        size: 5,
        updateDefaults: { maxUnavailable: '20%' },
      },
    ],
  },
)

const ClusterChanges = record(
  {
    name: Type.Optional(Name),
    metadata: Type.Optional(FreeObject),
    driftRepair: Type.Optional(DriftRepairWord),
  },
  { examples: [{ metadata: { team: 'quotes' } }] },
)

export function clusterRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/clusters',
    {
      schema: {
        operationId: 'listClusters',
        tags,
        summary: 'List clusters',
        params: InProject,
        querystring: listQuery(['name', 'status', 'createdAt', 'updatedAt'], {
          name: Type.Optional(Type.String({ maxLength: 63 })),
          environment: Type.Optional(reference('Only clusters in this environment, by id or name.')),
          status: several(ClusterStatusWord, 'Only clusters with this status.'),
        }),
        response: answers({ 200: pageOf(ClusterDetailResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const clusters = await control.clusters.list(callerOf(request), filter, page)
      return presentPage(request, reply, clusters, presentClusterDetail)
    },
  )

  api.post(
    '/projects/:project/clusters',
    {
      schema: {
        operationId: 'createCluster',
        tags,
        summary: 'Create a cluster',
        description: 'Makes the cluster, its `DefaultPool` and revision 1, and starts its nodes.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewCluster,
        response: answers({ 202: ref(AcceptedResource) }, [
          'not_found',
          'already_exists',
          'invalid_spec',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const created = await control.clusters.create(callerOf(request), request.body)
      return sendAccepted(reply, request.params.project, created)
    },
  )

  api.get(
    '/projects/:project/clusters/:cluster',
    {
      schema: {
        operationId: 'getCluster',
        tags,
        summary: 'Get a cluster',
        params: InCluster,
        response: answers({ 200: ref(ClusterDetailResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const view = await control.clusters.get(callerOf(request), request.params.cluster)
      tag(reply, view.cluster)
      return presentClusterDetail(view)
    },
  )

  api.patch(
    '/projects/:project/clusters/:cluster',
    {
      schema: {
        operationId: 'changeCluster',
        tags,
        summary: 'Change a cluster’s settings',
        description: 'What is not named stays. `metadata` is replaced as a whole.',
        params: InCluster,
        headers: IfMatchHeaders,
        body: ClusterChanges,
        response: answers({ 200: ref(ClusterResource) }, [
          'not_found',
          'already_exists',
          'invalid_state',
          'precondition_failed',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { cluster: name } = request.params
      const cluster = await control.clusters.update(caller, name, request.body, matchOf(request))
      tag(reply, cluster)
      return presentCluster(cluster)
    },
  )

  api.delete(
    '/projects/:project/clusters/:cluster',
    {
      schema: {
        operationId: 'deleteCluster',
        tags,
        summary: 'Delete a cluster',
        description: 'Stops and removes its nodes, then the cluster. Again: the deletion that is under way.',
        params: InCluster,
        response: answers({ 202: ref(AcceptedResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const deletion = await control.clusters.delete(callerOf(request), request.params.cluster)
      return sendAccepted(reply, request.params.project, deletion)
    },
  )
}
