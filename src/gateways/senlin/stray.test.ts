import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './test-client.ts'

test('a member above max_size becomes an orphan in ERROR, and its action fails', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('full', { max_size: 0 })
  const node = { name: 'late', profile_id: 'full-profile', cluster_id: cluster }
  const { status, headers, body } = await ask('POST', '/v1/nodes', { node })
  assert.equal(status, 202)
  const action = await ask('GET', `/v1/actions/${String(headers['location']).split('/').at(-1)}`)
  assert.deepEqual(
    [action.body.action.status, action.body.action.status_reason],
    ['FAILED', "The target capacity (1) is greater than the cluster's max_size (0)."],
  )
  const { body: shown } = await ask('GET', `/v1/nodes/${body.node.id}`)
  assert.deepEqual([shown.node.status, shown.node.cluster_id, shown.node.index], ['ERROR', '', -1])
  assert.equal((await ask('GET', `/v1/clusters/${cluster}`)).body.cluster.desired_capacity, 0)
  assert.equal((await ask('DELETE', `/v1/nodes/${body.node.id}`)).status, 202)
})
