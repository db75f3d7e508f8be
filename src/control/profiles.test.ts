import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { standaloneClusterId } from '../domain/cluster.ts'
import { listPools } from '../store/clusters.ts'
import { deleteNodes } from '../store/nodes.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
before(async () => {
  bench = await createBench()
})
after(() => bench.close())

test('a profile is kept as given, with the newest version of its type', async () => {
  const made = await bench.control.profiles.create(bench.admin, {
    name: 'p',
    type: 'scripted',
    properties: { port: true },
  })
  assert.deepEqual([made.version, made.properties], ['1.0', { port: true }])
  assert.deepEqual(await bench.control.profiles.get(bench.admin, 'p'), made)
  const listed = await bench.control.profiles.list(bench.admin, { type: 'scripted' }, { limit: 10 })
  assert.deepEqual(listed.items, [made])
})

const refusals: readonly (readonly [string, object, string])[] = [
  ['an unknown type', { type: 'scriptedd' }, 'type'],
  ['an inherited property as type', { type: 'constructor' }, 'type'],
  ['an unknown version', { version: '9' }, 'version'],
  ['an unknown property', { properties: { speed: 1 } }, 'properties.speed'],
  ['a property of the wrong kind', { properties: { port: 'yes' } }, 'properties.port'],
  ['no properties', { properties: null }, 'properties'],
]
for (const [name, change, field] of refusals) {
  test(`${name} is refused by name, by create and validate alike`, async () => {
    const input = { name: 'q', type: 'scripted', properties: {}, ...change }
    const expected = { code: 'invalid_spec', field }
    await assert.rejects(bench.control.profiles.create(bench.admin, input), expected)
    await assert.rejects(bench.control.profiles.validate(bench.admin, input), expected)
  })
}

test('a name is given once, and free again after its profile is deleted', async () => {
  const create = () =>
    bench.control.profiles.create(bench.admin, { name: 'once', type: 'scripted', properties: {} })
  await create()
  await assert.rejects(create(), { code: 'already_exists' })
  await bench.control.profiles.delete(bench.admin, 'once')
  await create()
})

test('types come with their schemas', async () => {
  const [type] = await bench.control.profiles.types(bench.admin)
  assert.deepEqual([type?.type, type?.versions], ['scripted', ['1.0']])
  assert.equal(typeof type?.propertiesSchema['properties'], 'object')
})

test('a profile that only nodes long gone have run can be deleted', async () => {
  const bench = await createBench()
  try {
    const { control, admin, store, projectId } = bench
    const profile = await control.profiles.create(admin, { name: 'once', type: 'scripted', properties: {} })
    const { node } = await control.nodes.createStandalone(admin, { name: 'n', profile: 'once' })
    await assert.rejects(control.profiles.delete(admin, 'once'), { code: 'in_use' })
    await store.write(async (tx) => deleteNodes(tx, [node.id]))
    await control.profiles.delete(admin, 'once')
    await assert.rejects(control.profiles.get(admin, profile.id), { code: 'not_found' })
    assert.equal((await store.read((tx) => listPools(tx, standaloneClusterId(projectId)))).length, 0)
  } finally {
    await bench.close()
  }
})
