import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './test-client.ts'

test('an action is asked for by its name and target, with its inputs beside them', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('web')
  const body = { name: 'more', target: 'web', action: 'CLUSTER_SCALE_OUT', count: 2 }
  const answer = await ask('POST', '/v1/actions', body)
  assert.equal(answer.status, 201)
  const { action } = (await ask('GET', `/v1/actions/${answer.body.action}`)).body
  assert.deepEqual(
    [action.action, action.target, action.inputs],
    ['CLUSTER_SCALE_OUT', cluster, { count: 2 }],
  )
  const node = { name: 'x', profile_id: 'web-profile' }
  const made = (await ask('POST', '/v1/nodes', { node })).body.node
  const check = { name: 'look', target: made.id, action: 'NODE_CHECK' }
  const checked = await ask('POST', '/v1/actions', check)
  assert.equal(checked.status, 201)
  const found = (await ask('GET', `/v1/actions/${checked.body.action}`)).body.action
  assert.deepEqual([found.action, found.target], ['NODE_CHECK', made.id])
})

test('an action that cannot be asked for is refused, and the reason is named', async (t) => {
  const { ask, makeCluster } = await start(t)
  await makeCluster('web')
  const check = { name: 'look', target: 'web', action: 'CLUSTER_CHECK' }
  const cases = [
    { body: [], text: 'The data provided is not a map' },
    { body: { ...check, target: undefined }, text: "'target' is a required property" },
    {
      body: { ...check, action: 'CLUSTER_CREATE' },
      text: "Value 'CLUSTER_CREATE' is not acceptable for field 'action'.",
    },
    {
      body: { ...check, action: 'toString' },
      text: "Value 'toString' is not acceptable for field 'action'.",
    },
    { body: { ...check, target: 'gone' }, text: "The specified cluster 'gone' could not be found." },
    {
      body: { ...check, action: 'CLUSTER_SCALE_IN', bogus: 1 },
      text: "Additional properties are not allowed ('bogus' was unexpected)",
    },
  ]
  for (const { body, text } of cases) {
    const answer = await ask('POST', '/v1/actions', body)
    assert.deepEqual([answer.status, answer.body.error?.message], [400, text])
  }
})
