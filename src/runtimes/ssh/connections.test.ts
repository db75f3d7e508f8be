import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type DroverError, RuntimeFailedError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import type { NodeRef } from '../runtime.ts'
import type { SshRuntime } from './index.ts'
import { fingerprintOf } from './keys.ts'
import { type Bench, createBench, until } from './test-bench.ts'
import { pidsUnder, skipHosts, type TestHost } from './test-hosts.ts'

const ctx = contextOf(1)

describe('connections to hosts', { skip: skipHosts }, () => {
  let bench: Bench
  let host: TestHost
  let other: TestHost
  let nodes = 0
  before(async () => {
    bench = await createBench(2)
    host = bench.hosts.hosts[0] as TestHost
    other = bench.hosts.hosts[1] as TestHost
  })
  after(() => bench?.close())

  const only = ({ address, port }: TestHost, more: JsonObject = {}) => ({
    hosts: [{ address, sshPort: port, ...more }],
  })
  const observe = async (runtime: SshRuntime, node: NodeRef) => runtime.observe(ctx, node, null, null)

  async function withNode(work: (runtime: SshRuntime, node: NodeRef) => Promise<void>): Promise<void> {
    nodes += 1
    const node = nodeRef(`node-${nodes}`, nodes)
    const runtime = bench.open()
    try {
      await work(runtime, node)
    } finally {
      bench.spec()
      await runtime.remove(contextOf(99), node, null)
    }
  }

  const fails = (call: Promise<unknown>, message: RegExp, retryable = false) =>
    assert.rejects(call, (error: DroverError) => {
      assert.ok(error instanceof RuntimeFailedError, String(error))
      assert.match(error.message, message)
      assert.equal(error.retryable, retryable)
      return true
    })

  test('a wrong key or password is refused with who, where and how, and without the secret', () =>
    withNode(async (runtime, node) => {
      const file = join(bench.hosts.folder, 'wrong')
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
      const privateKey = readFileSync(file, 'utf8')
      const wanted = (login: JsonObject) =>
        wantedOf('k1', bench.spec({ properties: { ...only(host), privateKey: null, ...login } }))
      const at = `host ${host.id} does not let user ${bench.hosts.user} in`
      await fails(runtime.prepare(ctx, node, wanted({ privateKey })), new RegExp(`^${at} by key: `))
      await fails(
        runtime.prepare(ctx, node, wanted({ password: 'open sesame' })),
        new RegExp(`^${at} by password: `),
      )
      await assert.rejects(
        runtime.prepare(ctx, node, wanted({ password: 'open sesame' })),
        (error: Error) => {
          assert.doesNotMatch(error.message, /sesame/)
          return true
        },
      )
    }))

  test('a host that is not there is said so, and may be tried again', () =>
    withNode(async (runtime, node) => {
      await other.goAway()
      const wanted = wantedOf('k1', bench.spec({ properties: only(other) }))
      await fails(runtime.prepare(ctx, node, wanted), /refuses connections: is its sshd running\?/, true)
      await other.start()
      await runtime.prepare(ctx, node, wanted)
    }))

  test('the first key of a host is kept, and another one stops everything until the profile gives it', () =>
    withNode(async (runtime, node) => {
      const wanted = wantedOf('k1', bench.spec({ properties: only(other) }))
      await runtime.start(ctx, node, wanted)
      const before = fingerprintOf(other.hostKey)
      await other.changeKey()
      const now = fingerprintOf(other.hostKey)
      const refused = new RegExp(
        `shows key ${RegExp.escape(now)}, and not the one that it had before \\(${RegExp.escape(before)}\\): .*hostKey`,
      )
      await until('the old connection is gone', async () => {
        const looked = await observe(runtime, node).catch((error: Error) => error)
        return looked instanceof Error && refused.test(looked.message)
      })
      await fails(runtime.start(ctx, node, wanted), refused)

      const given = (hostKey: string) => wantedOf('k1', bench.spec({ properties: only(other, { hostKey }) }))
      await fails(runtime.start(ctx, node, given(before)), /not the one that the profile gives/)
      await runtime.start(ctx, node, given(now))
      assert.equal(bench.directory.keys.get(other.id), other.hostKey.split(' ').slice(0, 2).join(' '))
      await runtime.start(ctx, node, wantedOf('k1', bench.spec({ properties: only(other) })))
    }))

  test('a host that nobody has vouched for is refused where the profile says so', () =>
    withNode(async (runtime, node) => {
      bench.directory.keys.clear()
      const strict = { ...only(host), acceptNewHostKeys: false }
      const call = runtime.prepare(ctx, node, wantedOf('k1', bench.spec({ properties: strict })))
      await fails(
        call,
        new RegExp(`is not known yet and shows key ${RegExp.escape(fingerprintOf(host.hostKey))}`),
      )
      assert.equal(bench.directory.keys.size, 0)
      const known = { ...only(host, { hostKey: host.hostKey }), acceptNewHostKeys: false }
      await runtime.prepare(ctx, node, wantedOf('k1', bench.spec({ properties: known })))
    }))

  test('through a jump host, whose key counts as well', () =>
    withNode(async (runtime, node) => {
      const jumpHost = { address: other.address, sshPort: other.port, hostKey: other.hostKey }
      const wanted = wantedOf('k1', bench.spec({ properties: { ...only(host), jumpHost } }))
      await runtime.start(ctx, node, wanted)
      assert.ok(bench.directory.keys.has(`${host.id} via ${other.id}`))
      const wrong = { ...jumpHost, hostKey: host.hostKey }
      const spied = wantedOf('k1', bench.spec({ properties: { ...only(host), jumpHost: wrong } }))
      await fails(runtime.start(ctx, node, spied), /not the one that the profile gives/)
    }))

  test('with every host taken the next node gets none, unless it names one itself', () =>
    withNode(async (runtime, first) => {
      const wanted = wantedOf('k1', bench.spec({ properties: only(host) }))
      await runtime.start(ctx, first, wanted)
      await withNode(async (_, second) => {
        await fails(
          runtime.start(ctx, second, wanted),
          /carries a node of this cluster already; list more hosts/,
        )
        const named = { ...second, host: other.id }
        const free = wantedOf('k1', bench.spec({ properties: { hosts: [] } }))
        const started = await runtime.start(ctx, named, free)
        assert.equal((started.handle as { host: string }).host, other.id)
      })
    }))

  test('a connection that breaks in the middle of a step ends the step there, and the next attempt finishes it', () =>
    withNode(async (runtime, node) => {
      const mark = join(bench.hosts.folder, 'go-on')
      const wait = `echo $$ >> ${mark}.pids; while [ ! -e ${mark} ]; do sleep 0.05; done`
      const template = { hooks: { postInstall: { command: ['sh', '-c', wait] } } }
      const wanted = wantedOf('k1', bench.spec({ properties: only(host), template }))
      const began = () =>
        existsSync(`${mark}.pids`) ? readFileSync(`${mark}.pids`, 'utf8').trim().split('\n').length : 0
      const broken = runtime.start(ctx, node, wanted)
      await until('the hook runs', () => began() === 1)
      const lost = fails(broken, /the connection was lost|cannot be reached|refuses connections/, true)
      await host.goAway()
      await lost
      await host.start()
      const again = runtime.start(ctx, node, wanted)
      await until('the hook runs again', () => began() === 2)
      assert.equal(
        pidsUnder(bench.hosts.folder, node.id).filter(isWaiting).length,
        1,
        'the first one was ended',
      )
      writeFileSync(mark, '')
      const started = await again
      assert.equal((await runtime.observe(ctx, node, started.handle, null)).key, 'k1')
    }))

  test('broken off at any moment of a start, it leaves at most one process, and the next engine has exactly one', () =>
    withNode(async (_, node) => {
      const spec = bench.spec({ properties: only(host) })
      let term = 1
      for (const delayMs of [0, 20, 60, 100, 150, 250]) {
        const abort = new AbortController()
        const begun = bench.open().start(contextOf(term, abort.signal), node, wantedOf(`k${term}`, spec))
        const ended = begun.catch((error: Error) => assert.match(error.message, /broken off/))
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        abort.abort(new Error('broken off'))
        await ended
        term += 1
        const started = await bench.open().start(contextOf(term), node, wantedOf(`k${term}`, spec))
        const [pid, ...more] = pidsUnder(bench.hosts.folder, node.id)
        assert.deepEqual([pid, more], [Number(started.physicalId.split('/')[1]), []], `after ${delayMs} ms`)
        term += 1
      }
    }))

  test('an engine of a higher term ends what one of a lower term holds up, and is not held up itself', () =>
    withNode(async (runtime, node) => {
      const slow = { hooks: { preInstall: { command: ['sleep', '600'], timeoutSeconds: 900 } } }
      const late = runtime.prepare(
        ctx,
        node,
        wantedOf('k1', bench.spec({ properties: only(host), template: slow })),
      )
      const ended = assert.rejects(late)
      await until('it waits for its hook', () => pidsUnder(bench.hosts.folder, node.id).length > 0)
      const started = await bench
        .open()
        .start(contextOf(2), node, wantedOf('k2', bench.spec({ properties: only(host) })))
      await ended
      assert.equal((await runtime.observe(contextOf(2), node, started.handle, null)).key, 'k2')
      assert.equal(pidsUnder(bench.hosts.folder, node.id).length, 1)
    }))

  test('no secret is in any process list, while hooks and programs that have it run', () =>
    withNode(async (runtime, node) => {
      const secret = 'hush-hush-4711'
      const template = { hooks: { postStart: { command: ['sh', '-c', 'sleep 0.5; [ -n "$TOKEN" ]'] } } }
      const properties = { ...only(host), environment: { TOKEN: secret } }
      let looks = 0
      let isOver = false
      const watching = (async () => {
        while (!isOver) {
          looks += 1
          for (const pid of readdirSync('/proc').filter((name) => Number(name) > 0)) {
            const line = commandLineOf(pid)
            assert.ok(!line.includes(secret) && !line.includes('PRIVATE KEY'), line)
          }
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      })()
      await runtime.start(ctx, node, wantedOf('k1', bench.spec({ properties, template })))
      isOver = true
      await watching
      assert.ok(looks > 1)
    }))
})

function isWaiting(pid: number): boolean {
  return commandLineOf(String(pid)).includes('go-on')
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended.
    return ''
  }
}
