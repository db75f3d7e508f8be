import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { onEachDatabase } from '../store/test-databases.ts'
import { type Bench, createBench } from './test-bench.ts'

onEachDatabase((create) => {
  let bench: Bench
  let remove: () => Promise<void>
  beforeEach(async () => {
    const database = await create()
    remove = database.remove
    bench = await createBench({ store: await database.open(), limits: { maxEnvironmentsPerProject: 3 } })
    await bench.control.profiles.create(bench.admin, { name: 'p', type: 'scripted', properties: {} })
  })
  afterEach(async () => {
    await bench.close()
    await remove()
  })

  const make = (name: string, environment?: string) =>
    bench.control.clusters.create(bench.admin, { name, profile: 'p', ...(environment && { environment }) })

  test('names of clusters begin anew in each environment', async () => {
    const { control, admin } = bench
    await control.environments.create(admin, { name: 'prod' })
    await control.environments.create(admin, { name: 'test' })
    const ids = [await make('web'), await make('web', 'prod'), await make('web', 'test')].map(
      ({ cluster }) => cluster.id,
    )
    await assert.rejects(make('web'), { code: 'already_exists' })
    await assert.rejects(make('web', 'prod'), { code: 'already_exists' })
    await assert.rejects(make('web', 'nowhere'), { code: 'not_found', kind: 'environment' })
    const found = await Promise.all(
      ['web', 'prod/web', 'test/web'].map(async (ref) => (await control.clusters.get(admin, ref)).cluster.id),
    )
    assert.deepEqual(found, ids)
  })

  test('a name alone never means a cluster that is in an environment; an id does', async () => {
    const { control, admin } = bench
    const { id } = await control.environments.create(admin, { name: 'prod' })
    const { cluster } = await make('web', id)
    await assert.rejects(control.clusters.get(admin, 'web'), { code: 'not_found' })
    await assert.rejects(control.clusters.get(admin, 'nowhere/web'), { code: 'not_found' })
    await assert.rejects(control.clusters.get(admin, 'prod/db'), { code: 'not_found' })
    const view = await control.clusters.get(admin, cluster.id)
    assert.equal(view.environment, 'prod')
    assert.equal((await control.clusters.get(admin, `${id}/web`)).cluster.id, cluster.id)
    assert.equal((await control.clusters.get(admin, cluster.id.slice(0, 20))).cluster.id, cluster.id)
  })

  test('clusters are listed by environment, and an update calls its cluster by both names', async () => {
    const { control, admin } = bench
    await control.environments.create(admin, { name: 'prod' })
    await make('web')
    await make('web', 'prod')
    const names = async (environment: string | null) =>
      (await control.clusters.list(admin, { environment }, { limit: 10 })).items.map(
        (view) => view.environment,
      )
    assert.deepEqual(await names('prod'), ['prod'])
    assert.deepEqual(await names(null), [null])
    const { update } = await control.updates.start(admin, 'prod/web', { version: '2' })
    const { cluster } = await control.updates.get(admin, update.id)
    assert.equal(cluster, 'prod/web')
    const { items } = await control.updates.list(admin, { cluster }, { limit: 10 })
    assert.deepEqual(
      items.map((view) => view.update.id),
      [update.id],
    )
  })

  test('an environment with clusters is not deleted', async () => {
    const { control, admin } = bench
    await control.environments.create(admin, { name: 'prod' })
    await make('web', 'prod')
    await assert.rejects(control.environments.delete(admin, 'prod'), {
      code: 'in_use',
      message: 'environment "prod" is in use by the clusters "prod/web": delete them first',
    })
    await control.environments.create(admin, { name: 'empty' })
    await control.environments.delete(admin, 'empty')
    await assert.rejects(control.environments.get(admin, 'empty'), { code: 'not_found' })
  })

  test('an environment is renamed, described and given tags, and its clusters go by the new name', async () => {
    const { control, admin } = bench
    await control.environments.create(admin, { name: 'prod', attributes: { tags: { a: '1' } } })
    await control.environments.create(admin, { name: 'test' })
    const { cluster } = await make('web', 'prod')
    await assert.rejects(control.environments.update(admin, 'prod', { name: 'test' }), {
      code: 'already_exists',
    })
    await assert.rejects(control.environments.update(admin, 'prod', {}), { code: 'invalid_request' })
    const changes = { name: 'live', description: 'in use' }
    const changed = await control.environments.update(admin, 'prod', changes, { ifMatch: 1 })
    assert.deepEqual([changed.name, changed.description, changed.version], ['live', 'in use', 2])
    await assert.rejects(control.environments.update(admin, 'live', { description: null }, { ifMatch: 1 }), {
      code: 'precondition_failed',
    })
    const tagged = await control.environments.setAttributes(admin, 'live', { key: 'tags', patch: { b: '2' } })
    assert.deepEqual(tagged.attributes, { tags: { a: '1', b: '2' } })
    assert.equal((await control.clusters.get(admin, 'live/web')).cluster.id, cluster.id)
  })

  test('environments are limited, and making one twice with the same key makes one', async () => {
    const { control, as } = bench
    const who = as('ci', 'operator', 'k')
    const first = await control.environments.create(who, { name: 'a' })
    assert.equal((await control.environments.create(who, { name: 'a' })).id, first.id)
    await assert.rejects(control.environments.create(who, { name: 'b' }), { code: 'idempotency_mismatch' })
    await control.environments.create(bench.admin, { name: 'b' })
    await control.environments.create(bench.admin, { name: 'c' })
    await assert.rejects(control.environments.create(bench.admin, { name: 'd' }), { code: 'limit_exceeded' })
    await assert.rejects(control.environments.create(as('eve', 'viewer'), { name: 'd' }), {
      code: 'forbidden',
    })
    const { items } = await control.environments.list(as('eve', 'viewer'), {}, { limit: 10 })
    assert.deepEqual(
      items.map(({ name }) => name),
      ['a', 'b', 'c'],
    )
  })
})
