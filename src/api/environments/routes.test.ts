import assert from 'node:assert/strict'
import { test } from 'node:test'
import { project, startTestServer } from '../test-server.ts'

test('environments are made, shown, changed and deleted, and hold clusters', async (t) => {
  const { ask } = await startTestServer(t)
  const made = await ask('POST', `${project}/environments`, { name: 'prod', description: 'in use' })
  assert.equal(made.status, 201)
  assert.equal(made.headers['location'], `${project}/environments/prod`)
  assert.deepEqual((await ask('GET', `${project}/environments/prod`)).body, made.body)
  assert.deepEqual((await ask('GET', `${project}/environments`)).body.items, [made.body])
  assert.equal((await ask('POST', `${project}/environments`, { name: 'prod' })).body.code, 'already_exists')

  await ask('POST', `${project}/profiles`, { name: 'p', type: 'scripted', properties: {} })
  const created = await ask('POST', `${project}/clusters`, { name: 'db', profile: 'p', environment: 'prod' })
  assert.equal(created.status, 202)
  assert.equal(created.body.cluster.environmentId, made.body.id)
  const shown = await ask('GET', `${project}/clusters/prod%2Fdb`)
  assert.deepEqual([shown.body.name, shown.body.environment], ['db', 'prod'])
  assert.equal((await ask('GET', `${project}/clusters/db`)).status, 404)
  const listed = await ask('GET', `${project}/clusters?environment=prod`)
  assert.deepEqual(listed.body.items, [shown.body])

  const changed = await ask('PATCH', `${project}/environments/prod`, { name: 'live', description: null })
  assert.deepEqual([changed.body.name, changed.body.description], ['live', null])
  const refused = await ask('DELETE', `${project}/environments/live`)
  assert.deepEqual([refused.status, refused.body.code], [409, 'in_use'])
  await ask('POST', `${project}/environments`, { name: 'empty' })
  assert.equal((await ask('DELETE', `${project}/environments/empty`)).status, 204)
})
