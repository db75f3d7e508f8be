import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type Bench, createBench, createWeb, makeNodes } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

async function eventsOf(actionId: string | undefined) {
  const { control, admin } = bench
  const { items } = await control.events.list(admin, {}, { limit: 100 })
  return items
    .filter((event) => event.actionId === actionId)
    .map(({ type, principal }) => `${type} by ${principal}`)
}

// Simulation, seed 2: such an action was accepted, and no event told of it.
test('a change of a cluster that moves no node is an action of which an event tells', async () => {
  const { control, admin } = bench
  await createWeb(bench)
  await control.profiles.create(admin, { name: 'q', type: 'scripted', properties: { port: true } })
  const noted = await control.clusters.change(admin, 'web', { metadata: { owner: 'ann' } })
  assert.equal(noted.action.status, 'SUCCEEDED')
  assert.deepEqual(await eventsOf(noted.action.id), ['cluster.changed by root'])
  const both = await control.clusters.change(admin, 'web', {
    profile: 'q',
    profileOnly: true,
    timeoutSeconds: 60,
  })
  assert.deepEqual((await eventsOf(both.action.id)).sort(), [
    'cluster.changed by root',
    'pool.changed by root',
  ])
})

test('a change of a node that is asked for as an action is one of which an event tells', async () => {
  const { control, admin } = bench
  const { pool } = await createWeb(bench, 1)
  const [node] = await makeNodes(bench, pool, 1)
  const { action } = await control.nodes.update(admin, 'web', node!.id, { role: 'reader', asAction: true })
  assert.equal(action?.status, 'SUCCEEDED')
  assert.deepEqual(await eventsOf(action?.id), ['node.changed by root'])
})
