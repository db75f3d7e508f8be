import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type BundleStore, createBundleStore } from '../../bundles/bundle-store.ts'
import { removeTree } from '../../bundles/folders.ts'
import { makeZip } from '../../bundles/test-zips.ts'
import type { Drift } from '../../domain/drift.ts'
import type { RevisionSpec } from '../../domain/revision.ts'
import { silentLog } from '../../system/log.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import type { Started } from '../runtime.ts'
import type { ProcessRuntime } from './index.ts'
import { type Bench, createBench, pidOf, until } from './test-bench.ts'

const node = nodeRef('node-1', 1)
const ctx = contextOf(1)

const SERVER = `
import { createServer } from 'node:http'
createServer((request, response) => response.end()).listen(process.env.PORT, process.env.HOST)
`

describe('a node of processes is looked at closely', () => {
  let bench: Bench
  let runtime: ProcessRuntime
  let files: BundleStore
  beforeEach(() => {
    bench = createBench()
    files = createBundleStore({ root: join(bench.folder, 'store'), log: silentLog })
    runtime = bench.open({ code: files })
  })
  afterEach(async () => {
    // Unpacked copies are read-only, and so are their folders.
    await removeTree(join(bench.folder, 'store'))
    bench.close()
  })

  const look = (started: Started, spec: RevisionSpec, key = 'k1') =>
    runtime.findDrift(ctx, node, started.handle, wantedOf(key, spec))
  const kinds = (found: readonly Drift[]) => found.map(({ kind }) => kind)
  const untilSeen = async (started: Started, spec: RevisionSpec, wanted: readonly string[]) => {
    let found: readonly Drift[] = []
    await until(`${wanted.join()} is seen`, async () => {
      found = await look(started, spec)
      return kinds(found).join() === wanted.join()
    })
    return found
  }
  const codeOf = () => readlinkSync(join(bench.root, node.id, 'code'))
  const nodeFile = (...path: string[]) => join(bench.root, node.id, ...path)
  const idle = { command: ['sleep', '600'], stopGraceSeconds: 5 }

  /** A spec with a real bundle, and what is in it. */
  const withBundle = async (): Promise<RevisionSpec> => {
    const zip = makeZip([
      { name: 'server.mjs', data: SERVER },
      { name: 'lib/a.txt', data: 'a' },
      { name: 'lib/b.txt', data: 'b' },
    ])
    const { digest } = await files.receive(Readable.from([zip]))
    const spec = bench.spec({ bundle: 'web', properties: idle })
    return { ...spec, code: { ...spec.code!, digest } }
  }

  const change = (path: string, text: string) => {
    const file = join(codeOf(), path)
    chmodSync(file, 0o644)
    writeFileSync(file, text)
  }

  test('one that is as it was started differs in nothing', async () => {
    const spec = await withBundle()
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    assert.deepEqual(await look(started, spec), [])
  })

  test('a file that was changed is named; the next start gets a copy that is right, beside the other', async () => {
    const spec = await withBundle()
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    const before = codeOf()
    change('lib/a.txt', 'x')
    const [found] = await untilSeen(started, spec, ['files'])
    assert.equal(found?.because, 'lib/a.txt of bundle web@1 was changed on disk')
    const next = await runtime.start(ctx, node, wantedOf('k2', spec))
    assert.notEqual(codeOf(), before)
    assert.equal(readFileSync(join(codeOf(), 'lib/a.txt'), 'utf8'), 'a')
    assert.equal(readFileSync(join(before, 'lib/a.txt'), 'utf8'), 'x')
    assert.deepEqual(await look(next, spec, 'k2'), [])
    await files.delete(spec.code!.digest)
    assert.throws(() => readFileSync(join(before, 'lib/a.txt')), { code: 'ENOENT' })
    assert.throws(() => readFileSync(join(codeOf(), 'lib/a.txt')), { code: 'ENOENT' })
  })

  test('a file that was only touched is the same', async () => {
    const spec = await withBundle()
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    change('lib/a.txt', 'a')
    assert.deepEqual(await look(started, spec), [])
  })

  test('a link to the code that leads elsewhere, or is gone, is seen', async () => {
    const spec = await withBundle()
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    rmSync(nodeFile('code'))
    assert.match((await look(started, spec))[0]!.because, /link to the code is gone/)
    symlinkSync(bench.folder, nodeFile('code'))
    assert.match((await look(started, spec))[0]!.because, /leads to .* no copy of bundle web@1/)
  })

  test('a process that was killed is missed', async () => {
    const spec = bench.spec({ properties: idle })
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    process.kill(pidOf(started), 'SIGKILL')
    const [found] = await untilSeen(started, spec, ['process'])
    assert.match(found!.because, /nothing runs: pid \d+ (was killed by SIGKILL|is gone)/)
  })

  test('a process that became another program is seen, once it ran for long as it was started', async () => {
    const command = ['sh', '-c', 'while [ ! -e go ]; do sleep 0.05; done; exec sleep 600']
    const spec = bench.spec({ properties: { command, stopGraceSeconds: 5 } })
    const started = await runtime.start(ctx, node, wantedOf('k1', spec))
    const { launch } = started.handle as { launch: string }
    const intentFile = nodeFile('run', `${launch}.json`)
    const intent = JSON.parse(readFileSync(intentFile, 'utf8')) as { at: number }
    writeFileSync(intentFile, JSON.stringify({ ...intent, at: intent.at - 100_000 }))
    assert.deepEqual(await look(started, spec), [])
    writeFileSync(nodeFile('work', 'go'), '')
    const [found] = await untilSeen(started, spec, ['command'])
    assert.match(found!.because, /process \d+ runs "sleep" .* "sh", which was started/)
  })

  test('a stranger on the port of a node whose process is gone is named', async () => {
    const spec = bench.spec({ bundle: 'x', properties: { ...idle, port: true } })
    const portless = { ...spec, code: null }
    const started = await runtime.start(ctx, node, wantedOf('k1', portless))
    assert.deepEqual(await look(started, portless), [])
    const { host, port } = started.endpoint!
    const stranger = spawn(process.execPath, ['--input-type=module', '-e', SERVER], {
      env: { HOST: host, PORT: String(port) },
      stdio: 'ignore',
    })
    try {
      const [found] = await untilSeen(started, portless, ['unknown-process'])
      assert.match(found!.because, new RegExp(`port ${port} is held by process ${stranger.pid} `))
    } finally {
      stranger.kill('SIGKILL')
    }
  })
})
