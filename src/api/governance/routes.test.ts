import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../test-server.ts'

const project = '/api/v1/projects/default'

test('rules are set by stage under an ETag, and say what a bundle lacks', async (t) => {
  const { ask } = await startTestServer(t)
  await ask('POST', `${project}/published-projects`, { key: 'web' })
  const rules = `${project}/published-projects/web/governance`
  assert.deepEqual((await ask('GET', rules)).body, {
    stages: {},
    updatedAt: null,
    updatedBy: null,
    version: 0,
  })
  const rule = { requiredSignOffs: 1, reviewers: [{ group: 'qa' }] }
  const set = await ask('PUT', `${rules}/Production`, rule, { 'if-match': '"0"' })
  assert.equal(set.headers['etag'], '"1"')
  assert.deepEqual(set.body.stages.Production, {
    ...rule,
    expiresAfterSeconds: null,
    publisherMayApprove: false,
    requireSignature: false,
  })
  assert.equal((await ask('PUT', `${rules}/Production`, rule, { 'if-match': '"0"' })).status, 412)
  const missing = await ask('GET', `${project}/bundles/web@1/approval`)
  assert.equal(missing.status, 404)
  assert.equal((await ask('GET', `${project}/sign-offs`)).status, 400)
  assert.equal((await ask('DELETE', `${rules}/Production`)).body.version, 2)
})

test('keys and delegations are listed, and what is not there is not found', async (t) => {
  const { ask } = await startTestServer(t)
  await ask('POST', `${project}/published-projects`, { key: 'web' })
  const base = `${project}/published-projects/web`
  const publicKey = 'RWTWHvbHGvQzV5VN0NuxmVoSDRNtYkEr7ZjLu+IVUeN0ikRKGJbLTQoe'
  const added = await ask('POST', `${base}/keys`, { name: 'release', publicKey })
  assert.deepEqual([added.status, added.body.keyId], [201, '5733F41AC7F61ED6'])
  assert.equal((await ask('GET', `${base}/keys`)).body.items.length, 1)
  assert.equal((await ask('DELETE', `${base}/keys/release`)).status, 200)
  assert.equal((await ask('DELETE', `${base}/keys/release`)).status, 404)
  assert.deepEqual((await ask('GET', `${base}/delegations`)).body, { items: [] })
  const nobody = await ask('POST', `${base}/delegations`, { to: 'nobody', forSeconds: 60 })
  assert.deepEqual([nobody.status, nobody.body.field], [400, 'to'])
  assert.equal((await ask('GET', `${project}/deployments/x/governance`)).status, 404)
})
