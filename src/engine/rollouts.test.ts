import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { RevisionId } from '../domain/ids.ts'
import { zoneOf } from '../domain/node.ts'
import type { Revision } from '../domain/revision.ts'
import type { Update } from '../domain/update.ts'
import { findPool } from '../store/clusters.ts'
import { loadNodes, patchNode } from '../store/nodes.ts'
import { type Bench, createBench } from './test-bench.ts'

const WATCHED = { healthCheck: { type: 'alive', intervalSeconds: 0.01, unhealthyThreshold: 1 } }
const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number, properties = {}): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

/** Says to go on at the checkpoint that it holds at. */
async function sayContinue(b: Bench, { id, hold }: Update): Promise<void> {
  const said = { by: 'ann', at: Date.now(), checkpoint: hold?.checkpoint ?? 0 }
  await b.control(id, ({ control }) => ({ continued: [...control.continued, said] }))
}

test('an update holds at each checkpoint until somebody says to go on, also after a restart', async () => {
  const b = await bench(6)
  const to = await b.revision({})
  const started = await b.update(to, { maxUnavailable: 3, checkpoints: [1, '50%', '100%'] })
  for (const [checkpoint, nodes] of [
    [1, 1],
    [2, 3],
    [3, 6],
  ] as const) {
    const held = await b.until(started, ({ hold }) => hold?.checkpoint === checkpoint)
    assert.equal(held.progress.updated, nodes)
    assert.match(held.because, new RegExp(`holds at checkpoint ${checkpoint} of 3`))
    const pool = await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId))
    assert.notEqual(pool?.committedRevisionId, to.id)
    await b.restart()
    assert.equal((await b.nodes()).filter(({ revisionId }) => revisionId === to.id).length, nodes)
    await sayContinue(b, held)
  }
  const done = await b.finished(started)
  assert.equal(done.status, 'Successful', done.because)
  assert.deepEqual([done.checkpointsPassed, done.hold], [3, null])
  const types = await b.eventTypes()
  assert.equal(types.filter((type) => type === 'update.held').length, 3)
  assert.equal(types.filter((type) => type === 'update.continued').length, 3)
})

test('a checkpoint whose time is over rolls back if asked to, and the end says why', async () => {
  const b = await bench(3)
  const to = await b.revision({})
  const done = await b.finished(
    await b.update(to, { checkpoints: [1], holdSeconds: 0.02, afterHold: 'roll-back' }),
  )
  assert.equal(done.status, 'Failed')
  assert.match(done.because, /nobody said to go on at checkpoint 1 of 1 within 0.02 s/)
  assert.ok((await b.nodes()).every(({ revisionId }) => revisionId !== to.id))
})

test('a checkpoint whose time is over goes on by itself', async () => {
  const b = await bench(3)
  const params = { checkpoints: [1], holdSeconds: 0.02 } as const
  const done = await b.finished(await b.update(await b.revision({}), params))
  assert.equal(done.status, 'Successful', done.because)
  assert.equal(done.checkpointsPassed, 1)
})

test('an update that holds is cancelled as any other', async () => {
  const b = await bench(3)
  const to = await b.revision({})
  const started = await b.update(to, { checkpoints: [1] })
  await b.until(started, ({ hold }) => hold !== null)
  const cancellation = { by: 'ann', at: Date.now(), mode: 'roll-back', reason: null } as const
  await b.control(started.id, () => ({ cancellation }))
  const done = await b.finished(started)
  assert.equal(done.status, 'Cancelled')
  assert.equal(done.hold, null)
  assert.ok((await b.nodes()).every(({ revisionId }) => revisionId !== to.id))
})

test('nodes move zone by zone, and in reverse where that was asked for', async () => {
  const b = await bench(6)
  await b.store.write(async (tx) => {
    for (const { id, index } of await loadNodes(tx, b.clusterId))
      await patchNode(tx, id, { metadata: { zone: index % 2 === 0 ? 'even' : 'odd' } })
  })
  await b.restart()
  const namesOf = async (update: Update) => {
    const from = b.world.history.length
    const done = await b.finished(update)
    assert.equal(done.status, 'Successful', done.because)
    const nodes = await b.nodes()
    const begun = b.world.history.slice(from).filter(({ what }) => what === 'started')
    return begun.map(({ nodeId }) => nodes.find(({ id }) => id === nodeId)!)
  }
  const byZone = await namesOf(
    await b.update(await b.revision({}), { order: { by: 'zone' }, maxUnavailable: 2 }),
  )
  const zones = byZone.map(zoneOf)
  assert.deepEqual(zones, ['even', 'even', 'even', 'odd', 'odd', 'odd'])
  const backwards = await namesOf(await b.update(await b.revision({}), { order: { by: 'reverse-index' } }))
  assert.deepEqual(
    backwards.map(({ index }) => index),
    [6, 5, 4, 3, 2, 1],
  )
})

test('a node that falls over while the update bakes turns it back before the commit', async () => {
  const b = await bench(3, WATCHED)
  const before = (await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId)))?.committedRevisionId
  const to = await b.revision(WATCHED)
  const started = await b.update(to, { maxUnavailable: 3, bakeSeconds: 3600 })
  const baking = await b.until(started, ({ progress }) => progress.updated === 3)
  await b.until(baking, ({ because }) => /it bakes for 3600 s/.test(because))
  b.world.kill((await b.nodes())[0]!.id)
  const done = await b.finished(started)
  assert.equal(done.status, 'Failed', done.because)
  assert.deepEqual(new Set((await b.nodes()).map(({ revisionId }) => revisionId)), new Set([before]))
})

test('nodes that fall over after the update may be as many as their own limit says', async () => {
  const b = await bench(4, WATCHED)
  const params = { maxUnavailable: 3, checkpoints: [2], maxUnhealthyUpdated: '25%', maxFailures: 0 } as const
  const to = await b.revision(WATCHED)
  const started = await b.update(to, params)
  const held = await b.until(started, ({ hold }) => hold !== null)
  const moved = (await b.nodes()).filter(({ revisionId }) => revisionId === to.id)
  b.world.kill(moved[0]!.id)
  await b.until(started, ({ progress }) => progress.failed === 1)
  await sayContinue(b, held)
  const done = await b.finished(started)
  assert.equal(done.status, 'Successful', done.because)
  assert.equal(done.progress.failed, 1)
})

test('an ill pool is let be until it is well again', async () => {
  const b = await bench(4, WATCHED)
  const [ill, ...others] = await b.nodes()
  b.world.setHealth(ill!.id, false)
  await untilHealth(b, ill!.id, 'Unhealthy')
  const to = await b.revision(WATCHED)
  const chosen = others.map(({ id }) => id)
  const started = await b.update(to, { maxUnavailable: 3, maxUnhealthy: 0 }, chosen)
  await b.until(started, ({ because }) =>
    /3 nodes to move, but 1 of 4 are unhealthy and 0 may be/.test(because),
  )
  assert.ok((await b.nodes()).every(({ revisionId }) => revisionId !== to.id))
  b.world.setHealth(ill!.id, true)
  const done = await b.finished(started)
  assert.equal(done.status, 'Successful', done.because)
})

async function untilHealth(b: Bench, id: string, health: string): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if ((await b.nodes()).find((node) => node.id === id)?.health === health) return
    await wait(5)
  }
  throw new Error(`${id} never becomes ${health}`)
}

test('a rollback to any kept revision touches no node that serves on it, and pauses when it fails', async () => {
  const b = await bench(4)
  const first = (await b.nodes())[0]!.revisionId as RevisionId
  const second = await b.revision({})
  assert.equal(
    (await b.finished(await b.update(second, { checkpoints: [2], holdSeconds: 0 }))).status,
    'Successful',
  )
  const kept = { id: first } as Revision
  const half = await b.update(kept, { checkpoints: [2] })
  await b.until(half, ({ hold }) => hold !== null)
  const cancellation = { by: 'ann', at: Date.now(), mode: 'stop-here', reason: null } as const
  await b.control(half.id, () => ({ cancellation }))
  await b.finished(half)
  const there = new Set(
    (await b.nodes()).filter(({ revisionId }) => revisionId === first).map(({ id }) => id),
  )
  assert.equal(there.size, 2)

  const from = b.world.history.length
  const start = b.runtime.start.bind(b.runtime)
  b.runtime.start = async () => {
    throw new Error('the host is broken')
  }
  const back = await b.update(kept, { onFailure: 'pause' })
  const paused = await b.until(back, ({ status }) => status === 'Paused')
  assert.equal(paused.direction, 'forward')
  b.runtime.start = start
  await b.control(back.id, () => ({ paused: null, resumedAt: Date.now() }))
  const done = await b.finished(back)
  assert.equal(done.status, 'Successful', done.because)
  const touched = b.world.history.slice(from).map(({ nodeId }) => nodeId)
  assert.ok(touched.length > 0 && touched.every((id) => !there.has(id)))
})
