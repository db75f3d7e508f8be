import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLUSTER, readEndpoints } from './demo/cluster.ts'
import { Drover } from './demo/drover-process.ts'
import { type Endpoint, Prober } from './demo/prober.ts'
import { findNodeProcesses } from './demo/processes.ts'

test('the example service answers with what it was started with', async (t) => {
  const { url } = await startService(t, 'v1', ['-greeting', 'good morning'])
  const answer = await fetch(`${url}/`)
  assert.equal(answer.status, 200)
  assert.deepEqual(await answer.json(), {
    service: 'hello-http',
    version: '1',
    node: 'web-7',
    revision: 3,
    greeting: 'good morning',
  })
  assert.equal((await fetch(`${url}/health`)).status, 200)
  assert.equal((await fetch(`${url}/nowhere`)).status, 404)
})

test('the next version is another program', async (t) => {
  const { url } = await startService(t, 'v2')
  const answer = (await (await fetch(`${url}/`)).json()) as Record<string, unknown>
  assert.equal(answer['version'], '2')
  assert.equal(answer['greeting'], 'hello')
  assert.equal(typeof answer['upSeconds'], 'number')
})

test('the broken version answers, but is not healthy', async (t) => {
  const { url } = await startService(t, 'v3-broken')
  assert.equal((await fetch(`${url}/`)).status, 200)
  assert.equal((await fetch(`${url}/health`)).status, 503)
})

test('the example service finishes the requests it has when it is asked to stop', async (t) => {
  const { process: service, url } = await startService(t, 'v1', ['-workMs', '300'])
  // Its "continue" tells that the request has arrived.
  const sent = request(`${url}/`, { method: 'POST', headers: { expect: '100-continue' } })
  const answered = once(sent, 'response')
  sent.flushHeaders()
  await once(sent, 'continue')
  sent.end()
  const ended = once(service, 'exit')
  service.kill('SIGTERM')
  const [answer] = await answered
  assert.equal(answer.statusCode, 200)
  answer.resume()
  assert.deepEqual(await ended, [0, null])
})

test('the prober counts who answers, and knows when nobody did', async (t) => {
  const [first, second] = [await startAnswering(t, '1'), await startAnswering(t, '1')]
  const prober = await Prober.begin([first.endpoint, second.endpoint])
  const beganAt = performance.now()
  await first.close()
  await until('one is away', () => prober.measureSince(beganAt).lowest === 1)
  await second.close()
  await until('both are away', () => prober.measureSince(beganAt).lowest === 0)
  await startAnswering(t, '2', first.endpoint.port)
  await startAnswering(t, '2', second.endpoint.port)
  await until('both are back', () => prober.measureSince(beganAt).versions.includes('2'))
  const seen = await prober.stop()
  assert.equal(seen.lowest, 0)
  assert.deepEqual(seen.versions, ['1', '2'])
  assert.equal(seen.mixedForMs, 0)
})

test('Drover rolls the example from version 1 to 2 with one node of three away at most', async (t) => {
  const drover = await Drover.prepare()
  t.after(() => drover.destroy())
  await drover.start()
  const run = async (...args: readonly string[]) => {
    const printed: string[] = []
    const exitCode = await drover.run(args, (line) => printed.push(line))
    assert.equal(exitCode, 0, ['drover', ...args, ...printed, drover.logTail(20)].join('\n'))
  }
  await run('bundle', 'publish', 'examples/hello-http/v1')
  await run('bundle', 'publish', 'examples/hello-http/v2')
  await run('cluster', 'create', CLUSTER, '--bundle', 'hello-http@1', '--size', '3', '--wait')
  const prober = await Prober.begin(await readEndpoints(drover))
  await run('update', 'start', CLUSTER, '--bundle', 'hello-http@2', '--max-unavailable', '1', '--wait')
  const seen = await prober.stop()
  assert.deepEqual([seen.nodes, seen.lowest, seen.versions], [3, 2, ['1', '2']])
  assert.equal(new Set(findNodeProcesses(drover.dataFolder).map(({ nodeId }) => nodeId)).size, 3)

  assert.equal(await drover.end('SIGTERM'), 0)
  assert.equal(findNodeProcesses(drover.dataFolder).length, 3, 'nodes outlive Drover')
  await drover.destroy()
  assert.equal(findNodeProcesses(drover.dataFolder).length, 0)
})

async function startService(
  t: TestContext,
  version: string,
  args: readonly string[] = [],
): Promise<{ process: ChildProcess; url: string }> {
  const service = spawn(
    process.execPath,
    [join(import.meta.dirname, 'hello-http', version, 'server.mjs'), ...args],
    {
      env: { ...process.env, PORT: '0', DROVER_NODE: 'web-7', DROVER_REVISION: '3' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  t.after(() => service.kill('SIGKILL'))
  let printed = ''
  for await (const chunk of service.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += chunk
    const [, address] = /listens on (\S+)\n/.exec(printed) ?? []
    if (address !== undefined) return { process: service, url: `http://${address}` }
  }
  throw new Error(`the service ended and printed only: ${printed}`)
}

async function startAnswering(
  t: TestContext,
  version: string,
  port = 0,
): Promise<{ endpoint: Endpoint; close(): Promise<void> }> {
  const server: Server = createServer((_request, response) => response.end(JSON.stringify({ version })))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  t.after(close)
  return { endpoint: { host: '127.0.0.1', port: (server.address() as { port: number }).port }, close }
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`waited 10 s for: ${what}`)
    await sleep(10)
  }
}
