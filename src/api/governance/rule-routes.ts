import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { MessageOfDeployer } from '../deployments/resource.ts'
import { presentMessage } from '../messages.ts'
import { IfMatchHeaders, matchOf, tag } from '../preconditions.ts'
import { answers, NullableInteger, record, ref, reference } from '../schema.ts'
import { OnePublishedProject } from './one-published-project.ts'
import { GovernanceResource, presentGovernance, Reviewers } from './resource.ts'

const tags = ['Governance']

const OneStage = record({
  ...OnePublishedProject.properties,
  stage: reference('The name of the stage.'),
})

const RuleInput = record(
  {
    requiredSignOffs: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'Default 0.' })),
    reviewers: Type.Optional(Reviewers),
    expiresAfterSeconds: Type.Optional(
      Type.Unsafe<number | null>({
        ...NullableInteger,
        description: 'Default null: approvals do not expire.',
      }),
    ),
    publisherMayApprove: Type.Optional(Type.Boolean({ description: 'Default false.' })),
    requireSignature: Type.Optional(Type.Boolean({ description: 'Default false.' })),
  },
  { examples: [{ requiredSignOffs: 2, reviewers: [{ group: 'qa' }], requireSignature: true }] },
)

/** What published projects ask of bundles before they are deployed in a stage. */
export function governanceRoutes(api: Api, { control }: ApiDeps): void {
  const { governance } = control

  api.get(
    '/projects/:project/published-projects/:key/governance',
    {
      schema: {
        operationId: 'getGovernance',
        tags,
        summary: 'Get the rules of a published project',
        params: OnePublishedProject,
        response: answers({ 200: ref(GovernanceResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const rules = await governance.getRules(callerOf(request), request.params.key)
      tag(reply, rules)
      return presentGovernance(rules)
    },
  )

  api.put(
    '/projects/:project/published-projects/:key/governance/:stage',
    {
      schema: {
        operationId: 'setStageRule',
        tags,
        summary: 'Set the rule for a stage',
        description: 'In place of the one there is. Needs the right `admin` of the published project.',
        params: OneStage,
        headers: IfMatchHeaders,
        body: RuleInput,
        response: answers({ 200: ref(GovernanceResource) }, ['not_found', 'precondition_failed']),
      },
    },
    async (request, reply) => {
      const { key, stage } = request.params
      const rules = await governance.setRule(callerOf(request), key, stage, request.body, matchOf(request))
      tag(reply, rules)
      return presentGovernance(rules)
    },
  )

  api.delete(
    '/projects/:project/published-projects/:key/governance/:stage',
    {
      schema: {
        operationId: 'deleteStageRule',
        tags,
        summary: 'Take away the rule for a stage',
        description: 'Then the stage asks for nothing. Needs the right `admin` of the published project.',
        params: OneStage,
        headers: IfMatchHeaders,
        response: answers({ 200: ref(GovernanceResource) }, ['not_found', 'precondition_failed']),
      },
    },
    async (request, reply) => {
      const { key, stage } = request.params
      const rules = await governance.setRule(callerOf(request), key, stage, null, matchOf(request))
      tag(reply, rules)
      return presentGovernance(rules)
    },
  )

  api.get(
    '/projects/:project/deployments/:deployment/governance',
    {
      schema: {
        operationId: 'checkGovernance',
        tags,
        summary: 'Ask what would be said about a bundle',
        description:
          'As if it were deployed by this deployment now: nothing where its infra asks nothing, warnings where it only warns.',
        params: record({
          project: InProject.properties.project,
          deployment: reference('The deployment, by id or name.'),
        }),
        querystring: record({
          bundle: Type.Optional(
            Type.String({ maxLength: 128, description: 'A version. Default: the one that is wanted.' }),
          ),
        }),
        response: answers({ 200: record({ items: Type.Array(ref(MessageOfDeployer)) }) }, ['not_found']),
      },
    },
    async (request) => {
      const { deployment } = request.params
      const messages = await governance.check(callerOf(request), deployment, request.query.bundle)
      return { items: messages.map(presentMessage) }
    },
  )
}
