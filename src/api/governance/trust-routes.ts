import { Type } from 'typebox'
import { type Api, type ApiDeps, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, IdempotencyHeaders, Name, record, ref, reference } from '../schema.ts'
import { OnePublishedProject } from './one-published-project.ts'
import { DelegationResource, presentDelegation, presentSigningKey, SigningKeyResource } from './resource.ts'

const tags = ['Governance']

const NewKey = record(
  {
    name: Name,
    publicKey: Type.String({
      maxLength: 16_384,
      description: 'A `.pub` file of minisign, or its second line.',
    }),
  },
  {
    examples: [{ name: 'release', publicKey: 'RWTWHvbHGvQzV5VN0NuxmVoSDRNtYkEr7ZjLu+IVUeN0ikRKGJbLTQoe' }],
  },
)

const NewDelegation = record(
  {
    to: Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Name of a user with a role in the project.',
    }),
    forSeconds: Type.Integer({ minimum: 1, maximum: 31_536_000 }),
  },
  { examples: [{ to: 'kim', forSeconds: 604800 }] },
)

/** Whom published projects trust: keys, and whom reviewers let sign off for them. */
export function trustRoutes(api: Api, { control }: ApiDeps): void {
  const { approvals, governance } = control

  api.get(
    '/projects/:project/published-projects/:key/keys',
    {
      schema: {
        operationId: 'listSigningKeys',
        tags,
        summary: 'List trusted keys',
        params: OnePublishedProject,
        response: answers({ 200: record({ items: Type.Array(ref(SigningKeyResource)) }) }, ['not_found']),
      },
    },
    async (request) => {
      const keys = await governance.keys(callerOf(request), request.params.key)
      return { items: keys.map(presentSigningKey) }
    },
  )

  api.post(
    '/projects/:project/published-projects/:key/keys',
    {
      schema: {
        operationId: 'addSigningKey',
        tags,
        summary: 'Trust a key',
        description: 'Needs the right `admin` of the published project.',
        params: OnePublishedProject,
        headers: IdempotencyHeaders,
        body: NewKey,
        response: answers({ 201: ref(SigningKeyResource) }, [
          'not_found',
          'already_exists',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const key = await governance.addKey(callerOf(request), request.params.key, request.body)
      return reply.code(201).send(presentSigningKey(key))
    },
  )

  api.delete(
    '/projects/:project/published-projects/:key/keys/:name',
    {
      schema: {
        operationId: 'removeSigningKey',
        tags,
        summary: 'Trust a key no more',
        description: 'Signatures that were made with it count no more. Needs the right `admin`.',
        params: record({ ...OnePublishedProject.properties, name: reference('The name of the key.') }),
        response: answers({ 200: ref(SigningKeyResource) }, ['not_found']),
      },
    },
    async (request) => {
      const { key, name } = request.params
      return presentSigningKey(await governance.removeKey(callerOf(request), key, name))
    },
  )

  api.get(
    '/projects/:project/published-projects/:key/delegations',
    {
      schema: {
        operationId: 'listDelegations',
        tags,
        summary: 'List delegations',
        description: 'Those that hold now.',
        params: OnePublishedProject,
        response: answers({ 200: record({ items: Type.Array(ref(DelegationResource)) }) }, ['not_found']),
      },
    },
    async (request) => {
      const found = await approvals.delegations(callerOf(request), request.params.key)
      return { items: found.map(presentDelegation) }
    },
  )

  api.post(
    '/projects/:project/published-projects/:key/delegations',
    {
      schema: {
        operationId: 'delegateApproval',
        tags,
        summary: 'Let somebody else sign off for you',
        description: 'For reviewers. A delegate and whoever delegated count once.',
        params: OnePublishedProject,
        headers: IdempotencyHeaders,
        body: NewDelegation,
        response: answers({ 201: ref(DelegationResource) }, [
          'not_found',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const made = await approvals.delegate(callerOf(request), request.params.key, request.body)
      return reply.code(201).send(presentDelegation(made))
    },
  )

  api.delete(
    '/projects/:project/published-projects/:key/delegations/:id',
    {
      schema: {
        operationId: 'endDelegation',
        tags,
        summary: 'Take a delegation back',
        description: 'What was signed off by it stays.',
        params: record({ ...OnePublishedProject.properties, id: path.id }),
        response: answers({ 200: ref(DelegationResource) }, ['not_found']),
      },
    },
    async (request) => {
      const { key, id } = request.params
      return presentDelegation(await approvals.endDelegation(callerOf(request), key, id))
    },
  )
}
