import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { lastStartOf } from '../domain/node.ts'
import { getCluster, patchPool } from '../store/clusters.ts'
import { type Bench, createBench } from './test-bench.ts'

const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number, properties = {}): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 2000; tries += 1) {
    const found = await look()
    if (found) return found
    await wait(5)
  }
  throw new Error('waited too long')
}

const FAST_CHECK = { healthCheck: { type: 'alive', intervalSeconds: 0.02 } }

test('shrinking takes the youngest nodes, growing never gives an index twice', async () => {
  const b = await bench(4)
  await b.ended(await b.resize(2))
  assert.deepEqual(
    (await b.nodes()).map((node) => node.index),
    [1, 2],
  )
  await b.ended(await b.resize(3))
  assert.deepEqual(
    (await b.nodes()).map((node) => node.index),
    [1, 2, 5],
  )
  assert.equal(b.world.living(), 3)
})

test('a node that dies is noticed, told, and recovered on request', async () => {
  const b = await bench(3, FAST_CHECK)
  const [victim] = await b.nodes()
  b.world.kill(victim!.id)
  const dead = await until(async () => (await b.nodes()).find((node) => node.status === 'Failed'))
  assert.equal(dead.id, victim!.id)
  assert.equal(dead.health, 'Unhealthy')
  const cluster = await b.store.read((tx) => getCluster(tx, b.clusterId))
  assert.equal(cluster?.status, 'Warning')
  const recover = await b.ended(await b.ask('CLUSTER_RECOVER', { poolId: null }))
  assert.equal(recover.status, 'SUCCEEDED')
  assert.ok((await b.nodes()).every((node) => node.status === 'Running' && node.health === 'Healthy'))
  assert.ok((await b.eventTypes()).includes('node.died'))
})

test('nodes that are looked at first are left alone when they serve', async () => {
  const b = await bench(3, FAST_CHECK)
  const before = await b.nodes()
  const victim = before[1]!
  const from = b.world.history.length
  b.world.setHealth(victim.id, false)
  const recover = await b.ended(
    await b.ask('CLUSTER_RECOVER', { poolId: null, inputs: { check: true, operation: 'RECREATE' } }),
  )
  assert.equal(recover.status, 'SUCCEEDED')
  const touched = b.world.history.slice(from).filter(({ what }) => what === 'started')
  assert.deepEqual(
    touched.map(({ nodeId }) => nodeId),
    [victim.id],
  )
  // Those that were left alone are known by the start that they had.
  await b.ended(await b.ask('CLUSTER_CHECK', { poolId: null }))
  const after = await b.nodes()
  assert.ok(after.every((node) => node.status === 'Running' && node.health === 'Healthy'))
  assert.deepEqual(
    after.map((node, at) => lastStartOf(node) - before[at]!.attempt),
    [0, 1, 0],
  )
})

test('a recovery that looks at the capacity fills a pool up', async () => {
  const b = await bench(2)
  await b.store.write((tx) => patchPool(tx, b.poolId, { desiredCapacity: 4 }))
  const recover = await b.ended(await b.ask('CLUSTER_RECOVER', { inputs: { checkCapacity: true } }))
  assert.equal(recover.status, 'SUCCEEDED')
  assert.equal((await b.nodes()).length, 4)
})

test('replacing a node brings a new one up before the old one goes', async () => {
  const b = await bench(2)
  const [old] = await b.nodes()
  const from = b.world.history.length
  const action = await b.ended(await b.ask('CLUSTER_REPLACE_NODES', { inputs: { nodeIds: [old!.id] } }))
  assert.equal(action.status, 'SUCCEEDED')
  const history = b.world.history.slice(from).map((entry) => entry.what)
  assert.ok(history.indexOf('started') < history.indexOf('removed'))
  assert.deepEqual(
    (await b.nodes()).map((node) => node.index),
    [2, 3],
  )
})

test('deleting a cluster ends its update, removes its nodes and the cluster itself', async () => {
  const b = await bench(3, { latency: { startMs: 30 } })
  const update = await b.update(await b.revision({ latency: { startMs: 30 } }))
  await b.until(update, (now) => now.progress.inFlight === 1)
  const action = await b.ended(await b.ask('CLUSTER_DELETE', { poolId: null }))
  assert.equal(action.status, 'SUCCEEDED')
  assert.equal(b.world.living(), 0)
  assert.equal(await b.store.read((tx) => getCluster(tx, b.clusterId)), undefined)
})

test('an action on a node waits until the node is free', async () => {
  const b = await bench(2, { latency: { startMs: 30 } })
  const [first] = await b.nodes()
  const recover = await b.ask('NODE_RECOVER', { nodeId: first!.id })
  const check = await b.ask('NODE_CHECK', { nodeId: first!.id })
  const [recovered, checked] = [await b.ended(recover), await b.ended(check)]
  assert.equal(recovered.status, 'SUCCEEDED')
  assert.equal(checked.status, 'SUCCEEDED')
  assert.ok((checked.startedAt ?? 0) >= (recovered.endedAt ?? Number.POSITIVE_INFINITY))
})

test('a generated name that somebody has taken already is passed over', async () => {
  const b = await bench(2)
  await b.store.write((tx) => patchPool(tx, b.poolId, { desiredCapacity: 3 }))
  await b.ended(await b.ask('CLUSTER_ADD_NODES', { inputs: { names: ['web-4'], metadata: { rack: 'a' } } }))
  await b.ended(await b.resize(4))
  const nodes = await b.nodes()
  assert.deepEqual(
    nodes.map((node) => node.name),
    ['web-1', 'web-2', 'web-4', 'web-5'],
  )
  assert.deepEqual(nodes[2]?.metadata, { rack: 'a' })
})

test('a death that the runtime tells of is noticed although the next check is far away', async () => {
  const b = await bench(2, { healthCheck: { type: 'alive', intervalSeconds: 3600 } })
  const [victim] = await b.nodes()
  b.world.kill(victim!.id)
  const dead = await until(async () => (await b.nodes()).find((node) => node.status === 'Failed'))
  assert.equal(dead.id, victim!.id)
})

test('a node whose start was answered by an error and lives all the same is found, and watched', async () => {
  const b = await bench(1, { ...FAST_CHECK, failures: { start: 'first', moment: 'after' } })
  const [node] = await b.nodes()
  await until(async () => (await b.nodes()).find(({ status }) => status === 'Running'))
  b.world.kill(node!.id)
  await until(async () => (await b.nodes()).find(({ status }) => status === 'Failed'))
})
