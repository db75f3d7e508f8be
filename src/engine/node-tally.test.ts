import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import type { PoolId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { countNodesByPool } from '../store/node-counts.ts'
import { NodeTally } from './node-tally.ts'
import { type Bench, createBench } from './test-bench.ts'

const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

const arbitraryNode = fc.record({
  poolId: fc.constantFrom('a', 'b'),
  status: fc.constantFrom('Running', 'Failed'),
  health: fc.constantFrom('Healthy', 'Unhealthy'),
  revisionId: fc.constantFrom(null, 'one'),
  drift: fc.constantFrom(null, 'files'),
}) as unknown as fc.Arbitrary<Node>

test('a tally says how many nodes of each kind there are, whatever came and went', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ node: arbitraryNode, stays: fc.boolean() })), (turns) => {
      const tally = new NodeTally()
      for (const { node } of turns) tally.add(node)
      for (const { node, stays } of turns) if (!stays) tally.remove(node)
      const left = turns.filter(({ stays }) => stays).map(({ node }) => JSON.stringify(node))
      const groups = (tally.takeNews() ?? []).map(({ count, ...group }) => [JSON.stringify(group), count])
      const expected = [...Map.groupBy(left, (text) => text)].map(([text, all]) => [text, all.length])
      assert.deepEqual(groups.sort(), expected.sort())
    }),
  )
})

test('what is stored already is no news until somebody else has written', () => {
  const tally = new NodeTally()
  tally.add({ poolId: 'a', status: 'Running', health: 'Healthy', revisionId: null } as unknown as Node)
  assert.equal(tally.takeNews()?.length, 1)
  assert.equal(tally.takeNews(), null)
  tally.forgetStored()
  assert.equal(tally.takeNews()?.length, 1)
})

test('the stored numbers are those of the nodes, after whatever an engine did', async () => {
  const b = await createBench({
    size: 5,
    properties: { healthCheck: { type: 'alive', intervalSeconds: 0.01 } },
  })
  benches.push(b)
  const isCounted = async () => {
    const row = await b.store.read((tx) =>
      tx.selectFrom('clusters').select('node_counts').where('id', '=', b.clusterId).executeTakeFirstOrThrow(),
    )
    return row.node_counts !== null
  }
  const check = async () => {
    for (let tries = 0; !(await isCounted()); tries += 1) {
      assert.ok(tries < 2000, 'the engine did not count')
      await wait(5)
    }
    const [counts, nodes] = await b.store.read(
      async (tx) =>
        [
          (await countNodesByPool(tx, [b.clusterId])).get(b.poolId as PoolId),
          await tx.selectFrom('nodes').selectAll().where('cluster_id', '=', b.clusterId).execute(),
        ] as const,
    )
    const serving = nodes.filter(({ status, health }) => status === 'Running' && health === 'Healthy')
    assert.deepEqual([counts?.total, counts?.available], [nodes.length, serving.length])
  }
  await check()
  await b.ended(await b.resize(8))
  await check()
  const [victim] = await b.nodes()
  b.world.kill(victim!.id)
  for (let tries = 0; (await b.nodes())[0]!.status !== 'Failed' && tries < 2000; tries += 1) await wait(5)
  await check()
  await b.finished(await b.update(await b.revision({})))
  await check()
  await b.ended(await b.resize(2))
  await check()
  await b.crash('end')
  await b.ended(await b.ask('CLUSTER_CHECK', { poolId: null }))
  await check()
})
