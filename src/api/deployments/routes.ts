import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { IfMatchHeaders, matchOf, tag } from '../preconditions.ts'
import {
  answers,
  IdempotencyHeaders,
  Name,
  Nothing,
  NullableString,
  record,
  ref,
  reference,
} from '../schema.ts'
import {
  DeploymentResource,
  DeploymentStatusResource,
  presentDeployment,
  presentDeploymentStatus,
} from './resource.ts'

const tags = ['Deployments']

export const OneDeployment = record({
  project: InProject.properties.project,
  deployment: reference('The deployment, by id or name.'),
})

export const IgnoreWarnings = Type.Boolean({
  description: 'Go on although the bundle lacks something, where the infra’s governance is WARN. Default no.',
})

const settings = {
  enabled: Type.Optional(Type.Boolean({ description: 'False: once it is updated, nothing of it runs.' })),
  deployedProjectKey: Type.Optional(NullableString),
  projectFolderId: Type.Optional(NullableString),
}

const BundleVersion = Type.String({ minLength: 1, maxLength: 128, description: 'Its version.' })

const NewDeployment = record(
  {
    name: Name,
    publishedProject: reference('The published project, by id or key.'),
    infra: reference('The infra, by id or name.'),
    bundle: BundleVersion,
    ...settings,
    ignoreWarnings: Type.Optional(IgnoreWarnings),
  },
  {
    examples: [{ name: 'quotes-prod', publishedProject: 'quotes', infra: 'prod-east', bundle: '1.4.0' }],
  },
)

const DeploymentChanges = record(
  {
    bundle: Type.Optional(BundleVersion),
    ...settings,
    ignoreWarnings: Type.Optional(IgnoreWarnings),
  },
  { examples: [{ bundle: '1.5.0' }] },
)

const Promotion = record(
  {
    infra: Type.Optional(reference('The infra to promote to, by id or name.')),
    deployment: Type.Optional(
      reference(
        'The deployment to promote to, by id or name; with `infra`, the name of the one that is made.',
      ),
    ),
    force: Type.Optional(
      Type.Boolean({ description: 'Although it skips a stage, or the source is not healthy.' }),
    ),
    ignoreWarnings: Type.Optional(IgnoreWarnings),
  },
  { examples: [{ infra: 'prod-east' }] },
)

/** Bundles that are kept running on infras. */
export function deploymentRoutes(api: Api, { control }: ApiDeps): void {
  const { deployments } = control
  const codes = ['not_found', 'precondition_failed', 'governance_refused'] as const
  const shown = answers({ 200: ref(DeploymentResource) }, codes)

  api.get(
    '/projects/:project/deployments',
    {
      schema: {
        operationId: 'listDeployments',
        tags,
        summary: 'List deployments',
        params: InProject,
        querystring: listQuery(['name', 'createdAt', 'updatedAt'], {
          name: Type.Optional(Type.String({ maxLength: 63 })),
          infra: Type.Optional(reference('Only those on this infra.')),
          publishedProject: Type.Optional(reference('Only those of this published project.')),
        }),
        response: answers({ 200: pageOf(DeploymentResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const found = await deployments.list(callerOf(request), filter, page)
      return presentPage(request, reply, found, presentDeployment)
    },
  )

  api.post(
    '/projects/:project/deployments',
    {
      schema: {
        operationId: 'createDeployment',
        tags,
        summary: 'Create a deployment',
        description: 'Nothing runs before its first update.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewDeployment,
        response: answers({ 201: ref(DeploymentResource) }, [
          'not_found',
          'governance_refused',
          'already_exists',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const made = await deployments.create(caller, request.body)
      tag(reply, made)
      reply
        .code(201)
        .header('location', `/api/v1/projects/${request.params.project}/deployments/${made.name}`)
      return presentDeployment(await deployments.get(caller, made.id))
    },
  )

  api.get(
    '/projects/:project/deployments/:deployment',
    {
      schema: {
        operationId: 'getDeployment',
        tags,
        summary: 'Get a deployment',
        params: OneDeployment,
        response: answers({ 200: ref(DeploymentResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const view = await deployments.get(callerOf(request), request.params.deployment)
      tag(reply, view.deployment)
      return presentDeployment(view)
    },
  )

  api.get(
    '/projects/:project/deployments/:deployment/status',
    {
      schema: {
        operationId: 'getDeploymentStatus',
        tags,
        summary: 'Get a deployment’s health, and why',
        params: OneDeployment,
        response: answers({ 200: ref(DeploymentStatusResource) }, ['not_found']),
      },
    },
    async (request) =>
      presentDeploymentStatus(await deployments.status(callerOf(request), request.params.deployment)),
  )

  api.patch(
    '/projects/:project/deployments/:deployment',
    {
      schema: {
        operationId: 'changeDeployment',
        tags,
        summary: 'Change what is wanted of a deployment',
        description: 'What is not named stays. Nothing of it is real before the deployment’s next update.',
        params: OneDeployment,
        headers: IfMatchHeaders,
        body: DeploymentChanges,
        response: shown,
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { ignoreWarnings, ...changes } = request.body
      const options = { ...matchOf(request), ...(ignoreWarnings !== undefined && { ignoreWarnings }) }
      const saved = await deployments.save(caller, request.params.deployment, changes, options)
      tag(reply, saved)
      return presentDeployment(await deployments.get(caller, saved.id))
    },
  )

  api.post(
    '/projects/:project/deployments/:deployment/promote',
    {
      schema: {
        operationId: 'promoteDeployment',
        tags,
        summary: 'Promote what is deployed to the next stage',
        description:
          'Makes the bundle that is deployed the wanted one of a deployment of the same published project one stage further, which is made if there is none. Answers with that deployment; its update is asked for as any other.',
        params: OneDeployment,
        headers: IdempotencyHeaders,
        body: Promotion,
        response: answers({ 200: ref(DeploymentResource), 201: ref(DeploymentResource) }, [
          'not_found',
          'governance_refused',
          'already_exists',
          'ambiguous',
          'not_ready',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { deployment, isNew } = await deployments.promote(caller, request.params.deployment, request.body)
      tag(reply, deployment)
      reply
        .code(isNew ? 201 : 200)
        .header('location', `/api/v1/projects/${request.params.project}/deployments/${deployment.name}`)
      return presentDeployment(await deployments.get(caller, deployment.id))
    },
  )

  api.delete(
    '/projects/:project/deployments/:deployment',
    {
      schema: {
        operationId: 'deleteDeployment',
        tags,
        summary: 'Delete a deployment',
        description: 'Refused unless it is disabled and was updated since.',
        params: OneDeployment,
        response: answers({ 204: Nothing }, ['not_found', 'invalid_state']),
      },
    },
    async (request, reply) => {
      await deployments.delete(callerOf(request), request.params.deployment)
      return reply.code(204).send(null)
    },
  )
}
