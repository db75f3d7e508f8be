import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, record, ref, reference } from '../schema.ts'
import {
  BundleSignatureResource,
  BundleStatusResource,
  presentBundleStatus,
  presentSignature,
  presentSignOff,
  SignOffResource,
} from './resource.ts'

const tags = ['Governance']

const OneBundle = record({
  project: InProject.properties.project,
  bundle: reference('The bundle: its id, or `name@version`.'),
})

const Stage = Type.String({ minLength: 1, maxLength: 63, description: 'Name of the stage.' })
const Comment = Type.Optional(Type.String({ maxLength: 1000 }))

const ApproveInput = record(
  {
    stage: Stage,
    comment: Comment,
    expiresInSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 315_360_000, description: 'Default: as the rule says.' }),
    ),
  },
  { examples: [{ stage: 'Production', comment: 'load test passed' }] },
)

const RejectInput = record(
  { stage: Stage, comment: Comment },
  { examples: [{ stage: 'Production', comment: 'leaks memory' }] },
)

const WithdrawInput = record(
  {
    stage: Stage,
    reviewer: Type.Optional(
      Type.String({ maxLength: 300, description: 'Name of a principal. Default: the caller.' }),
    ),
  },
  { examples: [{ stage: 'Production' }] },
)

const SignatureInput = record(
  { signature: Type.String({ maxLength: 16_384, description: 'The whole `.minisig` file.' }) },
  {
    examples: [
      {
        signature:
          'untrusted comment: signature from minisign secret key\nRUTWHvbHGvQzV…\ntrusted comment: web 2\nRIHnAzwzn8US…\n',
      },
    ],
  },
)

/** What reviewers say about bundles, and signatures that vouch for them. */
export function approvalRoutes(api: Api, { control }: ApiDeps): void {
  const { approvals, governance } = control

  api.get(
    '/projects/:project/sign-offs',
    {
      schema: {
        operationId: 'listSignOffs',
        tags,
        summary: 'List sign-offs',
        description:
          'Newest first, also those that stand no longer. Either a published project or a bundle has to be given.',
        params: InProject,
        querystring: listQuery(['at'], {
          publishedProject: Type.Optional(Type.String({ maxLength: 63, description: 'Id or key.' })),
          bundle: Type.Optional(Type.String({ maxLength: 128, description: 'Id, or `name@version`.' })),
          stage: Type.Optional(Stage),
        }),
        response: answers({ 200: pageOf(SignOffResource) }, ['not_found', 'invalid_state']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const found = await approvals.list(callerOf(request), filter, page)
      return presentPage(request, reply, found, presentSignOff)
    },
  )

  api.get(
    '/projects/:project/bundles/:bundle/approval',
    {
      schema: {
        operationId: 'getApproval',
        tags,
        summary: 'Get what a bundle has and needs',
        description:
          'For each stage, or for one: approvals, rejections, signatures, and what they amount to.',
        params: OneBundle,
        querystring: record({ stage: Type.Optional(Stage) }),
        response: answers({ 200: ref(BundleStatusResource) }, ['not_found', 'invalid_state']),
      },
    },
    async (request) => {
      const { bundle } = request.params
      return presentBundleStatus(await approvals.status(callerOf(request), bundle, request.query.stage))
    },
  )

  api.post(
    '/projects/:project/bundles/:bundle/approve',
    {
      schema: {
        operationId: 'approveBundle',
        tags,
        summary: 'Approve a bundle for a stage',
        description: 'For its reviewers, and whom they delegate it to. It takes the place of what they said.',
        params: OneBundle,
        headers: IdempotencyHeaders,
        body: ApproveInput,
        response: answers({ 201: ref(SignOffResource) }, [
          'not_found',
          'invalid_state',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const said = await approvals.approve(callerOf(request), request.params.bundle, request.body)
      return reply.code(201).send(presentSignOff(said))
    },
  )

  api.post(
    '/projects/:project/bundles/:bundle/reject',
    {
      schema: {
        operationId: 'rejectBundle',
        tags,
        summary: 'Reject a bundle for a stage',
        description: 'No approval outweighs it: it stands until it is withdrawn.',
        params: OneBundle,
        headers: IdempotencyHeaders,
        body: RejectInput,
        response: answers({ 201: ref(SignOffResource) }, [
          'not_found',
          'invalid_state',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const said = await approvals.reject(callerOf(request), request.params.bundle, request.body)
      return reply.code(201).send(presentSignOff(said))
    },
  )

  api.post(
    '/projects/:project/bundles/:bundle/withdraw',
    {
      schema: {
        operationId: 'withdrawSignOff',
        tags,
        summary: 'Withdraw a sign-off',
        description: 'One’s own; that of somebody else needs the right `admin` of the published project.',
        params: OneBundle,
        headers: IdempotencyHeaders,
        body: WithdrawInput,
        response: answers({ 200: ref(SignOffResource) }, [
          'not_found',
          'invalid_state',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request) =>
      presentSignOff(await approvals.withdraw(callerOf(request), request.params.bundle, request.body)),
  )

  api.post(
    '/projects/:project/bundles/:bundle/signatures',
    {
      schema: {
        operationId: 'addSignature',
        tags,
        summary: 'Add a signature to a bundle',
        description:
          'Made by minisign over the zip. Whether its key is trusted is asked when the bundle is to be deployed.',
        params: OneBundle,
        headers: IdempotencyHeaders,
        body: SignatureInput,
        response: answers({ 201: ref(BundleSignatureResource) }, [
          'not_found',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const { signature } = request.body
      const added = await governance.addSignature(callerOf(request), request.params.bundle, signature)
      return reply.code(201).send(presentSignature(added))
    },
  )
}
