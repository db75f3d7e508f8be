/** A stream that is silent for this long is dead: the server sends a sign of life much more often. */
export const STREAM_SILENCE_MS = 60_000

/** One message of a server-sent event stream. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
  /** The last id the stream gave, to go on from after a broken connection. */
  readonly id: string | null
}

/**
 * Reads a `text/event-stream` as it comes. Comments (heartbeats) are passed over.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html section 9.2.6
 */
export async function* readServerSentEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let id: string | null = null
  let event = ''
  let data: string[] = []
  for await (const line of readLines(body)) {
    if (line === '') {
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n'), id }
      event = ''
      data = []
      continue
    }
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
    else if (field === 'id') id = value
  }
}

async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    // A "\r" at the very end may be half of "\r\n": it waits for what comes.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    yield* lines
  }
}
