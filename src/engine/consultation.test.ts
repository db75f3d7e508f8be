import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Action, ActionName } from '../domain/action.ts'
import type { JsonObject, PolicyId } from '../domain/ids.ts'
import { getAction, listActions } from '../store/actions.ts'
import { findPool, getCluster, patchPool } from '../store/clusters.ts'
import { insertPolicy } from '../store/policies.ts'
import { createIds } from '../system/ids.ts'
import { type Bench, createBench } from './test-bench.ts'

const ids = createIds(Date.now)
const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number, properties = {}): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

async function attach(b: Bench, type: string, properties: JsonObject, version = '1.0'): Promise<PolicyId> {
  const id = ids.next<PolicyId>()
  await b.store.write(async (tx) => {
    const cluster = await getCluster(tx, b.clusterId)
    await insertPolicy(tx, {
      ...{ id, projectId: cluster!.projectId, name: type, type, version, properties },
      ...{
        description: null,
        metadata: {},
        attributes: {},
        data: {},
        createdBy: 'test',
        createdAt: 1,
        updatedAt: null,
      },
    })
  })
  const inputs = { policyId: id, enabled: true }
  const action = await b.ended(await b.ask('CLUSTER_ATTACH_POLICY', { poolId: null, inputs }))
  assert.equal(action.status, 'SUCCEEDED', action.statusReason)
  return id
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 2000; tries += 1) {
    const found = await look()
    if (found) return found
    await wait(2)
  }
  throw new Error(`waited too long until ${what}`)
}

const poolOf = async (b: Bench) => (await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId)))!
const bound = (b: Bench, minSize: number, maxSize: number | null) =>
  b.store.write((tx) => patchPool(tx, b.poolId, { minSize, maxSize }))
const scale = async (b: Bench, name: ActionName, count: number | null) =>
  b.ended(await b.ask(name, { inputs: { count } }))
const childrenOf = async (b: Bench, { id, projectId }: Action) =>
  (await b.store.read((tx) => listActions(tx, { projectId, parentId: id }, { limit: 100 }))).items

test('scaling works its size out when it runs, and fails outside the bounds', async () => {
  const b = await bench(2)
  await bound(b, 1, 4)
  const [first, second] = [
    await b.ask('CLUSTER_SCALE_OUT', { inputs: { count: null } }),
    await b.ask('CLUSTER_SCALE_OUT', { inputs: { count: 1 } }),
  ]
  assert.equal((await b.ended(first)).status, 'SUCCEEDED')
  assert.equal((await b.ended(second)).status, 'SUCCEEDED')
  assert.equal((await b.nodes()).length, 4)
  assert.equal((await poolOf(b)).desiredCapacity, 4)
  const over = await scale(b, 'CLUSTER_SCALE_OUT', 1)
  assert.deepEqual(
    [over.status, over.statusReason],
    ['FAILED', "4 nodes cannot become 5: the pool's maxSize is 4"],
  )
  const size = { what: 'capacity', value: 5, relation: 'above', bound: 'maxSize', limit: 4, isGiven: false }
  assert.deepEqual(over.outputs, { refused: { size } }, 'for those who say it in other words')
  const under = await scale(b, 'CLUSTER_SCALE_IN', 9)
  assert.deepEqual(
    [under.status, under.statusReason],
    ['FAILED', "4 nodes cannot become -5: the pool's minSize is 1"],
  )
  assert.equal((await scale(b, 'CLUSTER_SCALE_IN', 3)).status, 'SUCCEEDED')
  assert.equal((await b.nodes()).length, 1)
})

test('an adjustment is worked out on the nodes there are when it runs, and cut to the bounds', async () => {
  const b = await bench(4)
  await bound(b, 1, 7)
  const adjust = async (adjustment: object) => {
    const wanted = {
      adjustmentType: null,
      number: null,
      minSize: null,
      maxSize: null,
      minStep: null,
      strict: false,
    }
    return b.ended(await b.ask('CLUSTER_RESIZE', { inputs: { adjustment: { ...wanted, ...adjustment } } }))
  }
  await adjust({ adjustmentType: 'CHANGE_IN_PERCENTAGE', number: 50 })
  assert.equal((await b.nodes()).length, 6)
  await adjust({ adjustmentType: 'CHANGE_IN_CAPACITY', number: 5 })
  assert.equal((await b.nodes()).length, 7)
  await adjust({ adjustmentType: 'EXACT_CAPACITY', number: 2, minSize: 2, maxSize: -1 })
  assert.equal((await b.nodes()).length, 2)
  const { minSize, maxSize, desiredCapacity } = await poolOf(b)
  assert.deepEqual([minSize, maxSize, desiredCapacity], [2, null, 2])
  const failed = await adjust({ adjustmentType: 'CHANGE_IN_CAPACITY', number: -1, strict: true })
  assert.deepEqual([failed.status, (await b.nodes()).length], ['FAILED', 2])
})

test('a scaling policy says by how much, cuts to the bounds, and has its cooldown', async () => {
  const b = await bench(2)
  await bound(b, 0, 4)
  const adjustment = { number: 3, bestEffort: true, cooldown: 60 }
  await attach(b, 'scaling', { event: 'CLUSTER_SCALE_OUT', adjustment })
  const action = await scale(b, 'CLUSTER_SCALE_OUT', null)
  assert.equal(action.status, 'SUCCEEDED', action.statusReason)
  assert.equal((await b.nodes()).length, 4)
  const { decisions, said } = action.data as unknown as { decisions: object; said: { because: string }[] }
  assert.deepEqual(decisions, { count: 2 })
  assert.match(said[0]!.because, /cut from 3/)
  assert.equal((await scale(b, 'CLUSTER_SCALE_IN', 2)).status, 'SUCCEEDED')
  const again = await scale(b, 'CLUSTER_SCALE_OUT', null)
  assert.equal(again.status, 'FAILED')
  assert.match(again.statusReason, /^policy scaling: its cooldown of 60 s/)
  const types = await b.eventTypes()
  assert.ok(types.includes('policy.consulted') && types.includes('policy.denied'))
})

test('a deletion policy chooses who goes, whoever runs the action in the end', async () => {
  const b = await bench(4, { latency: { stopMs: 20 } })
  await attach(b, 'deletion', { criteria: 'OLDEST_FIRST' })
  const before = await b.nodes()
  const action = await b.ask('CLUSTER_SCALE_IN', { inputs: { count: 2 } })
  await until('it has begun', async () => (await childrenOf(b, action)).length > 0)
  await b.crash('end')
  assert.equal((await b.ended(action)).status, 'SUCCEEDED')
  const left = (await b.nodes()).map((node) => node.index)
  assert.deepEqual(
    left,
    before.slice(2).map((node) => node.index),
  )
})

test('a time of grace passes before nodes go, and outlives the engine', async () => {
  const b = await bench(2)
  await attach(b, 'deletion', { gracePeriod: 1, reduceDesiredCapacity: false })
  const began = Date.now()
  const action = await b.ask('CLUSTER_SCALE_IN', { inputs: { count: 1 } })
  await until('it runs', async () => (await b.eventTypes()).includes('action.started'))
  await b.crash('end')
  assert.equal((await b.nodes()).length, 2)
  const ended = await b.ended(action)
  assert.equal(ended.status, 'SUCCEEDED')
  assert.ok(Date.now() - began >= 1000)
  assert.equal((await b.nodes()).length, 1)
  assert.equal((await poolOf(b)).desiredCapacity, 2)
})

test('nodes that are asked to leave are let go after the grace and the hook of the deletion policy', async () => {
  const b = await bench(3)
  const hooks = { type: 'webhook', params: { url: 'http://127.0.0.1:9/' }, timeout: 3600 }
  await attach(b, 'deletion', { gracePeriod: 1, hooks }, '1.1')
  const [leaver] = await b.nodes()
  const began = Date.now()
  const action = await b.ask('CLUSTER_DEL_NODES', { inputs: { leaving: [leaver!.id] } })
  const held = await until('it waits', async () =>
    (await childrenOf(b, action)).find(({ status }) => status === 'WAITING_LIFECYCLE_COMPLETION'),
  )
  assert.ok(Date.now() - began >= 1000)
  assert.equal(held.name, 'NODE_LEAVE', 'though the policy destroys what leaves')
  assert.equal((await b.nodes()).length, 3)
  await b.steer(held.id, { completion: { by: 'ann', at: Date.now() } })
  assert.equal((await b.ended(action)).status, 'SUCCEEDED')
  assert.equal((await b.nodes()).length, 2)
  assert.equal((await poolOf(b)).desiredCapacity, 2)
  assert.equal(b.world.living(), 3)
})

for (const answer of ['said', 'timed out', 'cancelled'] as const) {
  test(`a node waits for its lifecycle hook, which is ${answer}`, async () => {
    const b = await bench(2)
    const hooks = {
      type: 'webhook',
      params: { url: 'http://127.0.0.1:9/' },
      timeout: answer === 'timed out' ? 1 : 3600,
    }
    await attach(b, 'deletion', { hooks }, '1.1')
    const action = await b.ask('CLUSTER_SCALE_IN', { inputs: { count: 1 } })
    const held = await until('it waits', async () =>
      (await childrenOf(b, action)).find(({ status }) => status === 'WAITING_LIFECYCLE_COMPLETION'),
    )
    assert.equal((await b.nodes()).length, 2)
    await b.crash('end')
    if (answer === 'said') await b.steer(held.id, { completion: { by: 'ann', at: Date.now() } })
    if (answer === 'cancelled')
      await b.steer(held.id, { cancellation: { by: 'ann', at: Date.now(), force: false } })
    const ended = await b.ended(action)
    assert.equal(ended.status, answer === 'cancelled' ? 'CANCELLED' : 'SUCCEEDED', ended.statusReason)
    assert.equal((await b.nodes()).length, answer === 'cancelled' ? 2 : 1)
  })
}

test('nodes are put where placement policies say, and remember it', async () => {
  const b = await bench(0)
  const zones = [
    { name: 'a', weight: 100 },
    { name: 'b', weight: 100 },
  ]
  await attach(b, 'zone_placement', { zones })
  assert.equal((await b.ended(await b.resize(4))).status, 'SUCCEEDED')
  const placed = (await b.nodes()).map((node) => (node.data['placement'] as { zone: string }).zone)
  assert.deepEqual(placed.sort(), ['a', 'a', 'b', 'b'])
})

test('a batch policy has an update move in whole batches, with a pause in between', async () => {
  const b = await bench(5)
  await attach(b, 'batch', { minInService: 3, maxBatchSize: 2, pauseTime: 1 })
  const began = Date.now()
  const update = await b.update(await b.revision({ latency: { startMs: 5 } }))
  const done = await b.finished(update)
  assert.equal(done.status, 'Successful', done.because)
  assert.deepEqual([done.params.maxUnavailable, done.params.batchPauseSeconds], [2, 1])
  assert.ok(Date.now() - began >= 2000)
  assert.equal(done.progress.highestUnavailable, 2)
  const action = (await b.store.read((tx) => getAction(tx, update.actionId)))!
  assert.deepEqual((action.data['decisions'] as JsonObject)['batch'], { size: 2, pauseSeconds: 1 })
})

test('nodes that a deletion policy does not want destroyed go on without a cluster', async () => {
  const b = await bench(3)
  await attach(b, 'deletion', { destroyAfterDeletion: false, criteria: 'YOUNGEST_FIRST' })
  const action = await scale(b, 'CLUSTER_SCALE_IN', 1)
  assert.equal(action.status, 'SUCCEEDED', action.statusReason)
  const left = (await b.nodes()).map((node) => node.index)
  assert.deepEqual(left, [1, 2])
  assert.equal((await poolOf(b)).desiredCapacity, 2)
  assert.equal(b.world.living(), 3)
})
