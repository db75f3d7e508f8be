import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, wantedOf } from '../runtimes/conformance.ts'
import { createScriptedWorld } from '../runtimes/scripted/index.ts'
import { createSimulatedRuntimes } from '../runtimes/simulated/index.ts'
import { getRevision } from '../store/revisions.ts'
import { systemClock } from '../system/clock.ts'
import { createBench, makeNodes } from './test-bench.ts'

test('what a runtime knows of its nodes is told to those who may see them, of those that run', async () => {
  const world = createScriptedWorld({ now: systemClock.now })
  const runtimes = createSimulatedRuntimes({ clock: systemClock, random: Math.random, world })
  const bench = await createBench({ runtimes })
  try {
    const { control, admin, store } = bench
    await control.profiles.create(admin, {
      ...{ name: 'p', type: 'os.nova.server', properties: { flavor: 'small' } },
    })
    const { pool } = await control.clusters.create(admin, { name: 'web', profile: 'p', size: 2 })
    const [first, second] = await makeNodes(bench, pool, 2)
    const revision = await store.read((tx) => getRevision(tx, pool.committedRevisionId))
    const { id, name, index } = first!
    const node = { id, name, index, clusterName: 'web', projectName: 'default' }
    await runtimes[0]!.start(contextOf(1), node, wantedOf('k', revision!.spec))

    const details = await control.nodes.details(admin, [id, second!.id])
    assert.deepEqual([...details.keys()], [id])
    assert.equal(details.get(id)?.['flavor'], 'small')
    await assert.rejects(control.nodes.details(bench.as('eve', null), [id]), { code: 'forbidden' })
  } finally {
    await bench.close()
  }
})
