import { type Api, type ApiDeps, OfId } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, ref } from '../schema.ts'
import {
  presentExplanation,
  presentHistory,
  UpdateExplanationResource,
  UpdateHistoryResource,
} from './insight-resource.ts'

const tags = ['Updates']

/** Why an update is where it is, and what happened to it. */
export function updateInsightRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/updates/:id/explanation',
    {
      schema: {
        operationId: 'explainUpdate',
        tags,
        summary: 'Explain an update',
        description:
          'What it waits for, since when, what would move it, and the last that the node in question has printed.',
        params: OfId,
        response: answers({ 200: ref(UpdateExplanationResource) }, ['not_found']),
      },
    },
    async (request) =>
      presentExplanation(await control.updates.explain(callerOf(request), request.params.id)),
  )

  api.get(
    '/projects/:project/updates/:id/history',
    {
      schema: {
        operationId: 'getUpdateHistory',
        tags,
        summary: 'Tell the history of an update',
        description: 'Who asked what of it and when, what it decided, and how long its nodes took.',
        params: OfId,
        response: answers({ 200: ref(UpdateHistoryResource) }, ['not_found']),
      },
    },
    async (request) => presentHistory(await control.updates.history(callerOf(request), request.params.id)),
  )
}
