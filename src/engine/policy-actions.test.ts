import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Action } from '../domain/action.ts'
import type { JsonObject, PolicyId } from '../domain/ids.ts'
import type { PolicyTypeName } from '../policies/policy.ts'
import { getCluster } from '../store/clusters.ts'
import { deletePolicy, insertPolicy, loadAttachedPolicies, loadPolicies } from '../store/policies.ts'
import { boundPolicies, tellPolicies } from './cluster-policies.ts'
import { loadCluster } from './load-cluster.ts'
import { type Bench, createBench } from './test-bench.ts'

let b: Bench
before(async () => {
  b = await createBench({ size: 1 })
})
after(() => b.close())

let made = 0
async function policy(type: PolicyTypeName, properties: JsonObject = {}): Promise<PolicyId> {
  made += 1
  const id = `policy-${made}` as PolicyId
  const cluster = await b.store.read((tx) => getCluster(tx, b.clusterId))
  await b.store.write((tx) =>
    insertPolicy(tx, {
      ...{ id, projectId: cluster!.projectId, name: id, type, version: '1.0', properties },
      ...{
        description: null,
        metadata: {},
        attributes: {},
        data: {},
        createdBy: 'test',
        createdAt: 0,
        updatedAt: null,
      },
    }),
  )
  return id
}
type Verb = 'ATTACH' | 'DETACH' | 'UPDATE'
const ask = async (verb: Verb, policyId: PolicyId, enabled = true): Promise<Action> =>
  b.ended(await b.ask(`CLUSTER_${verb}_POLICY`, { poolId: null, inputs: { policyId, enabled } }))
const outcome = ({ status, statusReason }: Action) => `${status}: ${statusReason}`
const attached = async () => {
  const all = await b.store.read((tx) => loadAttachedPolicies(tx, [b.clusterId]))
  return Object.fromEntries(all.map(({ policy: { id }, binding: { enabled } }) => [id, enabled]))
}

test('a policy is attached, disabled, enabled and detached by actions', async () => {
  const id = await policy('batch')
  assert.equal(outcome(await ask('ATTACH', id)), `SUCCEEDED: policy ${id} is attached`)
  assert.deepEqual(await attached(), { [id]: true })
  assert.equal(outcome(await ask('UPDATE', id, false)), `SUCCEEDED: policy ${id} is disabled`)
  assert.deepEqual(await attached(), { [id]: false })
  assert.equal(outcome(await ask('UPDATE', id, true)), `SUCCEEDED: policy ${id} is enabled`)
  assert.equal(outcome(await ask('DETACH', id)), `SUCCEEDED: policy ${id} is detached`)
  assert.deepEqual(await attached(), {})
  const types = (await b.eventTypes()).filter((type) => type.startsWith('policy.'))
  assert.deepEqual(types, ['policy.attached', 'policy.disabled', 'policy.enabled', 'policy.detached'])
})

test('attaching again, and changing to what is so, succeeds without a change', async () => {
  const id = await policy('batch')
  await ask('ATTACH', id, false)
  assert.equal(outcome(await ask('ATTACH', id)), `SUCCEEDED: policy ${id} was attached already`)
  assert.equal(outcome(await ask('UPDATE', id, false)), `SUCCEEDED: policy ${id} was disabled already`)
  assert.deepEqual(await attached(), { [id]: false })
  await ask('DETACH', id)
})

test('a cluster has one policy of a type, but any number that scale', async () => {
  const [first, second] = [await policy('deletion'), await policy('deletion')]
  await ask('ATTACH', first)
  assert.match(
    outcome(await ask('ATTACH', second)),
    new RegExp(`^FAILED: policy ${second} is of type deletion, as is ${first}: .* detach that one first`),
  )
  const scaling = await Promise.all([1, 2].map(() => policy('scaling', { event: 'CLUSTER_SCALE_IN' })))
  for (const id of scaling) assert.equal((await ask('ATTACH', id)).status, 'SUCCEEDED')
  assert.deepEqual(Object.keys(await attached()).sort(), [first, ...scaling].sort())
  for (const id of [first, ...scaling]) await ask('DETACH', id)
})

test('what was taken away meanwhile fails the action, and says so', async () => {
  const id = await policy('batch')
  const attach = () =>
    b.ask('CLUSTER_ATTACH_POLICY', { poolId: null, inputs: { policyId: id, enabled: true } })
  await b.store.write((tx) => deletePolicy(tx, id))
  assert.equal(outcome(await b.ended(await attach())), `FAILED: policy ${id} was deleted meanwhile`)
  assert.equal(outcome(await ask('DETACH', id)), `FAILED: policy ${id} is not attached any more`)
  assert.equal(outcome(await ask('UPDATE', id)), `FAILED: policy ${id} is not attached any more`)
})

test('attached policies, and what they remember, outlive the engine', async () => {
  const id = await policy('scaling', { event: 'CLUSTER_SCALE_OUT', adjustment: { cooldown: 60 } })
  await ask('ATTACH', id)
  await b.crash('end')
  assert.equal(outcome(await ask('ATTACH', id)), `SUCCEEDED: policy ${id} was attached already`)
  const state = await b.store.read((tx) =>
    loadCluster(
      tx,
      b.clusterId,
      { engineId: null, term: 1, intent: 1 } as never,
      { next: () => 'x' } as never,
      b.engine.id,
    ),
  )
  state.now = 7000
  tellPolicies(state, 'CLUSTER_SCALE_OUT', false)
  assert.equal(boundPolicies(state)[0]?.memory.lastOperationAt, null)
  tellPolicies(state, 'CLUSTER_SCALE_OUT', true)
  assert.equal(boundPolicies(state)[0]?.memory.lastOperationAt, 7000)
  const [written] = [...state.takeChanges().bindings.values()]
  assert.deepEqual([written?.policyId, written?.lastOperationAt], [id, 7000])
})

test('they go with their cluster', async () => {
  const id = await policy('health', { detection: {}, recovery: {} })
  await ask('ATTACH', id)
  await b.ended(await b.ask('CLUSTER_DELETE', { poolId: null }))
  assert.deepEqual(await attached(), {})
  const cluster = await b.store.read((tx) => getCluster(tx, b.clusterId))
  assert.equal(cluster, undefined)
  const kept = await b.store.read((tx) => loadPolicies(tx, [id]))
  assert.equal(kept.length, 1)
})
