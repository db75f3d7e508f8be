import assert from 'node:assert/strict'
import { test } from 'node:test'
import { project, startTestServer } from './test-server.ts'

const policies = `${project}/policies`
const batch = { type: 'batch', properties: { maxBatchSize: 2, pauseTime: 30 } }

test('policies are validated, made, shown, renamed and deleted', async (t) => {
  const { ask } = await startTestServer(t)
  const types = (await ask('GET', `${project}/policy-types`)).body.items
  const type = types.find((one: { type: string }) => one.type === 'batch')
  assert.equal(type.propertiesSchemas['1.0'].properties.pauseTime.default, 60)
  assert.deepEqual(type.before, ['CLUSTER_UPDATE'])
  assert.equal((await ask('POST', `${policies}/validate`, batch)).body.version, '1.0')
  const wrong = { type: 'batch', properties: { pauseTime: 'long' } }
  const refused = await ask('POST', `${policies}/validate`, wrong)
  assert.deepEqual([refused.status, refused.body.field], [422, 'properties.pauseTime'])

  const made = await ask('POST', policies, { name: 'slowly', ...batch, description: 'two by two' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal(made.headers['location'], `${policies}/slowly`)
  assert.equal(made.body.updatedAt, null)
  assert.deepEqual((await ask('GET', `${policies}/slowly`)).body, made.body)
  assert.deepEqual((await ask('GET', `${policies}?type=batch&type=scaling`)).body.items, [made.body])
  assert.deepEqual((await ask('GET', `${policies}?type=scaling`)).body.items, [])
  const renamed = await ask('PATCH', `${policies}/slowly`, { name: 'slower' })
  assert.deepEqual([renamed.body.name, renamed.body.description], ['slower', 'two by two'])
  assert.equal((await ask('DELETE', `${policies}/slower`)).status, 204)
  assert.equal((await ask('GET', `${policies}/slower`)).status, 404)
})

test('a policy is attached to a cluster, changed and detached by actions', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  await ask('POST', policies, { name: 'slowly', ...batch })
  const attached = `${project}/clusters/web/policies`
  assert.deepEqual((await ask('GET', `${attached}?enabled=true&type=batch`)).body, { items: [] })
  assert.equal((await ask('GET', `${attached}/slowly`)).status, 404)
  assert.equal((await ask('DELETE', `${attached}/slowly`)).body.code, 'not_found')
  for (const [method, path, body, name] of [
    ['POST', attached, { policy: 'slowly' }, 'CLUSTER_ATTACH_POLICY'],
    ['PATCH', `${attached}/slowly`, { enabled: false }, 'CLUSTER_UPDATE_POLICY'],
    ['DELETE', `${attached}/slowly`, undefined, 'CLUSTER_DETACH_POLICY'],
  ] as const) {
    const accepted = await ask(method, path, body)
    assert.equal(accepted.status, 202, JSON.stringify(accepted.body))
    assert.equal(accepted.body.action.name, name)
    const action = await ask('GET', accepted.headers['location'] as string)
    assert.deepEqual(action.body, accepted.body.action)
  }
  assert.equal((await ask('POST', attached, { policy: 'none' })).status, 404)
})
