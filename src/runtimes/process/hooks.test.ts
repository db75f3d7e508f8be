import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { HookFailedError } from '../../domain/errors.ts'
import type { LifecycleHooks } from '../../domain/revision.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import type { ProcessRuntime } from './index.ts'
import { createProcessTable } from './process-table.ts'
import { type Bench, createBench, isRunning, pidOf, pidsUnder } from './test-bench.ts'

const node = nodeRef('node-1', 1)
const ctx = contextOf(1)

describe('hooks', () => {
  let bench: Bench
  let runtime: ProcessRuntime
  beforeEach(() => {
    bench = createBench()
    runtime = bench.open()
    bench.bundle('one', { name: 'one' })
    bench.bundle('two', { name: 'two' })
  })
  afterEach(() => bench.close())

  const sleeper = { command: ['sleep', '600'] }
  const say = (text: string) => ({ command: ['sh', '-c', text] })
  const withHooks = (hooks: LifecycleHooks, properties = {}, bundle = 'one') =>
    bench.spec({ bundle, properties: { ...sleeper, ...properties }, template: { hooks } })
  const outputLog = () => readFileSync(join(bench.root, node.id, 'logs', 'output.log'), 'utf8')
  const failsWith = (hook: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof HookFailedError, String(error))
    assert.equal(error.hook, hook)
    assert.match(error.message, message)
    return true
  }

  test('run in their order, in the code folder, with their output in the log', async () => {
    const spec = withHooks({
      preInstall: say('echo pre $(cat name)'),
      postInstall: say('echo post $(cat name) $DROVER_NODE'),
      postStart: say('echo up'),
      preStop: say('echo bye'),
    })
    await runtime.prepare(ctx, node, wantedOf('k1', spec))
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    await runtime.stop(ctx, node, started.handle)
    const lines = outputLog()
      .split('\n')
      .filter((line) => !line.startsWith('[drover]'))
    assert.deepEqual(lines, ['pre one', 'post one web-1', 'up', 'bye', ''])
    assert.match(
      outputLog(),
      /\[drover\] hook preInstall starts\npre one\n\[drover\] hook preInstall passed\n/,
    )
  })

  test('of which preInstall fails leave the old process serving', async () => {
    const first = await runtime.start(ctx, node, wantedOf('k1', bench.spec()))
    const broken = wantedOf('k2', withHooks({ preInstall: say('echo no licence >&2; exit 3') }))
    await assert.rejects(
      runtime.prepare(ctx, node, broken),
      failsWith('preInstall', /exited with code 3; its last output:\nno licence/),
    )
    assert.equal(isRunning(pidOf(first)), true)
  })

  test('that are scripts run by their own interpreter, out of a file that is gone afterwards', async () => {
    const folder = join(bench.root, node.id, 'hooks')
    const spec = withHooks({
      preInstall: { script: 'echo "by $0"\n' },
      postInstall: { script: '#!/usr/bin/env -S sh -e\necho "in $(cat name)"\nls -l "$0"\n' },
      preStop: { script: 'exit 4' },
    })
    await runtime.prepare(ctx, node, wantedOf('k1', spec))
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    assert.match(outputLog(), new RegExp(`by ${folder}/preInstall\n`))
    assert.match(outputLog(), /in one\n-rw------- /)
    await assert.rejects(
      runtime.stop(ctx, node, started.handle),
      failsWith('preStop', /\(script\) exited with code 4/),
    )
    assert.deepEqual(readdirSync(folder), [])
  })

  test('that take too long are killed with all they started', async () => {
    const spec = withHooks({ preInstall: { ...say('sleep 600 & sleep 600'), timeoutSeconds: 0.2 } })
    await assert.rejects(
      runtime.prepare(ctx, node, wantedOf('k1', spec)),
      failsWith('preInstall', /took longer than 0.2 s and was killed; it printed nothing/),
    )
    assert.deepEqual(pidsUnder(bench.root, node.id), [])
  })

  test('are killed when the call is aborted', async () => {
    const abort = new AbortController()
    const prepare = runtime.prepare(
      contextOf(1, abort.signal),
      node,
      wantedOf('k1', withHooks({ preInstall: say('sleep 600') })),
    )
    setTimeout(() => abort.abort(new Error('over')), 50)
    await assert.rejects(prepare, /over/)
    assert.deepEqual(pidsUnder(bench.root, node.id), [])
  })

  test('that a killed Drover left running are ended before the next one begins', async () => {
    const leftover = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    const table = createProcessTable()
    const run = join(bench.root, node.id, 'run')
    mkdirSync(run, { recursive: true })
    const record = {
      pid: leftover.pid,
      start: table.startOf(leftover.pid!),
      bootId: table.bootId,
      port: null,
    }
    writeFileSync(join(run, 'hook.json'), JSON.stringify(record))
    await runtime.prepare(ctx, node, wantedOf('k1', withHooks({ preInstall: say('true') })))
    assert.equal(isRunning(leftover.pid!), false)
    assert.equal(existsSync(join(run, 'hook.json')), false)
  })

  test('that name a missing program say so', async () => {
    const spec = withHooks({ preInstall: { command: ['no-such-program'] } })
    await assert.rejects(
      runtime.prepare(ctx, node, wantedOf('k1', spec)),
      failsWith('preInstall', /\(no-such-program\) could not be started: .*ENOENT/),
    )
  })

  test('of which preStop fails keep the node running when it is stopped or replaced', async () => {
    const started = await runtime.start(ctx, node, wantedOf('k1', withHooks({ preStop: say('exit 1') })))
    await assert.rejects(runtime.stop(ctx, node, started.handle), failsWith('preStop', /code 1/))
    await assert.rejects(
      runtime.start(ctx, node, wantedOf('k2', bench.spec())),
      failsWith('preStop', /code 1/),
    )
    assert.equal(isRunning(pidOf(started)), true)
    assert.equal((await runtime.observe(ctx, node, null, null)).key, 'k1')
  })

  test('of which preStop fails do not keep a node from being removed', async () => {
    const started = await runtime.start(ctx, node, wantedOf('k1', withHooks({ preStop: say('exit 1') })))
    await runtime.remove(ctx, node, started.handle)
    assert.equal(isRunning(pidOf(started)), false)
  })

  test('of which preStop fails do not matter when the profile says so', async () => {
    const spec = withHooks({ preStop: say('exit 1') }, { preStopFailure: 'stop' })
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    await runtime.stop(ctx, node, started.handle)
    assert.equal(isRunning(pidOf(started)), false)
  })

  test('of which postStart failed run again when the start is repeated', async () => {
    const wanted = wantedOf('k1', withHooks({ postStart: say('test -e "$DROVER_WORK_DIR/go"') }))
    await assert.rejects(runtime.start(ctx, node, wanted), failsWith('postStart', /code 1/))
    const [pid] = pidsUnder(bench.root, node.id)
    writeFileSync(join(bench.root, node.id, 'work', 'go'), '')
    assert.equal(pidOf(await runtime.start(ctx, node, wanted)), pid)
  })

  test('placing code moves the link, runs its hooks and restarts nothing', async () => {
    const started = await runtime.start(ctx, node, wantedOf('k1', withHooks({})))
    const next = withHooks({ postInstall: say('cat "$DROVER_CODE_DIR/name"') }, {}, 'two')
    await runtime.placeCode(ctx, node, wantedOf('k2', next))
    assert.equal(readFileSync(join(bench.root, node.id, 'code', 'name'), 'utf8'), 'two')
    assert.equal(isRunning(pidOf(started)), true)
    assert.match(outputLog(), /two/)
  })

  test('of placing code that fail put the link back', async () => {
    await runtime.start(ctx, node, wantedOf('k1', withHooks({})))
    const link = join(bench.root, node.id, 'code')
    const before = readlinkSync(link)
    const next = withHooks({ postInstall: say('exit 1') }, {}, 'two')
    await assert.rejects(
      runtime.placeCode(ctx, node, wantedOf('k2', next)),
      failsWith('postInstall', /code 1/),
    )
    assert.equal(readlinkSync(link), before)
    assert.equal(existsSync(`${link}.next`), false)
  })
})
