import { Type } from 'typebox'
import { type Api, type ApiDeps, OfId } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, oneOf, record, ref } from '../schema.ts'
import { DeploymentUpdateResource, presentDeploymentUpdate } from './resource.ts'
import { IgnoreWarnings, OneDeployment } from './routes.ts'

const tags = ['Deployments']

const UpdateInput = record(
  { ignoreWarnings: Type.Optional(IgnoreWarnings) },
  { examples: [{}, { ignoreWarnings: true }] },
)

const CancelInput = record(
  {
    mode: Type.Optional(
      oneOf(['roll-back', 'stop-here'], 'What becomes of nodes that have moved. Default `roll-back`.'),
    ),
    reason: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { examples: [{ reason: 'wrong version' }] },
)

/** What makes deployments' settings real. */
export function deploymentUpdateRoutes(api: Api, { control }: ApiDeps): void {
  const { deployments } = control

  api.post(
    '/projects/:project/deployments/:deployment/updates',
    {
      schema: {
        operationId: 'updateDeployment',
        tags,
        summary: 'Update a deployment',
        description:
          'Makes real what its settings want. If nothing differs, the answer is an update that has ended well already.',
        params: OneDeployment,
        headers: IdempotencyHeaders,
        body: UpdateInput,
        response: answers({ 202: ref(DeploymentUpdateResource) }, [
          'not_found',
          'governance_refused',
          'conflict',
          'already_exists',
          'invalid_spec',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { deploymentUpdate } = await deployments.startUpdate(
        caller,
        request.params.deployment,
        request.body,
      )
      const { id } = deploymentUpdate
      reply
        .code(202)
        .header('location', `/api/v1/projects/${request.params.project}/deployment-updates/${id}`)
      return presentDeploymentUpdate(await deployments.getUpdate(caller, id))
    },
  )

  api.get(
    '/projects/:project/deployments/:deployment/updates',
    {
      schema: {
        operationId: 'listDeploymentUpdates',
        tags,
        summary: 'List a deployment’s updates',
        description: 'The newest hundred are kept, and the one that says what is deployed.',
        params: OneDeployment,
        querystring: listQuery(['createdAt'], {}),
        response: answers({ 200: pageOf(DeploymentUpdateResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page } = splitQuery(request.query)
      const found = await deployments.updates(callerOf(request), request.params.deployment, page)
      return presentPage(request, reply, found, presentDeploymentUpdate)
    },
  )

  api.get(
    '/projects/:project/deployment-updates/:id',
    {
      schema: {
        operationId: 'getDeploymentUpdate',
        tags,
        summary: 'Get an update of a deployment',
        params: OfId,
        response: answers({ 200: ref(DeploymentUpdateResource) }, ['not_found']),
      },
    },
    async (request) =>
      presentDeploymentUpdate(await deployments.getUpdate(callerOf(request), request.params.id)),
  )

  api.post(
    '/projects/:project/deployments/:deployment/cancel',
    {
      schema: {
        operationId: 'cancelDeploymentUpdate',
        tags,
        summary: 'Cancel the update of a deployment that runs',
        params: OneDeployment,
        headers: IdempotencyHeaders,
        body: CancelInput,
        response: answers({ 202: ref(DeploymentUpdateResource) }, [
          'not_found',
          'invalid_state',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const update = await deployments.cancel(caller, request.params.deployment, request.body)
      reply
        .code(202)
        .header('location', `/api/v1/projects/${request.params.project}/deployment-updates/${update.id}`)
      return presentDeploymentUpdate(update)
    },
  )
}
