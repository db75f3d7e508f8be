import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PolicyBindingId } from '../domain/ids.ts'
import { putBinding } from '../store/policies.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
before(async () => {
  bench = await createBench({ limits: { maxPoliciesPerCluster: 1, healthMinIntervalSeconds: 30 } })
  await bench.control.profiles.create(bench.admin, { name: 'p', type: 'scripted', properties: {} })
  for (const name of ['web', 'full']) {
    await bench.control.clusters.create(bench.admin, { name, profile: 'p', size: 1 })
  }
})
after(() => bench.close())

const scaling = { type: 'scaling', properties: { event: 'CLUSTER_SCALE_OUT' } }
const create = (name: string, input: object = scaling) =>
  bench.control.policies.create(bench.admin, { name, ...input } as never)

/** As the engine does when it carries out the attachment. */
async function bind(cluster: string, policy: string): Promise<void> {
  const { cluster: found } = await bench.control.clusters.get(bench.admin, cluster)
  const { id } = await bench.control.policies.get(bench.admin, policy)
  await bench.store.write((tx) =>
    putBinding(tx, {
      ...{ id: `${cluster}-${policy}` as PolicyBindingId, projectId: bench.projectId, clusterId: found.id },
      ...{ policyId: id, enabled: true, priority: 100, data: {}, lastOperationAt: null },
      ...{ createdBy: 'root', createdAt: 0, updatedAt: 0 },
    }),
  )
}

test('a policy is kept as given, with the newest version of its type', async () => {
  const made = await create('out')
  assert.deepEqual([made.version, made.properties, made.createdBy], ['1.0', scaling.properties, 'root'])
  assert.deepEqual(await bench.control.policies.get(bench.admin, 'out'), made)
  const { items } = await bench.control.policies.list(bench.admin, { type: 'scaling' }, { limit: 10 })
  assert.deepEqual(items, [made])
  const newest = await bench.control.policies.validate(bench.admin, { type: 'loadbalance', properties: {} })
  assert.equal(newest.version, '1.3')
})

const health = { detection: { interval: 20 }, recovery: {} }
const refusals: readonly (readonly [string, object, string])[] = [
  ['an unknown type', { type: 'scalling' }, 'type'],
  ['an unknown version', { version: '9' }, 'version'],
  ['an unknown property', { properties: { event: 'CLUSTER_SCALE_IN', speed: 1 } }, 'properties.speed'],
  ['a missing property', { properties: {} }, 'properties.event'],
  ['no properties', { properties: null }, 'properties'],
  ['looks that are too frequent', { type: 'health', properties: health }, 'properties.detection.interval'],
]
for (const [name, change, field] of refusals) {
  test(`${name} is refused by name, by create and validate alike`, async () => {
    const input = { name: 'q', ...scaling, ...change }
    const expected = { code: 'invalid_spec', field }
    await assert.rejects(create('q', input), expected)
    await assert.rejects(bench.control.policies.validate(bench.admin, input), expected)
  })
}

test('a name is given once, unless the caller says otherwise', async () => {
  await create('once')
  await assert.rejects(create('once'), { code: 'already_exists' })
  const second = await create('once', { ...scaling, allowDuplicateName: true })
  await assert.rejects(bench.control.policies.get(bench.admin, 'once'), { code: 'ambiguous' })
  const renamed = await bench.control.policies.update(bench.admin, second.id, { name: 'twice' })
  assert.equal(renamed.name, 'twice')
  await assert.rejects(bench.control.policies.update(bench.admin, 'twice', { name: 'once' }), {
    code: 'already_exists',
  })
  await assert.rejects(bench.control.policies.update(bench.admin, 'twice', {}), { code: 'invalid_request' })
})

test('the same request under the same key makes one policy', async () => {
  const caller = bench.as('ada', 'operator', 'key-1')
  const first = await bench.control.policies.create(caller, { name: 'repeated', ...scaling })
  assert.deepEqual(await bench.control.policies.create(caller, { name: 'repeated', ...scaling }), first)
})

test('who may only look may not change', async () => {
  const viewer = bench.as('eve', 'viewer')
  assert.equal((await bench.control.policies.get(viewer, 'out')).name, 'out')
  const refused = { code: 'forbidden' }
  await assert.rejects(bench.control.policies.create(viewer, { name: 'mine', ...scaling }), refused)
  await assert.rejects(bench.control.policies.delete(viewer, 'out'), refused)
  await assert.rejects(bench.control.clusterPolicies.attach(viewer, 'web', { policy: 'out' }), refused)
})

test('attaching is an action of the cluster, which its engine is told of', async () => {
  const { cluster, action } = await bench.control.clusterPolicies.attach(bench.admin, 'web', {
    policy: 'out',
  })
  const { id } = await bench.control.policies.get(bench.admin, 'out')
  assert.deepEqual(
    [action.name, action.status, action.inputs],
    ['CLUSTER_ATTACH_POLICY', 'READY', { policyId: id, enabled: true }],
  )
  assert.equal(bench.woken.at(-1), cluster.id)
  const asked = (await bench.events()).filter(({ type }) => type === 'policy.changeRequested')
  assert.equal(asked.at(-1)?.because, 'root asked to attach policy "out" on cluster "web"')
})

test('one that is about to be attached can be changed already, one that is not cannot', async () => {
  const { action } = await bench.control.clusterPolicies.update(bench.admin, 'web', 'out', { enabled: false })
  assert.equal(action.name, 'CLUSTER_UPDATE_POLICY')
  assert.equal(action.inputs['enabled'], false)
  const refused = { code: 'not_found', field: 'policy', message: /"twice" is not attached to cluster "web"/ }
  await assert.rejects(bench.control.clusterPolicies.detach(bench.admin, 'web', 'twice'), refused)
  await assert.rejects(
    bench.control.clusterPolicies.update(bench.admin, 'web', 'twice', { enabled: true }),
    refused,
  )
  await assert.rejects(bench.control.clusterPolicies.get(bench.admin, 'web', 'twice'), refused)
})

test('attached policies are listed by what they are, and cannot be deleted', async () => {
  await bind('full', 'out')
  const { clusterPolicies } = bench.control
  const list = async (filter: object) =>
    (await clusterPolicies.list(bench.admin, 'full', filter)).map(({ cluster, policy }) => [
      cluster,
      policy.name,
    ])
  assert.deepEqual(await list({}), [['full', 'out']])
  assert.deepEqual(await list({ type: 'scaling', name: 'out', enabled: true }), [['full', 'out']])
  for (const filter of [{ type: 'batch' }, { name: 'x' }, { enabled: false }])
    assert.deepEqual(await list(filter), [])
  assert.equal((await clusterPolicies.get(bench.admin, 'full', 'out')).binding.enabled, true)
  await assert.rejects(bench.control.policies.delete(bench.admin, 'out'), {
    code: 'in_use',
    message: /cluster "full"/,
  })
  assert.equal(
    (await clusterPolicies.detach(bench.admin, 'full', 'out')).action.name,
    'CLUSTER_DETACH_POLICY',
  )
  await assert.rejects(clusterPolicies.attach(bench.admin, 'full', { policy: 'twice' }), {
    code: 'limit_exceeded',
  })
})

test('a cluster that is being deleted takes no policy', async () => {
  await bench.control.clusters.delete(bench.admin, 'full')
  await assert.rejects(bench.control.clusterPolicies.attach(bench.admin, 'full', { policy: 'twice' }), {
    code: 'invalid_state',
  })
})

test('types come in the order in which they are asked, with their schemas', async () => {
  const types = await bench.control.policies.types(bench.admin)
  const priorities = types.map(({ priority }) => priority)
  assert.deepEqual(
    priorities,
    [...priorities].sort((a, b) => a - b),
  )
  for (const { versions, schemas } of types) assert.deepEqual(Object.keys(schemas), versions)
})
