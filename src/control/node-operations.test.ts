import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Node } from '../domain/node.ts'
import { createScriptedWorld } from '../runtimes/scripted/index.ts'
import { createSimulatedRuntimes, existingResources } from '../runtimes/simulated/index.ts'
import { systemClock } from '../system/clock.ts'
import { type Bench, createBench, createWeb, makeNodes } from './test-bench.ts'

const SERVER = 'os.nova.server'
const { identity, type } = existingResources().find((one) => one.type.startsWith(SERVER))!

let bench: Bench
beforeEach(async () => {
  const world = createScriptedWorld({ now: systemClock.now })
  for (const thing of existingResources()) world.addExisting(thing)
  bench = await createBench({
    runtimes: createSimulatedRuntimes({ clock: systemClock, random: Math.random, world }),
  })
})
afterEach(() => bench.close())

async function adopted(name: string): Promise<Node> {
  return (await bench.control.nodes.adopt(bench.admin, { name, identity, type, overrides: {} })).node
}

test('what is there is looked at without a trace, and adopted with a profile of its own', async () => {
  const { control, admin } = bench
  const seen = await control.nodes.previewAdoption(admin, { identity, type, overrides: { name: 'mine' } })
  assert.deepEqual([seen.type, seen.properties['name']], [type, 'mine'])
  assert.equal((await control.profiles.list(admin, {}, { limit: 10 })).items.length, 0)
  const { node, profile, action } = await control.nodes.adopt(admin, { name: 'old', identity, type })
  assert.deepEqual(
    [node.physicalId, profile.name, action.name, action.inputs],
    [identity, 'prof-old', 'NODE_CREATE', { adopts: identity }],
  )
  assert.equal((await control.profiles.get(admin, 'prof-old')).id, profile.id)
  await assert.rejects(control.nodes.previewAdoption(admin, { identity: 'nobody', type }), {
    code: 'runtime_failed',
  })
  await assert.rejects(control.nodes.previewAdoption(admin, { identity, type: 'scripted' }), {
    code: 'invalid_state',
  })
})

test('operations are those of the node\u2019s type, with their parameters checked', async () => {
  const { control, admin } = bench
  const node = await adopted('old')
  const { action } = await control.nodes.operate(admin, null, node.id, { operation: 'reboot' })
  assert.deepEqual(action.inputs, { operation: 'reboot', params: { type: 'SOFT' } })
  for (const [input, text] of [
    [{ operation: 'fly' }, /know: .*reboot.*; not "fly"/],
    [{ operation: 'reboot', params: { type: 'WET' } }, /params/],
    [{ operation: 'toString' }, /not "toString"/],
  ] as const)
    await assert.rejects(control.nodes.operate(admin, null, node.id, input), { message: text })
})

test('an operation on a cluster is for the nodes that match', async () => {
  const { control, admin } = bench
  const { pool } = await createWeb(bench)
  await makeNodes(bench, pool, 2)
  await assert.rejects(control.clusters.operate(admin, 'web', { operation: 'fly' }), {
    message: /nodes of type scripted know: .*reboot.*; not "fly"/,
  })
})

test('recovering may be asked for in three ways, and no other', async () => {
  const { control, admin } = bench
  const { pool } = await createWeb(bench)
  const [node] = (await makeNodes(bench, pool, 1)) as [Node]
  const input = { operation: 'RECREATE' } as const
  const { action } = await control.nodes.recover(admin, 'web', node.id, input)
  assert.deepEqual(action.inputs, { operation: 'RECREATE' })
  assert.deepEqual((await control.clusters.recover(admin, 'web', input)).action.inputs, input)
  const careful = await control.clusters.recover(admin, 'web', { check: true, checkCapacity: true })
  assert.deepEqual(careful.action.inputs, { check: true, checkCapacity: true, poolId: pool.id })
  await assert.rejects(
    async () => control.nodes.recover(admin, 'web', node.id, { operation: 'PRAY' as never }),
    { code: 'invalid_request' },
  )
})
