import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { ClusterId, PolicyBindingId, PolicyId, ProjectId } from '../domain/ids.ts'
import type { Policy, PolicyBinding } from '../domain/policy.ts'
import { deleteCluster, insertCluster } from './clusters.ts'
import {
  deleteBindings,
  deletePolicy,
  findPolicy,
  findPolicyUsers,
  insertPolicy,
  isPolicyNameTaken,
  listPolicies,
  loadAttachedPolicies,
  patchPolicy,
  putBinding,
} from './policies.ts'
import { insertProject } from './projects.ts'
import type { Store } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

const PROJECT = 'p' as ProjectId
const WEB = 'web' as ClusterId

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    await store.write(async (tx) => {
      await insertProject(tx, { id: PROJECT, name: 'default', createdAt: 0 })
      await insertCluster(tx, {
        ...{ id: WEB, projectId: PROJECT, name: 'web', kind: 'cluster', status: 'Active', statusReason: '' },
        ...{
          metadata: {},
          driftRepair: 'manual',
          config: {},
          timeoutSeconds: null,
          createdBy: 'test',
          firstReadyAt: null,
        },
        ...{ environmentId: null, attributes: {}, platform: null },
        ...{ createdAt: 0, updatedAt: 0, version: 1 },
      })
    })
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })

  const policy = (id: string, differences: Partial<Policy> = {}): Policy => ({
    id: id as PolicyId,
    projectId: PROJECT,
    name: id,
    type: 'scaling',
    version: '1.0',
    properties: { event: 'CLUSTER_SCALE_OUT' },
    description: null,
    metadata: {},
    attributes: {},
    data: {},
    createdBy: 'ada',
    createdAt: 5,
    updatedAt: null,
    ...differences,
  })
  const binding = (
    id: string,
    policyId: string,
    differences: Partial<PolicyBinding> = {},
  ): PolicyBinding => ({
    id: id as PolicyBindingId,
    projectId: PROJECT,
    clusterId: WEB,
    policyId: policyId as PolicyId,
    enabled: true,
    priority: 100,
    data: {},
    lastOperationAt: null,
    createdBy: 'ada',
    createdAt: 6,
    updatedAt: 6,
    ...differences,
  })
  const insert = (...policies: Policy[]) =>
    store.write(async (tx) => {
      for (const one of policies) await insertPolicy(tx, one)
    })

  test('a policy comes back as it was kept, and is listed by name and type', async () => {
    const batch = policy('slow', { type: 'batch', description: 'slowly', metadata: { team: 'a' } })
    await insert(policy('out'), batch)
    await store.read(async (tx) => {
      assert.deepEqual(await findPolicy(tx, PROJECT, 'slow'), batch)
      const list = async (filter: object, sort?: string) =>
        (
          await listPolicies(tx, { projectId: PROJECT, ...filter }, { limit: 10, ...(sort && { sort }) })
        ).items.map(({ id }) => id)
      assert.deepEqual(await list({}), ['out', 'slow'])
      assert.deepEqual(await list({ type: 'batch' }), ['slow'])
      assert.deepEqual(await list({ name: ['out', 'other'] }), ['out'])
      assert.deepEqual(await list({}, '-updatedAt'), ['slow', 'out'])
    })
  })

  test('a name may be shared, and then does not find', async () => {
    await insert(policy('a', { name: 'same' }), policy('b', { name: 'same' }))
    await store.read(async (tx) => {
      await assert.rejects(findPolicy(tx, PROJECT, 'same'), { code: 'ambiguous' })
      assert.equal(await isPolicyNameTaken(tx, PROJECT, 'same'), true)
      assert.equal(await isPolicyNameTaken(tx, PROJECT, 'other'), false)
    })
    await store.write((tx) => patchPolicy(tx, 'a' as PolicyId, { name: 'other', updatedAt: 9 }))
    assert.equal((await store.read((tx) => findPolicy(tx, PROJECT, 'same')))?.id, 'b')
  })

  test('the policies of a cluster come in the order in which they are asked, with what they remember', async () => {
    await insert(policy('late'), policy('early'))
    const late = binding('1', 'late', { priority: 500, enabled: false })
    const early = binding('2', 'early', { data: { seen: 1 }, lastOperationAt: 7 })
    await store.write(async (tx) => {
      await putBinding(tx, late)
      await putBinding(tx, { ...early, data: {}, lastOperationAt: null })
      await putBinding(tx, early)
    })
    await store.read(async (tx) => {
      assert.deepEqual(await loadAttachedPolicies(tx, [WEB]), [
        { policy: policy('early'), binding: early },
        { policy: policy('late'), binding: late },
      ])
      assert.deepEqual(await loadAttachedPolicies(tx, []), [])
      assert.deepEqual(await findPolicyUsers(tx, 'late' as PolicyId), ['cluster "web"'])
    })
  })

  test('a policy is on a cluster once, and cannot go while it is', async () => {
    await insert(policy('out'))
    await store.write((tx) => putBinding(tx, binding('1', 'out')))
    await assert.rejects(store.write((tx) => putBinding(tx, binding('2', 'out'))))
    await assert.rejects(store.write((tx) => deletePolicy(tx, 'out' as PolicyId)))
    await store.write((tx) => deleteBindings(tx, ['1' as PolicyBindingId]))
    await store.write((tx) => deletePolicy(tx, 'out' as PolicyId))
    assert.equal(await store.read((tx) => findPolicy(tx, PROJECT, 'out')), undefined)
  })

  test('what is attached to a cluster goes with it', async () => {
    await insert(policy('out'))
    await store.write((tx) => putBinding(tx, binding('1', 'out')))
    await store.write((tx) => deleteCluster(tx, WEB))
    await store.write((tx) => deletePolicy(tx, 'out' as PolicyId))
  })
})
