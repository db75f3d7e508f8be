import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { runInProcess } from './test-bench.ts'

test('what the server asks to repeat is repeated, with the same idempotency key', async () => {
  const keys: unknown[] = []
  const { code, stdout } = await againstServer(['project', 'create', 'shop'], (request, response) => {
    keys.push(request.headers['idempotency-key'])
    if (keys.length === 3)
      return sendJson(response, 201, { id: '1', name: 'shop', createdAt: '2026-11-21T10:00:00Z' })
    response.setHeader('retry-after', '0')
    return sendJson(response, keys.length === 1 ? 429 : 503, {})
  })
  assert.equal(code, 0)
  assert.match(stdout, /project shop is created/)
  assert.equal(keys.length, 3)
  assert.equal(new Set(keys).size, 1)
})

test('repeating ends: a server that stays busy ends with 5, one that is not ready with 9', async () => {
  for (const [status, want] of [
    [429, 5],
    [503, 9],
  ] as const) {
    let requests = 0
    const { code } = await againstServer(['whoami'], (_request, response) => {
      requests += 1
      response.setHeader('retry-after', '0')
      return sendJson(response, status, { detail: 'busy' })
    })
    assert.equal(code, want)
    assert.equal(requests, 5)
  }
})

test('something that is no Drover is recognized', async () => {
  const html = await againstServer(['whoami'], (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  })
  assert.equal(html.code, 1)
  assert.match(html.stderr, /is this address really that of a Drover server\?/)
})

test('redirects are not followed, so that the key goes nowhere else', async () => {
  let requests = 0
  const { code } = await againstServer(['whoami'], (_request, response) => {
    requests += 1
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  assert.equal(code, 1)
  assert.equal(requests, 1)
})

test('a server that says nothing is given up with 8', async () => {
  const { code, stderr } = await againstServer(['whoami', '--request-timeout', '50ms'], () => {})
  assert.equal(code, 8)
  assert.match(stderr, /no answer from .* within 0\.05 s/)
})

test('control characters in what a server says do not reach the terminal', async () => {
  const { stderr } = await againstServer(['whoami'], (_request, response) =>
    sendJson(response, 400, { detail: 'a\u001b]0;title\u0007b', code: 'invalid_request' }),
  )
  assert.match(stderr, /^error: a\\x1b\]0;title\\x07b\n/)
})

test('names are escaped on their way into a path', async () => {
  const { code } = await againstServer(['cluster', 'show', 'a/b?c'], (request, response) => {
    assert.equal(request.url, '/api/v1/projects/default/clusters/a%2Fb%3Fc')
    return sendJson(response, 404, { detail: 'no', code: 'not_found' })
  })
  assert.equal(code, 6)
})

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function againstServer(argv: readonly string[], handler: Handler) {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  try {
    const env = { DROVER_SERVER: `http://127.0.0.1:${port}`, DROVER_API_KEY: 'drover_test' }
    return await runInProcess(argv, { env })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
}
