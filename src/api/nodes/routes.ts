import { Type } from 'typebox'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { Count } from '../clusters/size.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { answers, FreeObject, IdempotencyHeaders, Name, record, ref } from '../schema.ts'
import { SyncWord } from '../sync.ts'
import { HealthWord, NodeResource, NodeStatusWord, presentNode } from './resource.ts'

const tags = ['Nodes']

const pool = Type.Optional({
  ...path.pool,
  description: 'The node pool, by id or name. Default `DefaultPool`.',
} as typeof path.pool)

const NewNode = record(
  { pool, name: Type.Optional(Name), metadata: Type.Optional(FreeObject) },
  { examples: [{ name: 'web-spare' }] },
)
const AddNodes = record({ pool, count: Count }, { examples: [{ count: 3 }] })
const ChooseNodes = record(
  {
    nodes: Type.Array(path.node, {
      minItems: 1,
      maxItems: 10_000,
      description: 'Ids or names, all of one pool.',
    }),
  },
  { examples: [{ nodes: ['web-1', 'web-2'] }] },
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
    'already_exists',
    'invalid_state',
    'limit_exceeded',
    'idempotency_mismatch',
  ]),
})

/** Nodes as a group: listing, adding, removing, replacing. */
export function nodeRoutes(api: Api, { control }: ApiDeps): void {
  const { nodes } = control

  api.get(
    '/projects/:project/clusters/:cluster/nodes',
    {
      schema: {
        operationId: 'listNodes',
        tags,
        summary: 'List a cluster’s nodes',
        params: InCluster,
        querystring: listQuery(['index', 'name', 'status', 'createdAt', 'updatedAt'], {
          pool: Type.Optional(path.pool),
          name: Type.Optional(Type.String({ maxLength: 100 })),
          status: several(NodeStatusWord, 'Only nodes with this status.'),
          health: several(HealthWord, 'Only nodes with this health.'),
          sync: Type.Optional(SyncWord),
          revision: Type.Optional(
            Type.Integer({
              minimum: 1,
              description:
                'Only nodes that run this revision of the pool, or of `DefaultPool` if none is named.',
            }),
          ),
        }),
        response: answers({ 200: pageOf(NodeResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const { cluster } = request.params
      const found = await nodes.list(callerOf(request), { ...filter, cluster }, page)
      return presentPage(request, reply, found, presentNode)
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/nodes',
    {
      schema: {
        ...schema('createNode', 'Create a node', 'One more, under a name of your own if you like.'),
        body: NewNode,
      },
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await nodes.create(callerOf(request), cluster, request.body))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/nodes/add',
    { schema: { ...schema('addNodes', 'Add nodes', 'As many more as `count`.'), body: AddNodes } },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await nodes.add(callerOf(request), cluster, request.body))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/nodes/remove',
    {
      schema: {
        ...schema('removeNodes', 'Remove chosen nodes', 'The pool becomes smaller by as many.'),
        body: ChooseNodes,
      },
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await nodes.remove(callerOf(request), cluster, request.body))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/nodes/replace',
    {
      schema: {
        ...schema('replaceNodes', 'Replace chosen nodes', 'New nodes come in the place of these.'),
        body: ChooseNodes,
      },
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(reply, project, await nodes.replace(callerOf(request), cluster, request.body))
    },
  )
}
