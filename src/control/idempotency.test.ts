import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { canonicalJson } from './idempotency.ts'
import { type Bench, createBench, createWeb, endUpdate } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

test('the same key with the same input answers with the same update, as it is now', async () => {
  await createWeb(bench)
  const { control, as } = bench
  const first = await control.updates.start(as('ci', 'operator', 'k1'), 'web', {
    version: '2',
    type: 'Update',
  })
  // Another order of the same properties is the same request.
  const repeat = () =>
    control.updates.start(as('ci', 'operator', 'k1'), 'web', { type: 'Update', version: '2' })
  assert.equal((await repeat()).update.id, first.update.id)
  await endUpdate(bench, first.update, 'Successful')
  const later = await repeat()
  assert.equal(later.update.id, first.update.id)
  assert.equal(later.update.status, 'Successful')
  assert.equal(later.action.id, first.action.id)
  assert.deepEqual([later.cluster, later.toRevision], ['web', 2])
})

test('the same key with another input or of another cluster is refused', async () => {
  await createWeb(bench)
  const who = bench.as('ci', 'operator', 'k1')
  await bench.control.clusters.scaleOut(who, 'web', { count: 1 })
  const again = (cluster: string, count: number) => bench.control.clusters.scaleOut(who, cluster, { count })
  await assert.rejects(again('web', 2), { code: 'idempotency_mismatch' })
  await assert.rejects(again('other', 1), { code: 'idempotency_mismatch' })
})

test('a key is forgotten after ten minutes', async () => {
  await createWeb(bench)
  const scale = () => bench.control.clusters.scaleOut(bench.as('ci', 'operator', 'k1'), 'web', { count: 1 })
  const first = await scale()
  bench.turn(10 * 60_000 - 1)
  assert.equal((await scale()).action.id, first.action.id)
  bench.turn(1)
  const second = await scale()
  assert.notEqual(second.action.id, first.action.id)
  assert.equal(second.pool.desiredCapacity, first.pool.desiredCapacity + 1)
})

test('keys of different callers and verbs do not meet', async () => {
  await createWeb(bench)
  const { control, as } = bench
  const a = await control.clusters.check(as('a', 'operator', 'k'), 'web')
  const b = await control.clusters.check(as('b', 'operator', 'k'), 'web')
  const c = await control.clusters.recover(as('a', 'operator', 'k'), 'web')
  assert.equal(new Set([a.action.id, b.action.id, c.action.id]).size, 3)
})

test('the same request twice at once is done once', async () => {
  await createWeb(bench)
  const scale = () => bench.control.clusters.scaleOut(bench.as('ci', 'operator', 'k1'), 'web', { count: 1 })
  const [a, b] = await Promise.all([scale(), scale()])
  assert.equal(a.action.id, b.action.id)
  assert.equal(a.pool.desiredCapacity, 4)
  const { pools } = await bench.control.clusters.get(bench.admin, 'web')
  assert.equal(pools[0]?.pool.desiredCapacity, 4)
})

test('a request that was refused may be repeated with another input', async () => {
  await createWeb(bench)
  const who = bench.as('ci', 'operator', 'k1')
  await assert.rejects(bench.control.clusters.scaleOut(who, 'web', { count: 100 }), {
    code: 'limit_exceeded',
  })
  await bench.control.clusters.scaleOut(who, 'web', { count: 1 })
})

test('a repeated answer survives what it is about', async () => {
  await bench.control.profiles.create(bench.admin, { name: 'p', type: 'scripted', properties: {} })
  const remove = () => bench.control.profiles.delete(bench.as('ci', 'operator', 'k'), 'p')
  const removed = await remove()
  assert.deepEqual(await remove(), removed)
})

test('an empty or endless key is refused', async () => {
  await createWeb(bench)
  for (const key of ['', 'x'.repeat(256)]) {
    await assert.rejects(bench.control.clusters.check(bench.as('ci', 'operator', key), 'web'), {
      field: 'idempotencyKey',
    })
  }
})

test('canonical JSON is the same whatever the order of keys, and differs when a value does', () => {
  assert.equal(
    canonicalJson({ b: [1, { d: 1, c: 2 }], a: undefined }),
    canonicalJson({ b: [1, { c: 2, d: 1 }] }),
  )
  assert.notEqual(canonicalJson({ a: [1, 2] }), canonicalJson({ a: [2, 1] }))
})

test('what counts as the request may be said by the caller, and its answer is known beforehand', async () => {
  await createWeb(bench)
  const { control, as } = bench
  const who = { ...as('ci', 'operator', 'k'), request: { code: 'newest' } }
  assert.equal(await control.recall(who, 'updates.start'), undefined)
  const first = await control.updates.start(who, 'web', { version: '2' })
  // The same request, which by now means something else.
  const again = await control.updates.start(who, 'web', { version: '3' })
  assert.equal(again.update.id, first.update.id)
  const known = (await control.recall(who, 'updates.start')) as typeof first
  assert.equal(known.update.id, first.update.id)
  const other = { ...who, request: { code: 'oldest' } }
  await assert.rejects(control.recall(other, 'updates.start'), { code: 'idempotency_mismatch' })
  assert.equal(await control.recall(as('ci', 'operator'), 'updates.start'), undefined)
})
