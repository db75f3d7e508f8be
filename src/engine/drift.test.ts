import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Node } from '../domain/node.ts'
import { listEvents } from '../store/events.ts'
import { listUpdates } from '../store/updates.ts'
import { type Bench, createBench } from './test-bench.ts'

const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

type Options = Parameters<typeof createBench>[0]

/** Healthy nodes that are looked at closely all the time. */
async function open(options: Partial<Options> = {}): Promise<Bench> {
  const bench = await createBench({ size: 3, driftCheckSeconds: 0.02, ...options })
  benches.push(bench)
  const { size = 3 } = options
  await bench.nodesAre('all serve', (nodes) => nodes.filter(isWell).length === size)
  return bench
}

const isWell = ({ status, health, drift }: Node) =>
  status === 'Running' && health === 'Healthy' && drift === null
const drifts = (nodes: readonly Node[]) => nodes.map(({ drift }) => drift)
const changed = { kind: 'files', because: 'server.js was changed on disk' } as const

async function updatesOf({ store, clusterId, nodes }: Bench) {
  const { projectId } = (await nodes())[0]!
  const page = await store.read((tx) =>
    listUpdates(tx, { projectId, clusterId }, { limit: 100, sort: 'createdAt' }),
  )
  return page.items
}

async function events({ store, clusterId }: Bench, type: string) {
  const page = await store.read((tx) => listEvents(tx, { clusterId }, { limit: 1000, sort: 'sequence' }))
  return page.items.filter((event) => event.type === type)
}

test('a node that differs is noted once, with the reason, and goes on serving', async () => {
  const bench = await open()
  const [, second] = await bench.nodes()
  bench.world.drift(second!.id, changed)
  const [one, two] = await bench.nodesAre('one differs', (nodes) => nodes[1]!.drift !== null)
  assert.deepEqual([two!.drift, two!.driftReason, two!.health], ['files', changed.because, 'Healthy'])
  assert.deepEqual([one!.drift, one!.attempt, two!.attempt], [null, 1, 1])
  const told = await events(bench, 'node.outOfSync')
  assert.deepEqual(
    told.map(({ because, nodeId, level }) => [because, nodeId, level]),
    [[`${two!.name}: ${changed.because}`, two!.id, 'warning']],
  )
  assert.deepEqual(await updatesOf(bench), [], 'nobody asked for a repair')
})

test('a difference that is gone by itself is taken back', async () => {
  const bench = await open()
  const [first] = await bench.nodes()
  bench.world.drift(first!.id, changed)
  await bench.nodesAre('it differs', (nodes) => nodes[0]!.drift !== null)
  bench.world.drift(first!.id, null)
  await bench.nodesAre('it does not', (nodes) => nodes[0]!.drift === null)
  assert.equal((await events(bench, 'node.inSync')).length, 1)
})

test('a repair starts only the nodes anew that differ, although all are on its revision', async () => {
  const bench = await open({ size: 4 })
  const before = await bench.nodes()
  bench.world.drift(before[1]!.id, changed)
  bench.world.drift(before[3]!.id, { kind: 'unknown-process', because: 'process 7 is not known' })
  await bench.nodesAre('two differ', (nodes) => nodes.filter(({ drift }) => drift !== null).length === 2)
  const [revision] = await bench.store.read((tx) =>
    tx.selectFrom('revisions').select('id').where('pool_id', '=', bench.poolId).execute(),
  )
  const update = await bench.update({ id: revision!.id } as never)
  const ended = await bench.finished(update)
  assert.equal(ended.status, 'Successful')
  const nodes = await bench.nodesAre('all are right', (all) => all.every(isWell))
  assert.deepEqual(
    nodes.map(({ attempt }) => attempt),
    [1, 2, 1, 2],
  )
  assert.deepEqual(ended.progress.highestUnavailable, 1)
})

test('a process that was killed differs at once, and no more once it was started anew', async () => {
  const bench = await open({ driftCheckSeconds: 0 })
  const [first] = await bench.nodes()
  bench.world.kill(first!.id)
  const [node] = await bench.nodesAre('it differs', (nodes) => nodes[0]!.drift !== null)
  assert.deepEqual([node!.drift, node!.status], ['process', 'Failed'])
  await bench.ended(await bench.ask('NODE_RECOVER', { nodeId: node!.id, inputs: {} }))
  await bench.nodesAre('it does not', (nodes) => isWell(nodes[0]!))
})

test('what differs is known to the engine that comes next', async () => {
  const bench = await open()
  const [first] = await bench.nodes()
  bench.world.drift(first!.id, changed)
  await bench.nodesAre('it differs', (nodes) => nodes[0]!.drift !== null)
  await bench.crash('end')
  bench.world.drift(first!.id, null)
  await bench.nodesAre('it does not', (nodes) => nodes[0]!.drift === null)
})

test('nothing is looked at closely where that is turned off', async () => {
  const bench = await open({ driftCheckSeconds: 0 })
  const [first] = await bench.nodes()
  bench.world.drift(first!.id, changed)
  await bench.ended(await bench.ask('CLUSTER_CHECK', { poolId: null }))
  assert.deepEqual(drifts(await bench.nodes()), [null, null, null])
})

test('a cluster that says so is repaired by itself, a bounded number of nodes at a time, and says why', async () => {
  const bench = await open({ size: 4, driftRepair: 'automatic', properties: { latency: { startMs: 20 } } })
  bench.takeWorst()
  const before = await bench.nodes()
  for (const { id } of before.slice(0, 3)) bench.world.drift(id, changed)
  const nodes = await bench.nodesAre('all are right', (all) =>
    all.every((node, at) => isWell(node) && node.attempt === (at < 3 ? 2 : 1)),
  )
  assert.equal(nodes.length, 4)
  assert.equal(bench.takeWorst(), 1)
  const updates = await updatesOf(bench)
  for (const { type, createdBy, description, selection } of updates) {
    assert.deepEqual([type, createdBy], ['Repair', 'engine'])
    assert.match(description ?? '', /^drift is repaired automatically: .*server.js was changed on disk/)
    assert.ok(selection?.every((id) => id !== before[3]!.id))
  }
  const accepted = await events(bench, 'update.accepted')
  assert.equal(accepted.length, updates.length)
})

test('a node that somebody put on another revision is not brought back without being asked', async () => {
  const bench = await open({ driftRepair: 'automatic' })
  const other = await bench.revision({})
  const [first] = await bench.nodes()
  const moved = await bench.ask('NODE_UPDATE', { nodeId: first!.id, inputs: { revisionId: other.id } })
  await bench.ended(moved)
  bench.world.drift(first!.id, changed)
  await bench.nodesAre('it differs', (nodes) => nodes[0]!.drift !== null)
  await bench.ended(await bench.ask('CLUSTER_CHECK', { poolId: null }))
  assert.deepEqual(await updatesOf(bench), [])
})

test('drift that comes back is repaired once more only after a pause', async () => {
  const bench = await open({ size: 1, driftRepair: 'automatic', properties: {} })
  const [only] = await bench.nodes()
  const again = async (attempt: number) => {
    bench.world.drift(only!.id, changed)
    await bench.nodesAre(`started ${attempt} times`, ([node]) => isWell(node!) && node!.attempt === attempt)
  }
  await again(2)
  bench.world.drift(only!.id, changed)
  await bench.nodesAre('it differs again', ([node]) => node!.drift !== null)
  await bench.ended(await bench.ask('CLUSTER_CHECK', { poolId: null }))
  const updates = await updatesOf(bench)
  assert.equal(updates.length, 1)
  const history = (await bench.nodes())[0]!.data['driftRepair'] as { readonly tries: number }
  assert.equal(history.tries, 1)
})

// Simulation, seed 293.
test('what drifts on the candidate is repaired once that is committed', async () => {
  const bench = await open({ driftRepair: 'automatic', properties: {} })
  const update = await bench.update(await bench.revision({}), { checkpoints: [1] })
  await bench.until(update, ({ hold }) => hold !== null)
  const moved = (await bench.nodes()).find(({ revisionId }) => revisionId === update.toRevisionId)!
  bench.world.drift(moved.id, changed)
  await bench.nodesAre('it differs', (nodes) => nodes.some(({ drift }) => drift !== null))
  await bench.control(update.id, ({ control }) => ({
    continued: [...control.continued, { by: 'test', at: Date.now(), checkpoint: 1 }],
  }))
  await bench.finished(update)
  await bench.nodesAre('all are right', (nodes) => nodes.every(isWell))
})
