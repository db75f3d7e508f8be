import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { HealthCheck } from '../../domain/health-check.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import type { ProcessRuntime } from './index.ts'
import { type Bench, createBench, pidOf, until } from './test-bench.ts'

const node = nodeRef('node-1', 1)
const ctx = contextOf(1)

const SERVER = `
import { createServer } from 'node:http'
import { existsSync } from 'node:fs'
const isSick = () => existsSync(process.env.DROVER_WORK_DIR + '/sick')
createServer((request, response) => response.writeHead(isSick() ? 503 : 200).end()).listen(process.env.PORT, process.env.HOST)
`

describe('observing a process', () => {
  let bench: Bench
  let runtime: ProcessRuntime
  beforeEach(() => {
    bench = createBench()
    runtime = bench.open()
    bench.bundle('web', { 'main.mjs': SERVER })
  })
  afterEach(() => bench.close())

  const look = (check: HealthCheck) => runtime.observe(ctx, node, null, check)
  const workFile = (name: string) => join(bench.root, node.id, 'work', name)

  test('checks it over HTTP and TCP at the port that it was given', async () => {
    const spec = bench.spec({ bundle: 'web', script: 'main.mjs', properties: { port: true } })
    const { endpoint } = await runtime.start(ctx, node, wantedOf('k1', spec))
    const check = { type: 'http', path: '/health' } as const
    await until('it serves', async () => (await look(check)).passing === true)
    const url = `GET http://127.0.0.1:${endpoint?.port}/health`
    assert.equal((await look(check)).detail, `${url} answered 200`)
    assert.equal((await look({ type: 'tcp' })).passing, true)
    writeFileSync(workFile('sick'), '')
    const sick = await look(check)
    assert.deepEqual([sick.running, sick.passing, sick.detail], [true, false, `${url} answered 503`])
  })

  test('it keeps its port when it is replaced, stopped and started', async () => {
    const spec = bench.spec({ bundle: 'web', script: 'main.mjs', properties: { port: true } })
    const first = await runtime.start(ctx, node, wantedOf('k1', spec))
    await until('it serves', async () => (await look({ type: 'tcp' })).passing === true)
    const second = await runtime.start(ctx, node, wantedOf('k2', spec))
    await runtime.stop(ctx, node, second.handle)
    const third = await bench.open().start(contextOf(2), node, wantedOf('k3', spec))
    assert.deepEqual([second.endpoint, third.endpoint], [first.endpoint, first.endpoint])
  })

  test('runs a command check with its environment and tells what it said', async () => {
    await runtime.start(ctx, node, wantedOf('k1', bench.spec()))
    const check = {
      type: 'command',
      command: ['sh', '-c', 'echo $DROVER_NODE is away; test -e "$DROVER_WORK_DIR/here"'],
    } as const
    const before = await look(check)
    assert.deepEqual([before.passing, before.detail], [false, 'check "sh" exited with code 1: web-1 is away'])
    writeFileSync(workFile('here'), '')
    assert.equal((await look(check)).passing, true)
    const slow = await look({ type: 'command', command: ['sleep', '600'], timeoutSeconds: 0.1 })
    assert.deepEqual(
      [slow.passing, slow.detail],
      [false, 'check "sleep" took longer than 0.1 s and was killed'],
    )
  })

  test('says what it is: never started, running, stopped, killed', async () => {
    const detail = async () => (await runtime.observe(ctx, node, null, null)).detail
    await runtime.prepare(ctx, node, wantedOf('k1', bench.spec()))
    assert.equal(await detail(), 'is stopped')
    const started = await runtime.start(ctx, node, wantedOf('k1', bench.spec()))
    assert.equal(await detail(), `runs as pid ${started.physicalId}`)
    process.kill(pidOf(started), 'SIGKILL')
    await until('its end was seen', async () => /was killed by SIGKILL at/.test(await detail()))
    await runtime.stop(ctx, node, started.handle)
    assert.equal(await detail(), 'is stopped')
  })

  test('admits that it did not see the end of a process that died while Drover was away', async () => {
    const started = await runtime.start(ctx, node, wantedOf('k1', bench.spec()))
    process.kill(pidOf(started), 'SIGKILL')
    await until('its end was seen', async () => /at \d/.test((await look({ type: 'alive' })).detail))
    const run = join(bench.root, node.id, 'run')
    const { launch } = started.handle as { launch: string }
    assert.equal(existsSync(join(run, `${launch}.exit.json`)), true)
    rmSync(join(run, `${launch}.exit.json`))
    const { detail } = await look({ type: 'alive' })
    assert.equal(detail, `pid ${started.physicalId} is gone; its exit code was not seen`)
  })
})
