import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attributes } from '../domain/attributes.ts'
import { findCluster, getPool } from '../store/clusters.ts'
import { createBench } from './test-bench.ts'

const profile = { name: 'web', type: 'scripted', properties: {} }

test('a cluster, a pool and an update keep what an API gave them, and nothing else reads it', async (t) => {
  const { control, admin, close, store, projectId } = await createBench()
  t.after(close)
  await control.profiles.create(admin, profile)
  const attributes = { tags: { team: 'quotes' }, finspace: { azMode: 'SINGLE', vpc: { id: 'vpc-1' } } }
  const { cluster } = await control.clusters.create(admin, { name: 'web', profile: 'web', attributes })
  assert.deepEqual(cluster.attributes, attributes)
  assert.deepEqual((await store.read((tx) => findCluster(tx, projectId, 'web')))?.attributes, attributes)

  const pool = await control.pools.create(admin, 'web', {
    name: 'spare',
    profile: 'web',
    attributes: { eks: { amiType: 'AL2' } },
  })
  assert.deepEqual((await store.read((tx) => getPool(tx, pool.pool.id)))?.attributes, {
    eks: { amiType: 'AL2' },
  })
  const input = { version: '2', attributes: { eks: { type: 'VersionUpdate' } } }
  const { update } = await control.updates.start(admin, 'web', input)
  const found = await control.updates.get(admin, update.id)
  assert.deepEqual(found.update.attributes, { eks: { type: 'VersionUpdate' } })
})

test('attributes are changed by key, and the change is told', async (t) => {
  const { control, admin, close, events } = await createBench()
  t.after(close)
  await control.profiles.create(admin, profile)
  const attributes = { tags: { team: 'quotes', tier: '1' }, eks: { kept: true } }
  await control.clusters.create(admin, { name: 'web', profile: 'web', attributes })
  const changed = await control.clusters.setAttributes(admin, 'web', {
    key: 'tags',
    patch: { tier: null, cost: 'a' },
  })
  assert.deepEqual(changed.attributes, { tags: { team: 'quotes', cost: 'a' }, eks: { kept: true } })
  assert.equal(changed.version, 2)
  const pool = await control.pools.setAttributes(admin, 'web', 'DefaultPool', {
    key: 'cce',
    patch: { flavor: 'c7.large' },
  })
  assert.deepEqual(pool.attributes, { cce: { flavor: 'c7.large' } })
  const told = (await events()).map(({ because }) => because)
  assert.ok(told.includes('root changed the tags of cluster "web"'), told.join('\n'))
  assert.ok(told.includes('root changed the attributes for cce of pool "DefaultPool" of cluster "web"'))
})

test('attributes that are no object, tags that are no text, and too much of both are refused', async (t) => {
  const { control, admin, close } = await createBench()
  t.after(close)
  await control.profiles.create(admin, profile)
  const make = (attributes: Record<string, unknown>) =>
    control.clusters.create(admin, { name: 'web', profile: 'web', attributes: attributes as Attributes })
  await assert.rejects(make({ eks: 'text' }), { code: 'invalid_request', field: 'attributes.eks' })
  await assert.rejects(make({ tags: { a: 1 } }), { code: 'invalid_request', field: 'attributes.tags.a' })
  await assert.rejects(make({ eks: { a: 'x'.repeat(70_000) } }), { code: 'invalid_request' })
  await make({})
  const viewer = { ...admin, principal: { ...admin.principal, grants: [] } }
  await assert.rejects(control.clusters.setAttributes(viewer, 'web', { key: 'tags', patch: {} }), {
    code: 'forbidden',
  })
})

test('a cluster may begin with nothing in DefaultPool, and have pools of other sizes come and go', async (t) => {
  const { control, admin, close } = await createBench()
  t.after(close)
  await control.profiles.create(admin, profile)
  const { pool } = await control.clusters.create(admin, { name: 'web', profile: 'web', size: 0 })
  assert.equal(pool.desiredCapacity, 0)
  await control.pools.create(admin, 'web', {
    name: 'workers',
    profile: 'web',
    size: 3,
    minSize: 1,
    maxSize: 5,
  })
  const resized = await control.clusters.resize(admin, 'web', { pool: 'workers', desiredCapacity: 5 })
  assert.equal(resized.pool.desiredCapacity, 5)
  const { pools } = await control.clusters.get(admin, 'web')
  assert.deepEqual(
    pools.map(({ pool: { name, desiredCapacity } }) => [name, desiredCapacity]),
    [
      ['DefaultPool', 0],
      ['workers', 5],
    ],
  )
  assert.equal((await control.pools.delete(admin, 'web', 'workers')).action.name, 'POOL_DELETE')
})
