import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { JsonObject, PolicyId } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import { getCluster } from '../store/clusters.ts'
import { listEvents } from '../store/events.ts'
import { insertPolicy } from '../store/policies.ts'
import { createIds } from '../system/ids.ts'
import { type Bench, createBench } from './test-bench.ts'

const ids = createIds(Date.now)
const WATCHED = { healthCheck: { type: 'alive', intervalSeconds: 0.01, unhealthyThreshold: 1 } }
const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number, properties: JsonObject = WATCHED): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

async function watchOver(b: Bench, detection: JsonObject = {}): Promise<PolicyId> {
  const id = ids.next<PolicyId>()
  const properties = {
    detection: { interval: 1, nodeUpdateTimeout: 0, ...detection },
    recovery: { actions: [{ name: 'RECREATE' }] },
  }
  await b.store.write(async (tx) => {
    const projectId = (await getCluster(tx, b.clusterId))!.projectId
    await insertPolicy(tx, {
      ...{ id, projectId, name: 'doctor', type: 'health', version: '1.1', properties, description: null },
      ...{ metadata: {}, attributes: {}, data: {}, createdBy: 'test', createdAt: 1, updatedAt: null },
    })
  })
  await set(b, 'ATTACH', id, true)
  return id
}

async function set(b: Bench, verb: 'ATTACH' | 'UPDATE', policyId: PolicyId, enabled: boolean) {
  const fields = { poolId: null, inputs: { policyId, enabled } }
  const action = await b.ended(await b.ask(`CLUSTER_${verb}_POLICY`, fields))
  assert.equal(action.status, 'SUCCEEDED', action.statusReason)
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 3000; tries += 1) {
    const found = await look()
    if (found) return found
    await wait(3)
  }
  throw new Error(`waited too long until ${what}`)
}

const nodeThat = (b: Bench, is: (node: Node) => boolean) =>
  until('there is such a node', async () => (await b.nodes()).find(is))
const countOf = async (b: Bench, type: string) => (await b.eventTypes()).filter((one) => one === type).length

test('a node that dies is brought back by the health policy, and why is told', async () => {
  const b = await bench(2)
  await watchOver(b)
  const [victim] = await b.nodes()
  b.world.kill(victim!.id)
  const back = await nodeThat(b, (node) => node.id === victim!.id && node.attempt === 2 && isAvailable(node))
  assert.equal(back.name, victim!.name)
  const events = await b.store.read((tx) => listEvents(tx, { clusterId: b.clusterId }, { limit: 1000 }))
  const told = events.items.find(({ type }) => type === 'node.recovering')
  assert.match(told?.because ?? '', /policy doctor: RECREATE, first try/)
  assert.equal((await b.nodes()).find((node) => node.id !== victim!.id)?.attempt, 1)
})

test('when all nodes fail at once, no more than a share of them is brought back together', async () => {
  const b = await createBench({
    size: 10,
    properties: { ...WATCHED, latency: { startMs: 30 } },
    recoveryPercent: 20,
  })
  benches.push(b)
  await watchOver(b)
  for (const { id } of await b.nodes()) b.world.kill(id)
  let most = 0
  await until('all are back', async () => {
    const nodes = await b.nodes()
    most = Math.max(most, nodes.filter(({ status }) => status === 'Recovering').length)
    return nodes.every((node) => node.attempt >= 2 && isAvailable(node))
  })
  assert.ok(most <= 2, `${most} at once`)
  const events = await b.store.read((tx) => listEvents(tx, { clusterId: b.clusterId }, { limit: 1000 }))
  const told = (type: string) => events.items.filter((event) => event.type === type)
  assert.match(
    told('node.recoveryWaits')[0]?.because ?? '',
    /brings back 2 of 10 nodes at once: this one waits/,
  )
  assert.ok(told('node.recovering').length >= 10)
  assert.ok(told('node.recovering').some(({ because }) => because.endsWith(', 2 of 10 nodes at once')))
})

test('nodes that were dead before are brought back when the policy is enabled, by whichever engine', async () => {
  const b = await bench(2)
  const id = await watchOver(b)
  await set(b, 'UPDATE', id, false)
  for (const node of await b.nodes()) b.world.kill(node.id)
  await until('both are dead', async () => (await b.nodes()).every((node) => node.status === 'Failed'))
  await wait(30)
  assert.equal(await countOf(b, 'node.recovering'), 0)
  await b.restart()
  await set(b, 'UPDATE', id, true)
  await until('both serve', async () => (await b.nodes()).every(isAvailable))
})

test('a node that never comes up is tried less and less often', async () => {
  const b = await bench(1)
  await watchOver(b)
  const broken = await b.revision({ ...WATCHED, failures: { start: 'always' } })
  const [node] = await b.nodes()
  await b.ended(await b.ask('NODE_RECOVER', { nodeId: node!.id, inputs: { revisionId: broken.id } }))
  await until('it was tried twice', async () => (await countOf(b, 'node.recovering')) === 2)
  const { history } = (await b.nodes())[0]!.data['health'] as { history: { tries: number } }
  assert.equal(history.tries, 2)
  const attempt = (await b.nodes())[0]!.attempt
  await wait(300)
  assert.equal((await b.nodes())[0]!.attempt, attempt)
})

test('a node is left alone for some time after a change', async () => {
  const b = await bench(1)
  await watchOver(b, { nodeUpdateTimeout: 3600 })
  b.world.kill((await b.nodes())[0]!.id)
  await nodeThat(b, (node) => node.status === 'Failed')
  await wait(100)
  assert.equal(await countOf(b, 'node.recovering'), 0)
})

test('during an update nobody recovers what the update sees to', async () => {
  const b = await bench(3)
  await watchOver(b)
  const slow = await b.revision({ ...WATCHED, latency: { startMs: 150 } })
  const update = await b.update(slow)
  await b.until(update, (now) => now.progress.inFlight === 1)
  b.world.kill((await nodeThat(b, isAvailable)).id)
  const done = await b.finished(update)
  assert.equal(done.status, 'Successful', done.because)
  assert.equal(await countOf(b, 'node.recovering'), 0)
})

test('a node that works and is not ready is left alone by the health policy', async () => {
  const b = await bench(2, { ...WATCHED, readiness: { path: '/ready' } })
  await watchOver(b)
  b.world.setReadiness((await b.nodes())[0]!.id, false)
  const unready = await nodeThat(b, (node) => node.health === 'NotReady')
  const other = (await b.nodes()).find((node) => node.id !== unready.id)
  b.world.kill(other!.id)
  await nodeThat(b, (node) => node.id === other!.id && node.attempt === 2 && isAvailable(node))
  const still = (await b.nodes()).find((node) => node.id === unready.id)
  assert.deepEqual([still?.attempt, still?.status, still?.health], [1, 'Running', 'NotReady'])
})
