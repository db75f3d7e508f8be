import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { systemClock } from '../../system/clock.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import { launchProcess } from './client.ts'
import { Exits } from './exits.ts'
import { LAUNCHER } from './launcher.ts'
import { createProcessTable } from './process-table.ts'
import { launchesIn, launchOf, readPidRecord } from './run-state.ts'
import { type Bench, createBench, isRunning, leaderOf, pidOf, pidsUnder, until } from './test-bench.ts'

const node = nodeRef('node-1', 1)

describe('a node outlives Drover', () => {
  let bench: Bench
  beforeEach(() => {
    bench = createBench()
  })
  afterEach(() => bench.close())

  const runDir = () => join(bench.root, node.id, 'run')
  const livingSessions = () => new Set(pidsUnder(bench.root, node.id).map(leaderOf)).size

  /** A Drover of its own that starts the node, says so, and waits to be killed. */
  function startDrover(): ChildProcess {
    const script = join(bench.folder, 'drover.ts')
    const here = import.meta.dirname
    const spec = bench.spec()
    writeFileSync(
      script,
      `import { createProcessRuntime } from '${here}/index.ts'
       import { contextOf, wantedOf, nodeRef } from '${here}/../conformance.ts'
       import { systemClock } from '${here}/../../system/clock.ts'
       const runtime = createProcessRuntime({ root: '${bench.root}', clock: systemClock, log: console,
         environment: { PATH: process.env.PATH }, code: {} })
       process.stdout.write('ready\\n')
       await runtime.start(contextOf(1), nodeRef('node-1', 1), wantedOf('k1', ${JSON.stringify(spec)}))
       process.stdout.write('started\\n')
       setInterval(() => {}, 1000)`,
    )
    return spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  async function said(drover: ChildProcess, word: string): Promise<void> {
    let text = ''
    for await (const chunk of drover.stdout!.iterator({ destroyOnReturn: false })) {
      text += chunk
      if (text.includes(word)) return
    }
    throw new Error(`the program ended without saying "${word}"`)
  }

  test('when Drover is killed, its node runs on and the next Drover adopts it', async () => {
    const drover = startDrover()
    await said(drover, 'started')
    const [pid] = pidsUnder(bench.root, node.id)
    drover.kill('SIGKILL')
    await until('Drover is dead', () => drover.signalCode !== null)
    const started = await bench.open().start(contextOf(2), node, wantedOf('k1', bench.spec()))
    assert.equal(pidOf(started), pid)
    assert.equal(livingSessions(), 1)
  })

  test('killed at any moment of a start, it leaves at most one process, and a repeat gives exactly one', async () => {
    for (const delayMs of [0, 4, 8, 12, 18, 30]) {
      const drover = startDrover()
      await said(drover, 'ready')
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      drover.kill('SIGKILL')
      const runtime = bench.open()
      const started = await runtime.start(contextOf(2), node, wantedOf('k1', bench.spec()))
      await until('late launchers have left', () =>
        pidsUnder(bench.root, node.id).every((pid) => !isShell(pid)),
      )
      assert.deepEqual([...new Set(pidsUnder(bench.root, node.id).map(leaderOf))], [pidOf(started)])
      await runtime.remove(contextOf(2), node, null)
      assert.equal(livingSessions(), 0)
    }
  })

  test('a launcher that was forked before the crash and comes late gives way to another key', async () => {
    const runtime = bench.open()
    const started = await runtime.start(contextOf(1), node, wantedOf('k2', bench.spec()))
    assert.deepEqual(await runLauncher(launchOf('k1', 1)), { code: 0, programRan: false })
    assert.equal(isRunning(pidOf(started)), true)
  })

  test('of two launchers for one launch, one runs the program', async () => {
    const runtime = bench.open()
    const started = await runtime.start(contextOf(1), node, wantedOf('k1', bench.spec()))
    assert.deepEqual(await runLauncher(launchOf('k1', 1)), { code: 0, programRan: false })
    assert.equal(readPidRecord(runDir(), launchOf('k1', 1))?.pid, pidOf(started))
  })

  test('a launcher that comes after its node was stopped or removed leaves without a trace', async () => {
    const runtime = bench.open()
    const started = await runtime.start(contextOf(1), node, wantedOf('k1', bench.spec()))
    await runtime.stop(contextOf(1), node, started.handle)
    assert.deepEqual(await runLauncher(launchOf('k1', 1)), { code: 0, programRan: false })
    await runtime.remove(contextOf(1), node, started.handle)
    assert.deepEqual(await runLauncher(launchOf('k1', 1)), { code: 0, programRan: false })
    assert.equal(existsSync(join(bench.root, node.id)), false)
  })

  test('what an engine of a lower term wants is not obeyed', async () => {
    const runtime = bench.open()
    await runtime.start(contextOf(7), node, wantedOf('k2', bench.spec()))
    writeFileSync(join(runDir(), 'wanted-6'), `${launchOf('k1', 1)}\n`)
    assert.deepEqual(await runLauncher(launchOf('k1', 1)), { code: 0, programRan: false })
  })

  test('a process whose pid was given to a stranger is not mistaken for the node', async () => {
    const stranger = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    try {
      const table = createProcessTable()
      const launch = launchOf('k1', 1)
      mkdirSync(runDir(), { recursive: true })
      writeFileSync(join(runDir(), 'wanted-1'), `${launch}\n`)
      writeFileSync(join(runDir(), `${launch}.pid`), `${stranger.pid}\n12345\n${table.bootId}\n-\n`)
      const runtime = bench.open()
      assert.equal((await runtime.observe(contextOf(1), node, null, null)).running, false)
      await runtime.stop(contextOf(1), node, null)
      const started = await runtime.start(contextOf(1), node, wantedOf('k1', bench.spec()))
      assert.notEqual(pidOf(started), stranger.pid)
      await runtime.remove(contextOf(1), node, null)
      assert.equal(isRunning(stranger.pid!), true)
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  test('after a reboot the same pid and start time mean nothing', async () => {
    const stranger = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    try {
      const launch = launchOf('k1', 1)
      const start = createProcessTable().startOf(stranger.pid!)
      mkdirSync(runDir(), { recursive: true })
      writeFileSync(join(runDir(), 'wanted-1'), `${launch}\n`)
      writeFileSync(join(runDir(), `${launch}.pid`), `${stranger.pid}\n${start}\nearlier-boot\n-\n`)
      const runtime = bench.open()
      const observed = await runtime.observe(contextOf(1), node, null, null)
      assert.match(observed.detail, /host was restarted/)
      await runtime.remove(contextOf(1), node, null)
      assert.equal(isRunning(stranger.pid!), true)
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  test('a launch that a process took and did not live to say so is left alone, and the next one is started', async () => {
    const runtime = bench.open()
    mkdirSync(runDir(), { recursive: true })
    writeFileSync(join(runDir(), `${launchOf('k1', 1)}.pid`), '4711\n12')
    const started = await runtime.start(contextOf(1), node, wantedOf('k1', bench.spec()))
    await runtime.stop(contextOf(1), node, started.handle)
    assert.deepEqual(launchesIn(runDir()), [launchOf('k1', 1)], 'its process may still be on its way')
    const again = await runtime.start(contextOf(1), node, wantedOf('k1', bench.spec()))
    assert.equal(isRunning(pidOf(again)), true)
    assert.equal(livingSessions(), 1)
  })

  test('who comes second waits for the first to say who it is', async () => {
    const first = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    try {
      const table = createProcessTable()
      const launch = launchOf('k1', 1)
      const file = join(runDir(), `${launch}.pid`)
      mkdirSync(runDir(), { recursive: true })
      writeFileSync(join(runDir(), 'wanted-1'), `${launch}\n`)
      writeFileSync(file, '')
      const exits = new Exits()
      exits.onChange(() => {
        const lines = [first.pid, table.startOf(first.pid!), table.bootId, '-']
        writeFileSync(file, `${lines.join('\n')}\n`)
      })
      const { bootId } = table
      const command = ['touch', join(bench.folder, 'ran')]
      const record = await launchProcess({
        ...{
          nodeName: 'web-1',
          nodeId: node.id,
          runDir: runDir(),
          launch,
          cwd: bench.folder,
          environment: {},
        },
        launcherArguments: [runDir(), launch, bootId, '-', '-', '-', ...command],
        outputLog: join(bench.folder, 'output.log'),
        ...{ table, exits, clock: systemClock, signal: new AbortController().signal },
      })
      assert.equal(record.pid, first.pid)
      assert.equal(existsSync(join(bench.folder, 'ran')), false)
    } finally {
      first.kill('SIGKILL')
    }
  })

  async function runLauncher(launch: string): Promise<{ code: number | null; programRan: boolean }> {
    const mark = join(bench.folder, 'ran')
    const { bootId } = createProcessTable()
    const child = spawn(
      '/bin/sh',
      ['-c', LAUNCHER, 'x', runDir(), launch, bootId, '-', '-', '-', 'touch', mark],
      {
        stdio: ['ignore', 'ignore', 'ignore'],
      },
    )
    const code = await new Promise<number | null>((resolve) => child.on('exit', resolve))
    return { code, programRan: existsSync(mark) }
  }
})

function isShell(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sh'
  } catch {
    return false
  }
}
