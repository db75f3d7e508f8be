import { Type } from 'typebox'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { resize, size } from '../clusters/size.ts'
import { IfMatchHeaders, matchOf, tag } from '../preconditions.ts'
import { answers, IdempotencyHeaders, Name, record, ref } from '../schema.ts'
import { softwareChanges, UpdateParamsInput, versionedSoftware } from '../updates/params.ts'
import { PoolDetailResource, PoolResource, presentPool, presentPoolDetail } from './resource.ts'

const tags = ['Node pools']

const OnePool = record({ ...InCluster.properties, pool: path.pool })

const NewPool = record(
  { name: Name, ...versionedSoftware, ...size, updateDefaults: Type.Optional(UpdateParamsInput) },
  { examples: [{ name: 'spare', profile: 'web', code: { bundle: 'quotes@1.4.0' }, size: 2 }] },
)

const PoolChanges = record(
  {
    minSize: resize.minSize,
    maxSize: resize.maxSize,
    updateDefaults: Type.Optional(UpdateParamsInput),
    ...softwareChanges,
  },
  { examples: [{ updateDefaults: { maxUnavailable: 2 } }] },
)

export function poolRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/clusters/:cluster/pools',
    {
      schema: {
        operationId: 'listPools',
        tags,
        summary: 'List a cluster’s pools',
        description: 'All of them, by name.',
        params: InCluster,
        response: answers({ 200: record({ items: Type.Array(ref(PoolDetailResource)) }) }, ['not_found']),
      },
    },
    async (request) => {
      const pools = await control.pools.list(callerOf(request), request.params.cluster)
      return { items: pools.map(presentPoolDetail) }
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/pools',
    {
      schema: {
        operationId: 'createPool',
        tags,
        summary: 'Create a pool',
        params: InCluster,
        headers: IdempotencyHeaders,
        body: NewPool,
        response: answers({ 202: ref(AcceptedResource) }, [
          'not_found',
          'already_exists',
          'invalid_state',
          'invalid_spec',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const created = await control.pools.create(callerOf(request), request.params.cluster, request.body)
      return sendAccepted(reply, request.params.project, created)
    },
  )

  api.get(
    '/projects/:project/clusters/:cluster/pools/:pool',
    {
      schema: {
        operationId: 'getPool',
        tags,
        summary: 'Get a pool',
        params: OnePool,
        response: answers({ 200: ref(PoolDetailResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { cluster, pool } = request.params
      const view = await control.pools.get(callerOf(request), cluster, pool)
      tag(reply, view.pool)
      return presentPoolDetail(view)
    },
  )

  api.patch(
    '/projects/:project/clusters/:cluster/pools/:pool',
    {
      schema: {
        operationId: 'changePool',
        tags,
        summary: 'Change a pool’s settings',
        description:
          'What is not named stays. `updateDefaults` is replaced as a whole. Profile, code, template and version are for ' +
          'nodes that come from now on: those that are there stay as they are, and show as drifted, until an update of ' +
          'type `Repair` brings them there.',
        params: OnePool,
        headers: IfMatchHeaders,
        body: PoolChanges,
        response: answers({ 200: ref(PoolResource) }, [
          'not_found',
          'invalid_state',
          'precondition_failed',
          'limit_exceeded',
          'invalid_spec',
          'conflict',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { cluster, pool: name } = request.params
      const pool = await control.pools.update(caller, cluster, name, request.body, matchOf(request))
      tag(reply, pool)
      return presentPool(pool)
    },
  )

  api.delete(
    '/projects/:project/clusters/:cluster/pools/:pool',
    {
      schema: {
        operationId: 'deletePool',
        tags,
        summary: 'Delete a pool',
        description:
          'Stops and removes its nodes, then the pool. `DefaultPool` stays as long as its cluster.',
        params: OnePool,
        response: answers({ 202: ref(AcceptedResource) }, ['not_found', 'invalid_state', 'conflict']),
      },
    },
    async (request, reply) => {
      const { project, cluster, pool } = request.params
      return sendAccepted(reply, project, await control.pools.delete(callerOf(request), cluster, pool))
    },
  )
}
