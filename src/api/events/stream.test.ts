import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event, NewEvent } from '../../domain/event.ts'
import type { EventId, NodeId, UpdateId } from '../../domain/ids.ts'
import { insertEvents } from '../../store/events.ts'
import { patchUpdate } from '../../store/updates.ts'
import { project, startTestServer, type TestServer } from '../test-server.ts'

test('events come as they happen, and a client that reconnects misses none', async (t) => {
  const server = await startTestServer(t)
  await server.listen()
  const stream = await open(server, `${project}/events/stream?type=profile.created`)
  await createProfile(server, 'a')
  server.notify()
  const first = await stream.next()
  assert.equal(first.event, 'event')
  assert.equal((first.data as Event).type, 'profile.created')
  stream.close()

  await createProfile(server, 'b')
  await createProfile(server, 'c')
  const again = await open(server, `${project}/events/stream?type=profile.created`, {
    'last-event-id': first.id,
  })
  const missed = [await again.next(), await again.next()].map(({ data }) => (data as Event).because)
  assert.match(missed[0] ?? '', /"?b"?/)
  assert.match(missed[1] ?? '', /"?c"?/)
  again.close()
})

test('events come without anybody saying so, within a look', async (t) => {
  const server = await startTestServer(t, { limits: { pollMs: 20 } })
  await server.listen()
  await createProfile(server, 'before')
  const stream = await open(server, `${project}/events/stream?after=0`)
  assert.match(((await stream.next()).data as Event).because, /before/)
  await createProfile(server, 'after')
  assert.match(((await stream.next()).data as Event).because, /after/)
  stream.close()
})

test('a quiet stream shows that it lives, and ends with its credential', async (t) => {
  const server = await startTestServer(t, { limits: { heartbeatMs: 20, pollMs: 5000 } })
  await server.listen()
  const made = await server.ask('POST', '/api/v1/api-keys', {
    name: 'short',
    grants: [{ project: 'default', role: 'viewer' }],
  })
  const headers = { authorization: `Bearer ${made.body.secret}` }
  const stream = await open(server, `${project}/events/stream`, headers)
  await stream.comment('still here')
  await server.ask('DELETE', `/api/v1/api-keys/${made.body.key.id}`)
  await stream.ended()
})

test('a stream is refused as a problem before it begins', async (t) => {
  const server = await startTestServer(t)
  const wrong = await server.ask('GET', `${project}/events/stream`, undefined, { 'last-event-id': 'x' })
  assert.deepEqual([wrong.status, wrong.body.field], [400, 'Last-Event-ID'])
  assert.equal((await server.ask('GET', '/api/v1/projects/none/events/stream')).status, 404)
  assert.equal((await server.ask('GET', `${project}/updates/none/watch`)).status, 404)
})

test('streams end when the server closes', async (t) => {
  const server = await startTestServer(t)
  await server.listen()
  const stream = await open(server, `${project}/events/stream`)
  await server.app.close()
  await stream.ended()
})

test('a watched update is shown at each change, with what happened to its nodes, until it has ended', async (t) => {
  const server = await startTestServer(t)
  await server.listen()
  await server.makeCluster()
  const change = { version: '2' }
  const started = await server.ask('POST', `${project}/clusters/web/updates`, change)
  assert.equal(started.status, 202, JSON.stringify(started.body))
  const { id } = started.body.update
  const stream = await open(server, `${project}/updates/${id}/watch`)
  const first = await stream.next()
  assert.deepEqual([first.event, (first.data as { status: string }).status], ['update', 'Pending'])

  await server.store.write(async (tx) => {
    const { items } = (await server.ask('GET', `${project}/events?update=${id}`)).body
    const event = {
      ...items[0],
      at: 1,
      id: 'e-1' as EventId,
      nodeId: 'n1' as NodeId,
      type: 'node.updated',
    } as NewEvent
    await insertEvents(tx, [event])
    await patchUpdate(tx, id as UpdateId, { status: 'InProgress', because: 'one at a time' })
  })
  server.notify()
  const node = await stream.next()
  assert.deepEqual([node.event, (node.data as Event).nodeId], ['node', 'n1'])
  assert.equal(((await stream.next()).data as { because: string }).because, 'one at a time')

  await server.store.write((tx) =>
    patchUpdate(tx, id as UpdateId, { status: 'Successful', endedAt: Date.now() }),
  )
  server.notify()
  assert.equal(((await stream.next()).data as { status: string }).status, 'Successful')
  await stream.ended()

  const late = await open(server, `${project}/updates/${id}/watch`, { 'last-event-id': '0' })
  assert.equal((await late.next()).event, 'node', 'what was missed comes first')
  assert.equal((await late.next()).event, 'update')
  await late.ended()
})

async function createProfile({ ask }: TestServer, name: string): Promise<void> {
  const { status } = await ask('POST', `${project}/profiles`, { name, type: 'scripted', properties: {} })
  assert.equal(status, 201)
}

interface Message {
  readonly id: string
  readonly event: string
  readonly data: unknown
}

/** Reads an event stream over a real connection. */
async function open(server: TestServer, path: string, headers: Record<string, string> = {}) {
  const { port } = server.app.server.address() as { port: number }
  const abort = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${server.key}`, ...headers },
    signal: AbortSignal.any([abort.signal, AbortSignal.timeout(8000)]),
  })
  assert.equal(response.status, 200)
  assert.match(String(response.headers.get('content-type')), /^text\/event-stream/)
  const chunks = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  let buffer = ''
  const frame = async (): Promise<string | undefined> => {
    for (;;) {
      const end = buffer.indexOf('\n\n')
      if (end >= 0) {
        const found = buffer.slice(0, end)
        buffer = buffer.slice(end + 2)
        return found
      }
      const { done, value } = await chunks.next()
      if (done) return undefined
      buffer += value
    }
  }
  return {
    async next(): Promise<Message> {
      for (;;) {
        const found = await frame()
        assert.ok(found !== undefined, 'the stream has not ended')
        if (found.startsWith(':')) continue
        const fields = Object.fromEntries(found.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)))
        return { id: fields['id'] ?? '', event: fields['event'], data: JSON.parse(fields['data']) }
      }
    },
    async comment(text: string): Promise<void> {
      while ((await frame()) !== `: ${text}`);
    },
    async ended(): Promise<void> {
      while ((await frame()) !== undefined);
    },
    close: () => abort.abort(),
  }
}
