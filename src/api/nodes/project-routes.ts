import { Type } from 'typebox'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InProject, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { answers, FreeObject, IdempotencyHeaders, Name, record, ref } from '../schema.ts'
import { SyncWord } from '../sync.ts'
import { software } from '../updates/params.ts'
import { DeletionQuery } from './one-routes.ts'
import { Recovering } from './operation-routes.ts'
import { HealthWord, NodeResource, NodeStatusWord, presentNode } from './resource.ts'

const tags = ['Nodes']

const Role = Type.String({ maxLength: 1000, description: 'What it is for, in its owner’s words.' })

const NewStandaloneNode = record(
  { name: Name, ...software, role: Type.Optional(Role), metadata: Type.Optional(FreeObject) },
  { examples: [{ name: 'spare', profile: 'web', role: 'replica' }] },
)

const NodeChanges = record(
  {
    name: Type.Optional(Name),
    role: Type.Optional(Role),
    metadata: Type.Optional(FreeObject),
    tainted: Type.Optional(Type.Boolean({ description: 'It goes before others when its pool shrinks.' })),
    profile: Type.Optional(Type.String({ description: 'Id or name; of the type it has.' })),
  },
  { examples: [{ role: 'leader', tainted: true }] },
)

/** Names a node wherever it is. */
const AnyNode = record({ project: path.project, node: path.node })

/** Nodes wherever they are, also in no cluster. */
export function projectNodeRoutes(api: Api, { control }: ApiDeps): void {
  const { nodes } = control

  api.get(
    '/projects/:project/nodes',
    {
      schema: {
        operationId: 'listProjectNodes',
        tags,
        summary: 'List a project’s nodes',
        params: InProject,
        querystring: listQuery(['index', 'name', 'status', 'createdAt', 'updatedAt'], {
          standalone: Type.Optional(Type.Boolean({ description: 'Only nodes without a cluster.' })),
          name: Type.Optional(Type.String({ maxLength: 100 })),
          status: several(NodeStatusWord, 'Only nodes with this status.'),
          health: several(HealthWord, 'Only nodes with this health.'),
          sync: Type.Optional(SyncWord),
        }),
        response: answers({ 200: pageOf(NodeResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const { standalone, ...rest } = filter
      const where = standalone === true ? { ...rest, cluster: null } : rest
      return presentPage(request, reply, await nodes.list(callerOf(request), where, page), presentNode)
    },
  )

  api.post(
    '/projects/:project/nodes',
    {
      schema: {
        operationId: 'createStandaloneNode',
        tags,
        summary: 'Create a node without a cluster',
        description: 'It may join a cluster whose nodes have its profile’s type, once it runs.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewStandaloneNode,
        response: answers({ 202: ref(AcceptedResource) }, [
          'not_found',
          'already_exists',
          'invalid_spec',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const created = await nodes.createStandalone(callerOf(request), request.body)
      const accepted = sendAccepted(reply, request.params.project, { ...created, cluster: null, pool: null })
      return { ...accepted, node: presentNode(await nodes.get(callerOf(request), null, created.node.id)) }
    },
  )

  api.get(
    '/projects/:project/nodes/:node',
    {
      schema: {
        operationId: 'getProjectNode',
        tags,
        summary: 'Get a node, wherever it is',
        params: AnyNode,
        response: answers({ 200: ref(NodeResource) }, ['not_found', 'ambiguous']),
      },
    },
    async (request) => presentNode(await nodes.get(callerOf(request), null, request.params.node)),
  )

  api.patch(
    '/projects/:project/nodes/:node',
    {
      schema: {
        operationId: 'changeNode',
        tags,
        summary: 'Change a node',
        description:
          'What is not named stays. Another profile is put on this node alone, by the `action` in the answer; in a cluster it shows as drifted from then on.',
        params: AnyNode,
        body: NodeChanges,
        response: answers({ 200: ref(NodeResource), 202: ref(AcceptedResource) }, [
          'not_found',
          'ambiguous',
          'already_exists',
          'invalid_spec',
          'invalid_state',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { action, ...changed } = await nodes.update(caller, null, request.params.node, request.body)
      if (action) return sendAccepted(reply, request.params.project, { ...changed, action })
      return reply.code(200).send(presentNode(await nodes.get(caller, null, changed.node.id)))
    },
  )

  api.delete(
    '/projects/:project/nodes/:node',
    {
      schema: {
        operationId: 'deleteProjectNode',
        tags,
        summary: 'Delete a node, wherever it is',
        description: 'If it is in a cluster, its pool becomes smaller by one.',
        params: AnyNode,
        querystring: DeletionQuery,
        response: answers({ 202: ref(AcceptedResource) }, [
          'not_found',
          'ambiguous',
          'invalid_state',
          'limit_exceeded',
        ]),
      },
    },
    async (request, reply) => {
      const { project, node } = request.params
      return sendAccepted(reply, project, await nodes.delete(callerOf(request), null, node, request.query))
    },
  )

  const asked = ['not_found', 'ambiguous', 'invalid_state', 'idempotency_mismatch'] as const

  api.post(
    '/projects/:project/nodes/:node/check',
    {
      schema: {
        operationId: 'checkProjectNode',
        tags,
        summary: 'Check a node, wherever it is',
        description: 'Looks at it now.',
        params: AnyNode,
        headers: IdempotencyHeaders,
        body: record({}),
        response: answers({ 202: ref(AcceptedResource) }, asked),
      },
    },
    async (request, reply) => {
      const { project, node } = request.params
      return sendAccepted(reply, project, await nodes.check(callerOf(request), null, node))
    },
  )

  api.post(
    '/projects/:project/nodes/:node/recover',
    {
      schema: {
        operationId: 'recoverProjectNode',
        tags,
        summary: 'Recover a node, wherever it is',
        description: 'Starts it again on the revision it should run.',
        params: AnyNode,
        headers: IdempotencyHeaders,
        body: Recovering,
        response: answers({ 202: ref(AcceptedResource) }, asked),
      },
    },
    async (request, reply) => {
      const { project, node } = request.params
      return sendAccepted(reply, project, await nodes.recover(callerOf(request), null, node, request.body))
    },
  )
}
