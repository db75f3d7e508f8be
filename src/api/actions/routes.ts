import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject, OfId, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { answers, ref } from '../schema.ts'
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
}
