import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Action } from '../domain/action.ts'
import { putActions } from '../store/actions.ts'
import { type Bench, createBench, createWeb } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const write = (action: Action) => bench.store.write((tx) => putActions(tx, [action]))

test('a cancel is written for the engine, told, and twice the same as once; force adds to it', async () => {
  const { action, cluster } = await createWeb(bench)
  bench.woken.length = 0
  const { actions } = bench.control
  const cancelled = await actions.cancel(bench.admin, action.id, {})
  assert.equal(cancelled.status, 'READY')
  assert.deepEqual(
    [cancelled.control?.cancellation?.by, cancelled.control?.cancellation?.force],
    ['root', false],
  )
  assert.deepEqual(bench.woken, [cluster.id])
  await actions.cancel(bench.admin, action.id, {})
  assert.equal((await bench.events()).filter(({ type }) => type === 'action.cancelRequested').length, 1)
  const forced = await actions.cancel(bench.admin, action.id, { force: true })
  assert.equal(forced.control?.cancellation?.force, true)
  assert.equal((await actions.cancel(bench.admin, action.id, {})).control?.cancellation?.force, true)
  assert.deepEqual((await actions.get(bench.admin, action.id)).control, forced.control)
  const told = (await bench.events()).at(-1)
  assert.equal(told?.type, 'action.cancelRequested')
  assert.match(told?.because ?? '', /root cancelled CLUSTER_CREATE by force/)
})

test('what has ended can be neither cancelled nor suspended, and says how it ended', async () => {
  const { action } = await createWeb(bench)
  await write({ ...action, status: 'SUCCEEDED', statusReason: 'all nodes are done', endedAt: 1 })
  const { actions } = bench.control
  const refusal = { code: 'invalid_state', message: /ended SUCCEEDED \(all nodes are done\)/ }
  await assert.rejects(actions.cancel(bench.admin, action.id, {}), refusal)
  await assert.rejects(actions.suspend(bench.admin, action.id), refusal)
  await assert.rejects(actions.cancel(bench.admin, 'x', {}), { code: 'not_found' })
  assert.equal((await actions.completeLifecycle(bench.admin, action.id)).control, null)
})

test('suspending and resuming are for cluster actions', async () => {
  const { action } = await createWeb(bench)
  const { actions } = bench.control
  await assert.rejects(actions.resume(bench.admin, action.id), { code: 'invalid_state' })
  const held = await actions.suspend(bench.admin, action.id)
  assert.equal(held.control?.suspension?.by, 'root')
  assert.equal((await actions.resume(bench.admin, action.id)).control?.suspension, null)
  const child = {
    ...action,
    id: 'child' as Action['id'],
    nodeId: 'n' as Action['nodeId'],
    parentId: action.id,
  }
  await write({ ...child, status: 'WAITING_LIFECYCLE_COMPLETION' })
  await assert.rejects(actions.suspend(bench.admin, child.id), { code: 'invalid_state' })
  assert.equal((await actions.completeLifecycle(bench.admin, child.id)).control?.completion?.by, 'root')
  await write({ ...action, status: 'RUNNING', startedAt: 1 })
  const parent = await actions.get(bench.admin, action.id)
  assert.deepEqual([parent.dependsOn, parent.dependedBy], [[child.id], []])
  const listed = await actions.list(bench.admin, { parent: action.id }, { limit: 10 })
  assert.deepEqual(
    listed.items.map(({ dependedBy }) => dependedBy),
    [[action.id]],
  )
})

for (const [force, mode] of [
  [false, 'roll-back'],
  [true, 'stop-here'],
] as const) {
  test(`cancelling the action of an update with force ${force} cancels the update with ${mode}`, async () => {
    await createWeb(bench)
    const { update, action } = await bench.control.updates.start(bench.admin, 'web', { version: '2' })
    await bench.control.actions.suspend(bench.admin, action.id)
    const paused = await bench.control.updates.get(bench.admin, update.id)
    assert.equal(paused.update.control.paused?.by, 'root')
    await bench.control.actions.resume(bench.admin, action.id)
    const resumed = await bench.control.updates.get(bench.admin, update.id)
    assert.equal(resumed.update.control.paused, null)
    assert.ok(resumed.update.control.resumedAt)
    await bench.control.actions.cancel(bench.admin, action.id, { force })
    const cancelled = await bench.control.updates.get(bench.admin, update.id)
    assert.equal(cancelled.update.control.cancellation?.mode, mode)
  })
}
