import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spec, start } from './test-client.ts'

const scaling = { type: 'senlin.policy.scaling', version: '1.0', properties: { event: 'CLUSTER_SCALE_IN' } }
const LONGEST = 'x'.repeat(255)
/** What only this API takes for a name. */
const NAMES = ['集群', 'a~b', '-begins', '_', LONGEST]

test('whatever this API calls a name, all its things can be called', async (t) => {
  const { ask } = await start(t)
  await ask('POST', '/v1/profiles', { profile: { name: 'p', spec } })
  const kinds = {
    profile: { path: 'profiles', body: { spec } },
    policy: { path: 'policies', body: { spec: scaling } },
    cluster: { path: 'clusters', body: { profile_id: 'p' } },
    node: { path: 'nodes', body: { profile_id: 'p' } },
    receiver: { path: 'receivers', body: { type: 'message' } },
  }
  for (const [kind, { path, body }] of Object.entries(kinds)) {
    for (const name of NAMES) {
      const made = await ask('POST', `/v1/${path}`, { [kind]: { ...body, name } })
      assert.ok(made.status < 300, `${kind} ${name}: ${JSON.stringify(made.body)}`)
      assert.equal(made.body[kind].name, name)
      const { status } = await ask('GET', `/v1/${path}/${encodeURIComponent(name)}`)
      assert.equal(status, 200, `${kind} ${name}`)
    }
    const renamed = await ask('PATCH', `/v1/${path}/a~b`, { [kind]: { name: '新名字' } }, '1.7')
    assert.ok(renamed.status < 300, `${kind}: ${JSON.stringify(renamed.body)}`)
  }
})

test('other letters, other characters, numbers and longer texts are no names', async (t) => {
  const { ask } = await start(t)
  for (const name of ['', `${LONGEST}x`, 'é', 'a b', 'a/b', 'a:b', 1, null, true, [], {}]) {
    const { status, body } = await ask('POST', '/v1/profiles', { profile: { name, spec } })
    assert.deepEqual([status, body.error.type], [400, 'HTTPBadRequest'], String(name))
  }
})

test('what is to be a text must not come as a number', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('web')
  const action = (body: object) => ask('POST', `/v1/clusters/${cluster}/actions`, body, '1.14')
  for (const answer of [
    await ask('POST', '/v1/clusters', { cluster: { name: 'c', profile_id: 1 } }),
    await ask('POST', '/v1/nodes', { node: { name: 'n', profile_id: 'web-profile', role: 1 } }),
    await action({ policy_attach: { policy_id: 1 } }),
    await action({ add_nodes: { nodes: [1] } }),
    await action({ complete_lifecycle: { lifecycle_action_token: 1 } }),
  ]) {
    assert.deepEqual([answer.status, answer.body.error.type], [400, 'HTTPBadRequest'])
    assert.equal(answer.body.error.message, "1 is not of type 'string'")
  }
})
