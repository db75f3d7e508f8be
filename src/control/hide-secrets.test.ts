import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createScriptedWorld } from '../runtimes/scripted/index.ts'
import { createSimulatedRuntimes, existingResources } from '../runtimes/simulated/index.ts'
import { getAction } from '../store/actions.ts'
import { openRow } from '../store/sealed-columns.ts'
import { systemClock } from '../system/clock.ts'
import { type Bench, createBench, makeNodes } from './test-bench.ts'

const PASSWORD = 'correct-horse-battery'
const SERVER = { flavor: 'm1.small', image: 'cirros', admin_pass: PASSWORD }
const { identity, type } = existingResources().find((one) => one.type.startsWith('os.nova.server'))!
const operation = { operation: 'change_password', params: { admin_pass: PASSWORD } }
const page = { limit: 10 }

let bench: Bench
beforeEach(async () => {
  const world = createScriptedWorld({ now: systemClock.now })
  for (const thing of existingResources()) world.addExisting(thing)
  bench = await createBench({
    runtimes: createSimulatedRuntimes({ clock: systemClock, random: Math.random, world }),
  })
})
afterEach(() => bench.close())

function assertHidden(...shown: readonly unknown[]): void {
  for (const each of shown) {
    const text = JSON.stringify(each)
    assert.ok(!text.includes(PASSWORD), text)
    assert.match(text, /"admin_pass":"\*\*\*"/)
  }
}

test('a secret parameter reaches the engine, and no answer, listing or event', async () => {
  const { control, store } = bench
  const ann = bench.as('ann', 'operator', 'once')
  const { node } = await control.nodes.adopt(bench.admin, { name: 'old', identity, type })
  const first = await control.nodes.operate(ann, null, node.id, operation)
  const again = await control.nodes.operate(ann, null, node.id, operation)
  assert.equal(again.action.id, first.action.id)
  const found = await control.actions.get(ann, first.action.id)
  const listed = await control.actions.list(ann, { name: ['NODE_OPERATION'] }, page)
  const cancelled = await control.actions.cancel(bench.admin, first.action.id, {})
  assertHidden(first, again, found, listed, cancelled)
  const stored = await store.read(async (tx) => ({
    read: await getAction(tx, first.action.id),
    kept: await tx.selectFrom('actions').selectAll().execute(),
    told: await tx.selectFrom('events').selectAll().execute(),
    tokens: (await tx.selectFrom('client_tokens').selectAll().execute()).map((row) =>
      openRow(tx, 'client_tokens', row),
    ),
  }))
  assert.ok(JSON.stringify(stored.read).includes(PASSWORD))
  assert.ok(!JSON.stringify([stored.kept, stored.told, stored.tokens]).includes(PASSWORD))
})

test('a secret parameter of an operation on a cluster is hidden as well', async () => {
  const { control, admin } = bench
  await control.profiles.create(admin, { name: 'server', type, properties: SERVER })
  const { pool } = await control.clusters.create(admin, { name: 'web', profile: 'server', size: 1 })
  await makeNodes(bench, pool, 1)
  assertHidden(await control.clusters.operate(admin, 'web', operation))
})

test('a secret property is hidden wherever a profile or a revision is shown', async () => {
  const { control } = bench
  const input = { name: 'server', type, properties: SERVER }
  const ann = bench.as('ann', 'operator', 'once')
  const made = await control.profiles.create(ann, input)
  assertHidden(made, await control.profiles.create(ann, input), await control.profiles.validate(ann, input))
  const renamed = await control.profiles.update(bench.admin, 'server', { metadata: { a: 1 } })
  assertHidden(renamed, await control.profiles.get(ann, 'server'), await control.profiles.list(ann, {}, page))
  assertHidden(await control.clusters.create(ann, { name: 'web', profile: 'server' }))
  const plan = await control.updates.plan(ann, 'web', { nodeTemplate: {} })
  assertHidden(plan.from, plan.to)
  assertHidden(await control.revisions.list(ann, 'web', 'DefaultPool', page))
  assertHidden(await control.revisions.get(ann, 'web', 'DefaultPool', 1))
  const overrides = { admin_pass: PASSWORD }
  assertHidden(await control.nodes.previewAdoption(ann, { identity, type, overrides }))
  assertHidden((await control.nodes.adopt(bench.admin, { name: 'old', identity, type, overrides })).profile)
  assert.ok(!(await bench.everythingStored()).includes(PASSWORD))
})

test('what is shown in the place of a secret is no secret, and an error does not repeat one', async () => {
  const { control, admin } = bench
  const create = (admin_pass: unknown) =>
    control.profiles.create(admin, { name: 'server', type, properties: { ...SERVER, admin_pass } as never })
  await assert.rejects(create('***'), { code: 'invalid_spec', message: /give the secret itself/ })
  await assert.rejects(create(987654), ({ message }: Error) => !message.includes('987654'))
})

test('requests that differ only in a secret are the same under one key', async () => {
  const { control, admin } = bench
  const ann = bench.as('ann', 'operator', 'once')
  const { node } = await control.nodes.adopt(admin, { name: 'old', identity, type })
  const first = await control.nodes.operate(ann, null, node.id, operation)
  const other = { ...operation, params: { admin_pass: 'another-password' } }
  assert.equal((await control.nodes.operate(ann, null, node.id, other)).action.id, first.action.id)
})
