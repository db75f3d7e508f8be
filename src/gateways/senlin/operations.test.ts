import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './test-client.ts'

test('what can be done to the nodes of a type is told and done, also for types that are in no list', async (t) => {
  const { ask, makeCluster } = await start(t)
  const told = await ask('GET', '/v1/profile-types/scripted-1.0/ops', undefined, '1.14')
  assert.equal(told.status, 200)
  assert.deepEqual(Object.keys(told.body.operations), ['pause', 'unpause', 'reboot'])
  await makeCluster('web')
  const node = { name: 'x', profile_id: 'web-profile' }
  const { id } = (await ask('POST', '/v1/nodes', { node })).body.node
  const done = await ask('POST', `/v1/nodes/${id}/ops`, { pause: {} }, '1.14')
  assert.equal(done.status, 202)
  const { action } = (await ask('GET', `/v1/actions/${done.body.action}`)).body
  assert.deepEqual([action.action, action.target], ['NODE_OPERATION', id])
  const unknown = await ask('POST', `/v1/nodes/${id}/ops`, { fly: {} }, '1.14')
  assert.equal(unknown.status, 400)
  assert.match(unknown.body.error.message, /'fly' is not supported by the profile type 'scripted-1.0'/)
  const nothing = await ask('GET', '/v1/profile-types/nothing-1.0/ops', undefined, '1.14')
  assert.equal(nothing.status, 404)
})
