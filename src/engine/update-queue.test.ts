import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Revision } from '../domain/revision.ts'
import type { Update, UpdateParams } from '../domain/update.ts'
import { findPool } from '../store/clusters.ts'
import { type Bench, createBench } from './test-bench.ts'

const STUCK = { health: { passesAfterMs: 'never' }, healthCheck: { type: 'alive', startPeriodSeconds: 600 } }
const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number, properties = {}): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

async function committed(b: Bench) {
  return (await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId)))?.committedRevisionId
}

/** As the verb does: the newer one waits, and the older ones are told that it takes over. */
async function takeOver(
  b: Bench,
  revision: Revision,
  older: readonly Update[],
  params: Partial<UpdateParams> = {},
) {
  const supersedes = older.map(({ id }) => id)
  const newer = await b.update(revision, params, undefined, { supersedes })
  for (const { id } of older) {
    await b.control(id, () => ({ supersededBy: { by: 'ann', at: Date.now(), updateId: newer.id } }))
  }
  return newer
}

test('a newer update takes over from one that is stuck, and nodes go straight to its revision', async () => {
  const b = await bench(4)
  const before = await committed(b)
  const stuck = await b.update(await b.revision(STUCK))
  await b.until(stuck, ({ progress }) => progress.inFlight === 1)
  const good = await b.revision({})
  const newer = await takeOver(b, good, [stuck])
  const old = await b.finished(stuck)
  assert.equal(old.status, 'Cancelled')
  assert.match(old.because, new RegExp(`superseded by update ${newer.id}, which ann asked for`))
  const done = await b.finished(newer)
  assert.equal(done.status, 'Successful', done.because)
  assert.equal(done.fromRevisionId, before)
  assert.equal(await committed(b), good.id)
  assert.ok((await b.nodes()).every(({ revisionId }) => revisionId === good.id))
  const begun = b.world.history.filter(({ what, key }) => what === 'started' && key?.includes(good.id))
  assert.equal(new Set(begun.map(({ nodeId }) => nodeId)).size, begun.length, 'a node was touched twice')
})

test('when the newer one fails, nodes go back to what was committed, not to what it took over from', async () => {
  const b = await bench(3)
  const before = await committed(b)
  const first = await b.update(await b.revision({}), { checkpoints: [1] })
  await b.until(first, ({ hold }) => hold !== null)
  const bad = await b.revision({ failures: { start: 'always' } })
  const done = await b.finished(await takeOver(b, bad, [first]))
  assert.equal(done.status, 'Failed', done.because)
  assert.deepEqual(new Set((await b.nodes()).map(({ revisionId }) => revisionId)), new Set([before]))
  assert.equal(await committed(b), before)
})

test('an engine that dies in the middle of it finishes both, and breaks off nothing', async () => {
  const b = await bench(3, { latency: { startMs: 30 } })
  const first = await b.update(await b.revision({ latency: { startMs: 30 } }))
  await b.until(first, ({ progress }) => progress.inFlight === 1)
  const good = await b.revision({ latency: { startMs: 5 } })
  const newer = await takeOver(b, good, [first])
  await b.finished(first)
  await b.restart()
  const done = await b.finished(newer)
  assert.equal(done.status, 'Successful', done.because)
  assert.equal(b.world.living(), 3)
})

test('queued updates follow each other in the order in which they were asked for', async () => {
  const b = await bench(2)
  const first = await b.update(await b.revision({}), { checkpoints: [1] })
  const held = await b.until(first, ({ hold }) => hold !== null)
  const two = await b.revision({})
  const three = await b.revision({})
  const second = await b.update(two, {}, undefined, {})
  const third = await b.update(three, {}, undefined, {})
  await b.control(held.id, () => ({ continued: [{ by: 'ann', at: Date.now(), checkpoint: 1 }] }))
  const [one, other] = [await b.finished(second), await b.finished(third)]
  assert.deepEqual([one.status, other.status], ['Successful', 'Successful'])
  assert.equal(one.fromRevisionId, first.toRevisionId)
  assert.equal(other.fromRevisionId, two.id)
  assert.equal(await committed(b), three.id)
  assert.ok((one.endedAt ?? 0) <= (other.startedAt ?? 0))
})

test('a queued update whose id is the smaller one, by a clock that was behind, waits all the same', async () => {
  const b = await bench(2)
  const [one, two] = [await b.revision({}), await b.revision({})]
  await b.engine.stop()
  const queued = await b.update(two, {}, undefined, {})
  const holder = await b.update(one)
  await b.restart()
  const [first, then] = [await b.finished(holder), await b.finished(queued)]
  assert.deepEqual([first.status, then.status], ['Successful', 'Successful'])
  assert.equal(then.fromRevisionId, one.id)
})

test('a queued update is cancelled before its turn comes, and the others go on', async () => {
  const b = await bench(2)
  const first = await b.update(await b.revision({}), { checkpoints: [1] })
  await b.until(first, ({ hold }) => hold !== null)
  const second = await b.update(await b.revision({}), {}, undefined, {})
  const third = await b.update(await b.revision({}), {}, undefined, {})
  const cancellation = { by: 'ann', at: Date.now(), mode: 'roll-back', reason: null } as const
  await b.control(second.id, () => ({ cancellation }))
  const done = await b.finished(second)
  assert.deepEqual([done.status, done.because], ['Cancelled', 'cancelled by ann before its turn came'])
  await b.control(first.id, () => ({ cancellation }))
  assert.equal((await b.finished(first)).status, 'Cancelled')
  assert.equal((await b.finished(third)).status, 'Successful')
})

test('the action of a queued update may be cancelled, and the deletion of the cluster ends it', async () => {
  const b = await bench(1)
  const first = await b.update(await b.revision({}), { checkpoints: [1] })
  await b.until(first, ({ hold }) => hold !== null)
  const second = await b.update(await b.revision({}), {}, undefined, {})
  await b.update(await b.revision({}), {}, undefined, {})
  await b.steer(second.actionId, { cancellation: { by: 'ann', at: Date.now(), force: false } })
  assert.equal((await b.finished(second)).status, 'Cancelled')
  const deleted = await b.ended(await b.ask('CLUSTER_DELETE', { poolId: null }))
  assert.equal(deleted.status, 'SUCCEEDED', deleted.statusReason)
  assert.equal(b.world.living(), 0)
})
