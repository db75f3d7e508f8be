import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { RuntimeFailedError } from '../../domain/errors.ts'
import { contextOf, nodeRef, wantedOf } from '../conformance.ts'
import type { SshRuntime } from './index.ts'
import { type Bench, createBench, until } from './test-bench.ts'
import { isRunning, pidsUnder, skipHosts } from './test-hosts.ts'

describe('nodes that are given up while their host is away', { skip: skipHosts }, () => {
  let bench: Bench
  let runtime: SshRuntime
  before(async () => {
    bench = await createBench(1)
    runtime = bench.open()
  })
  after(() => bench?.close())

  test('free their host at once, and are stopped before anything else is started there', async () => {
    const [host] = bench.hosts.hosts
    const [old, next] = [nodeRef('old', 1), nodeRef('next', 2)]
    const wanted = wantedOf('k1', bench.spec())
    const { physicalId } = await runtime.start(contextOf(1), old, wanted)
    const pid = Number(physicalId.split('/').at(-1))
    await host!.goAway()
    await assert.rejects(runtime.remove(contextOf(2), old, null), RuntimeFailedError)

    const said = await runtime.letGo(contextOf(2), old)
    assert.match(said, new RegExp(`what ${old.name} runs may still run on host ${RegExp.escape(host!.id)}`))
    assert.equal(await runtime.letGo(contextOf(2), old), said, 'again, it says the same')
    await assert.rejects(runtime.remove(contextOf(2), old, null), /node web-1 was given up already/)
    assert.ok(isRunning(pid))

    await host!.start()
    await runtime.start(contextOf(1), next, wantedOf('k2', bench.spec()))
    await until('what was left is gone', () => !isRunning(pid))
    assert.deepEqual(pidsUnder(bench.hosts.folder, old.id), [])
    assert.ok(!existsSync(join(bench.hosts.folder, 'base', 'nodes', old.id)))
    assert.equal(await bench.directory.findLeftover(old.id), null)
    assert.equal((await runtime.observe(contextOf(1), next, null, null)).key, 'k2')
    await runtime.remove(contextOf(1), next, null)
  })

  test('leave nothing to remember if they never came to a host', async () => {
    const node = nodeRef('never', 3)
    assert.equal(await runtime.letGo(contextOf(1), node), 'nothing of it is on any host')
    assert.equal(await bench.directory.findLeftover(node.id), null)
  })
})
