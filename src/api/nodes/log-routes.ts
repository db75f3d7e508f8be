import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Api, ApiDeps } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, record } from '../schema.ts'
import { type SseMessage, sendEventStream, untilGone, wantsEventStream } from '../sse.ts'
import { OneNode } from './one-routes.ts'

const LogQuery = record({
  tail: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 100,
      description: 'Begin this many lines before the end.',
    }),
  ),
  follow: Type.Optional(
    Type.Boolean({ default: false, description: 'Go on with what the node prints from now on.' }),
  ),
})

export function logRoutes(api: Api, { control, streams, authenticate }: ApiDeps): void {
  api.get(
    '/projects/:project/clusters/:cluster/nodes/:node/logs',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'readNodeLogs',
        tags: ['Nodes'],
        summary: 'Read what a node printed',
        description:
          'Plain text as it comes; or, with `Accept: text/event-stream`, server-sent events `log` whose `data` is `{ "line": … }`, and at the end one event `end`.',
        params: OneNode,
        querystring: LogQuery,
        produces: ['text/plain', 'text/event-stream'],
        response: answers(
          {
            200: Type.Unsafe<unknown>({ type: 'string', description: 'The output, oldest first.' } as object),
          },
          ['not_found', 'invalid_state', 'runtime_failed'],
        ),
      },
    },
    async (request, reply) => {
      const { cluster, node } = request.params
      const { tail = 100, follow = false } = request.query
      const signal = AbortSignal.any([streams.closing, untilGone(reply)])
      const options = { tailLines: tail, follow, signal }
      const output = await control.nodes.logs(callerOf(request), cluster, node, options)
      if (wantsEventStream(request)) {
        const renew = () => authenticate(request.headers.authorization)
        return sendEventStream(reply, streams, () => toLines(output), { renew })
      }
      // A node may print nothing for hours: that the client is still there is for TCP to find out.
      if (follow) request.raw.socket.setTimeout(0).setKeepAlive(true, 30_000)
      const text = Readable.from(untilAborted(output, signal))
      return reply.type('text/plain; charset=utf-8').send(text)
    },
  )
}

async function* untilAborted(
  output: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // An empty piece sends the headers now, even if the node prints nothing for hours.
  yield Buffer.alloc(0)
  try {
    yield* output
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** A node that never ends its line must not fill our memory with it. */
const LONGEST_LINE = 64 * 1024

async function* toLines(output: AsyncIterable<Uint8Array>): AsyncGenerator<SseMessage> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of output) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield { event: 'log', data: { line } }
    if (rest.length > LONGEST_LINE) {
      yield { event: 'log', data: { line: rest } }
      rest = ''
    }
  }
  if (rest !== '') yield { event: 'log', data: { line: rest } }
  yield { event: 'end', data: {} }
}
