import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '../../domain/ids.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import { type Bench, createBench, until } from './test-bench.ts'
import { skipHosts } from './test-hosts.ts'

const ctx = contextOf(1)

/** Ready until it is told to drain by a file, and then for three more questions. */
const SERVER = `
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
let busy = 3
const isDraining = () => existsSync(process.env.DROVER_WORK_DIR + '/draining')
createServer((request, response) => {
  const isReady = request.url === '/ready' && (!isDraining() || busy-- > 0)
  response.writeHead(isReady ? 200 : 503).end()
}).listen(Number(process.env.PORT), process.env.HOST)
process.on('SIGTERM', () => {
  console.log('stopped with ' + Math.max(0, busy) + ' to go')
  process.exit(0)
})
`

describe('a node on a host that says whether it is ready', { skip: skipHosts }, () => {
  let bench: Bench
  before(async () => {
    bench = await createBench(1)
    bench.bundle('app', { 'server.mjs': SERVER })
  })
  after(() => bench?.close())

  async function specWith(readiness: JsonObject) {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as { port: number }
    probe.close()
    await once(probe, 'close')
    const hooks = { preStop: { command: ['sh', '-c', 'touch "$DROVER_WORK_DIR/draining"'] } }
    const properties = { command: [process.execPath], port, hooks, readiness }
    return bench.spec({ bundle: 'app', script: 'server.mjs', properties })
  }

  test('is asked from here, and on the host until it is drained', async () => {
    const runtime = bench.open()
    const node = nodeRef('node-1', 1)
    const spec = await specWith({ path: '/ready', drainSeconds: 60 })
    await runtime.prepare(ctx, node, wantedOf('k1', spec))
    const { handle } = await runtime.start(ctx, node, wantedOf('k1', spec))
    const look = () => runtime.observe(ctx, node, handle, spec.healthCheck)
    await until('it is ready', async () => (await look()).ready === true)
    const other = { ...spec.healthCheck, readiness: { path: '/other' } }
    const seen = await runtime.observe(ctx, node, handle, other)
    assert.deepEqual([seen.running, seen.passing, seen.ready], [true, true, false])
    assert.match(seen.detail, /^works, but is not ready: GET http:\S+\/other answered 503$/)

    await runtime.stop(ctx, node, handle)
    const log = join(bench.hosts.folder, 'base', 'nodes', node.id, 'logs', 'output.log')
    assert.match(readFileSync(log, 'utf8'), /^stopped with 0 to go$/m)
    await runtime.remove(contextOf(9), node, null)
  })

  test('has to be told to drain', async () => {
    const properties = { port: 8080, readiness: { path: '/ready', drainSeconds: 1 } }
    assert.throws(() => bench.spec({ properties }), { field: 'readiness.drainSeconds' })
  })
})
