import { type TSchema, Type } from 'typebox'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, IdempotencyHeaders, record, ref } from '../schema.ts'

const Chosen = Type.Array(path.node, { minItems: 1, maxItems: 10_000, description: 'Ids or names.' })

const Joining = record(
  { nodes: Chosen, pool: Type.Optional(path.pool) },
  { examples: [{ nodes: ['spare-1', 'spare-2'] }] },
)
const Leaving = record({ nodes: Chosen }, { examples: [{ nodes: ['web-1'] }] })
const Pairs = record(
  {
    nodes: Type.Record(Type.String(), Type.String(), {
      minProperties: 1,
      description: 'By member, the node without a cluster that takes its place.',
    }),
  },
  { examples: [{ nodes: { 'web-1': 'spare-1' } }] },
)

const schemaOf = <Body extends TSchema>(
  operationId: string,
  summary: string,
  description: string,
  body: Body,
) => ({
  operationId,
  tags: ['Nodes'],
  summary,
  description,
  params: InCluster,
  headers: IdempotencyHeaders,
  body,
  response: answers({ 202: ref(AcceptedResource) }, [
    'not_found',
    'ambiguous',
    'invalid_state',
    'limit_exceeded',
    'idempotency_mismatch',
  ]),
})

/** Nodes that come into a cluster and leave it as they are. */
export function nodeMoveRoutes(api: Api, { control }: ApiDeps): void {
  const { nodes } = control

  api.post(
    '/projects/:project/clusters/:cluster/nodes/join',
    {
      schema: schemaOf(
        'joinNodes',
        'Take nodes without a cluster into a cluster',
        'They go on running; the pool becomes larger by them.',
        Joining,
      ),
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await nodes.join(callerOf(request), cluster, request.body))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/nodes/leave',
    {
      schema: schemaOf(
        'leaveCluster',
        'Let nodes go on without their cluster',
        'They go on running; the pool becomes smaller by them.',
        Leaving,
      ),
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await nodes.leave(callerOf(request), cluster, request.body))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/nodes/replace-with',
    {
      schema: schemaOf(
        'replaceNodesWith',
        'Replace members by nodes without a cluster',
        'The members go on running, without the cluster.',
        Pairs,
      ),
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await nodes.replaceWith(callerOf(request), cluster, request.body))
    },
  )
}
