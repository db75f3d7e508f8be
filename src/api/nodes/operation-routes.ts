import { Type } from 'typebox'
import { RECOVERIES } from '../../domain/operation.ts'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, InProject, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { presentProfile, ValidProfileResource } from '../profiles/resource.ts'
import { answers, FreeObject, IdempotencyHeaders, Name, oneOf, record, ref } from '../schema.ts'
import { NodeStatusWord, presentNode } from './resource.ts'

const tags = ['Nodes']
const AnyNode = record({ project: path.project, node: path.node })

const operation = {
  operation: Type.String({ maxLength: 100, description: 'One that the node’s type knows.' }),
  params: Type.Optional(FreeObject),
}
const Operation = record(operation, { examples: [{ operation: 'reboot', params: { type: 'HARD' } }] })
const ClusterOperation = record(
  {
    ...operation,
    filters: Type.Optional(
      record({
        name: Type.Optional(Type.String({ maxLength: 255 })),
        profileId: Type.Optional(Type.String({ maxLength: 64 })),
        status: Type.Optional(Type.Array(NodeStatusWord)),
        role: Type.Optional(Type.String({ maxLength: 1000 })),
      }),
    ),
  },
  { examples: [{ operation: 'reboot', filters: { role: 'replica' } }] },
)

/** How a node is to be brought back. */
const recovering = {
  operation: Type.Optional({
    ...oneOf([...RECOVERIES]),
    description:
      'REBOOT: started anew in place. REBUILD: put in place anew and started. RECREATE: removed and made again under the same id. Default: as REBUILD.',
  } as ReturnType<typeof oneOf<(typeof RECOVERIES)[number]>>),
  params: Type.Optional(FreeObject),
  check: Type.Optional(
    Type.Boolean({ description: 'Look at each node first, and leave those alone that serve.' }),
  ),
}
export const Recovering = record(recovering, { examples: [{ operation: 'RECREATE' }] })

export const RecoveringCluster = record(
  {
    ...recovering,
    checkCapacity: Type.Optional(
      Type.Boolean({
        description: 'Beside it, make or remove nodes of DefaultPool until it has as many as are desired.',
      }),
    ),
  },
  { examples: [{ check: true, checkCapacity: true }] },
)

const found = {
  identity: Type.String({ minLength: 1, maxLength: 255, description: 'Its physical id.' }),
  type: Type.String({ maxLength: 100, description: 'Profile type.' }),
  version: Type.Optional(Type.String({ maxLength: 64 })),
  overrides: Type.Optional(FreeObject),
  snapshot: Type.Optional(Type.Boolean({ description: 'Have a snapshot of it made first.' })),
}
const Adoption = record(found, { examples: [{ identity: 'server-7', type: 'os.nova.server' }] })
const AdoptNode = record(
  {
    ...found,
    name: Name,
    role: Type.Optional(Type.String({ maxLength: 1000 })),
    metadata: Type.Optional(FreeObject),
  },
  { examples: [{ identity: 'server-7', type: 'os.nova.server', name: 'old' }] },
)

/** What can be done to what runs, and the taking over of what somebody else started. */
export function nodeOperationRoutes(api: Api, { control }: ApiDeps): void {
  api.post(
    '/projects/:project/nodes/:node/operations',
    {
      schema: {
        operationId: 'operateNode',
        tags,
        summary: 'Do an operation to a node',
        params: AnyNode,
        headers: IdempotencyHeaders,
        body: Operation,
        response: answers({ 202: ref(AcceptedResource) }, ['not_found', 'ambiguous', 'invalid_state']),
      },
    },
    async (request, reply) => {
      const { project, node } = request.params
      const asked = await control.nodes.operate(callerOf(request), null, node, request.body)
      return sendAccepted(reply, project, asked)
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/operations',
    {
      schema: {
        operationId: 'operateCluster',
        tags: ['Clusters'],
        summary: 'Do an operation to nodes of a cluster',
        params: InCluster,
        headers: IdempotencyHeaders,
        body: ClusterOperation,
        response: answers({ 202: ref(AcceptedResource) }, ['not_found', 'ambiguous', 'invalid_state']),
      },
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(
        reply,
        project,
        await control.clusters.operate(callerOf(request), cluster, request.body),
      )
    },
  )

  api.post(
    '/projects/:project/nodes/adopt',
    {
      schema: {
        operationId: 'adoptNode',
        tags,
        summary: 'Adopt what somebody else started',
        description: 'As a node without a cluster, with a profile of its own.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: AdoptNode,
        response: answers({ 202: ref(AcceptedResource) }, [
          'not_found',
          'already_exists',
          'invalid_spec',
          'invalid_state',
          'runtime_failed',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { node, action, profile } = await control.nodes.adopt(caller, request.body)
      const accepted = sendAccepted(reply, request.params.project, {
        node,
        action,
        cluster: null,
        pool: null,
      })
      const view = await control.nodes.get(caller, null, node.id)
      return { ...accepted, node: presentNode(view), profile: presentProfile(profile) }
    },
  )

  api.post(
    '/projects/:project/nodes/adopt-preview',
    {
      schema: {
        operationId: 'previewAdoption',
        tags,
        summary: 'Say what adopting something would make',
        description: 'The profile that the node would get; nothing is kept.',
        params: InProject,
        body: Adoption,
        response: answers({ 200: ref(ValidProfileResource) }, [
          'not_found',
          'invalid_spec',
          'invalid_state',
          'runtime_failed',
        ]),
      },
    },
    async (request) => control.nodes.previewAdoption(callerOf(request), request.body),
  )
}
