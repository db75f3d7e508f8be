import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { HookFailedError, RuntimeFailedError } from '../../domain/errors.ts'
import type { LifecycleHooks } from '../../domain/revision.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import type { NodeRef, Started } from '../runtime.ts'
import type { SshRuntime } from './index.ts'
import { type Bench, createBench, digestOf, type SpecInput, until } from './test-bench.ts'
import { isRunning, pidsUnder, skipHosts } from './test-hosts.ts'

const ctx = contextOf(1)

describe('nodes on hosts over SSH', { skip: skipHosts }, () => {
  let bench: Bench
  let runtime: SshRuntime
  let nodes = 0
  before(async () => {
    bench = await createBench(1)
    runtime = bench.open()
  })
  after(() => bench?.close())

  const folderOf = (node: NodeRef) => join(bench.hosts.folder, 'base', 'nodes', node.id)
  const logOf = (node: NodeRef) => readFileSync(join(folderOf(node), 'logs', 'output.log'), 'utf8')

  /** Gives a test a node, and the host back afterwards. */
  async function withNode(work: (node: NodeRef) => Promise<void>): Promise<void> {
    nodes += 1
    const node = nodeRef(`node-${nodes}`, nodes)
    try {
      await work(node)
    } finally {
      await runtime.remove(contextOf(9), node, null)
    }
  }

  async function startOn(node: NodeRef, key: string, input: SpecInput): Promise<Started> {
    const wanted = wantedOf(key, bench.spec(input))
    await runtime.prepare(ctx, node, wanted)
    return await runtime.start(ctx, node, wanted)
  }

  test('only files that changed travel, and what went away is gone', () =>
    withNode(async (node) => {
      bench.bundle('one', {
        'same.txt': 'same',
        'changed.txt': 'old',
        'gone/away.txt': 'x',
        'run me.sh': 'exit 0',
      })
      bench.bundle('two', {
        'same.txt': 'same',
        'changed.txt': 'new',
        'run me.sh': 'exit 0',
        "it's/new.txt": 'n',
      })
      chmodSync(join(bench.hosts.folder, 'bundles', digestOf('two'), 'run me.sh'), 0o644)
      symlinkSync('same.txt', join(bench.hosts.folder, 'bundles', digestOf('two'), 'link'))
      await startOn(node, 'k1', { bundle: 'one' })
      await startOn(node, 'k2', { bundle: 'two' })
      const release = (name: string) => join(folderOf(node), 'releases', digestOf(name))
      const inode = (name: string, file: string) => statSync(join(release(name), file)).ino
      assert.equal(inode('one', 'same.txt'), inode('two', 'same.txt'), 'it was linked')
      assert.notEqual(inode('one', 'changed.txt'), inode('two', 'changed.txt'))
      assert.deepEqual(readdirSync(release('two')).sort(), [
        'changed.txt',
        "it's",
        'link',
        'run me.sh',
        'same.txt',
      ])
      assert.equal(readFileSync(join(release('two'), 'link'), 'utf8'), 'same')
      assert.equal(statSync(join(release('one'), 'run me.sh')).mode & 0o777, 0o555)
      assert.equal(statSync(join(release('two'), 'run me.sh')).mode & 0o777, 0o444)
      assert.equal(readlinkSync(join(folderOf(node), 'current')), `releases/${digestOf('two')}`)
    }))

  test('as many releases are kept as the profile says, the newest', () =>
    withNode(async (node) => {
      for (const name of ['r1', 'r2', 'r3']) {
        bench.bundle(name, { name })
        await startOn(node, name, { bundle: name, properties: { keepReleases: 2 } })
      }
      const kept = readdirSync(join(folderOf(node), 'releases')).filter((name) => !name.endsWith('.sums'))
      assert.deepEqual(kept.sort(), ['r2', 'r3'].map(digestOf).sort())
    }))

  test('a script gets its variables, and runs from its release', () =>
    withNode(async (node) => {
      const script =
        'echo "$A/$PORT/$DROVER_NODE/$DROVER_BUNDLE"; cat data; ls "$DROVER_CODE_DIR"; exec sleep 600'
      bench.bundle('script', { 'main.sh': script, data: 'from the bundle\n' })
      const properties = { port: 8080, environment: { A: `it's "quoted" $HOME\nand long` } }
      const started = await startOn(node, 'k1', { bundle: 'script', script: 'main.sh', properties })
      assert.deepEqual(started.endpoint, { host: bench.hosts.hosts[0]?.address, port: 8080 })
      await until('it printed', () => logOf(node).includes('main.sh'))
      assert.equal(
        logOf(node),
        `it's "quoted" $HOME\nand long/8080/${node.name}/script@1\nfrom the bundle\ndata\nmain.sh\n`,
      )
    }))

  test('what ends at once is an error with its last words', () =>
    withNode(async (node) => {
      const properties = { command: ['sh', '-c', 'echo no such luck; exit 7'] }
      await assert.rejects(startOn(node, 'k1', { properties }), (error: Error) => {
        assert.ok(error instanceof RuntimeFailedError)
        assert.match(error.message, /exited with code 7 as soon as it was started.*no such luck/s)
        return true
      })
    }))

  test('a program that is not on the host is refused before anything is stopped', () =>
    withNode(async (node) => {
      const started = await startOn(node, 'k1', {})
      const wanted = wantedOf('k2', bench.spec({ properties: { command: ['no-such-program'] } }))
      await assert.rejects(runtime.prepare(ctx, node, wanted), /"no-such-program" is not there/)
      await assert.rejects(runtime.start(ctx, node, wanted), /"no-such-program" is not there/)
      assert.equal((await runtime.observe(ctx, node, started.handle, null)).key, 'k1')
    }))

  describe('hooks', () => {
    const say = (text: string, more = '') => ({ command: ['sh', '-c', `echo ${text}${more}`] })
    const withHooks = (hooks: LifecycleHooks): SpecInput => ({ template: { hooks } })

    test('run in their order, and their output is in the log', () =>
      withNode(async (node) => {
        const hooks: LifecycleHooks = {
          preInstall: say('one'),
          postInstall: { script: '#!/usr/bin/env sh\necho two; ls -l "$0"' },
          preStop: say('four'),
          postStart: say('three'),
        }
        const started = await startOn(node, 'k1', withHooks(hooks))
        await runtime.stop(ctx, node, started.handle)
        const log = logOf(node)
        assert.deepEqual(log.match(/^(one|two|three|four)$/gm), ['one', 'two', 'three', 'four'])
        assert.match(log, /^-rw------- .*\.script-postInstall$/m)
        assert.equal(existsSync(join(folderOf(node), 'run', '.script-postInstall')), false)
      }))

    test('a failing preInstall leaves the old one running, a failing postInstall nothing', () =>
      withNode(async (node) => {
        const started = await startOn(node, 'k1', {})
        const failing = (name: 'preInstall' | 'postInstall') =>
          wantedOf(name, bench.spec(withHooks({ [name]: say('why', '; exit 3') })))
        const rejects = (call: Promise<unknown>, hook: string) =>
          assert.rejects(call, (error: Error) => {
            assert.ok(error instanceof HookFailedError)
            assert.equal(error.hook, hook)
            assert.match(error.message, /exited with code 3; its last output:\nwhy/)
            return true
          })
        await rejects(runtime.prepare(ctx, node, failing('preInstall')), 'preInstall')
        assert.equal((await runtime.observe(ctx, node, started.handle, null)).key, 'k1')
        await rejects(runtime.start(ctx, node, failing('postInstall')), 'postInstall')
        assert.equal((await runtime.observe(ctx, node, started.handle, null)).running, false)
        assert.deepEqual(pidsUnder(bench.hosts.folder, node.id), [])
      }))

    test('one that takes too long is killed with all it started', () =>
      withNode(async (node) => {
        const slow = { command: ['sh', '-c', 'sleep 600 & sleep 600'], timeoutSeconds: 0.3 }
        const wanted = wantedOf('k1', bench.spec(withHooks({ preInstall: slow })))
        await assert.rejects(runtime.prepare(ctx, node, wanted), /took longer than 0.30 s and was killed/)
        assert.deepEqual(pidsUnder(bench.hosts.folder, node.id), [])
      }))

    test('a failing preStop keeps the node, unless the profile says otherwise or it is removed', () =>
      withNode(async (node) => {
        const hooks = { preStop: say('no', '; exit 1') }
        const started = await startOn(node, 'k1', withHooks(hooks))
        await assert.rejects(runtime.stop(ctx, node, started.handle), HookFailedError)
        assert.equal((await runtime.observe(ctx, node, started.handle, null)).running, true)
      }))
  })

  describe('drift', () => {
    const close = { driftSeconds: 1 }

    test('of a file is seen, and mended by the next start', () =>
      withNode(async (node) => {
        bench.bundle('drift', { 'a.txt': 'a', 'b/c.txt': 'c' })
        const input = { bundle: 'drift', properties: close }
        const started = await startOn(node, 'k1', input)
        const look = () => runtime.observe(ctx, node, started.handle, { type: 'alive' })
        assert.equal((await look()).passing, true)
        const file = join(folderOf(node), 'current', 'b', 'c.txt')
        chmodSync(file, 0o644)
        writeFileSync(file, 'changed')
        await until('it is seen', async () => (await look()).passing === false)
        const seen = await look()
        assert.equal(seen.running, true)
        assert.match(seen.detail, /is not as it was left: b\/c.txt was changed on disk; .* repair/)
        const found = await runtime.findDrift(ctx, node, started.handle, wantedOf('k1', bench.spec(input)))
        assert.deepEqual(
          found.map(({ kind, because }) => [kind, because.replace(/^on host \S+ /, '')]),
          [['files', 'b/c.txt was changed on disk']],
        )
        await startOn(node, 'k2', input)
        assert.equal(readFileSync(file, 'utf8'), 'c')
        assert.equal((await look()).passing, true)
      }))

    test('by a process that another start left behind is seen, and it is ended by the next start', () =>
      withNode(async (node) => {
        // Leaves its session, as daemons do.
        const command = ['sh', '-c', 'setsid sleep 700 & exec sleep 600']
        await startOn(node, 'k1', { properties: { command, ...close } })
        await until('both run', () => pidsUnder(bench.hosts.folder, node.id).length === 2)
        const [stray] = pidsUnder(bench.hosts.folder, node.id).filter((pid) =>
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('700'),
        )
        const started = await startOn(node, 'k2', { properties: close })
        assert.equal(isRunning(stray as number), false)
        assert.equal((await runtime.observe(ctx, node, started.handle, { type: 'alive' })).passing, true)
      }))
  })

  test('a command check runs on the host in the environment of the node, and not longer than it may', () =>
    withNode(async (node) => {
      const started = await startOn(node, 'k1', { properties: { environment: { A: 'yes' } } })
      const check = (script: string, timeoutSeconds = 10) =>
        runtime.observe(ctx, node, started.handle, {
          type: 'command',
          command: ['sh', '-c', script],
          timeoutSeconds,
        })
      const passed = await check('[ "$A" = yes ] && echo fine')
      assert.deepEqual([passed.passing, passed.detail], [true, 'check "sh" exited with code 0: fine'])
      const failed = await check('echo bad; exit 2')
      assert.deepEqual([failed.passing, failed.detail], [false, 'check "sh" exited with code 2: bad'])
      assert.match((await check('sleep 600', 0.2)).detail, /took longer than 0.20 s and was killed/)
      assert.equal(pidsUnder(bench.hosts.folder, node.id).length, 1)
    }))

  test('code that is placed appears behind current, and goes back when postInstall fails', () =>
    withNode(async (node) => {
      for (const name of ['p1', 'p2', 'p3']) bench.bundle(name, { name })
      const started = await startOn(node, 'k1', { bundle: 'p1' })
      const current = () => readlinkSync(join(folderOf(node), 'current'))
      await runtime.placeCode(ctx, node, wantedOf('k1', bench.spec({ bundle: 'p2' })))
      assert.equal(current(), `releases/${digestOf('p2')}`)
      const failing = { hooks: { postInstall: { command: ['false'] } } }
      const wanted = wantedOf('k1', bench.spec({ bundle: 'p3', template: failing }))
      await assert.rejects(runtime.placeCode(ctx, node, wanted), HookFailedError)
      assert.equal(current(), `releases/${digestOf('p2')}`)
      const observed = await runtime.observe(ctx, node, started.handle, { type: 'alive' })
      assert.deepEqual([observed.running, observed.passing], [true, true])
    }))

  test('its output is read from the end, and followed', () =>
    withNode(async (node) => {
      const command = [
        'sh',
        '-c',
        'for i in 1 2 3; do echo line $i; done; sleep 1; echo more; exec sleep 600',
      ]
      await startOn(node, 'k1', { properties: { command } })
      const collect = async (
        options: { tailLines?: number; follow: boolean },
        enough: (text: string) => boolean,
      ) => {
        const end = new AbortController()
        let text = ''
        for await (const chunk of runtime.logs(node, { ...options, signal: end.signal })) {
          text += Buffer.from(chunk).toString()
          if (enough(text)) break
        }
        end.abort()
        return text
      }
      assert.match(
        await collect({ follow: true }, (text) => text.includes('more')),
        /^line 1\n[\s\S]*more\n$/,
      )
      assert.equal(await collect({ tailLines: 2, follow: false }, () => false), 'line 3\nmore\n')
    }))
})
