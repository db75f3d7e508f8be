import { Type } from 'typebox'
import type { Caller } from '../../control/control.ts'
import type { Action } from '../../domain/action.ts'
import { type Api, type ApiDeps, InProject, OfId, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, record, ref } from '../schema.ts'
import { ActionResource, ActionStatusWord, presentAction } from './resource.ts'

const tags = ['Actions']

const ActionQuery = listQuery(['createdAt', 'name', 'status'], {
  cluster: Type.Optional(path.cluster),
  node: Type.Optional({
    ...path.node,
    description: 'The node, by id or name; needs `cluster`.',
  } as typeof path.node),
  parent: Type.Optional(path.id),
  update: Type.Optional(path.id),
  name: several(Type.String({ maxLength: 50 }), 'Only actions of this name.'),
  status: several(ActionStatusWord, 'Only actions with this status.'),
})

export function actionRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/actions',
    {
      schema: {
        operationId: 'listActions',
        tags,
        summary: 'List actions',
        params: InProject,
        querystring: ActionQuery,
        response: answers({ 200: pageOf(ActionResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const actions = await control.actions.list(callerOf(request), filter, page)
      return presentPage(request, reply, actions, presentAction)
    },
  )

  api.get(
    '/projects/:project/actions/:id',
    {
      schema: {
        operationId: 'getAction',
        tags,
        summary: 'Get an action',
        params: OfId,
        response: answers({ 200: ref(ActionResource) }, ['not_found']),
      },
    },
    async (request) => presentAction(await control.actions.get(callerOf(request), request.params.id)),
  )

  const common = {
    tags,
    params: OfId,
    headers: IdempotencyHeaders,
    response: answers({ 200: ref(ActionResource) }, ['not_found', 'invalid_state', 'idempotency_mismatch']),
  }

  api.post(
    '/projects/:project/actions/:id/cancel',
    {
      schema: {
        ...common,
        operationId: 'cancelAction',
        summary: 'Cancel an action',
        description:
          'What has not begun ends at once. Else nothing more begins, steps under way end without waiting for health, and then it ends. With `force` it ends at once and its steps are broken off. Cancelling the action that carries an update cancels the update: it rolls back, or with `force` leaves nodes where they are.',
        body: record({ force: Type.Optional(Type.Boolean({ description: 'Default false.' })) }),
      },
    },
    async (request) => {
      const { id } = request.params
      return presentAction(await control.actions.cancel(callerOf(request), id, request.body))
    },
  )

  const plain = (
    [operationId, name]: readonly [operationId: string, name: string],
    summary: string,
    description: string,
    ask: (caller: Caller, id: string) => Promise<Action>,
  ) =>
    api.post(
      `/projects/:project/actions/:id/${name}`,
      { schema: { ...common, operationId, summary, description, body: record({}) } },
      async (request) => presentAction(await ask(callerOf(request), request.params.id)),
    )

  plain(
    ['suspendAction', 'suspend'],
    'Suspend a cluster action',
    'What is under way for it ends; nothing more begins until it is resumed. The action that carries an update pauses the update.',
    (caller, id) => control.actions.suspend(caller, id),
  )
  plain(
    ['resumeAction', 'resume'],
    'Resume a cluster action',
    'It goes on where it was suspended.',
    (caller, id) => control.actions.resume(caller, id),
  )
  plain(
    ['completeLifecycle', 'complete'],
    'Complete a lifecycle hook',
    'Says that what the hook of this action waits for is done. An action that waits for no hook stays as it is.',
    (caller, id) => control.actions.completeLifecycle(caller, id),
  )
}
