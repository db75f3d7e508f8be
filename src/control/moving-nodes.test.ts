import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { standaloneClusterId } from '../domain/cluster.ts'
import type { Node } from '../domain/node.ts'
import { lockFence } from '../store/leases.ts'
import { patchNode } from '../store/nodes.ts'
import { type Bench, createBench, createWeb, makeNodes } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

/** As its engine would, once it runs. */
const run = (node: Node) =>
  bench.store.write((tx) => patchNode(tx, node.id, { status: 'Running', health: 'Healthy' }))

async function spare(name: string): Promise<Node> {
  const { node } = await bench.control.nodes.createStandalone(bench.admin, { name, profile: 'p' })
  await run(node)
  return node
}

test('a node without a cluster is there at once, and nobody sees the cluster that holds it', async () => {
  const { control, admin, projectId } = bench
  await createWeb(bench)
  const input = { name: 'spare', profile: 'p', role: 'replica', metadata: { rack: '7' } }
  const { node, action } = await control.nodes.createStandalone(admin, input)
  assert.deepEqual(
    [node.status, node.role, node.metadata, node.createdBy, action.name, action.status, action.nodeId],
    ['Creating', 'replica', { rack: '7' }, 'root', 'NODE_CREATE', 'READY', node.id],
  )
  const hidden = standaloneClusterId(projectId)
  assert.equal(bench.woken.at(-1), hidden)
  const view = await control.nodes.get(admin, null, 'spare')
  assert.deepEqual([view.node.id, view.cluster, view.pool, view.drifted], [node.id, null, null, false])
  assert.deepEqual(
    (await control.clusters.list(admin, {}, { limit: 10 })).items.map(({ cluster }) => cluster.name),
    ['web'],
  )
  for (const ref of [hidden, 'standalone'])
    await assert.rejects(control.clusters.get(admin, ref), { code: 'not_found' })
  await assert.rejects(control.nodes.createStandalone(admin, input), { code: 'already_exists' })
  await assert.rejects(control.profiles.delete(admin, 'p'), { code: 'in_use' })
  const listed = async (cluster: string | null) =>
    (await control.nodes.list(admin, { cluster }, { limit: 10 })).items.map(({ node: one }) => one.name)
  assert.deepEqual([await listed(null), await listed('web')], [['spare'], []])
})

test('the same request under the same key answers with the same node', async () => {
  const { control } = bench
  await createWeb(bench)
  const ann = bench.as('ann', 'operator', 'k')
  const input = { name: 'spare', profile: 'p' }
  const first = await control.nodes.createStandalone(ann, input)
  assert.equal((await control.nodes.createStandalone(ann, input)).node.id, first.node.id)
})

test('joining says of every node that cannot why, and asks for those that can', async () => {
  const { control, admin } = bench
  const { pool } = await createWeb(bench)
  const [member] = (await makeNodes(bench, pool, 3)) as [Node]
  const ready = await spare('ready')
  await control.nodes.createStandalone(admin, { name: 'early', profile: 'p' })
  await assert.rejects(control.nodes.join(admin, 'web', { nodes: ['ready', 'early', member.id, 'nobody'] }), {
    code: 'invalid_request',
    message:
      'nodes: node "early" is Creating, only running nodes join; node "DefaultPool-1" belongs to cluster "web" already; ' +
      'node "nobody" does not exist',
  })
  const { action } = await control.nodes.join(admin, 'web', { nodes: ['ready'] })
  assert.deepEqual(
    [action.name, action.inputs],
    ['CLUSTER_ADD_NODES', { poolId: pool.id, joining: [ready.id] }],
  )
  assert.match((await bench.events()).at(-1)?.because ?? '', /root asked to take in "ready" of cluster "web"/)
})

test('what is asked of an action reaches the engine of the nodes that are to join by it', async () => {
  const { control, admin, projectId } = bench
  const { cluster } = await createWeb(bench)
  await spare('a')
  const { action } = await control.nodes.join(admin, 'web', { nodes: ['a'] })
  const hidden = standaloneClusterId(projectId)
  const intent = () => bench.store.read(async (tx) => (await lockFence(tx, hidden))?.intent as number)
  const steers = [
    () => control.actions.suspend(admin, action.id),
    () => control.actions.resume(admin, action.id),
    () => control.actions.cancel(admin, action.id, {}),
  ]
  for (const steer of steers) {
    const before = await intent()
    await steer()
    assert.equal(await intent(), before + 1)
    assert.deepEqual(bench.woken.slice(-2), [cluster.id, hidden])
  }
})

test('bounds hold for nodes that come and go', async () => {
  const { control, admin } = bench
  const { pool } = await createWeb(bench, 1)
  const [member] = (await makeNodes(bench, pool, 1)) as [Node]
  await spare('a')
  await control.clusters.resize(admin, 'web', { maxSize: 1 })
  await assert.rejects(control.nodes.join(admin, 'web', { nodes: ['a'] }), { code: 'limit_exceeded' })
  await assert.rejects(control.nodes.leave(admin, 'web', { nodes: [member.id] }), { code: 'limit_exceeded' })
})

test('a node that leaves is not removed as well', async () => {
  const { control, admin } = bench
  const { pool } = await createWeb(bench)
  const [member] = (await makeNodes(bench, pool, 3)) as [Node]
  const { action } = await control.nodes.leave(admin, 'web', { nodes: [member.id] })
  assert.deepEqual(action.inputs, { poolId: pool.id, leaving: [member.id] })
  for (const again of [
    () => control.nodes.leave(admin, 'web', { nodes: [member.id] }),
    () => control.nodes.delete(admin, null, member.id),
    () => control.nodes.update(admin, null, member.id, { role: 'x' }),
  ])
    await assert.rejects(again, { code: 'invalid_state' })
})

test('members are replaced by nodes without a cluster, each by one of its own', async () => {
  const { control, admin } = bench
  const { pool } = await createWeb(bench)
  const [first, second] = (await makeNodes(bench, pool, 3)) as [Node, Node, Node]
  const a = await spare('a')
  await assert.rejects(
    control.nodes.replaceWith(admin, 'web', { nodes: { [first.id]: 'a', [second.id]: 'a' } }),
    { code: 'invalid_request' },
  )
  const { action } = await control.nodes.replaceWith(admin, 'web', { nodes: { [first.name]: 'a' } })
  assert.deepEqual(action.inputs, { poolId: pool.id, pairs: [{ old: first.id, new: a.id }] })
})

test('what its owner says of a node is changed at once, and its engine reads it', async () => {
  const { control, admin } = bench
  const { cluster, pool } = await createWeb(bench)
  const [member] = (await makeNodes(bench, pool, 2)) as [Node]
  const changes = { name: 'blue', role: 'leader', tainted: true, metadata: { a: 1 } }
  const { node, action } = await control.nodes.update(admin, 'web', member.name, changes)
  assert.equal(action, null)
  assert.ok(node.writtenAtIntent > 1)
  assert.equal(bench.woken.at(-1), cluster.id)
  const { node: stored } = await control.nodes.get(admin, 'web', 'blue')
  assert.deepEqual(
    [stored.id, stored.role, stored.tainted, stored.metadata],
    [member.id, 'leader', true, { a: 1 }],
  )
  await assert.rejects(control.nodes.update(admin, 'web', 'blue', {}), { code: 'invalid_request' })
  await assert.rejects(control.nodes.update(admin, 'web', 'blue', { name: 'DefaultPool-2' }), {
    code: 'already_exists',
  })
})

test('one node alone is put on another profile of its type', async () => {
  const { control, admin } = bench
  const { pool } = await createWeb(bench)
  const [member] = (await makeNodes(bench, pool, 1)) as [Node]
  await control.profiles.create(admin, { name: 'q', type: 'scripted', properties: { port: true } })
  const { action } = await control.nodes.update(admin, 'web', member.id, { profile: 'q' })
  assert.deepEqual([action?.name, action?.nodeId], ['NODE_UPDATE', member.id])
  const { items } = await control.revisions.list(admin, 'web', undefined, { limit: 10 })
  assert.deepEqual(
    items.map(({ revision, committed }) => [revision.number, revision.spec.profile.name, committed]),
    [
      [2, 'q', false],
      [1, 'p', true],
    ],
  )
})
