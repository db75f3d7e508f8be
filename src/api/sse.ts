import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { InvalidRequestError } from '../domain/errors.ts'

/** One message of an event stream. */
export interface SseMessage {
  /** What a client that lost the connection sends back as `Last-Event-ID`. */
  readonly id?: string
  readonly event: string
  readonly data: unknown
}

/** What all streams of a server share. */
export interface Streams {
  /** Aborted when the server closes: streams end, so that they do not hold it up. */
  readonly closing: AbortSignal
  readonly heartbeatMs: number
}

/**
 * Answers with an event stream. It ends when the source does, the client goes, or the server closes. A slow client
 * is not written to: the source is asked for more only as the socket takes it.
 * @param options.renew is called before each heartbeat; when it rejects, the stream ends
 */
export function sendEventStream(
  reply: FastifyReply,
  { closing, heartbeatMs }: Streams,
  source: (signal: AbortSignal) => AsyncIterable<SseMessage>,
  options: { readonly renew?: () => Promise<unknown> } = {},
): FastifyReply {
  const signal = AbortSignal.any([closing, untilGone(reply)])
  const frames = toFrames(source(signal), { heartbeatMs, signal, renew: options.renew ?? (async () => {}) })
  return (
    reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      // Proxies that gather an answer before they pass it on would hold events back.
      .header('x-accel-buffering', 'no')
      .send(Readable.from(frames, { objectMode: false }))
  )
}

/** Aborted when the answer is done or its client has gone. */
export function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}

interface FrameOptions {
  readonly heartbeatMs: number
  readonly signal: AbortSignal
  readonly renew: () => Promise<unknown>
}

async function* toFrames(
  source: AsyncIterable<SseMessage>,
  { heartbeatMs, signal, renew }: FrameOptions,
): AsyncGenerator<string> {
  const messages = source[Symbol.asyncIterator]()
  try {
    // Sends the headers now, however long the first event takes.
    yield ': connected\n\n'
    let next = messages.next()
    while (!signal.aborted) {
      const first = await firstOf(next, heartbeatMs, signal)
      if (first === 'aborted') break
      if (first === 'quiet') {
        await renew()
        yield ': still here\n\n'
        continue
      }
      if (first.done) break
      yield toFrame(first.value)
      next = messages.next()
    }
    // A source that fails later has nobody to tell.
    next.catch(() => {})
  } catch {
    // The headers are long gone: ending the stream makes the client ask again, and then it gets the reason.
  } finally {
    void Promise.resolve(messages.return?.()).catch(() => {})
  }
}

/** What comes first: the message, a time without one, or the end of it all. */
function firstOf<T>(
  next: Promise<T>,
  quietMs: number,
  signal: AbortSignal,
): Promise<T | 'quiet' | 'aborted'> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      act()
    }
    const stop = () => settle(() => resolve('aborted'))
    const timer = setTimeout(() => settle(() => resolve('quiet')), quietMs)
    signal.addEventListener('abort', stop, { once: true })
    next.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    )
  })
}

function toFrame({ id, event, data }: SseMessage): string {
  // JSON has no raw line breaks, so one `data:` line is enough.
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/**
 * Where to go on: the `Last-Event-ID` header of a client that reconnects, else what its query asked for.
 * @returns undefined when it did not say
 */
export function resumeAfter(request: FastifyRequest, after: number | undefined): number | undefined {
  const header = request.headers['last-event-id']
  if (header === undefined || header === '') return after
  const sequence = Number(header)
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new InvalidRequestError('Last-Event-ID', 'must be the id of an event of this stream')
  }
  return sequence
}

/** Whether the client wants an event stream. */
export function wantsEventStream(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/event-stream') ?? false
}
