import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spec, start } from './test-client.ts'

test('a project with a hundred clusters gets no other one', async (t) => {
  const { ask } = await start(t)
  await ask('POST', '/v1/profiles', { profile: { name: 'p', spec } })
  const create = () => ask('POST', '/v1/clusters', { cluster: { name: 'web', profile_id: 'p' } })
  for (let made = 0; made < 100; made += 1) assert.equal((await create()).status, 202)
  const refused = await create()
  assert.deepEqual([refused.status, refused.body.error.type], [500, 'OverQuota'])
  assert.match(refused.body.error.message, /has 100 clusters/)
})

test('no cluster is asked to have more than a thousand nodes', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('web', { desired_capacity: 1 })
  const most = 'is greater than the maximum number of nodes allowed per cluster (1000).'
  const cases = [
    {
      body: { resize: { adjustment_type: 'EXACT_CAPACITY', number: 1001 } },
      text: `The target capacity (1001) ${most}`,
    },
    {
      body: { resize: { adjustment_type: 'CHANGE_IN_CAPACITY', number: 2000, strict: false } },
      text: `The target capacity (2000) ${most}`,
    },
    { body: { resize: { max_size: 1001 } }, text: "Value must be <= 1000 for field 'max_size'." },
    { body: { scale_out: { count: 1000 } }, text: `The target capacity (1001) ${most}` },
  ]
  for (const { body, text } of cases) {
    const answer = await ask('POST', `/v1/clusters/${cluster}/actions`, body)
    assert.deepEqual([answer.status, answer.body.error?.message], [400, text])
  }
  const allowed = await ask('POST', `/v1/clusters/${cluster}/actions`, { scale_out: { count: 999 } })
  assert.equal(allowed.status, 202)
})

test('members are named by chance until the cluster says how, and its configuration is answered as given', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('web')
  const nameOfNext = async () => {
    const node = { name: 'ignored', profile_id: 'web-profile', cluster_id: cluster }
    return (await ask('POST', '/v1/nodes', { node })).body.node.name
  }
  const configure = (config: object) =>
    ask('PATCH', `/v1/clusters/${cluster}`, { cluster: { config } }, '1.7')
  const config = async () =>
    (await ask('GET', `/v1/clusters/${cluster}`, undefined, '1.7')).body.cluster.config
  assert.deepEqual(await config(), {})
  assert.match(await nameOfNext(), /^node-[0-9a-f]{8}$/)
  assert.equal((await configure({ 'node.name.format': 'N$3I' })).status, 202)
  assert.deepEqual(await config(), { 'node.name.format': 'N$3I' })
  assert.match(await nameOfNext(), /^N\d{3}$/)
  assert.equal((await configure({ 'cluster.stop_timeout_before_update': 5 })).status, 202)
  assert.deepEqual(await config(), { 'cluster.stop_timeout_before_update': 5 })
  assert.match(await nameOfNext(), /^node-[0-9a-f]{8}$/)
})
