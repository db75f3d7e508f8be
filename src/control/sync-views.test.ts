import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { DriftKind, SyncStatus } from '../domain/drift.ts'
import type { Node } from '../domain/node.ts'
import { patchNode } from '../store/nodes.ts'
import { onEachDatabase, type TestDatabase } from '../store/test-databases.ts'
import { type Bench, createBench, createWeb, endUpdate, makeNodes } from './test-bench.ts'

onEachDatabase((create) => {
  let database: TestDatabase
  let bench: Bench
  let nodes: readonly Node[]
  beforeEach(async () => {
    database = await create()
    bench = await createBench({ store: await database.open() })
    const { pool } = await createWeb(bench)
    nodes = await makeNodes(bench, pool, 4)
  })
  afterEach(async () => {
    await bench.close()
    await database.remove()
  })

  const drift = (at: number, kind: DriftKind, driftReason = 'it differs') =>
    bench.store.write((tx) =>
      patchNode(tx, (nodes[at] as Node).id, { drift: kind, driftReason, driftAt: 1000 }),
    )
  const listed = async (sync: SyncStatus) => {
    const { items } = await bench.control.nodes.list(bench.admin, { cluster: 'web', sync }, { limit: 10 })
    return items.map(({ node }) => node.index)
  }
  const syncOfCluster = async () => (await bench.control.clusters.get(bench.admin, 'web')).sync

  test('nodes of which nothing else is known are in sync, and so is their cluster', async () => {
    assert.deepEqual(await syncOfCluster(), { status: 'IN_SYNC', outOfSync: 0, reasons: [] })
    assert.deepEqual(await listed('IN_SYNC'), [1, 2, 3, 4])
    assert.deepEqual(await listed('OUT_OF_SYNC'), [])
  })

  test('a node that differs shows how and since when, and is counted for its pool and its cluster', async () => {
    await drift(0, 'files', 'server.js was changed')
    await drift(1, 'files')
    await drift(3, 'command')
    const { sync } = await bench.control.nodes.get(bench.admin, 'web', nodes[0]!.id)
    assert.deepEqual(sync, {
      status: 'OUT_OF_SYNC',
      reasons: [{ kind: 'files', because: 'server.js was changed', since: 1000 }],
    })
    const ofCluster = await syncOfCluster()
    assert.deepEqual([ofCluster.status, ofCluster.outOfSync], ['OUT_OF_SYNC', 3])
    assert.deepEqual(
      ofCluster.reasons.map(({ kind, nodes: count }) => [kind, count]),
      [
        ['files', 2],
        ['command', 1],
      ],
    )
    const { pools } = await bench.control.clusters.get(bench.admin, 'web')
    assert.deepEqual(pools[0]?.sync, ofCluster)
    assert.deepEqual(await listed('OUT_OF_SYNC'), [1, 2, 4])
    assert.deepEqual(await listed('IN_SYNC'), [3])
  })

  test('a node on another revision than the committed one is out of sync while no update moves it', async () => {
    const { update } = await bench.control.updates.start(bench.admin, 'web', { version: '2' })
    await bench.store.write((tx) => patchNode(tx, nodes[1]!.id, { revisionId: update.toRevisionId }))
    assert.deepEqual(await listed('OUT_OF_SYNC'), [])
    assert.equal((await syncOfCluster()).status, 'IN_SYNC')
    await endUpdate(bench, update, 'Cancelled')
    assert.deepEqual(await listed('OUT_OF_SYNC'), [2])
    const { sync } = await bench.control.nodes.get(bench.admin, 'web', nodes[1]!.id)
    assert.deepEqual(sync.reasons, [
      { kind: 'revision', because: 'it is on revision 2, not on the committed one, 1', since: null },
    ])
    assert.deepEqual((await syncOfCluster()).outOfSync, 1)
  })

  test('a node that differs in two ways is counted once, and tells both', async () => {
    const { update } = await bench.control.updates.start(bench.admin, 'web', { version: '2' })
    await endUpdate(bench, update, 'Cancelled')
    await bench.store.write((tx) => patchNode(tx, nodes[1]!.id, { revisionId: update.toRevisionId }))
    await drift(1, 'process')
    const { outOfSync, reasons } = await syncOfCluster()
    assert.deepEqual([outOfSync, reasons.map(({ kind }) => kind)], [1, ['process', 'revision']])
  })

  test('who repairs drift is a setting of the cluster that the engine is asked to read', async () => {
    const { control, admin } = bench
    assert.equal((await control.clusters.get(admin, 'web')).cluster.driftRepair, 'manual')
    bench.woken.length = 0
    const changed = await control.clusters.update(admin, 'web', { driftRepair: 'automatic' })
    assert.deepEqual([changed.driftRepair, bench.woken], ['automatic', [changed.id]])
    await assert.rejects(control.clusters.update(admin, 'web', { driftRepair: 'never' as 'manual' }), {
      field: 'driftRepair',
    })
  })
})
