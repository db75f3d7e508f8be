import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { findPool } from '../store/clusters.ts'
import { type Bench, createBench } from './test-bench.ts'

const NEVER_HEALTHY = {
  health: { passesAfterMs: 'never' },
  healthCheck: { type: 'alive', startPeriodSeconds: 0, unhealthyThreshold: 1 },
}
const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number, properties = {}): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

async function committed(b: Bench): Promise<RevisionId | undefined> {
  return (await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId)))?.committedRevisionId
}

function revisionsOf(nodes: readonly Node[]): Set<string | null> {
  return new Set(nodes.map((node) => node.revisionId))
}

test('a created cluster has its nodes running and healthy', async () => {
  const b = await bench(5)
  const nodes = await b.nodes()
  assert.deepEqual(
    nodes.map((node) => node.name),
    ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'],
  )
  assert.ok(nodes.every((node) => node.status === 'Running' && node.health === 'Healthy'))
  assert.equal(b.world.living(), 5)
})

test('a rolling update moves every node, never more than maxUnavailable away, and commits', async () => {
  const b = await bench(6, { latency: { startMs: 5, stopMs: 2 } })
  const to = await b.revision({ latency: { startMs: 5 } })
  const update = await b.finished(await b.update(to, { maxUnavailable: 2 }))
  assert.equal(update.status, 'Successful', update.because)
  assert.equal(update.progress.updated, 6)
  assert.equal(update.progress.highestUnavailable, 2)
  assert.deepEqual(revisionsOf(await b.nodes()), new Set([to.id]))
  assert.equal(await committed(b), to.id)
})

test('FORCE stops every node before any starts', async () => {
  const b = await bench(4, { latency: { stopMs: 3 } })
  const from = b.world.history.length
  const to = await b.revision({})
  const update = await b.finished(await b.update(to, { strategy: 'FORCE' }))
  assert.equal(update.status, 'Successful', update.because)
  const order = b.world.history
    .slice(from)
    .filter((entry) => entry.what === 'started' || entry.what === 'stopped')
  assert.deepEqual(
    order.map((entry) => entry.what),
    [...Array(4).fill('stopped'), ...Array(4).fill('started')],
  )
})

test('NO_RESTART places the code and restarts nothing', async () => {
  const b = await bench(3)
  const from = b.world.history.length
  const to = await b.revision({})
  const update = await b.finished(await b.update(to, { strategy: 'NO_RESTART' }))
  assert.equal(update.status, 'Successful', update.because)
  assert.ok(
    b.world.history.slice(from).every((entry) => entry.what === 'placed' || entry.what === 'prepared'),
  )
  assert.deepEqual(revisionsOf(await b.nodes()), new Set([to.id]))
  assert.equal(update.progress.highestUnavailable, 0)
})

test('a revision that never becomes healthy is rolled back, and untouched nodes stay untouched', async () => {
  const b = await bench(6)
  const before = await committed(b)
  const from = b.world.history.length
  const bad = await b.revision(NEVER_HEALTHY)
  const update = await b.finished(await b.update(bad))
  assert.equal(update.status, 'Failed', update.because)
  assert.equal(update.errors.length, 1)
  assert.equal(await committed(b), before)
  assert.deepEqual(revisionsOf(await b.nodes()), new Set([before]))
  const touched = new Set(b.world.history.slice(from).map((entry) => entry.nodeId))
  assert.equal(touched.size, 1)
  assert.ok((await b.nodes()).every((node) => node.status === 'Running' && node.health === 'Healthy'))
})

test('cancel with roll-back returns every node to the committed revision', async () => {
  const b = await bench(6, { latency: { startMs: 10 } })
  const before = await committed(b)
  const to = await b.revision({ latency: { startMs: 10 } })
  const started = await b.update(to)
  await b.until(started, (now) => now.progress.updated >= 2)
  await b.control(started.id, () => ({
    cancellation: { by: 'ann', at: Date.now(), mode: 'roll-back', reason: null },
  }))
  const update = await b.finished(started)
  assert.equal(update.status, 'Cancelled', update.because)
  assert.deepEqual(revisionsOf(await b.nodes()), new Set([before]))
  assert.equal(await committed(b), before)
  assert.equal(update.progress.highestUnavailable, 1)
})

test('cancel with stop-here leaves nodes where they are', async () => {
  const b = await bench(6, { latency: { startMs: 10 } })
  const before = await committed(b)
  const to = await b.revision({ latency: { startMs: 10 } })
  const started = await b.update(to)
  await b.until(started, (now) => now.progress.updated >= 2)
  await b.control(started.id, () => ({
    cancellation: { by: 'ann', at: Date.now(), mode: 'stop-here', reason: null },
  }))
  const update = await b.finished(started)
  assert.equal(update.status, 'Cancelled', update.because)
  assert.deepEqual(revisionsOf(await b.nodes()), new Set([before, to.id]))
  assert.equal(await committed(b), before)
})

test('a node stuck on its way to healthy does not hold up a cancel', async () => {
  const b = await bench(3)
  const before = await committed(b)
  const slow = await b.revision({
    health: { passesAfterMs: 'never' },
    healthCheck: { type: 'alive', startPeriodSeconds: 600 },
  })
  const started = await b.update(slow)
  await b.until(started, (now) => now.progress.inFlight === 1)
  await b.control(started.id, () => ({
    cancellation: { by: 'ann', at: Date.now(), mode: 'roll-back', reason: null },
  }))
  const update = await b.finished(started)
  assert.equal(update.status, 'Cancelled', update.because)
  assert.deepEqual(revisionsOf(await b.nodes()), new Set([before]))
})

test('onFailure pause waits for a person; resume tries the failed node again', async () => {
  const b = await bench(3)
  const flaky = await b.revision({ failures: { start: 'first' } })
  const started = await b.update(flaky, { onFailure: 'pause' })
  await b.until(started, (now) => now.status === 'Paused')
  // Each of the three nodes fails its first start, so somebody has to say go on three times.
  let resumed = 0
  const watch = async () => {
    while (true) {
      const now = await b.until(started, (update) => update.status === 'Paused' || update.endedAt !== null)
      if (now.endedAt !== null) return now
      resumed += 1
      await b.control(started.id, () => ({ paused: null, resumedAt: Date.now() }))
      await b.until(started, (update) => update.status !== 'Paused')
    }
  }
  const update = await watch()
  assert.equal(update.status, 'Successful', update.because)
  assert.equal(resumed, 3)
})

test('a failing rollback pauses instead of looping', async () => {
  const b = await bench(2, { failures: { start: 'never' } })
  // The old revision's spec is what it is; make going back fail by a node that cannot start anything any more.
  const bad = await b.revision(NEVER_HEALTHY)
  const original = b.runtime.start.bind(b.runtime)
  let broken = false
  b.runtime.start = async (ctx, node, wanted) => {
    if (wanted.revisionId === bad.id) broken = true
    else if (broken) throw new Error('the host is broken')
    return original(ctx, node, wanted)
  }
  const started = await b.update(bad)
  const paused = await b.until(started, (now) => now.status === 'Paused')
  assert.match(paused.because, /rolling back failed/)
  assert.equal(paused.direction, 'back')
  b.runtime.start = original
  await b.control(started.id, () => ({ paused: null, resumedAt: Date.now() }))
  const update = await b.finished(started)
  assert.equal(update.status, 'Failed', update.because)
})

test('only the chosen nodes move', async () => {
  const b = await bench(4)
  const nodes = await b.nodes()
  const to = await b.revision({})
  const chosen = [nodes[1]!.id, nodes[3]!.id]
  const update = await b.finished(await b.update(to, {}, chosen))
  assert.equal(update.status, 'Successful', update.because)
  assert.equal(update.progress.selected, 2)
  const moved = (await b.nodes()).filter((node) => node.revisionId === to.id).map((node) => node.id)
  assert.deepEqual(moved, chosen)
})

test('an update waits while the cluster is being resized, and a resize joins a rolling update', async () => {
  const b = await bench(3, { latency: { startMs: 10 } })
  const to = await b.revision({ latency: { startMs: 10 } })
  const started = await b.update(to)
  await b.until(started, (now) => now.progress.inFlight === 1)
  const resize = await b.ended(await b.resize(5))
  assert.equal(resize.status, 'SUCCEEDED')
  const update = await b.finished(started)
  assert.equal(update.status, 'Successful', update.because)
  const nodes = await b.nodes()
  assert.equal(nodes.length, 5)
  assert.deepEqual(revisionsOf(nodes), new Set([to.id]))
})

test('a restarted engine finishes what was under way', async () => {
  const b = await bench(6, { latency: { startMs: 20 } })
  const to = await b.revision({ latency: { startMs: 20 } })
  const started = await b.update(to)
  await b.until(started, (now) => now.progress.updated === 2)
  await b.restart()
  const update = await b.finished(started)
  assert.equal(update.status, 'Successful', update.because)
  assert.equal(b.world.living(), 6)
  assert.equal(update.progress.highestUnavailable, 1)
})

test('FORCE starts nothing while a node that could not be stopped may still serve, whatever is tolerated', async () => {
  const b = await bench(3)
  const before = await committed(b)
  const to = await b.revision({})
  const stop = b.runtime.stop.bind(b.runtime)
  const [stubborn] = await b.nodes()
  b.runtime.stop = async (ctx, node, handle) => {
    if (node.id === stubborn!.id) throw new Error('it does not stop')
    return stop(ctx, node, handle)
  }
  const update = await b.finished(await b.update(to, { strategy: 'FORCE', maxFailures: 2 }))
  assert.equal(update.status, 'Failed', update.because)
  assert.deepEqual(revisionsOf(await b.nodes()), new Set([before]))
  const started = b.world.history.filter(({ what, key }) => what === 'started' && key?.includes(to.id))
  assert.deepEqual(started, [])
})

test('an update keeps its first errors in full, and of the others the number', async () => {
  const b = await bench(120)
  const broken = await b.revision({ failures: { start: 'always' } })
  const params = { maxUnavailable: '100%', onFailure: 'continue', maxFailures: 500 } as const
  const done = await b.finished(await b.update(broken, params))
  assert.equal(done.progress.failed, 120)
  assert.deepEqual([done.errors.length, done.errorsLeftOut], [100, 20])
})
