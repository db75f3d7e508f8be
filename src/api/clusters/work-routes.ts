import { type TObject, Type } from 'typebox'
import type { Caller } from '../../control/control.ts'
import type { ClusterAction } from '../../control/views.ts'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, IdempotencyHeaders, record, ref } from '../schema.ts'
import { Count, resize } from './size.ts'

const tags = ['Clusters']

const pool = Type.Optional({
  ...path.pool,
  description: 'The node pool, by id or name. Default `DefaultPool`.',
} as typeof path.pool)

const Resize = record({ pool, ...resize }, { examples: [{ desiredCapacity: 8 }] })
const Scale = record(
  { pool, count: Type.Optional({ ...Count, description: 'Default 1.' } as typeof Count) },
  { examples: [{ count: 2 }] },
)

const schema = (operationId: string, summary: string, description: string) => ({
  operationId,
  tags,
  summary,
  description,
  params: InCluster,
  headers: IdempotencyHeaders,
  response: answers({ 202: ref(AcceptedResource) }, [
    'not_found',
    'invalid_state',
    'limit_exceeded',
    'idempotency_mismatch',
  ]),
})

/** What can be asked of a cluster that takes time. */
export function clusterWorkRoutes(api: Api, { control }: ApiDeps): void {
  const { clusters } = control

  api.post(
    '/projects/:project/clusters/:cluster/resize',
    {
      schema: {
        ...schema(
          'resizeCluster',
          'Resize a pool',
          'Sets the size and its bounds; nodes are made or removed to match.',
        ),
        body: Resize,
      },
    },
    async (request, reply) => {
      const resized = await clusters.resize(callerOf(request), request.params.cluster, request.body)
      return sendAccepted(reply, request.params.project, resized)
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/scale-out',
    {
      schema: {
        ...schema('scaleOutCluster', 'Add nodes to a pool', 'As many more as `count`.'),
        body: Scale,
      },
    },
    async (request, reply) => {
      const scaled = await clusters.scaleOut(callerOf(request), request.params.cluster, request.body)
      return sendAccepted(reply, request.params.project, scaled)
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/scale-in',
    {
      schema: {
        ...schema('scaleInCluster', 'Take nodes from a pool', 'As many fewer as `count`.'),
        body: Scale,
      },
    },
    async (request, reply) => {
      const scaled = await clusters.scaleIn(callerOf(request), request.params.cluster, request.body)
      return sendAccepted(reply, request.params.project, scaled)
    },
  )

  const plain = (
    name: string,
    [operationId, summary, description]: readonly [string, string, string],
    ask: (caller: Caller, cluster: string) => Promise<ClusterAction>,
  ) =>
    api.post(
      `/projects/:project/clusters/:cluster/${name}`,
      { schema: { ...schema(operationId, summary, description), body: NoInput } },
      async (request, reply) =>
        sendAccepted(reply, request.params.project, await ask(callerOf(request), request.params.cluster)),
    )

  plain('check', ['checkCluster', 'Check a cluster', 'Looks at every node now.'], (caller, cluster) =>
    clusters.check(caller, cluster),
  )
  plain(
    'recover',
    ['recoverCluster', 'Recover a cluster', 'Starts again every node that failed or is not healthy.'],
    (caller, cluster) => clusters.recover(caller, cluster),
  )
}

const NoInput: TObject<Record<never, never>> = record({})
