import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { HealthCheck } from '../../domain/health-check.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import type { Observed } from '../runtime.ts'
import type { ProcessRuntime } from './index.ts'
import { type Bench, createBench } from './test-bench.ts'

const node = nodeRef('node-1', 1)
const ctx = contextOf(1)
const PATIENCE_MS = 30_000

/** Ready until it is told to drain by a file, and then for `busy` more questions. */
const SERVER = `
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
let busy = Number(process.env.BUSY)
const isDraining = () => existsSync(process.env.DROVER_WORK_DIR + '/draining')
createServer((request, response) => {
  const isReady = request.url === '/ready' && (!isDraining() || busy-- > 0)
  response.writeHead(isReady ? 200 : 503).end()
}).listen(Number(process.env.PORT), process.env.HOST)
process.on('SIGTERM', () => {
  console.log(isDraining() ? 'stopped with ' + Math.max(0, busy) + ' to go' : 'stopped untold')
  process.exit(0)
})
`
const TELL = { preStop: { command: ['sh', '-c', 'touch "$DROVER_WORK_DIR/draining"'] } }

describe('a process that says whether it is ready', () => {
  let bench: Bench
  let runtime: ProcessRuntime
  beforeEach(() => {
    bench = createBench()
    runtime = bench.open()
    bench.bundle('app', { 'server.mjs': SERVER })
  })
  afterEach(() => bench.close())

  const specWith = (busy: number, readiness: JsonObject, hooks: JsonObject = TELL) =>
    bench.spec({
      bundle: 'app',
      script: 'server.mjs',
      properties: { port: true, environment: { BUSY: String(busy) }, hooks, readiness },
    })
  const outputLog = () => readFileSync(join(bench.root, node.id, 'logs', 'output.log'), 'utf8')

  async function startReady(spec: ReturnType<typeof specWith>) {
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    await untilSeen(started.handle, spec.healthCheck, ({ ready }) => ready === true)
    return started
  }

  async function untilSeen(handle: JsonObject[string], check: HealthCheck, is: (seen: Observed) => boolean) {
    const until = Date.now() + PATIENCE_MS
    for (;;) {
      const seen = await runtime.observe(ctx, node, handle, check)
      if (is(seen)) return seen
      if (Date.now() > until) throw new Error(`never seen; last: ${JSON.stringify(seen)}`)
      await wait(10)
    }
  }

  test('is stopped once it is drained, and not before', async () => {
    const { handle } = await startReady(specWith(3, { path: '/ready', drainSeconds: 60 }))
    await runtime.stop(ctx, node, handle)
    assert.match(outputLog(), /^stopped with 0 to go$/m)
  })

  test('is stopped all the same when its time to drain is over', async () => {
    const { handle } = await startReady(specWith(1_000_000, { path: '/ready', drainSeconds: 0.3 }))
    await runtime.stop(ctx, node, handle)
    assert.match(outputLog(), /^stopped with [1-9]\d* to go$/m)
  })

  test('is drained before its next revision takes its place', async () => {
    await startReady(specWith(3, { path: '/ready', drainSeconds: 60 }))
    await runtime.start(ctx, node, wantedOf('k2', specWith(0, { path: '/ready' }, {})))
    assert.match(outputLog(), /^stopped with 0 to go$/m)
  })

  test('is waited for no longer than somebody wants it stopped', async () => {
    const { handle } = await startReady(specWith(1_000_000, { path: '/ready', drainSeconds: 3600 }))
    const abort = new AbortController()
    const stopping = runtime.stop({ ...ctx, signal: abort.signal }, node, handle)
    const drains = () => outputLog().includes('hook preStop passed')
    for (const until = Date.now() + PATIENCE_MS; !drains() && Date.now() < until; ) await wait(10)
    abort.abort(new Error('enough'))
    await assert.rejects(stopping, /enough/)
    assert.equal((await runtime.observe(ctx, node, handle, null)).running, true)
  })

  test('works while it is not ready, and says why it is not', async () => {
    const spec = specWith(0, { path: '/never' }, {})
    const { handle } = await runtime.start(ctx, node, wantedOf('k1', spec))
    const is503 = ({ detail }: Observed) => detail.endsWith('answered 503')
    const seen = await untilSeen(handle, spec.healthCheck, is503)
    assert.deepEqual([seen.running, seen.passing, seen.ready], [true, true, false])
    assert.match(seen.detail, /^works, but is not ready: GET http:\S+\/never answered 503$/)
  })

  test('has to be told to drain, and asked at some port', () => {
    const refused = (field: string) => ({ code: 'invalid_spec', message: new RegExp(field) })
    assert.throws(
      () => specWith(0, { path: '/ready', drainSeconds: 1 }, {}),
      refused('readiness.drainSeconds'),
    )
    const properties = { command: ['sleep', '600'], readiness: { path: '/ready' } }
    assert.throws(() => bench.spec({ properties }), refused('readiness.port'))
    const elsewhere = { ...properties, readiness: { path: '/ready', port: 9000 } }
    assert.equal(bench.spec({ properties: elsewhere }).healthCheck.readiness?.port, 9000)
  })

  test('may be asked as its bundle says', () => {
    const manifest = { readiness: { path: '/bundle' }, port: true }
    const spec = bench.spec({ manifest })
    assert.deepEqual(spec.healthCheck.readiness, { path: '/bundle' })
    const readiness = { path: '/profile' }
    const stronger = bench.spec({ manifest, properties: { command: ['sleep', '600'], readiness } })
    assert.deepEqual(stronger.healthCheck.readiness, readiness)
  })
})
