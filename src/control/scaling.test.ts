import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { ClusterId, PolicyBindingId, PolicyId, ProjectId } from '../domain/ids.ts'
import { insertPolicy, putBinding } from '../store/policies.ts'
import { type Bench, createBench, createWeb, makeNodes } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench({ limits: { maxNodesPerPool: 50 } })
})
afterEach(() => bench.close())

/** Attaches a scaling policy, as the engine would, that was used so long ago. */
async function attach(
  { id: clusterId, projectId }: { readonly id: ClusterId; readonly projectId: ProjectId },
  event: string,
  lastOperationAt: number | null,
) {
  const id = 'policy' as PolicyId
  const made = { createdBy: 'test', createdAt: 1 }
  await bench.store.write(async (tx) => {
    await insertPolicy(tx, {
      ...{ id, projectId, name: 'up', type: 'scaling', version: '1.0', description: null, metadata: {} },
      ...{
        properties: { event, adjustment: { cooldown: 60 } },
        data: {},
        attributes: {},
        ...made,
        updatedAt: null,
      },
    })
    await putBinding(tx, {
      ...{
        id: 'binding' as PolicyBindingId,
        projectId,
        clusterId,
        policyId: id,
        enabled: true,
        priority: 100,
      },
      ...{ data: {}, lastOperationAt, ...made, updatedAt: 1 },
    })
  })
}

test('with a scaling policy the size is left to the action, one at a time', async () => {
  const { cluster } = await createWeb(bench)
  const { clusters } = bench.control
  await attach(cluster, 'CLUSTER_SCALE_OUT', null)
  const { action, pool } = await clusters.scaleOut(bench.admin, 'web', {})
  assert.deepEqual([action.name, action.inputs], ['CLUSTER_SCALE_OUT', { poolId: pool.id, count: null }])
  assert.equal(pool.desiredCapacity, 3)
  await assert.rejects(clusters.scaleOut(bench.admin, 'web', { count: 2 }), {
    code: 'conflict',
    message: new RegExp(action.id),
  })
  const { action: plain } = await clusters.scaleIn(bench.admin, 'web', { count: 1 })
  assert.equal(plain.name, 'CLUSTER_RESIZE')
})

test('in the cooldown of a policy a scaling is refused, and says for how long', async () => {
  const { cluster } = await createWeb(bench)
  await attach(cluster, 'CLUSTER_SCALE_OUT', Date.now() - 5000)
  const refused = bench.control.clusters.scaleOut(bench.admin, 'web', {})
  await assert.rejects(refused, { code: 'cooldown', retryable: true, message: /"up" allows .* in \d\d s/ })
})

test('a scaling may be left to the action by who asks for it, whatever the bounds', async () => {
  await createWeb(bench)
  const { clusters } = bench.control
  const input = { count: 100, atRunTime: true, exclusive: true }
  const { action } = await clusters.scaleIn(bench.admin, 'web', input)
  assert.deepEqual([action.name, action.inputs['count']], ['CLUSTER_SCALE_IN', 100])
  await assert.rejects(clusters.scaleOut(bench.admin, 'web', { exclusive: true, atRunTime: true }), {
    code: 'conflict',
  })
  await assert.rejects(clusters.adjust(bench.admin, 'web', { minSize: 1, exclusive: true }), {
    code: 'conflict',
  })
  await assert.rejects(clusters.scaleOut(bench.admin, 'web', { count: 0, atRunTime: true }), {
    field: 'count',
  })
})

const refusals = [
  [{}, 'invalid_request', 'adjustmentType'],
  [{ adjustmentType: 'EXACT_CAPACITY' }, 'invalid_request', 'number'],
  [{ number: 3 }, 'invalid_request', 'adjustmentType'],
  [{ adjustmentType: 'EXACT_CAPACITY', number: -1 }, 'invalid_request', 'number'],
  [{ adjustmentType: 'CHANGE_IN_CAPACITY', number: 1.5 }, 'invalid_request', 'number'],
  [{ adjustmentType: 'SOMEHOW', number: 1 }, 'invalid_request', 'adjustmentType'],
  [{ minSize: 5, maxSize: 4 }, 'invalid_request', 'minSize'],
  [{ adjustmentType: 'EXACT_CAPACITY', number: 51, strict: false }, 'limit_exceeded', 'number'],
  [{ adjustmentType: 'CHANGE_IN_CAPACITY', number: -4 }, 'limit_exceeded', 'number'],
] as const
for (const [input, code, field] of refusals) {
  test(`adjusting by ${JSON.stringify(input)} is refused, naming ${field}`, async () => {
    const { pool } = await createWeb(bench)
    await makeNodes(bench, pool, 3)
    await assert.rejects(bench.control.clusters.adjust(bench.admin, 'web', input as never), { code, field })
  })
}

test('an adjustment is kept with all its members, and told', async () => {
  const { pool } = await createWeb(bench)
  const input = { adjustmentType: 'CHANGE_IN_PERCENTAGE', number: 50, strict: false } as const
  const { action } = await bench.control.clusters.adjust(bench.admin, 'web', input)
  assert.deepEqual(action.inputs, {
    poolId: pool.id,
    adjustment: { ...input, minSize: null, maxSize: null, minStep: null },
  })
  assert.equal((await bench.events()).at(-1)?.type, 'pool.resizeRequested')
})
