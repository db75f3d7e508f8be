import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { probe } from './probe.ts'

const never = new AbortController().signal

describe('a probe', () => {
  let http: Server
  let silent: Server
  let closedPort: number
  const portOf = (server: Server) => (server.address() as AddressInfo).port
  const at = (port: number) => ({ host: '127.0.0.1', port })

  before(async () => {
    http = createHttpServer((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { location: '/500' }).end()
    })
    silent = createServer(() => {})
    const closed = createServer()
    for (const server of [http, silent, closed]) await listen(server)
    closedPort = portOf(closed)
    closed.close()
  })
  after(() => {
    http.close()
    silent.close()
  })

  for (const [status, passing] of [
    [200, true],
    [302, true],
    [399, true],
    [400, false],
    [503, false],
  ] as const) {
    test(`by HTTP ${passing ? 'passes' : 'fails'} on ${status} and follows nothing`, async () => {
      const result = await probe({ type: 'http', path: `/${status}` }, at(portOf(http)), '127.0.0.1', never)
      assert.deepEqual(result, {
        passing,
        detail: `GET http://127.0.0.1:${portOf(http)}/${status} answered ${status}`,
      })
    })
  }

  test('by TCP passes when a connection is accepted', async () => {
    const result = await probe({ type: 'tcp' }, at(portOf(silent)), '127.0.0.1', never)
    assert.equal(result.passing, true)
  })

  test('says that a connection was refused', async () => {
    const tcp = await probe({ type: 'tcp' }, at(closedPort), '127.0.0.1', never)
    assert.deepEqual(tcp, { passing: false, detail: `connection refused on 127.0.0.1:${closedPort}` })
    const http = await probe({ type: 'http', path: '/' }, at(closedPort), '127.0.0.1', never)
    assert.match(http.detail, /^GET http:.*: connection refused on/)
  })

  test('says that a path cannot be asked for', async () => {
    const result = await probe({ type: 'http', path: '/a b' }, at(portOf(http)), '127.0.0.1', never)
    assert.equal(result.passing, false)
    assert.match(result.detail, /unescaped characters/)
  })

  test("uses the check's own port rather than the node's", async () => {
    const check = { type: 'tcp', port: portOf(silent) } as const
    assert.equal((await probe(check, at(closedPort), '127.0.0.1', never)).passing, true)
    assert.equal((await probe(check, null, '127.0.0.1', never)).passing, true)
  })

  test('fails when no answer comes in time', async () => {
    const check = { type: 'http', path: '/', timeoutSeconds: 0.05 } as const
    const result = await probe(check, at(portOf(silent)), '127.0.0.1', never)
    assert.match(result.detail, /did not answer within 0.05 s/)
  })

  test('ends at once when it is aborted', async () => {
    const abort = new AbortController()
    const probing = probe({ type: 'http', path: '/' }, at(portOf(silent)), '127.0.0.1', abort.signal)
    abort.abort(new Error('over'))
    await assert.rejects(probing, /over/)
  })
})

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
}
