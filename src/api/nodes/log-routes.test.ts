import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeepsLogs } from '../../runtimes/runtime.ts'
import { giveNodes, project, startTestServer } from '../test-server.ts'

const logs = `${project}/clusters/web/nodes/web-1/logs`

/** Prints two lines and a half; followed, it then waits until nobody listens any more. */
const printing: KeepsLogs = {
  async *logs(_node, { tailLines, follow, signal }) {
    yield Buffer.from(`tail ${tailLines}\nünd `)
    yield Buffer.from('more\nhalf')
    if (follow) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  },
}

test('what a node printed is read as text or as events', async (t) => {
  const server = await startTestServer(t, {}, printing)
  await server.makeCluster()
  await giveNodes(server, ['web-1'])
  const plain = await server.ask('GET', `${logs}?tail=7`)
  assert.equal(plain.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(plain.body, 'tail 7\nünd more\nhalf')
  const stream = await server.ask('GET', logs, undefined, { accept: 'text/event-stream' })
  const frames = String(stream.body).split('\n\n').slice(1, -1)
  assert.deepEqual(frames, [
    'event: log\ndata: {"line":"tail 100"}',
    'event: log\ndata: {"line":"ünd more"}',
    'event: log\ndata: {"line":"half"}',
    'event: end\ndata: {}',
  ])
})

test('a node is followed until the client goes or the server closes', async (t) => {
  const server = await startTestServer(t, {}, printing)
  await server.makeCluster()
  await giveNodes(server, ['web-1'])
  const address = await server.listen()
  const headers = { authorization: `Bearer ${server.key}` }
  const abort = new AbortController()
  const gone = await fetch(`${address}${logs}?follow=true`, { headers, signal: abort.signal })
  const reader = gone.body!.getReader()
  assert.match(Buffer.from((await reader.read()).value!).toString(), /^tail 100/)
  abort.abort()
  const staying = await fetch(`${address}${logs}?follow=true`, { headers })
  const closed = server.app.close()
  assert.match(await staying.text(), /half$/)
  await closed
})
