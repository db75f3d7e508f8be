import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { patchUpdate } from '../store/updates.ts'
import { type Bench, createBench, createWeb, endUpdate, makeNodes } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const wrongParams: readonly (readonly [string, unknown])[] = [
  ['strategy', 'SLOWLY'],
  ['maxUnavailable', 0],
  ['maxUnavailable', 1.5],
  ['maxUnavailable', '0%'],
  ['maxUnavailable', '101%'],
  ['maxUnavailable', '25'],
  ['maxUnavailable', null],
  ['maxSurge', -1],
  ['maxSurge', '101%'],
  ['maxSurge', null],
  ['minReadySeconds', -1],
  ['maxFailures', 0.5],
  ['onFailure', 'cry'],
  ['progressDeadlineSeconds', 0],
  ['maxFailures', '101%'],
  ['maxUnhealthy', -1],
  ['maxUnhealthyUpdated', 'some'],
  ['bakeSeconds', -1],
  ['checkpoints', 3],
  ['checkpoints', [0]],
  ['checkpoints', ['30%', 'half']],
  ['checkpoints', ['60%', '30%']],
  ['checkpoints', [2, 1]],
  ['checkpoints', Array.from({ length: 21 }, (_, at) => at + 1)],
  ['holdSeconds', -1],
  ['afterHold', 'pray'],
  ['order', 'zone'],
  ['order.by', { by: 'chance' }],
  ['order.seed', { by: 'random', seed: 1.5 }],
  ['order.seed', { by: 'zone', seed: 1 }],
  ['order.nodes', { by: 'list' }],
  ['order.nodes', { by: 'index', nodes: ['a'] }],
  ['order.zone', { by: 'zone', zone: 'a' }],
  ['nodeTimeoutSeconds', '1'],
  ['speed', 1],
]
for (const [name, value] of wrongParams) {
  test(`params.${name} of ${JSON.stringify(value)} is refused by that name`, async () => {
    await createWeb(bench)
    const [param = name] = name.split('.')
    const input = { version: '2', params: { [param]: value } }
    const expected = { code: 'invalid_request', field: `params.${name}` }
    await assert.rejects(bench.control.updates.start(bench.admin, 'web', input), expected)
    await assert.rejects(bench.control.updates.plan(bench.admin, 'web', input), expected)
  })
}

test('an order by list names nodes that are there, and keeps their ids', async () => {
  const { pool } = await createWeb(bench)
  const [one, two] = await makeNodes(bench, pool, 2)
  const start = (nodes: readonly string[]) =>
    bench.control.updates.start(bench.admin, 'web', {
      version: '2',
      params: { order: { by: 'list', nodes } },
    })
  await assert.rejects(start(['ghost']), { code: 'not_found' })
  const { update } = await start([two!.name, one!.id])
  assert.deepEqual(update.params.order, { by: 'list', nodes: [two!.id, one!.id] })
})

test('a rollback holds nowhere, and pauses when it fails, unless its own request says otherwise', async () => {
  await createWeb(bench)
  const { updates, pools } = bench.control
  await pools.update(bench.admin, 'web', 'DefaultPool', { updateDefaults: { checkpoints: [1] } })
  const { update } = await updates.start(bench.admin, 'web', { version: '2' })
  assert.deepEqual(update.params.checkpoints, [1])
  await endUpdate(bench, update, 'Successful')
  const back = await updates.rollback(bench.admin, 'web', {})
  assert.deepEqual([back.update.params.checkpoints, back.update.params.onFailure], [[], 'pause'])
  await endUpdate(bench, back.update, 'Cancelled')
  const held = await updates.rollback(bench.admin, 'web', {
    params: { checkpoints: ['50%'], onFailure: 'rollback' },
  })
  assert.deepEqual([held.update.params.checkpoints, held.update.params.onFailure], [['50%'], 'rollback'])
})

test('who says to go on at a checkpoint is kept, once, and only while it holds', async () => {
  await createWeb(bench)
  const { updates } = bench.control
  const { update } = await updates.start(bench.admin, 'web', { version: '2', params: { checkpoints: [1] } })
  await assert.rejects(updates.continue(bench.admin, update.id), { code: 'invalid_state' })
  await bench.store.write((tx) => patchUpdate(tx, update.id, { hold: { checkpoint: 1, since: 5 } }))
  const said = await updates.continue(bench.admin, update.id)
  assert.deepEqual(said.control.continued, [{ by: 'root', at: bench.clock.now(), checkpoint: 1 }])
  assert.deepEqual(await updates.continue(bench.admin, update.id), said)
  const told = (await bench.events()).filter(({ type }) => type === 'update.continueRequested')
  assert.deepEqual([told.length, told[0]?.because], [1, 'root said to go on at checkpoint 1 of 1'])
})
