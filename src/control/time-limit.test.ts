import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
before(async () => {
  bench = await createBench()
  await bench.control.profiles.create(bench.admin, { name: 'p', type: 'scripted', properties: {} })
})
after(() => bench.close())

test('actions on the nodes of a cluster may take as long as the cluster says', async () => {
  const { control, admin } = bench
  for (const [name, timeoutSeconds, limit] of [
    ['limited', 5, 5],
    ['zero', 0, null],
    ['unlimited', undefined, null],
  ] as const) {
    const given = timeoutSeconds === undefined ? {} : { timeoutSeconds }
    const created = await control.clusters.create(admin, { name, profile: 'p', ...given })
    const asked = [
      created,
      await control.clusters.check(admin, name),
      await control.clusters.recover(admin, name, {}),
      await control.clusters.scaleOut(admin, name, { count: 1 }),
      await control.clusters.resize(admin, name, { desiredCapacity: 3 }),
      await control.nodes.add(admin, name, { count: 1 }),
    ]
    for (const { action } of asked) assert.equal(action.timeoutSeconds, limit, `${name}: ${action.name}`)
  }
})
