import { Type } from 'typebox'
import type { Caller } from '../../control/control.ts'
import { type Api, type ApiDeps, OfId } from '../api.ts'
import { callerOf } from '../caller.ts'
import { looks } from '../changes.ts'
import { toMessage } from '../events/resource.ts'
import { answers } from '../schema.ts'
import { resumeAfter, type SseMessage, sendEventStream } from '../sse.ts'
import { presentUpdate } from './resource.ts'

const BATCH = 200

export function watchRoutes(api: Api, deps: ApiDeps): void {
  const { control, streams, authenticate } = deps
  api.get(
    '/projects/:project/updates/:id/watch',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchUpdate',
        tags: ['Updates'],
        summary: 'Watch an update',
        description:
          'Server-sent events: `update` with the Update, now and at each change; `node` with the Event of each node it touches, `id` its sequence. The stream ends after the update has ended. A client that reconnects with `Last-Event-ID` gets the node events it missed.',
        params: OfId,
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 20 })) }),
        produces: ['text/event-stream'],
        response: answers({ 200: Type.String({ description: 'The stream.' }) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      // Before the first look, so that no event falls between the two.
      const from = resumeAfter(request, undefined) ?? (await control.events.last(caller))
      const { update } = await control.updates.get(caller, request.params.id)
      const renew = () => authenticate(request.headers.authorization)
      return sendEventStream(
        reply,
        streams,
        (signal) => watchUpdate(deps, caller, update.id, { from, signal }),
        { renew },
      )
    },
  )
}

async function* watchUpdate(
  { control, changes, limits }: ApiDeps,
  caller: Caller,
  id: string,
  { from, signal }: { readonly from: number; readonly signal: AbortSignal },
): AsyncGenerator<SseMessage> {
  let last = from
  let shown = ''
  for await (const _ of looks(changes, { signal, pollMs: limits.pollMs })) {
    // The update first: events that are read after it include all that led to its state.
    const update = presentUpdate(await control.updates.get(caller, id))
    for (;;) {
      const batch = await control.events.after(caller, { update: id }, last, BATCH)
      for (const event of batch) {
        if (event.nodeId !== null) yield toMessage(event, 'node')
        last = event.sequence
      }
      if (batch.length < BATCH || signal.aborted) break
    }
    const text = JSON.stringify(update)
    if (text !== shown) yield { event: 'update', data: update }
    shown = text
    if (update.endedAt !== null) return
  }
}
