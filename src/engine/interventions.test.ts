import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Node } from '../domain/node.ts'
import { isAvailable } from '../domain/node.ts'
import { findPool } from '../store/clusters.ts'
import { type Bench, createBench } from './test-bench.ts'

const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

const WATCHED = { healthCheck: { type: 'alive', intervalSeconds: 0.01, unhealthyThreshold: 1 } }
const SLOW = { ...WATCHED, latency: { startMs: 10 } }

async function bench(size: number, properties = {}): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const found = await look()
    if (found) return found
    await wait(2)
  }
  throw new Error(`waited too long until ${what}`)
}

const cancellation = (mode: 'roll-back' | 'stop-here') => ({
  cancellation: { by: 'ann', at: Date.now(), mode, reason: null },
})
const nodeThat = (b: Bench, is: (node: Node) => boolean) =>
  until('there is such a node', async () => (await b.nodes()).find(is))

test('a node that flaps is told each time, and serves again in the end', async () => {
  const b = await bench(2, WATCHED)
  const [node] = await b.nodes()
  for (let flap = 0; flap < 3; flap += 1) {
    b.world.setHealth(node!.id, false)
    await nodeThat(
      b,
      ({ id, health, status }) => id === node!.id && health === 'Unhealthy' && status === 'Running',
    )
    b.world.setHealth(node!.id, true)
    await nodeThat(b, (now) => now.id === node!.id && isAvailable(now) && now.availableSince !== null)
  }
  const types = await b.eventTypes()
  assert.equal(types.filter((type) => type === 'node.unhealthy').length, 3)
  assert.equal(types.filter((type) => type === 'node.healthy').length, 3)
})

test('an unhealthy node that then dies shows as failed', async () => {
  const b = await bench(1, WATCHED)
  const [node] = await b.nodes()
  b.world.setHealth(node!.id, false)
  await nodeThat(b, ({ health }) => health === 'Unhealthy')
  b.world.kill(node!.id)
  await nodeThat(b, ({ status }) => status === 'Failed')
  assert.ok((await b.eventTypes()).includes('node.died'))
})

test('a node that dies on the old revision is updated first and takes nothing from the others', async () => {
  const b = await bench(5, SLOW)
  const update = await b.update(await b.revision(SLOW))
  await b.until(update, (now) => now.progress.updated === 1)
  const victim = (await b.nodes()).at(-1)!
  b.world.kill(victim.id)
  const done = await b.finished(update)
  assert.equal(done.status, 'Successful', done.because)
  assert.ok((await b.nodes()).every(isAvailable))
  assert.ok(done.progress.highestUnavailable <= 2)
})

test('a node that dies on the new revision after its gate is a failure of that revision', async () => {
  const b = await bench(4, SLOW)
  const before = (await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId)))?.committedRevisionId
  const to = await b.revision({ ...SLOW, latency: { startMs: 40 } })
  const update = await b.update(to)
  await b.until(update, (now) => now.progress.updated === 1)
  b.world.kill((await nodeThat(b, (node) => node.revisionId === to.id && isAvailable(node))).id)
  const done = await b.finished(update)
  assert.equal(done.status, 'Failed')
  const nodes = await b.nodes()
  assert.deepEqual(new Set(nodes.map((node) => node.revisionId)), new Set([before]))
  assert.ok(nodes.every(isAvailable))
})

test('nodes that are deleted during an update leave it, wherever they are', async () => {
  const b = await bench(5, SLOW)
  const update = await b.update(await b.revision(SLOW))
  const working = await nodeThat(b, (node) => node.status === 'Updating')
  const others = (await b.nodes()).filter((node) => node.id !== working.id)
  const nodeIds = [working.id, others.at(-1)!.id]
  const action = await b.ended(await b.ask('CLUSTER_DEL_NODES', { inputs: { nodeIds } }))
  assert.equal(action.status, 'SUCCEEDED')
  const done = await b.finished(update)
  assert.equal(done.status, 'Successful', done.because)
  assert.equal(done.progress.selected, 3)
  assert.equal(b.world.living(), 3)
})

for (const mode of ['roll-back', 'stop-here'] as const) {
  for (const strategy of ['ROLLING', 'FORCE', 'NO_RESTART'] as const) {
    test(`a ${strategy} update can be cancelled with ${mode} at every moment`, async () => {
      const b = await bench(3, { ...WATCHED, latency: { startMs: 3, stopMs: 2, prepareMs: 1 } })
      for (let delayMs = 0; delayMs < 24; delayMs += 4) {
        const pool = await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId))
        const to = await b.revision({ ...WATCHED, latency: { startMs: 3, prepareMs: 1 } })
        const update = await b.update(to, { strategy, maxUnavailable: 2 })
        await wait(delayMs)
        await b.control(update.id, () => cancellation(mode))
        const done = await b.finished(update)
        assert.ok(done.status === 'Cancelled' || done.status === 'Successful', done.because)
        const now = await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId))
        const committed = done.status === 'Successful' ? to.id : pool?.committedRevisionId
        assert.equal(now?.committedRevisionId, committed)
        if (mode === 'stop-here') continue
        const nodes = await b.nodes()
        assert.deepEqual(new Set(nodes.map((node) => node.revisionId)), new Set([committed]))
        assert.ok(nodes.every(isAvailable))
      }
    })
  }
}

test('a paused update starts nothing until it is resumed', async () => {
  const b = await bench(4, SLOW)
  const update = await b.update(await b.revision(SLOW))
  await b.until(update, (now) => now.progress.updated === 1)
  await b.control(update.id, () => ({ paused: { by: 'ann', at: Date.now(), reason: 'lunch' } }))
  const paused = await b.until(update, (now) => now.status === 'Paused' && now.progress.inFlight === 0)
  assert.match(paused.because, /paused by ann: lunch/)
  const history = b.world.history.length
  await wait(40)
  assert.equal(b.world.history.length, history)
  await b.control(update.id, () => ({ paused: null, resumedAt: Date.now() }))
  const done = await b.finished(update)
  assert.equal(done.status, 'Successful', done.because)
})

test('actions on one node run one after the other, in the order in which they were asked', async () => {
  const b = await bench(2, SLOW)
  const [node] = await b.nodes()
  const names = ['NODE_RECOVER', 'NODE_CHECK', 'NODE_RECOVER', 'NODE_CHECK'] as const
  const asked = []
  for (const name of names) asked.push(await b.ask(name, { nodeId: node!.id }))
  const ended = []
  for (const action of asked) ended.push(await b.ended(action))
  for (const [at, action] of ended.entries()) {
    assert.equal(action.status, 'SUCCEEDED')
    assert.ok(at === 0 || (action.startedAt ?? 0) >= (ended[at - 1]?.endedAt ?? Number.POSITIVE_INFINITY))
  }
  assert.equal((await b.nodes())[0]?.attempt, 3)
})

test('checking a node that needs several passes to be healthy leaves it serving', async () => {
  const b = await bench(2, { healthCheck: { type: 'alive', healthyThreshold: 3, intervalSeconds: 0.01 } })
  await b.ended(await b.ask('CLUSTER_CHECK', { poolId: null }))
  assert.ok((await b.nodes()).every(isAvailable))
})

test('a cluster can be deleted at every moment of an update, and nothing of it is left', async () => {
  for (let delayMs = 0; delayMs < 20; delayMs += 5) {
    const b = await bench(4, { latency: { startMs: 4, stopMs: 2, prepareMs: 2 } })
    const update = await b.update(await b.revision({ latency: { startMs: 4 } }), { maxUnavailable: 2 })
    await wait(delayMs)
    const action = await b.ended(await b.ask('CLUSTER_DELETE', { poolId: null }))
    assert.equal(action.status, 'SUCCEEDED', `${action.statusReason} (${update.id})`)
    assert.equal(b.world.living(), 0)
  }
})

test('a node may be given the name of one that goes at the same moment', async () => {
  const b = await bench(1)
  await b.ended(await b.resize(2))
  const named = (await b.nodes())[1]!
  await b.ask('CLUSTER_DEL_NODES', { inputs: { nodeIds: [named.id] } })
  const add = await b.ask('CLUSTER_ADD_NODES', { inputs: { names: [named.name] } })
  assert.equal((await b.ended(add)).status, 'SUCCEEDED')
  assert.equal((await b.nodes()).length, 2)
})
