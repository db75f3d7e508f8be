import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { standaloneClusterId } from '../domain/cluster.ts'
import type { NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { loadChildrenNamed } from '../store/actions.ts'
import { getPool, patchPool } from '../store/clusters.ts'
import { listEvents } from '../store/events.ts'
import { loadNodes } from '../store/nodes.ts'
import { getRevision } from '../store/revisions.ts'
import { type Bench, createBench } from './test-bench.ts'

describe('nodes that change their cluster', () => {
  let bench: Bench
  afterEach(() => bench.close())

  const ids = (nodes: readonly Node[]) => nodes.map((node) => node.id)

  /** The nodes without a cluster. */
  async function standalone(): Promise<Node[]> {
    const [first] = await bench.store.read((tx) => tx.selectFrom('projects').select('id').execute())
    return bench.store.read((tx) => loadNodes(tx, standaloneClusterId(first?.id as never)))
  }
  const desired = async () => (await bench.store.read((tx) => getPool(tx, bench.poolId)))?.desiredCapacity
  const leave = (leaving: readonly NodeId[]) => bench.ask('CLUSTER_DEL_NODES', { inputs: { leaving } })
  const join = (joining: readonly NodeId[]) => bench.ask('CLUSTER_ADD_NODES', { inputs: { joining } })
  const keyOf = (id: NodeId) => bench.world.node(id)?.thing?.key

  test('a node leaves its cluster and joins it again without being touched', async () => {
    bench = await createBench({ size: 3 })
    const [first, second] = (await bench.nodes()) as [Node, Node, Node]
    const keys = [keyOf(first.id), keyOf(second.id)]

    assert.equal((await bench.ended(await leave([first.id, second.id]))).status, 'SUCCEEDED')
    const away = await standalone()
    assert.deepEqual(ids(away), [first.id, second.id])
    assert.deepEqual(
      away.map(({ name, status, health, moves, actionId }) => [name, status, health, moves, actionId]),
      [
        ['web-1', 'Running', 'Healthy', 1, null],
        ['web-2', 'Running', 'Healthy', 1, null],
      ],
    )
    assert.equal((await bench.nodes()).length, 1)
    assert.equal(await desired(), 1)

    assert.equal((await bench.ended(await join(ids(away)))).status, 'SUCCEEDED')
    const back = await bench.nodes()
    assert.deepEqual(
      back.map(({ id, index, moves, revisionId }) => [id, index, moves, revisionId]),
      [
        [back[0]?.id, 3, 0, first.revisionId],
        [first.id, 4, 2, first.revisionId],
        [second.id, 5, 2, first.revisionId],
      ],
    )
    assert.deepEqual(await standalone(), [])
    assert.equal(await desired(), 3)
    assert.deepEqual([keyOf(first.id), keyOf(second.id)], keys)
    const { items } = await bench.store.read((tx) =>
      listEvents(tx, { clusterId: bench.clusterId }, { limit: 1000, sort: 'sequence' }),
    )
    const moved = items.filter(({ type }) => type === 'node.left' || type === 'node.joined')
    assert.deepEqual(
      moved.map(({ because }) => because),
      [
        'web-1: left cluster web',
        'web-2: left cluster web',
        'web-1: joined cluster web',
        'web-2: joined cluster web',
      ],
    )
  })

  test('what it runs comes with it, and shows as another revision where that is not the committed one', async () => {
    bench = await createBench({ size: 2 })
    const [first] = (await bench.nodes()) as [Node]
    await bench.ended(await leave([first.id]))
    const next = await bench.revision({ port: true })
    assert.equal((await bench.finished(await bench.update(next))).status, 'Successful')
    await bench.ended(await join([first.id]))
    const back = (await bench.nodes()).find(({ id }) => id === first.id) as Node
    assert.notEqual(back.revisionId, next.id)
    const revision = await bench.store.read((tx) => getRevision(tx, back.revisionId as never))
    assert.equal(revision?.poolId, bench.poolId)
    assert.equal(revision.spec.settings['port'], false)
  })

  test('a dead node is brought back under the engine that has it now', async () => {
    bench = await createBench({ size: 1 })
    const [node] = (await bench.nodes()) as [Node]
    await bench.ended(await leave([node.id]))
    bench.world.kill(node.id)
    while ((await standalone())[0]?.status !== 'Failed') await new Promise((resolve) => setImmediate(resolve))
    assert.equal((await bench.nodes()).length, 0)
  })

  test('only what runs joins; the places of the others are given back, and they are named', async () => {
    bench = await createBench({ size: 3 })
    const [dead, well] = (await bench.nodes()) as [Node, Node]
    await bench.ended(await leave([dead.id, well.id]))
    bench.world.kill(dead.id)
    while ((await standalone())[0]?.status !== 'Failed') await new Promise((resolve) => setImmediate(resolve))
    const ended = await bench.ended(await join([dead.id, well.id]))
    assert.equal(ended.status, 'FAILED')
    assert.match(ended.statusReason, /web-1 did not join: it is Failed/)
    assert.equal((await bench.nodes()).length, 2)
    assert.deepEqual(ids(await standalone()), [dead.id])
    assert.equal(await desired(), 2)
  })

  test('bounds are looked at again when the action begins', async () => {
    bench = await createBench({ size: 2 })
    const [node] = (await bench.nodes()) as [Node]
    await bench.store.write((tx) => patchPool(tx, bench.poolId, { minSize: 2, maxSize: 2 }))
    const refused = await bench.ended(await leave([node.id]))
    assert.deepEqual(
      [refused.status, refused.statusReason],
      ['FAILED', "1 nodes are fewer than the pool's minSize, 2"],
    )
    assert.equal((await bench.nodes()).length, 2)
  })

  test('a node without a cluster takes the place of a member', async () => {
    bench = await createBench({ size: 2 })
    const [spare, old] = (await bench.nodes()) as [Node, Node]
    await bench.ended(await leave([spare.id]))
    const pairs = [{ old: old.id, new: spare.id }]
    const action = await bench.ended(await bench.ask('CLUSTER_REPLACE_NODES', { inputs: { pairs } }))
    assert.equal(action.status, 'SUCCEEDED', action.statusReason)
    assert.deepEqual([ids(await bench.nodes()), ids(await standalone())], [[spare.id], [old.id]])
    assert.equal(await desired(), 1)
  })

  test('nothing is lost and nothing is started twice however often the engine is killed on the way', async () => {
    bench = await createBench({ size: 8 })
    const nodes = await bench.nodes()
    for (let round = 0; round < 6; round += 1) {
      const away = await standalone()
      const moving = away.length > 0 ? await join(ids(away)) : await leave(ids(nodes).slice(0, 5))
      for (let turn = 0; turn < round; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      await bench.crash('go on')
      assert.equal((await bench.ended(moving)).status, 'SUCCEEDED')
      assert.equal((await bench.nodes()).length + (await standalone()).length, 8)
      const children = await bench.store.read((tx) => loadChildrenNamed(tx, [moving.id], 'NODE_JOIN'))
      assert.ok(children.every(({ status }) => status === 'SUCCEEDED'))
    }
    assert.equal(bench.world.living(), 8)
    assert.equal(bench.world.history.filter(({ what }) => what === 'started').length, 8)
  })

  test('two engines hand nodes to each other', async () => {
    bench = await createBench({ size: 4, exclusive: false, leaseMs: 600 })
    const nodes = await bench.nodes()
    await bench.ended(await leave(ids(nodes).slice(0, 2)))
    await bench.join()
    // The one that has everything goes; which of the others takes which cluster is left to them.
    await bench.crash('go on')
    for (let round = 0; round < 3; round += 1) {
      const away = ids(await standalone())
      const moving = away.length > 0 ? await join(away) : await leave(ids(nodes).slice(0, 2))
      const ended = await bench.ended(moving)
      assert.equal(ended.status, 'SUCCEEDED', ended.statusReason)
    }
    assert.equal(bench.world.history.filter(({ what }) => what === 'started').length, 4)
  })
})
