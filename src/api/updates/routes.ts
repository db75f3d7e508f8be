import { Type } from 'typebox'
import type { Caller } from '../../control/control.ts'
import { type Api, type ApiDeps, InProject, OfId, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { UpdateStatusWord } from '../pools/resource.ts'
import { answers, IdempotencyHeaders, oneOf, record, ref } from '../schema.ts'
import { presentUpdate, presentUpdateNode, UpdateNodeResource, UpdateResource } from './resource.ts'

const tags = ['Updates']

const reason = Type.Optional(
  Type.String({ maxLength: 1000, description: 'For people who read of it later.' }),
)
const Pause = record({ reason }, { examples: [{ reason: 'latency went up' }] })
const Cancel = record(
  {
    mode: Type.Optional(
      oneOf(
        ['roll-back', 'stop-here'],
        '`roll-back`: nodes return to the committed revision. `stop-here`: they stay where they are. Default `roll-back`.',
      ),
    ),
    reason,
  },
  { examples: [{ mode: 'roll-back', reason: 'wrong bundle' }] },
)

/** Looking at updates, and stopping them. */
export function updateRoutes(api: Api, { control }: ApiDeps): void {
  const { updates } = control

  api.get(
    '/projects/:project/updates',
    {
      schema: {
        operationId: 'listUpdates',
        tags,
        summary: 'List a project’s updates',
        params: InProject,
        querystring: listQuery(['createdAt'], {
          cluster: Type.Optional(path.cluster),
          pool: Type.Optional({
            ...path.pool,
            description: 'The node pool, by id or name; needs `cluster`.',
          } as typeof path.pool),
          status: several(UpdateStatusWord, 'Only updates with this status.'),
        }),
        response: answers({ 200: pageOf(UpdateResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      return presentPage(request, reply, await updates.list(callerOf(request), filter, page), presentUpdate)
    },
  )

  api.get(
    '/projects/:project/updates/:id',
    {
      schema: {
        operationId: 'getUpdate',
        tags,
        summary: 'Get an update',
        params: OfId,
        response: answers({ 200: ref(UpdateResource) }, ['not_found']),
      },
    },
    async (request) => presentUpdate(await updates.get(callerOf(request), request.params.id)),
  )

  api.get(
    '/projects/:project/updates/:id/nodes',
    {
      schema: {
        operationId: 'listUpdateNodes',
        tags,
        summary: 'List the nodes of an update',
        description: 'The pool’s nodes, or the chosen ones, by index.',
        params: OfId,
        querystring: listQuery(['index'], {}),
        response: answers({ 200: pageOf(UpdateNodeResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page } = splitQuery(request.query)
      const nodes = await updates.nodes(callerOf(request), request.params.id, page)
      return presentPage(request, reply, nodes, presentUpdateNode)
    },
  )

  const common = {
    tags,
    params: OfId,
    headers: IdempotencyHeaders,
    response: answers({ 200: ref(UpdateResource) }, ['not_found', 'invalid_state', 'idempotency_mismatch']),
  }
  const shown = async (caller: Caller, id: string) => presentUpdate(await updates.get(caller, id))

  api.post(
    '/projects/:project/updates/:id/cancel',
    {
      schema: {
        ...common,
        operationId: 'cancelUpdate',
        summary: 'Cancel an update',
        description:
          'No further node starts moving. Nobody waits for the health of nodes in flight; a step that has not touched its node is broken off, and with `roll-back` also a start. Twice is the same as once; a `roll-back` may be escalated to `stop-here`. The update has ended once `endedAt` is set.',
        body: Cancel,
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const update = await updates.cancel(caller, request.params.id, request.body)
      return shown(caller, update.id)
    },
  )

  api.post(
    '/projects/:project/updates/:id/pause',
    {
      schema: {
        ...common,
        operationId: 'pauseUpdate',
        summary: 'Pause an update',
        description: 'Nodes in flight finish their step, and no other begins.',
        body: Pause,
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const update = await updates.pause(caller, request.params.id, request.body)
      return shown(caller, update.id)
    },
  )

  api.post(
    '/projects/:project/updates/:id/resume',
    {
      schema: {
        ...common,
        operationId: 'resumeUpdate',
        summary: 'Resume an update',
        description: 'Nodes whose step had failed are tried again.',
        body: record({}),
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const update = await updates.resume(caller, request.params.id)
      return shown(caller, update.id)
    },
  )

  api.post(
    '/projects/:project/updates/:id/continue',
    {
      schema: {
        ...common,
        operationId: 'continueUpdate',
        summary: 'Continue an update at its checkpoint',
        description:
          'For an update that holds: `hold` is not null. Who said so is kept in `control.continued`.',
        body: record({}),
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const update = await updates.continue(caller, request.params.id)
      return shown(caller, update.id)
    },
  )
}
