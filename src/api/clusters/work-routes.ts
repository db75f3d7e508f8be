import { type TObject, Type } from 'typebox'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { RecoveringCluster } from '../nodes/operation-routes.ts'
import { answers, IdempotencyHeaders, record, ref } from '../schema.ts'
import { adjust, Count, resize } from './size.ts'

const tags = ['Clusters']

const pool = Type.Optional({
  ...path.pool,
  description: 'The node pool, by id or name. Default `DefaultPool`.',
} as typeof path.pool)

const exclusive = Type.Optional(
  Type.Boolean({
    description: 'Refused while another action changes the size. Always so with a scaling policy.',
  }),
)

const Resize = record({ pool, ...resize }, { examples: [{ desiredCapacity: 8 }] })
const Adjust = record(
  { pool, ...adjust, exclusive },
  { examples: [{ adjustmentType: 'CHANGE_IN_PERCENTAGE', number: 50, minStep: 1, strict: false }] },
)
const Scale = record(
  {
    pool,
    count: Type.Optional({
      ...Count,
      description: 'Default 1, or what a scaling policy says.',
    } as typeof Count),
    exclusive,
  },
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
    'conflict',
    'cooldown',
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
    '/projects/:project/clusters/:cluster/adjust',
    {
      schema: {
        ...schema(
          'adjustCluster',
          'Adjust a pool’s size',
          'To a number, by a number or by a percentage of the nodes there are. What is out of bounds is refused, or with `strict: false` cut when the action runs.',
        ),
        body: Adjust,
      },
    },
    async (request, reply) => {
      const adjusted = await clusters.adjust(callerOf(request), request.params.cluster, request.body)
      return sendAccepted(reply, request.params.project, adjusted)
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

  api.post(
    '/projects/:project/clusters/:cluster/check',
    {
      schema: { ...schema('checkCluster', 'Check a cluster', 'Looks at every node now.'), body: NoInput },
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await clusters.check(callerOf(request), cluster))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/recover',
    {
      schema: {
        ...schema(
          'recoverCluster',
          'Recover a cluster',
          'Starts again every node that failed or is not healthy, in the way that `operation` says.',
        ),
        body: RecoveringCluster,
      },
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await clusters.recover(callerOf(request), cluster, request.body))
    },
  )
}

const NoInput: TObject<Record<never, never>> = record({})
