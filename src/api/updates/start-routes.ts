import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Caller } from '../../control/control.ts'
import type { ForewarnedUpdate } from '../../control/views.ts'
import { ActionResource, actionExample, presentAction } from '../actions/resource.ts'
import { type Api, type ApiDeps, InCluster, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { UpdateStatusWord } from '../pools/resource.ts'
import { presentRevision, RevisionResource, revisionExample } from '../revisions/resource.ts'
import { answers, IdempotencyHeaders, oneOf, record, ref } from '../schema.ts'
import { softwareChanges, UpdateParamsInput } from './params.ts'
import { presentPlan, presentWarning, UpdatePlanResource, UpdateWarningResource } from './plan-resource.ts'
import { presentUpdate, UpdateResource, updateExample } from './resource.ts'

const tags = ['Updates']

export const StartedUpdateResource = record(
  {
    update: ref(UpdateResource),
    action: ref(ActionResource),
    revision: ref(RevisionResource),
    warnings: Type.Array(ref(UpdateWarningResource)),
  },
  {
    $id: 'StartedUpdate',
    description:
      'An update that was accepted, the action that carries it, and the revision it moves nodes to.',
    examples: [
      {
        update: updateExample,
        action: { ...actionExample, name: 'CLUSTER_UPDATE' },
        revision: revisionExample,
        warnings: [],
      },
    ],
  },
)

const how = {
  pool: Type.Optional({
    ...path.pool,
    description: 'The node pool, by id or name. Default `DefaultPool`.',
  } as typeof path.pool),
  params: Type.Optional(UpdateParamsInput),
  onConflict: Type.Optional(
    oneOf(
      ['refuse', 'queue', 'supersede'],
      'What to do when another update has the pool. `queue`: wait for its turn. `supersede`: take over; all others of the pool end as Cancelled, and nodes go straight to this one’s revision. Default `refuse`.',
    ),
  ),
  description: Type.Optional(Type.String({ maxLength: 1000 })),
}

const UpdateInput = record(
  {
    ...how,
    ...softwareChanges,
    revision: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Number of an existing revision, instead of a new one.' }),
    ),
    nodes: Type.Optional(
      Type.Array(path.node, {
        minItems: 1,
        maxItems: 10_000,
        description: 'Ids or names. Default: all of the pool.',
      }),
    ),
    type: Type.Optional(
      oneOf(['Update', 'Repair'], '`Repair`: back to the committed revision. Default `Update`.'),
    ),
  },
  { examples: [{ code: { bundle: 'quotes@1.5.0' }, params: { maxUnavailable: '25%' } }] },
)

const RollbackInput = record(
  {
    ...how,
    toRevision: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Default: the one that was committed before the present one.',
      }),
    ),
  },
  { examples: [{ toRevision: 3 }] },
)

/** Updates of a cluster, and what starts one. */
export function startUpdateRoutes(api: Api, { control }: ApiDeps): void {
  const { updates } = control
  const started = answers({ 202: ref(StartedUpdateResource) }, [
    'not_found',
    'conflict',
    'invalid_state',
    'invalid_spec',
    'limit_exceeded',
    'idempotency_mismatch',
  ])

  const planned = answers({ 200: ref(UpdatePlanResource) }, ['not_found', 'invalid_state', 'invalid_spec'])

  const accept = (reply: FastifyReply, caller: Caller, start: ForewarnedUpdate): Started => {
    reply.code(202).header('location', `/api/v1/projects/${caller.project}/updates/${start.update.id}`)
    return {
      update: presentUpdate(start),
      action: presentAction(start.action),
      revision: presentRevision(start.revision),
      warnings: start.warnings.map(presentWarning),
    }
  }

  api.get(
    '/projects/:project/clusters/:cluster/updates',
    {
      schema: {
        operationId: 'listClusterUpdates',
        tags,
        summary: 'List a cluster’s updates',
        params: InCluster,
        querystring: listQuery(['createdAt'], {
          pool: Type.Optional(path.pool),
          status: several(UpdateStatusWord, 'Only updates with this status.'),
        }),
        response: answers({ 200: pageOf(UpdateResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const { cluster } = request.params
      const found = await updates.list(callerOf(request), { ...filter, cluster }, page)
      return presentPage(request, reply, found, presentUpdate)
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/updates',
    {
      schema: {
        operationId: 'startUpdate',
        tags,
        summary: 'Start an update',
        description:
          'Moves nodes to a new revision, a bounded number at a time. What is not named stays as it is in the committed revision.',
        params: InCluster,
        headers: IdempotencyHeaders,
        body: UpdateInput,
        response: started,
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      return accept(reply, caller, await updates.start(caller, request.params.cluster, request.body))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/updates/plan',
    {
      schema: {
        operationId: 'planUpdate',
        tags,
        summary: 'Plan an update',
        description: 'Says what the same request to start an update would do; nothing is changed.',
        params: InCluster,
        headers: IdempotencyHeaders,
        body: UpdateInput,
        response: planned,
      },
    },
    async (request) =>
      presentPlan(await updates.plan(callerOf(request), request.params.cluster, request.body)),
  )

  api.post(
    '/projects/:project/clusters/:cluster/rollback',
    {
      schema: {
        operationId: 'startRollback',
        tags,
        summary: 'Roll back to an earlier revision',
        description:
          'An update to a revision that was committed before, or to any that is kept. It touches no node that serves on it already, holds at no checkpoint and pauses when it fails, unless `params` say otherwise.',
        params: InCluster,
        headers: IdempotencyHeaders,
        body: RollbackInput,
        response: started,
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      return accept(reply, caller, await updates.rollback(caller, request.params.cluster, request.body))
    },
  )

  api.post(
    '/projects/:project/clusters/:cluster/rollback/plan',
    {
      schema: {
        operationId: 'planRollback',
        tags,
        summary: 'Plan a rollback',
        description: 'Says what the same request to roll back would do; nothing is changed.',
        params: InCluster,
        headers: IdempotencyHeaders,
        body: RollbackInput,
        response: planned,
      },
    },
    async (request) =>
      presentPlan(await updates.planRollback(callerOf(request), request.params.cluster, request.body)),
  )
}

type Started = Static<typeof StartedUpdateResource>
