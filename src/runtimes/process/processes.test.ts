import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { RuntimeFailedError } from '../../domain/errors.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import type { ProcessRuntime } from './index.ts'
import { createProcessTable } from './process-table.ts'
import { type Bench, createBench, isRunning, pidOf, pidsUnder, until } from './test-bench.ts'

const node = nodeRef('node-1', 1)
const ctx = contextOf(1)

describe('a process', () => {
  let bench: Bench
  let runtime: ProcessRuntime
  beforeEach(() => {
    bench = createBench()
    runtime = bench.open()
  })
  afterEach(() => bench.close())

  const workFile = (name: string) => join(bench.root, node.id, 'work', name)
  const outputLog = () => readFileSync(join(bench.root, node.id, 'logs', 'output.log'), 'utf8')
  const shell = (text: string, more = {}) =>
    bench.spec({ properties: { command: ['sh', '-c', text], stopGraceSeconds: 5, ...more } })

  test('that ignores SIGTERM is killed after the grace', async () => {
    const spec = shell('trap "" TERM; touch ready; while :; do sleep 0.05; done', { stopGraceSeconds: 0.2 })
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    await until('the trap is set', () => existsSync(workFile('ready')))
    await runtime.stop(ctx, node, started.handle)
    assert.equal(isRunning(pidOf(started)), false)
  })

  test('gets the whole grace to end by itself', async () => {
    const spec = shell(
      'trap "sleep 0.1; touch said-goodbye; exit 0" TERM; touch ready; while :; do sleep 0.05; done',
    )
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    await until('the trap is set', () => existsSync(workFile('ready')))
    await runtime.stop(ctx, node, started.handle)
    assert.equal(existsSync(workFile('said-goodbye')), true)
  })

  test('that is to follow one that takes its time waits forked, and leaves if its start is broken off', async () => {
    const spec = shell(
      'trap "sleep 1; touch said-goodbye; exit 0" TERM; touch ready; while :; do sleep 0.05; done',
    )
    const old = await runtime.start(ctx, node, wantedOf('k1', spec))
    await until('the trap is set', () => existsSync(workFile('ready')))
    const waiting = () => {
      const own = createProcessTable().membersOf(pidOf(old))
      return pidsUnder(bench.root, node.id).filter((pid) => !own.some((member) => member.pid === pid))
    }
    const stop = new AbortController()
    const broken = runtime.start({ ...ctx, signal: stop.signal }, node, wantedOf('k2', bench.spec()))
    const failure = broken.then(
      () => null,
      (error: unknown) => error,
    )
    await until('the next one waits', () => waiting().length === 1)
    stop.abort(new Error('enough'))
    assert.match(String(await failure), /enough/)
    await until('it has left', () => waiting().length === 0)
    const next = await runtime.start(ctx, node, wantedOf('k3', bench.spec()))
    assert.equal(existsSync(workFile('said-goodbye')), true)
    assert.deepEqual(pidsUnder(bench.root, node.id), [pidOf(next)])
  })

  test('takes its children and their children with it', async () => {
    const spec = shell('(sh -c "sleep 600 & sleep 600" & sleep 600) & sleep 600')
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    await until('all children run', () => pidsUnder(bench.root, node.id).length >= 5)
    await runtime.stop(ctx, node, started.handle)
    assert.deepEqual(pidsUnder(bench.root, node.id), [])
  })

  test('that died alone leaves children that the next start still ends', async () => {
    const spec = shell('sleep 600 & sleep 600')
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    await until('both children run', () => pidsUnder(bench.root, node.id).length === 3)
    process.kill(pidOf(started), 'SIGKILL')
    await until('the parent is gone', () => !isRunning(pidOf(started)))
    const next = await runtime.start(ctx, node, wantedOf('k2', bench.spec()))
    assert.deepEqual(pidsUnder(bench.root, node.id), [pidOf(next)])
  })

  test('tells how it ended, if Drover saw it', async () => {
    await runtime.start(ctx, node, wantedOf('k1', shell('while [ ! -e go ]; do sleep 0.02; done; exit 3')))
    writeFileSync(workFile('go'), '')
    await until('it has ended', async () => !(await runtime.observe(ctx, node, null, null)).running)
    await until('its end is written', async () =>
      /exited with code 3 at \d{4}-/.test((await runtime.observe(ctx, node, null, null)).detail),
    )
    assert.equal((await runtime.observe(ctx, node, null, null)).key, 'k1')
  })

  test('that cannot be executed fails its start with the reason', async () => {
    bench.bundle('broken', { run: '#!/no/such/interpreter\n' })
    const spec = bench.spec({ bundle: 'broken', properties: { command: ['./run'] } })
    await assert.rejects(
      runtime.start(ctx, node, wantedOf('k1', spec)),
      (error) =>
        error instanceof RuntimeFailedError &&
        /node web-1: its process exited with code 12[67] as soon as it was started; its last output:\n.*run/.test(
          error.message,
        ),
    )
  })

  test('that ends at once fails its start with its last words', async () => {
    const start = runtime.start(ctx, node, wantedOf('k1', shell('echo no such table; exit 4')))
    await assert.rejects(
      start,
      /exited with code 4 as soon as it was started; its last output:\nno such table$/,
    )
  })

  test('whose program is missing is refused before anything is stopped', async () => {
    const first = await runtime.start(ctx, node, wantedOf('k1', bench.spec()))
    const missing = wantedOf('k2', bench.spec({ properties: { command: ['no-such-program'] } }))
    await assert.rejects(
      runtime.prepare(ctx, node, missing),
      /program "no-such-program" is not on the node's PATH/,
    )
    await assert.rejects(
      runtime.start(ctx, node, missing),
      /program "no-such-program" is not on the node's PATH/,
    )
    assert.equal(isRunning(pidOf(first)), true)
  })

  test('sees only the variables that it may see', async () => {
    const spec = bench.spec({
      properties: {
        command: ['sh', '-c', 'env > env.txt; touch ready; sleep 600'],
        environment: { COLOUR: 'blue', data: 'x' },
      },
      version: '1.31',
    })
    await runtime.start(ctx, node, wantedOf('k1', spec))
    await until('it has written', () => existsSync(workFile('ready')))
    const names = readFileSync(workFile('env.txt'), 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0])
    const fromShell = ['_', 'OLDPWD', 'PWD', 'SHLVL', '']
    assert.deepEqual(names.filter((name) => !fromShell.includes(name!)).sort(), [
      'COLOUR',
      'DROVER_CLUSTER',
      'DROVER_NODE',
      'DROVER_NODE_ID',
      'DROVER_NODE_INDEX',
      'DROVER_PROJECT',
      'DROVER_REVISION',
      'DROVER_VERSION',
      'DROVER_WORK_DIR',
      'HOME',
      'PATH',
      'data',
    ])
  })

  test('leads a session of its own and holds no file of Drover open', async (t) => {
    const started = await runtime.start(ctx, node, wantedOf('k1', bench.spec()))
    if (!existsSync('/proc/self/stat')) return t.skip('needs /proc')
    const fields = readFileSync(`/proc/${started.physicalId}/stat`, 'utf8').split(') ')[1]!.split(' ')
    assert.deepEqual([fields[2], fields[3]], [started.physicalId, started.physicalId])
  })

  test('is held to its memory', async () => {
    bench.bundle('hungry', {
      'main.py':
        'import time\ntry:\n  x = bytearray(400 * 1024 * 1024)\n  print("got it", flush=True)\n' +
        'except MemoryError:\n  print("refused", flush=True)\ntime.sleep(600)\n',
    })
    const properties = { limits: { memoryBytes: 200 * 1024 * 1024, openFiles: 64 } }
    await runtime.start(
      ctx,
      node,
      wantedOf('k1', bench.spec({ bundle: 'hungry', script: 'main.py', properties })),
    )
    await until('it tried', () => /got it|refused/.test(outputLog()))
    assert.match(outputLog(), /refused/)
  })

  test('written for Node lives within a limit of its data memory', async () => {
    bench.bundle('modest', {
      'main.js':
        'try { Buffer.alloc(1.5e9); console.log("got it") } catch { console.log("refused") }; setInterval(() => {}, 1000)',
    })
    const properties = { limits: { memoryBytes: 1024 * 1024 * 1024 } }
    await runtime.start(
      ctx,
      node,
      wantedOf('k1', bench.spec({ bundle: 'modest', script: 'main.js', properties })),
    )
    await until('it tried', () => /got it|refused/.test(outputLog()))
    assert.match(outputLog(), /refused/)
  })

  test('runs as another user when Drover may switch, and the refusal is clear when it may not', async () => {
    const isRoot = process.getuid?.() === 0
    const user = isRoot ? 'nobody' : 'root'
    const properties = { command: ['sh', '-c', 'id -un; touch mine "$HOME/other"; sleep 600'], user }
    // A script is there for that user to read.
    const template = { hooks: { postInstall: { script: 'echo "hook of $(id -un)"' } } }
    const start = runtime.start(ctx, node, wantedOf('k1', bench.spec({ properties, template })))
    if (!isRoot) return assert.rejects(start, /cannot run a node as user "root": Drover runs as uid \d+/)
    const started = await start
    await until('it said who it is', () => /^nobody$/m.test(outputLog()))
    assert.match(outputLog(), /^hook of nobody$/m)
    await until('it wrote its file', () => existsSync(workFile('mine')))
    // By its whole path as well.
    await until('it wrote another', () => existsSync(workFile('other')))
    await runtime.stop(ctx, node, started.handle)
    assert.equal(isRunning(pidOf(started)), false)
    const unknown = wantedOf('k2', bench.spec({ properties: { ...properties, user: 'no-such-user' } }))
    await assert.rejects(runtime.start(ctx, node, unknown), /user "no-such-user" does not exist/)
  })
})
