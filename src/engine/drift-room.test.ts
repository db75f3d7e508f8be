import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { PolicyId } from '../domain/ids.ts'
import type { Update, UpdateParams } from '../domain/update.ts'
import { bumpIntent, patchPool } from '../store/clusters.ts'
import { listEvents } from '../store/events.ts'
import { insertPolicy } from '../store/policies.ts'
import { listUpdates } from '../store/updates.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
afterEach(() => bench.close())

const changed = { kind: 'files', because: 'server.js was changed on disk' } as const

/** Three nodes that serve, and a fourth that runs, is what its revision says, and does not pass its checks. */
async function openWithOneAway(updateDefaults: Partial<UpdateParams> = {}): Promise<void> {
  const properties = { healthCheck: { type: 'alive', intervalSeconds: 0.01, unhealthyThreshold: 1 } }
  bench = await createBench({ size: 4, driftCheckSeconds: 0.02, driftRepair: 'automatic', properties })
  await bench.store.write(async (tx) => {
    await patchPool(tx, bench.poolId, { updateDefaults })
    await bumpIntent(tx, bench.clusterId)
  })
  const { id } = (await bench.nodes())[3]!
  bench.world.setHealth(id, false)
  await bench.nodesAre('one is ill', (all) => all[3]?.health === 'Unhealthy' && all[3].drift === null)
}

/** Has the first node differ, and waits until the engine knows. */
async function drift(): Promise<void> {
  const [first] = await bench.nodes()
  bench.world.drift(first!.id, changed)
  await bench.nodesAre('it differs', ([node]) => node!.drift !== null)
}

async function updates(): Promise<Update[]> {
  const { projectId } = (await bench.nodes())[0]!
  const { clusterId } = bench
  const page = await bench.store.read((tx) =>
    listUpdates(tx, { projectId, clusterId }, { limit: 100, sort: 'createdAt' }),
  )
  return [...page.items]
}

const givenUp = async () => {
  const { items } = await bench.store.read((tx) =>
    listEvents(tx, { clusterId: bench.clusterId }, { limit: 1000, sort: 'sequence' }),
  )
  return items.filter(({ type }) => type === 'node.repairGivenUp').map(({ because }) => because)
}

const repaired = () =>
  bench.nodesAre('it was repaired', ([node]) => node!.drift === null && node!.attempt === 2)

// Simulation, seed 178.
test('no repair is begun while its pool has no room for it, and one is when it has', async () => {
  await openWithOneAway()
  await drift()
  assert.deepEqual(await updates(), [])
  const { id } = (await bench.nodes())[3]!
  bench.world.setHealth(id, true)
  await bench.nodesAre('all serve', (all) => all.every(({ health }) => health === 'Healthy'))
  // Whoever takes the cluster over looks at once; who has it, in a minute.
  await bench.restart()
  await repaired()
  assert.equal((await updates()).length, 1)
})

test('a policy that lets fewer nodes move at once than the pool does decides about the room', async () => {
  await openWithOneAway({ maxUnavailable: 2 })
  const { projectId } = (await bench.nodes())[0]!
  const policyId = 'policy' as PolicyId
  await bench.store.write((tx) =>
    insertPolicy(tx, {
      ...{ id: policyId, projectId, name: 'one by one', type: 'batch', version: '1.0' },
      ...{ properties: { maxBatchSize: 1 }, description: null, metadata: {}, attributes: {}, data: {} },
      ...{ createdBy: 'test', createdAt: 0, updatedAt: null },
    }),
  )
  const attaching = { poolId: null, inputs: { policyId, enabled: true } }
  assert.equal((await bench.ended(await bench.ask('CLUSTER_ATTACH_POLICY', attaching))).status, 'SUCCEEDED')
  await drift()
  assert.deepEqual(await updates(), [])
})

test('a repair whose replacement starts first needs no room', async () => {
  await openWithOneAway({ maxSurge: 1 })
  bench.world.drift((await bench.nodes())[0]!.id, changed)
  await repaired()
})

test('a repair that could move nothing is left to a person, until the pool says what may be away', async () => {
  bench = await createBench({
    ...{ size: 2, driftCheckSeconds: 0.02, driftRepair: 'automatic' },
    whyNotBeside: 'its port is always 80',
  })
  const say = (updateDefaults: Partial<UpdateParams>) =>
    bench.store.write(async (tx) => {
      await patchPool(tx, bench.poolId, { updateDefaults })
      await bumpIntent(tx, bench.clusterId)
    })
  await say({ maxUnavailable: 0, maxSurge: 1 })
  await drift()
  assert.deepEqual(await givenUp(), [
    `web-1: ${changed.because}; no node of its pool may be away (maxUnavailable), and none can start beside it: its port is always 80`,
  ])
  // It is told once.
  await bench.restart()
  await bench.ended(await bench.ask('CLUSTER_CHECK', { poolId: null }))
  assert.deepEqual([(await givenUp()).length, await updates()], [1, []])

  await say({ maxUnavailable: 1, maxSurge: 1 })
  await bench.restart()
  await repaired()
  const [update] = await updates()
  assert.deepEqual([update?.params.maxUnavailable, update?.params.maxSurge], [1, 0])
})
