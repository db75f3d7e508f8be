import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import { type Bench, createBench, pidsUnder } from './test-bench.ts'

const NODE = nodeRef('node-1', 1)
const OLD = 'n/r1/1'
const NEXT = 'n/r2/2'

describe('a process beside another', () => {
  let bench: Bench
  beforeEach(() => {
    bench = createBench()
  })
  afterEach(() => bench.close())

  const ctx = contextOf(1)
  const folder = () => join(bench.root, NODE.id)
  const reservations = () => readdirSync(join(bench.root, '.ports')).map(Number)
  const sleeper = { command: ['sleep', '600'], stopGraceSeconds: 5 }

  test('has a port of its own, which is the node’s from then on', async () => {
    const runtime = bench.open()
    const spec = bench.spec({ properties: { ...sleeper, port: true } })
    const old = await runtime.start(ctx, NODE, wantedOf(OLD, spec))
    const next = await runtime.startBeside(ctx, NODE, wantedOf(NEXT, spec), OLD)
    assert.deepEqual(reservations().sort(), [old.endpoint!.port, next.endpoint!.port].sort())
    await runtime.retire(ctx, NODE, NEXT)
    assert.deepEqual(reservations(), [next.endpoint!.port])
    const third = await runtime.start(ctx, NODE, wantedOf('n/r2/3', spec))
    assert.deepEqual(third.endpoint, next.endpoint)
  })

  test('gives its port back when it is given up', async () => {
    const runtime = bench.open()
    const spec = bench.spec({ properties: { ...sleeper, port: true } })
    const old = await runtime.start(ctx, NODE, wantedOf(OLD, spec))
    await runtime.startBeside(ctx, NODE, wantedOf(NEXT, spec), OLD)
    await runtime.retire(ctx, NODE, OLD)
    assert.deepEqual(reservations(), [old.endpoint!.port])
    assert.equal(existsSync(join(folder(), 'run', 'beside.json')), false)
  })

  test('takes the code link along, and gives it back when it is given up', async () => {
    const runtime = bench.open()
    const first = bench.bundle('first', { 'a.txt': '1' })
    const second = bench.bundle('second', { 'a.txt': '2' })
    const spec = (bundle: string) => bench.spec({ properties: sleeper, bundle })
    await runtime.start(ctx, NODE, wantedOf(OLD, spec('first')))
    const link = () => readlinkSync(join(folder(), 'code'))
    await runtime.startBeside(ctx, NODE, wantedOf(NEXT, spec('second')), OLD)
    assert.equal(link(), second)
    // As after a crash: what the link was before is not forgotten.
    await bench.open().startBeside(ctx, NODE, wantedOf(NEXT, spec('second')), OLD)
    await runtime.retire(ctx, NODE, OLD)
    assert.equal(link(), first)
    await runtime.startBeside(ctx, NODE, wantedOf('n/r2/3', spec('second')), OLD)
    await runtime.retire(ctx, NODE, 'n/r2/3')
    assert.equal(link(), second)
  })

  test('stays beside an old one whose preStop fails, and goes whatever its own says', async () => {
    const runtime = bench.open()
    const hooks = { preStop: { command: ['sh', '-c', 'echo not now; exit 3'] } }
    const spec = bench.spec({ properties: { ...sleeper, hooks } })
    await runtime.start(ctx, NODE, wantedOf(OLD, spec))
    await runtime.startBeside(ctx, NODE, wantedOf(NEXT, spec), OLD)
    await assert.rejects(runtime.retire(ctx, NODE, NEXT), /not now/)
    assert.equal(pidsUnder(bench.root, NODE.id).length, 2)
    await runtime.retire(ctx, NODE, OLD)
    assert.equal(pidsUnder(bench.root, NODE.id).length, 1)
    assert.match(readFileSync(join(folder(), 'logs', 'output.log'), 'utf8'), /not now/)
  })

  test('that does not run is told of as itself, not as the one it is beside', async () => {
    const runtime = bench.open()
    await runtime.start(ctx, NODE, wantedOf(OLD, bench.spec({ properties: sleeper })))
    // It ends when it is told to: one that ends by itself may do so, on a busy host, while its start still watches it.
    const command = ['sh', '-c', `until [ -e '${join(bench.root, 'end')}' ]; do sleep 0.02; done; exit 7`]
    const brief = bench.spec({ properties: { command } })
    const next = await runtime.startBeside(ctx, NODE, wantedOf(NEXT, brief), OLD)
    writeFileSync(join(bench.root, 'end'), '')
    const deadline = Date.now() + 10_000
    let seen = await runtime.observe(ctx, NODE, next.handle, null)
    // How it ended is heard a moment after it did.
    while (!/exited/.test(seen.detail) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      seen = await runtime.observe(ctx, NODE, next.handle, null)
    }
    assert.match(seen.detail, /exited with code 7/)
  })

  test('is refused where both would need one port', () => {
    const runtime = bench.open()
    const why = (properties: object) =>
      runtime.whyNotBeside(bench.spec({ properties: { ...sleeper, ...properties } }))
    assert.equal(why({}), null)
    assert.equal(why({ port: true }), null)
    assert.equal(why({ port: { from: 23_000, to: 23_001 } }), null)
    assert.match(why({ port: { from: 23_000, to: 23_000 } }) ?? '', /its port is always 23000/)
    assert.match(why({ healthCheck: { type: 'tcp', port: 23_000 } }) ?? '', /ask port 23000/)
    assert.match(why({ port: true, readiness: { path: '/r', port: 23_001 } }) ?? '', /ask port 23001/)
  })
})
