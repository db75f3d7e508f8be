import { Type } from 'typebox'
import type { Caller } from '../../control/control.ts'
import type { NodeAction, PoolAction } from '../../control/views.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, IdempotencyHeaders, record, ref } from '../schema.ts'
import { Recovering } from './operation-routes.ts'
import { NodeResource, presentNode } from './resource.ts'

const tags = ['Nodes']

/** Names one node in a path. */
export const OneNode = record({ ...InCluster.properties, node: path.node })

/** How a node is deleted. */
export const DeletionQuery = record({
  force: Type.Optional(
    Type.Boolean({
      description:
        'The node goes even if it cannot be removed because its host is away. What may still run there is stopped when the host is used again.',
    }),
  ),
})

/** What can be asked of one node. */
export function oneNodeRoutes(api: Api, { control }: ApiDeps): void {
  const { nodes } = control

  api.get(
    '/projects/:project/clusters/:cluster/nodes/:node',
    {
      schema: {
        operationId: 'getNode',
        tags,
        summary: 'Get a node',
        params: OneNode,
        response: answers({ 200: ref(NodeResource) }, ['not_found']),
      },
    },
    async (request) => {
      const { cluster, node } = request.params
      return presentNode(await nodes.get(callerOf(request), cluster, node))
    },
  )

  api.get(
    '/projects/:project/clusters/:cluster/nodes/:node/details',
    {
      schema: {
        operationId: 'getNodeDetails',
        tags,
        summary: 'Get what the runtime knows of a node',
        description: 'In the words of what runs: a server shows its addresses and its flavor.',
        params: OneNode,
        response: answers(
          { 200: record({ details: Type.Unsafe<JsonObject | null>({ type: ['object', 'null'] }) }) },
          ['not_found'],
        ),
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { node } = await nodes.get(caller, request.params.cluster, request.params.node)
      return { details: (await nodes.details(caller, [node.id])).get(node.id) ?? null }
    },
  )

  api.delete(
    '/projects/:project/clusters/:cluster/nodes/:node',
    {
      schema: {
        operationId: 'deleteNode',
        tags,
        summary: 'Remove a node',
        description: 'The pool becomes smaller by one.',
        params: OneNode,
        querystring: DeletionQuery,
        response: answers({ 202: ref(AcceptedResource) }, ['not_found', 'invalid_state', 'limit_exceeded']),
      },
    },
    async (request, reply) => {
      const { project, cluster, node } = request.params
      return sendAccepted(reply, project, await nodes.delete(callerOf(request), cluster, node, request.query))
    },
  )

  const plain = (
    name: string,
    [operationId, summary, description]: readonly [string, string, string],
    ask: (caller: Caller, cluster: string, node: string) => Promise<NodeAction | PoolAction>,
  ) =>
    api.post(
      `/projects/:project/clusters/:cluster/nodes/:node/${name}`,
      {
        schema: { ...schemaOf(operationId, summary, description), body: record({}) },
      },
      async (request, reply) => {
        const { project, cluster, node } = request.params
        return sendAccepted(reply, project, await ask(callerOf(request), cluster, node))
      },
    )

  plain('check', ['checkNode', 'Check a node', 'Looks at it now.'], (caller, cluster, node) =>
    nodes.check(caller, cluster, node),
  )
  api.post(
    '/projects/:project/clusters/:cluster/nodes/:node/recover',
    {
      schema: {
        ...schemaOf('recoverNode', 'Recover a node', 'Starts it again on the revision it should run.'),
        body: Recovering,
      },
    },
    async (request, reply) => {
      const { project, cluster, node } = request.params
      return sendAccepted(reply, project, await nodes.recover(callerOf(request), cluster, node, request.body))
    },
  )
  plain(
    'replace',
    ['replaceNode', 'Replace a node', 'A new node comes in its place.'],
    (caller, cluster, node) => nodes.replace(caller, cluster, { nodes: [node] }),
  )
}

const schemaOf = (operationId: string, summary: string, description: string) => ({
  operationId,
  tags,
  summary,
  description,
  params: OneNode,
  headers: IdempotencyHeaders,
  response: answers({ 202: ref(AcceptedResource) }, [
    'not_found',
    'invalid_state',
    'limit_exceeded',
    'idempotency_mismatch',
  ]),
})
