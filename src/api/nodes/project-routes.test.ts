import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patchNode } from '../../store/nodes.ts'
import { giveNodes, project, startTestServer } from '../test-server.ts'

test('a node without a cluster is made, shown, changed and deleted', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  const input = { name: 'spare', profile: 'plain', role: 'replica' }
  const made = await ask('POST', `${project}/nodes`, input)
  assert.equal(made.status, 202)
  const { action, node, cluster } = made.body
  assert.deepEqual(
    [action.name, action.clusterId, action.nodeId, node.status, node.clusterId, node.index, cluster],
    ['NODE_CREATE', null, node.id, 'Creating', null, null, undefined],
  )
  assert.equal(made.headers['location'], `${project}/actions/${action.id}`)
  const shown = await ask('GET', `${project}/nodes/spare`)
  assert.deepEqual([shown.body.id, shown.body.role, shown.body.cluster], [node.id, 'replica', null])
  const names = async (query: string) =>
    (await ask('GET', `${project}/nodes${query}`)).body.items.map((one: { name: string }) => one.name)
  assert.deepEqual(await names('?standalone=true'), ['spare'])
  const changed = await ask('PATCH', `${project}/nodes/spare`, { tainted: true, name: 'other' })
  assert.deepEqual([changed.status, changed.body.tainted, changed.body.name], [200, true, 'other'])
  for (const verb of ['check', 'recover'])
    assert.equal((await ask('POST', `${project}/nodes/other/${verb}`, {})).status, 202)
  const again = await ask('POST', `${project}/nodes/other/recover`, { operation: 'RECREATE' })
  assert.deepEqual(again.body.action.inputs, { operation: 'RECREATE' })
  const unknown = await ask('POST', `${project}/nodes/other/operations`, { operation: 'fly' })
  assert.deepEqual([unknown.status, unknown.body.field], [400, 'operation'])
  assert.equal((await ask('POST', `${project}/clusters/web/operations`, { operation: 'fly' })).status, 400)
  for (const verb of ['adopt-preview', 'adopt']) {
    const thing = { identity: 'x', type: 'scripted', ...(verb === 'adopt' && { name: 'old' }) }
    assert.equal((await ask('POST', `${project}/nodes/${verb}`, thing)).body.code, 'invalid_state')
  }
  const gone = await ask('DELETE', `${project}/nodes/${node.id}`)
  assert.deepEqual([gone.status, gone.body.action.name], [202, 'NODE_DELETE'])
})

test('nodes join a cluster, leave it, and take the places of members', async (t) => {
  const server = await startTestServer(t)
  const { ask, store } = server
  await server.makeCluster()
  await giveNodes(server, ['web-1', 'web-2', 'web-3'])
  const made = await ask('POST', `${project}/nodes`, { name: 'spare', profile: 'plain' })
  const at = `${project}/clusters/web/nodes`
  const early = await ask('POST', `${at}/join`, { nodes: ['spare'] })
  assert.deepEqual([early.status, early.body.code, early.body.field], [400, 'invalid_request', 'nodes'])
  await store.write((tx) => patchNode(tx, made.body.node.id, { status: 'Running' }))
  const joined = await ask('POST', `${at}/join`, { nodes: ['spare'] })
  assert.deepEqual([joined.status, joined.body.action.name], [202, 'CLUSTER_ADD_NODES'])
  const [first, second] = (await ask('GET', at)).body.items
  const replaced = await ask('POST', `${at}/replace-with`, { nodes: { [first.id]: 'spare' } })
  assert.deepEqual([replaced.status, replaced.body.action.name], [202, 'CLUSTER_REPLACE_NODES'])
  const left = await ask('POST', `${at}/leave`, { nodes: [second.name] })
  assert.deepEqual([left.status, left.body.action.name], [202, 'CLUSTER_DEL_NODES'])
})
