import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Store } from '../store/store.ts'
import type { Log } from '../system/log.ts'
import { project, startTestServer } from './test-server.ts'

test('it is ready when the database and the engine are', async (t) => {
  let healthy = true
  const { app } = await startTestServer(t, {
    engineHealth: () => ({ healthy, because: 'heartbeat 40 s ago' }),
  })
  assert.deepEqual((await app.inject('/healthz')).json(), { status: 'ok' })
  assert.equal((await app.inject('/readyz')).statusCode, 200)
  healthy = false
  const late = await app.inject('/readyz')
  assert.equal(late.statusCode, 503)
  assert.deepEqual(late.json().checks, {
    store: { healthy: true, because: 'writable' },
    engine: { healthy: false, because: 'heartbeat 40 s ago' },
    disk: { healthy: true, because: 'has space' },
  })
})

test('it is not ready while there is hardly any space, although something may still be written', async (t) => {
  let free = 300_000
  const { app } = await startTestServer(t, { freeBytes: async () => free })
  const full = await app.inject('/readyz')
  assert.equal(full.statusCode, 503)
  assert.deepEqual(full.json().checks.disk, {
    healthy: false,
    because: '300000 bytes are free where the data folder is; make space',
  })
  free = 2 * 1024 ** 2
  assert.equal((await app.inject('/readyz')).statusCode, 200)
})

test('it is not ready while the database refuses to write', async (t) => {
  const store = { write: async () => Promise.reject(new Error('disk full')) } as unknown as Store
  const { app } = await startTestServer(t, { store })
  const response = await app.inject('/readyz')
  assert.equal(response.statusCode, 503)
  assert.deepEqual(response.json().checks.store, { healthy: false, because: 'disk full' })
})

test('metrics count requests by route, clusters, nodes and updates', async (t) => {
  const { app, ask, makeCluster } = await startTestServer(t)
  await makeCluster()
  await ask('GET', `${project}/clusters/web`)
  const { body, headers } = await app.inject('/metrics')
  assert.match(String(headers['content-type']), /text\/plain/)
  assert.match(body, /drover_clusters 1\n/)
  assert.match(body, /drover_nodes_drifted\{kind="files"\} 0\n/)
  assert.match(body, /drover_updates_in_flight 0\n/)
  assert.match(body, /process_cpu_seconds_total/)
  const route = 'route="/api/v1/projects/:project/clusters/:cluster"'
  assert.ok(body.includes(`drover_http_request_duration_seconds_count{method="GET",${route},status="200"} 1`))
})

test('metrics can ask for a credential', async (t) => {
  const { app, key } = await startTestServer(t, { metricsAccess: 'key' })
  assert.equal((await app.inject('/metrics')).statusCode, 401)
  const headers = { authorization: `Bearer ${key}` }
  assert.equal((await app.inject({ url: '/metrics', headers })).statusCode, 200)
})

test('a credential that asks too often waits', async (t) => {
  const { ask } = await startTestServer(t, { limits: { maxRequestsPerSecond: 2 } })
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask('GET', '/api/v1/whoami')))
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length >= 1)
  assert.equal(refused[0]?.body.code, 'rate_limited')
  assert.equal(refused[0]?.body.retryable, true)
  assert.equal(refused[0]?.headers['retry-after'], '1')
})

test('answers carry the request’s id and headers that browsers heed', async (t) => {
  const { app } = await startTestServer(t)
  const given = await app.inject({ url: '/api/v1/version', headers: { 'x-request-id': 'mine-1' } })
  assert.equal(given.headers['x-request-id'], 'mine-1')
  const forged = await app.inject({ url: '/api/v1/nothing', headers: { 'x-request-id': 'a b\tc' } })
  assert.match(String(forged.headers['x-request-id']), /^[0-9a-f-]{36}$/)
  assert.equal(forged.json().requestId, forged.headers['x-request-id'])
  assert.equal(given.headers['x-content-type-options'], 'nosniff')
  assert.match(String(given.headers['content-security-policy']), /default-src 'none'/)
  assert.equal(given.headers['cache-control'], 'no-store')
})

test('neither a secret nor an unexpected error’s message leaves the server', async (t) => {
  const lines: string[] = []
  const write = (fields: object, message: string) => lines.push(JSON.stringify(fields) + message)
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const gateway = {
    name: 'test',
    prefix: '/gateways/broken',
    register(app: import('fastify').FastifyInstance) {
      app.get('/', async () => Promise.reject(new Error('the password is hunter2')))
    },
  }
  const { app, ask, key } = await startTestServer(t, { log, gateways: [gateway] })
  await ask('GET', '/api/v1/whoami?token=hunter3')
  await app.inject({ url: '/api/v1/whoami', headers: { authorization: 'Bearer drover_hunter4' } })
  const broken = await app.inject('/gateways/broken/')
  assert.equal(broken.statusCode, 500)
  assert.ok(!broken.body.includes('hunter2') && !broken.body.includes('.ts'))
  assert.ok(lines.some((line) => line.includes('unexpected error')))
  for (const secret of [key, 'hunter3', 'hunter4']) assert.ok(!lines.join('\n').includes(secret))
})

test('a body that trickles in is refused', async (t) => {
  const { listen, key } = await startTestServer(t, { limits: { bodyTimeoutMs: 100 } })
  const socket = connect(Number(new URL(await listen()).port), '127.0.0.1')
  socket.write(
    `POST ${project}/profiles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name"',
  )
  const answer = await text(socket)
  assert.match(answer, /^HTTP\/1\.1 408 /)
  assert.match(answer, /"code":"timed_out"/)
})

test('a connection that never ends its headers is cut', async (t) => {
  const { listen } = await startTestServer(t, { limits: { headersTimeoutMs: 100 } })
  const socket = connect(Number(new URL(await listen()).port), '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  socket.resume()
  await once(socket, 'close')
})

test('clients that are slow do not hold up its end', async (t) => {
  const { app, listen, key } = await startTestServer(t, { limits: { closingGraceMs: 100 } })
  const port = Number(new URL(await listen()).port)
  const upload =
    `POST ${project}/bundles?name=slow HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
    'Content-Type: application/zip\r\nContent-Length: 100000\r\n\r\nPK'
  const sockets = [upload, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '].map((beginning) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.write(beginning)
    return socket
  })
  await Promise.all([...sockets.map((socket) => once(socket, 'connect')), once(app.server, 'request')])
  await Promise.all([app.close(), ...sockets.map((socket) => once(socket, 'close'))])
})

test('the reference page is one file without a script, and its style is allowed', async (t) => {
  const { app } = await startTestServer(t)
  const { body, headers } = await app.inject('/api/v1/docs')
  assert.ok(!/<script|src=|href="https?:|@import|url\(/.test(body))
  assert.match(String(headers['content-security-policy']), /style-src 'sha256-/)
  for (const anchor of ['id="startUpdate"', 'id="schema-Update"', 'prefers-color-scheme:dark']) {
    assert.ok(body.includes(anchor), anchor)
  }
  const targets = [...body.matchAll(/href="#([^"]+)"/g)].map((match) => match[1])
  assert.deepEqual(
    targets.filter((target) => !body.includes(`id="${target}"`)),
    [],
  )
})
