import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { LeaseLostError, RuntimeFailedError } from '../domain/errors.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import type { RuntimeContext } from '../runtimes/runtime.ts'
import { lockFence } from '../store/leases.ts'
import { silentLog } from '../system/log.ts'
import { type Bench, createBench } from './test-bench.ts'

const folder = mkdtempSync(join(tmpdir(), 'drover-outages-'))
const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
  rmSync(folder, { recursive: true })
})

const SLOW = { latency: { startMs: 10 } }

async function bench(options: Omit<Parameters<typeof createBench>[0], 'path'>): Promise<Bench> {
  const made = await createBench({ ...options, path: join(folder, `${benches.length}.db`) })
  benches.push(made)
  return made
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await look()) return
    await wait(5)
  }
  throw new Error(`waited too long until ${what}`)
}

const fenceOf = (b: Bench) => b.store.read((tx) => lockFence(tx, b.clusterId))

test('another engine takes over what a silent one left, and the silent one changes nothing when it wakes', async () => {
  const b = await bench({ size: 4, properties: SLOW, leaseMs: 150, pollMs: 10, exclusive: false })
  const other = await b.join()
  const update = await b.update(await b.revision({ latency: { startMs: 40 } }))
  await b.until(update, (now) => now.progress.inFlight === 1)
  b.machine.freeze()
  const done = await b.finished(update)
  assert.equal(done.status, 'Successful', done.because)
  assert.equal((await fenceOf(b))?.engineId, other.engine.id)
  const settled = await b.nodes()
  const history = b.world.history.length
  b.machine.heal()
  await until('it lives again', async () => b.engine.isLive)
  await b.ended(await b.ask('CLUSTER_CHECK', { poolId: null }))
  assert.equal((await fenceOf(b))?.engineId, other.engine.id)
  const attempts = (nodes: typeof settled) =>
    nodes.map(({ id, revisionId, attempt }) => [id, revisionId, attempt])
  assert.deepEqual(attempts(await b.nodes()), attempts(settled))
  assert.ok(b.world.history.slice(history).every(({ what }) => what === 'refused'))
  assert.equal(b.world.living(), 4)
})

test('what an engine that died left is taken over when its lease ends, however seldom the other one polls', async () => {
  const b = await bench({ size: 1, leaseMs: 300, pollMs: 3600_000, exclusive: false })
  const other = await b.join()
  b.machine.die()
  await until('the other one has taken over', async () => (await fenceOf(b))?.engineId === other.engine.id)
})

test('a store that fails for a while delays an update and loses nothing', async () => {
  const b = await bench({ size: 5, properties: SLOW })
  const update = await b.update(await b.revision(SLOW))
  await b.until(update, (now) => now.progress.updated === 1)
  b.machine.loseStore()
  await wait(60)
  b.machine.heal()
  const done = await b.finished(update)
  assert.equal(done.status, 'Successful', done.because)
  assert.equal(done.progress.highestUnavailable, 1)
  assert.equal(b.world.living(), 5)
  const starts = b.world.history.filter(({ what }) => what === 'started')
  assert.equal(starts.length, 10)
})

for (const { name, pollMs } of [
  { name: 'polls first', pollMs: 10 },
  { name: 'writes its heartbeat first', pollMs: 150 },
]) {
  test(`an engine that lost its store for longer than its lease runs its clusters again when it ${name}`, async () => {
    const b = await bench({ size: 3, properties: SLOW, leaseMs: 90, pollMs, exclusive: false })
    b.machine.loseStore()
    await until('it knows that it is cut off', async () => !b.engine.isLive)
    await wait(40)
    b.machine.heal()
    await until('it lives again', async () => b.engine.isLive)
    const done = await b.finished(await b.update(await b.revision(SLOW)))
    assert.equal(done.status, 'Successful', done.because)
  })

  test(`an engine that slept for longer than its lease still hears requests when it ${name}`, async () => {
    const b = await bench({ size: 3, properties: SLOW, leaseMs: 90, pollMs, exclusive: false })
    b.machine.freeze()
    await wait(150)
    b.machine.heal()
    await until('it lives again', async () => b.engine.isLive)
    for (let round = 0; round < 2; round += 1) {
      const done = await b.finished(await b.update(await b.revision(SLOW)))
      assert.equal(done.status, 'Successful', done.because)
    }
  })
}

test('an engine whose runtime has seen a higher term takes its cluster anew until it is believed', async () => {
  const b = await bench({ size: 2, pollMs: 10 })
  const [first] = await b.nodes()
  const seen = b.world.node(first!.id)!
  seen.term += 3
  const done = await b.finished(await b.update(await b.revision({})))
  assert.equal(done.status, 'Successful', done.because)
})

test('a call that never comes back is over at its deadline, and the update goes back', async () => {
  const b = await bench({ size: 3 })
  const bad = await b.revision({})
  const start = b.runtime.start.bind(b.runtime)
  b.runtime.start = (ctx, node, wanted) =>
    wanted.revisionId === bad.id ? hang(ctx) : start(ctx, node, wanted)
  const done = await b.finished(await b.update(bad, { nodeTimeoutSeconds: 0.05 }))
  assert.equal(done.status, 'Failed')
  assert.equal(done.errors[0]?.code, 'timed_out')
  assert.ok((await b.nodes()).every(isAvailable))
})

test('whatever a runtime throws is a failed node with its message, and the update goes back', async () => {
  const b = await bench({ size: 3 })
  const bad = await b.revision({})
  const start = b.runtime.start.bind(b.runtime)
  b.runtime.start = (ctx, node, wanted) => {
    if (wanted.revisionId === bad.id) throw new TypeError('x is not a function')
    return start(ctx, node, wanted)
  }
  const done = await b.finished(await b.update(bad))
  assert.equal(done.status, 'Failed')
  assert.equal(done.errors[0]?.code, 'internal')
  assert.match(done.because + done.errors[0]?.message, /x is not a function/)
  assert.ok((await b.nodes()).every(isAvailable))
})

test('a look that throws is logged and tried again, and goes on when its cause is gone', async () => {
  const errors: string[] = []
  const b = await bench({
    size: 2,
    log: { ...silentLog, error: (_fields, message) => void errors.push(message) },
  })
  const { now } = b.machine.clock
  let broken = true
  Object.assign(b.machine.clock, {
    now: () => {
      if (broken && /cluster-runner/.test(new Error().stack ?? '')) throw new RangeError('broken')
      return now()
    },
  })
  const update = await b.update(await b.revision({}))
  await until('it is logged', async () => errors.some((message) => message.startsWith('a look failed')))
  broken = false
  const done = await b.finished(update)
  assert.equal(done.status, 'Successful', done.because)
})

test('nothing is looked at any more after an engine was stopped in the middle of a commit', async () => {
  const b = await bench({ size: 5, properties: { healthCheck: { type: 'alive', intervalSeconds: 0.02 } } })
  let looks = 0
  const observe = b.runtime.observe.bind(b.runtime)
  b.runtime.observe = (...args) => {
    looks += 1
    return observe(...args)
  }
  for (const node of await b.nodes()) b.world.kill(node.id)
  // The death of all of them makes the engine commit again and again.
  for (let turn = 0; turn < 20; turn += 1) {
    await wait(2)
    await b.restart()
  }
  await b.engine.stop()
  const before = looks
  await wait(60)
  assert.equal(looks, before)
})

test('a lease that a runtime denies ends the step without marking the node', async () => {
  const b = await bench({ size: 2, pollMs: 10 })
  let denied = 0
  const prepare = b.runtime.prepare.bind(b.runtime)
  b.runtime.prepare = (ctx, node, wanted) => {
    denied += 1
    if (denied < 3) throw new LeaseLostError(`node ${node.name}`)
    return prepare(ctx, node, wanted)
  }
  const done = await b.finished(await b.update(await b.revision({})))
  assert.equal(done.status, 'Successful', done.because)
  assert.deepEqual(done.errors, [])
})

function hang({ signal }: RuntimeContext): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}

test('a node whose next revision could not be prepared goes on serving, and is known by the start it had', async () => {
  const watched = { healthCheck: { type: 'alive', intervalSeconds: 0.01, unhealthyThreshold: 1 } }
  const b = await bench({ size: 1, properties: watched })
  const prepare = b.runtime.prepare.bind(b.runtime)
  b.runtime.prepare = async () => {
    throw new RuntimeFailedError('the host cannot be reached')
  }
  const failed = await b.finished(await b.update(await b.revision(watched), { onFailure: 'continue' }))
  assert.equal(failed.status, 'Failed', failed.because)
  b.runtime.prepare = prepare

  const [{ id }] = (await b.nodes()) as [Node]
  await b.ended(await b.ask('NODE_CHECK', { nodeId: id }))
  const [node] = await b.nodes()
  assert.deepEqual([node?.status, node?.health], ['Running', 'Healthy'], node?.statusReason)
  const next = await b.finished(await b.update(await b.revision(watched)))
  assert.equal(next.status, 'Successful', next.because)
})
