import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import {
  answers,
  FreeObject,
  IdempotencyHeaders,
  Name,
  Nothing,
  NullableString,
  record,
  ref,
  reference,
} from '../schema.ts'
import {
  PolicyResource,
  PolicyTypeResource,
  presentPolicy,
  presentPolicyType,
  ValidPolicyResource,
} from './resource.ts'

const tags = ['Policies']

const OnePolicy = record({
  project: InProject.properties.project,
  policy: reference('The policy, by id or name.'),
})

const spec = {
  type: Type.String({ minLength: 1, maxLength: 63, description: 'One of the policy types.' }),
  version: Type.Optional(Type.String({ maxLength: 20, description: 'Default: the newest.' })),
  properties: FreeObject,
}
const about = { description: Type.Optional(NullableString), metadata: Type.Optional(FreeObject) }

const example = { type: 'batch', properties: { maxBatchSize: 2, pauseTime: 30 } }
const NewPolicy = record({ name: Name, ...spec, ...about }, { examples: [{ name: 'slowly', ...example }] })
const PolicySpec = record(spec, { examples: [example] })
const PolicyChanges = record({ name: Type.Optional(Name), ...about }, { examples: [{ name: 'slower' }] })

/** What policies there are; clusters have them by cluster-routes.ts. */
export function policyRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/policy-types',
    {
      schema: {
        operationId: 'listPolicyTypes',
        tags,
        summary: 'List policy types',
        description: 'In the order in which they are asked.',
        params: InProject,
        response: answers({ 200: record({ items: Type.Array(ref(PolicyTypeResource)) }) }, ['not_found']),
      },
    },
    async (request) => ({ items: (await control.policies.types(callerOf(request))).map(presentPolicyType) }),
  )

  api.get(
    '/projects/:project/policies',
    {
      schema: {
        operationId: 'listPolicies',
        tags,
        summary: 'List policies',
        params: InProject,
        querystring: listQuery(['name', 'type', 'createdAt', 'updatedAt'], {
          name: several(Type.String({ maxLength: 255 }), 'With this name.'),
          type: several(Type.String({ maxLength: 63 }), 'Of this type.'),
        }),
        response: answers({ 200: pageOf(PolicyResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const policies = await control.policies.list(callerOf(request), filter, page)
      return presentPage(request, reply, policies, presentPolicy)
    },
  )

  api.post(
    '/projects/:project/policies',
    {
      schema: {
        operationId: 'createPolicy',
        tags,
        summary: 'Create a policy',
        description: 'What it says never changes. It has no effect until it is attached to a cluster.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewPolicy,
        response: answers({ 201: ref(PolicyResource) }, [
          'not_found',
          'already_exists',
          'invalid_spec',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const policy = await control.policies.create(callerOf(request), request.body)
      const location = `/api/v1/projects/${request.params.project}/policies/${policy.name}`
      return reply.code(201).header('location', location).send(presentPolicy(policy))
    },
  )

  api.post(
    '/projects/:project/policies/validate',
    {
      schema: {
        operationId: 'validatePolicy',
        tags,
        summary: 'Validate a policy',
        description: 'Says whether its type takes it; nothing is kept.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: PolicySpec,
        response: answers({ 200: ref(ValidPolicyResource) }, ['not_found', 'invalid_spec']),
      },
    },
    async (request) => {
      const { type, version, properties } = await control.policies.validate(callerOf(request), request.body)
      return { type, version, properties }
    },
  )

  api.get(
    '/projects/:project/policies/:policy',
    {
      schema: {
        operationId: 'getPolicy',
        tags,
        summary: 'Get a policy',
        params: OnePolicy,
        response: answers({ 200: ref(PolicyResource) }, ['not_found', 'ambiguous']),
      },
    },
    async (request) => presentPolicy(await control.policies.get(callerOf(request), request.params.policy)),
  )

  api.patch(
    '/projects/:project/policies/:policy',
    {
      schema: {
        operationId: 'changePolicy',
        tags,
        summary: 'Rename or describe a policy',
        description: 'What is not named stays. `metadata` is replaced as a whole.',
        params: OnePolicy,
        body: PolicyChanges,
        response: answers({ 200: ref(PolicyResource) }, ['not_found', 'ambiguous', 'already_exists']),
      },
    },
    async (request) =>
      presentPolicy(await control.policies.update(callerOf(request), request.params.policy, request.body)),
  )

  api.delete(
    '/projects/:project/policies/:policy',
    {
      schema: {
        operationId: 'deletePolicy',
        tags,
        summary: 'Delete a policy',
        params: OnePolicy,
        response: answers({ 204: Nothing }, ['not_found', 'ambiguous', 'in_use']),
      },
    },
    async (request, reply) => {
      await control.policies.delete(callerOf(request), request.params.policy)
      return reply.code(204).send(null)
    },
  )
}
