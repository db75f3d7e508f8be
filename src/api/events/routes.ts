import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, several, splitQuery } from '../paging.ts'
import { answers, record } from '../schema.ts'
import { resumeAfter, sendEventStream } from '../sse.ts'
import { followEvents } from './follow.ts'
import { EventLevelWord, EventResource, presentEvent } from './resource.ts'

const tags = ['Events']

const filters = {
  cluster: Type.Optional(path.cluster),
  node: Type.Optional(path.id),
  update: Type.Optional(path.id),
  type: several(Type.String({ maxLength: 100 }), 'Only events of this type.'),
  level: several(EventLevelWord, 'Only events of this level.'),
}

const after = Type.Optional(
  Type.Integer({
    minimum: 0,
    description:
      'Begin after the event with this sequence; 0 for the oldest that is kept. Default: only what happens from now on.',
  }),
)

export function eventRoutes(api: Api, { control, changes, streams, limits, authenticate }: ApiDeps): void {
  api.get(
    '/projects/:project/events',
    {
      schema: {
        operationId: 'listEvents',
        tags,
        summary: 'List events',
        description:
          'Newest first. With `*` in the place of the project, those of all projects and of none, for who may see all.',
        params: InProject,
        querystring: listQuery(['sequence'], filters),
        response: answers({ 200: pageOf(EventResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const events = await control.events.list(callerOf(request), filter, page)
      return presentPage(request, reply, events, presentEvent)
    },
  )

  api.get(
    '/projects/:project/events/stream',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'streamEvents',
        tags,
        summary: 'Follow events',
        description:
          'Server-sent events, oldest first: event `event`, `id` its sequence, `data` an Event. A client that reconnects with `Last-Event-ID` misses nothing. A comment comes every 15 seconds when nothing happens.',
        params: InProject,
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 20 })) }),
        querystring: record({ ...filters, after }),
        produces: ['text/event-stream'],
        response: answers({ 200: Type.String({ description: 'The stream.' }) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { after, ...filter } = request.query
      const from = resumeAfter(request, after) ?? (await control.events.last(caller))
      // Whatever is wrong with the filter shows now, while there can still be an error.
      await control.events.after(caller, filter, from, 1)
      const renew = () => authenticate(request.headers.authorization)
      return sendEventStream(
        reply,
        streams,
        (signal) =>
          followEvents(control.events, caller, filter, { from, changes, signal, pollMs: limits.pollMs }),
        { renew },
      )
    },
  )
}
