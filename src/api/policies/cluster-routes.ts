import { Type } from 'typebox'
import { AcceptedResource, sendAccepted } from '../accepted.ts'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, IdempotencyHeaders, record, ref, reference } from '../schema.ts'
import { ClusterPolicyResource, presentClusterPolicy } from './resource.ts'

const tags = ['Policies']

const policy = reference('The policy, by id or name.')
const OnClusterPolicy = record({ project: path.project, cluster: path.cluster, policy })

const Attachment = record(
  {
    policy,
    enabled: Type.Optional(Type.Boolean({ description: 'Whether it is asked from now on. Default true.' })),
  },
  { examples: [{ policy: 'slowly' }] },
)
const AttachmentChanges = record({ enabled: Type.Boolean() }, { examples: [{ enabled: false }] })
const Filters = record({
  enabled: Type.Optional(Type.Boolean({ description: 'Only those that are asked, or that are not.' })),
  name: Type.Optional(Type.String({ maxLength: 255, description: 'Name of the policy.' })),
  type: Type.Optional(Type.String({ maxLength: 63, description: 'Type of the policy.' })),
})

const CHANGES = ['not_found', 'ambiguous', 'invalid_state', 'limit_exceeded'] as const

/** The policies of a cluster. Each change is an action of it. */
export function clusterPolicyRoutes(api: Api, { control }: ApiDeps): void {
  const { clusterPolicies } = control

  api.get(
    '/projects/:project/clusters/:cluster/policies',
    {
      schema: {
        operationId: 'listClusterPolicies',
        tags,
        summary: 'List a cluster’s policies',
        description: 'In the order in which they are asked.',
        params: InCluster,
        querystring: Filters,
        response: answers({ 200: record({ items: Type.Array(ref(ClusterPolicyResource)) }) }, [
          'not_found',
          'ambiguous',
        ]),
      },
    },
    async (request) => {
      const attached = await clusterPolicies.list(callerOf(request), request.params.cluster, request.query)
      return { items: attached.map(presentClusterPolicy) }
    },
  )

  api.get(
    '/projects/:project/clusters/:cluster/policies/:policy',
    {
      schema: {
        operationId: 'getClusterPolicy',
        tags,
        summary: 'Get a cluster’s policy',
        params: OnClusterPolicy,
        response: answers({ 200: ref(ClusterPolicyResource) }, ['not_found', 'ambiguous']),
      },
    },
    async (request) => {
      const { cluster, policy } = request.params
      return presentClusterPolicy(await clusterPolicies.get(callerOf(request), cluster, policy))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/policies',
    {
      schema: {
        operationId: 'attachPolicy',
        tags,
        summary: 'Attach a policy to a cluster',
        description:
          'The action fails if the cluster has one of that type and may have only one, or if it can do nothing for the cluster’s nodes. Again: nothing changes.',
        params: InCluster,
        headers: IdempotencyHeaders,
        body: Attachment,
        response: answers({ 202: ref(AcceptedResource) }, [...CHANGES, 'idempotency_mismatch']),
      },
    },
    async (request, reply) => {
      const { project, cluster } = request.params
      return sendAccepted(
        reply,
        project,
        await clusterPolicies.attach(callerOf(request), cluster, request.body),
      )
    },
  )

  api.patch(
    '/projects/:project/clusters/:cluster/policies/:policy',
    {
      schema: {
        operationId: 'changeClusterPolicy',
        tags,
        summary: 'Enable or disable a cluster’s policy',
        params: OnClusterPolicy,
        body: AttachmentChanges,
        response: answers({ 202: ref(AcceptedResource) }, CHANGES),
      },
    },
    async (request, reply) => {
      const { project, cluster, policy } = request.params
      const changed = await clusterPolicies.update(callerOf(request), cluster, policy, request.body)
      return sendAccepted(reply, project, changed)
    },
  )

  api.delete(
    '/projects/:project/clusters/:cluster/policies/:policy',
    {
      schema: {
        operationId: 'detachPolicy',
        tags,
        summary: 'Detach a policy from a cluster',
        params: OnClusterPolicy,
        response: answers({ 202: ref(AcceptedResource) }, CHANGES),
      },
    },
    async (request, reply) => {
      const { project, cluster, policy } = request.params
      return sendAccepted(reply, project, await clusterPolicies.detach(callerOf(request), cluster, policy))
    },
  )
}
