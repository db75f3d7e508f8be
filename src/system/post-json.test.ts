import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createOutbound } from './outbound.ts'
import { createPostJson } from './post-json.ts'

test('what is posted arrives, and any answer below 300 is a good one', async (t) => {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      bodies.push(`${request.headers['content-type']} ${text}`)
      response.writeHead(request.url === '/good' ? 204 : 302, { location: '/good' }).end()
    })
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { signal } = new AbortController()
  const post = createPostJson(createOutbound(['any']))
  await post(`${address}/good`, { token: 'ü' }, signal)
  assert.deepEqual(bodies, ['application/json {"token":"ü"}'])
  await assert.rejects(post(`${address}/elsewhere`, {}, signal), /answered 302/)
  await assert.rejects(post(`${address}/good`, {}, AbortSignal.abort(new Error('enough'))), /enough|abort/)
  const closed = createPostJson(createOutbound([]))
  await assert.rejects(closed(`${address}/good`, {}, signal), /outbound\.allow/)
  assert.equal(bodies.length, 2)
})
