import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { getUpdate } from '../store/updates.ts'
import { type Bench, createBench, createWeb, endUpdate } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const start = (version: string, onConflict?: 'refuse' | 'queue' | 'supersede') =>
  bench.control.updates.start(bench.admin, 'web', { version, ...(onConflict && { onConflict }) })
const read = (id: string) => bench.store.read((tx) => getUpdate(tx, id))

test('an update is refused while another one has the pool or waits for it, and the refusal names the way out', async () => {
  await createWeb(bench)
  const { update: first } = await start('2')
  const refused = { code: 'conflict', updateId: first.id, message: /onConflict "queue" or "supersede"/ }
  await assert.rejects(start('3'), refused)
  await assert.rejects(start('3', 'refuse'), refused)
  const { update: second } = await start('3', 'queue')
  await endUpdate(bench, first, 'Successful')
  await assert.rejects(start('4'), { code: 'conflict', updateId: second.id })
  await assert.rejects(start('4', 'sometimes' as 'queue'), { code: 'invalid_request', field: 'onConflict' })
})

test('a queued update waits in line, is seen there, and its revision is made at once', async () => {
  const { revision } = await createWeb(bench)
  const { update: first } = await start('2', 'queue')
  assert.equal(first.status, 'Pending')
  const second = await start('3', 'queue')
  assert.deepEqual([second.update.status, second.update.because], ['Queued', `waits for update ${first.id}`])
  assert.deepEqual([second.revision.number, second.revision.spec.version], [3, '3'])
  assert.equal(second.update.fromRevisionId, revision.id)
  const listed = await bench.control.updates.list(bench.admin, { status: ['Queued'] }, { limit: 10 })
  assert.deepEqual(
    listed.items.map(({ update }) => update.id),
    [second.update.id],
  )
})

test('only so many updates wait for a pool', async () => {
  await createWeb(bench)
  await start('0')
  for (let at = 1; at <= 20; at += 1) await start(`${at}`, 'queue')
  await assert.rejects(start('21', 'queue'), { code: 'limit_exceeded', field: 'onConflict' })
  await start('21', 'supersede')
})

test('an update that takes over ends all others of the pool, and tells of each', async () => {
  const { revision } = await createWeb(bench)
  const { update: first } = await start('2')
  const { update: second } = await start('3', 'queue')
  const third = await start('4', 'supersede')
  assert.deepEqual(
    [third.update.status, third.update.because],
    ['Queued', `takes over from update ${first.id}`],
  )
  assert.equal(third.update.fromRevisionId, revision.id)
  assert.deepEqual([...third.update.control.supersedes].sort(), [first.id, second.id].sort())
  for (const older of [first, second]) {
    const now = await read(older.id)
    assert.deepEqual(now?.control.supersededBy, {
      by: 'root',
      at: bench.clock.now(),
      updateId: third.update.id,
    })
  }
  const told = (await bench.events()).filter(({ type }) => type === 'update.supersedeRequested')
  for (const [at, { id }] of [first, second].entries())
    assert.ok(told[at]?.because.endsWith(`takes over from update ${id}`), told[at]?.because)
})

test('with nothing to take over from, it simply starts', async () => {
  await createWeb(bench)
  const { update } = await start('2', 'supersede')
  assert.deepEqual([update.status, update.control.supersedes], ['Pending', []])
})

test('a rollback may take over, too', async () => {
  await createWeb(bench)
  const { update: first } = await start('2')
  await endUpdate(bench, first, 'Successful')
  const { update: stuck } = await start('3')
  const back = await bench.control.updates.rollback(bench.admin, 'web', { onConflict: 'supersede' })
  assert.deepEqual([back.update.type, back.revision.number], ['Rollback', 1])
  assert.equal((await read(stuck.id))?.control.supersededBy?.updateId, back.update.id)
})

test('a repeated request to take over is answered as the first one was, and takes over once', async () => {
  await createWeb(bench)
  await start('2')
  const caller = { ...bench.admin, idempotencyKey: 'once' }
  const input = { version: '3', onConflict: 'supersede' } as const
  const once = await bench.control.updates.start(caller, 'web', input)
  const again = await bench.control.updates.start(caller, 'web', input)
  assert.equal(again.update.id, once.update.id)
  const told = (await bench.events()).filter(({ type }) => type === 'update.supersedeRequested')
  assert.equal(told.length, 1)
})
