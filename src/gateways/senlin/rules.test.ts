import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spec, start } from './test-client.ts'

const scaling = {
  type: 'senlin.policy.scaling',
  version: '1.0',
  properties: {
    event: 'CLUSTER_SCALE_IN',
    adjustment: { type: 'CHANGE_IN_CAPACITY', min_step: '1', best_effort: true },
  },
}

test('a policy is answered as it was given, in the words of this API', async (t) => {
  const { ask } = await start(t)
  const created = await ask('POST', '/v1/policies', { policy: { name: 'in', spec: scaling } })
  assert.equal(created.status, 201)
  assert.deepEqual(
    [created.body.policy.type, created.body.policy.spec],
    ['senlin.policy.scaling-1.0', scaling],
  )
  const validated = await ask(
    'POST',
    '/v1/policies/validate',
    { policy: { spec: { ...scaling, version: 1.0 } } },
    '1.2',
  )
  assert.deepEqual([validated.body.policy.name, validated.body.policy.id], ['validated_policy', null])
  const { body } = await ask('GET', '/v1/policies?type=senlin.policy.scaling-1.0')
  assert.equal(body.policies.length, 1)
  assert.equal((await ask('GET', '/v1/policies?type=scaling')).body.policies.length, 0)
})

test('a spec with a fault is refused, and the fault is named', async (t) => {
  const { ask } = await start(t)
  const cases = [
    {
      change: { type: 'senlin.policy.bogus' },
      status: 404,
      type: 'ResourceNotFound',
      text: "The policy_type 'senlin.policy.bogus-1.0' could not be found.",
    },
    {
      change: { version: '9.0' },
      status: 404,
      type: 'ResourceNotFound',
      text: "The policy_type 'senlin.policy.scaling-9.0' could not be found.",
    },
    {
      change: { properties: { event: 'CLUSTER_SCALE_IN', bogus: 1 } },
      status: 500,
      type: 'ESchema',
      text: "Unrecognizable spec item 'bogus'",
    },
    {
      change: { properties: {} },
      status: 400,
      type: 'InvalidSpec',
      text: "Required spec item 'event' not provided",
    },
  ]
  for (const { change, status, type, text } of cases) {
    const { status: got, body } = await ask('POST', '/v1/policies', {
      policy: { name: 'x', spec: { ...scaling, ...change } },
    })
    assert.deepEqual([got, body.error.type, body.error.message], [status, type, text])
  }
})

test('types are listed with their version inside the name, and beside it from 1.5 on', async (t) => {
  const { ask } = await start(t)
  const old = await ask('GET', '/v1/policy-types', undefined, '1.4')
  assert.deepEqual(old.body.policy_types[0], { name: 'senlin.policy.affinity-1.0' })
  const { body } = await ask('GET', '/v1/policy-types', undefined, '1.5')
  assert.deepEqual(body.policy_types[0], {
    name: 'senlin.policy.affinity',
    version: '1.0',
    support_status: { '1.0': [{ status: 'SUPPORTED', since: '2016.10' }] },
  })
  const shown = (await ask('GET', '/v1/policy-types/senlin.policy.deletion-1.1')).body.policy_type
  assert.equal(shown.support_status, undefined)
  assert.deepEqual(shown.schema.hooks.schema.type.constraints, [
    { type: 'AllowedValues', constraint: ['zaqar', 'webhook'] },
  ])
  assert.equal(
    (await ask('GET', '/v1/policy-types/senlin.policy.deletion-1.0')).body.policy_type.schema.hooks,
    undefined,
  )
  const unknown = await ask('GET', '/v1/policy-types/x')
  assert.deepEqual(
    [unknown.status, unknown.body.error.message],
    [404, "The policy_type 'x' could not be found."],
  )
})

test('policies are attached and detached by actions, and what is not attached is told by where it was named', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('web')
  const { body } = await ask('POST', '/v1/policies', { policy: { name: 'in', spec: scaling } })
  const policy = body.policy.id
  const act = (action: object) => ask('POST', `/v1/clusters/${cluster}/actions`, action)
  const refused = await act({ policy_detach: { policy_id: policy } })
  const text = `The policy '${policy}' is not attached to the specified cluster '${cluster}'.`
  assert.deepEqual([refused.status, refused.body.error.message], [400, text])
  const shown = await ask('GET', `/v1/clusters/${cluster}/policies/${policy}`)
  assert.deepEqual([shown.status, shown.body.error.type], [404, 'PolicyBindingNotFound'])
  const unknown = await act({ policy_attach: { policy_id: 'nothing' } })
  assert.equal(unknown.body.error.message, "The specified policy 'nothing' could not be found.")
  const attached = await act({ policy_attach: { policy_id: 'in', enabled: 'no' } })
  assert.equal(attached.status, 202)
  const action = (await ask('GET', `/v1/actions/${attached.body.action}`)).body.action
  assert.deepEqual(
    [action.action, action.name],
    ['CLUSTER_ATTACH_POLICY', `attach_policy_${cluster.slice(0, 8)}`],
  )
  assert.deepEqual(action.inputs, { policy_id: policy, enabled: false })
  assert.deepEqual(
    (await ask('GET', `/v1/clusters/${cluster}/policies?enabled=true&sort=enabled:desc`)).body,
    { cluster_policies: [] },
  )
})

test('a body asks a cluster for one thing that there is', async (t) => {
  const { ask } = await start(t)
  const cases = [
    { body: {}, text: 'No action specified' },
    { body: { check: {}, recover: {} }, text: 'Multiple actions specified' },
    { body: { bogus: {} }, text: "Unrecognized action 'bogus' specified" },
    { body: { check: [] }, text: 'The data provided is not a map' },
    { body: { policy_attach: {} }, text: "'policy_id' is a required property" },
    { body: { scale_in: { count: 'bad' } }, text: "The value for count must be an integer: 'bad'." },
    { body: { scale_out: { count: -1 } }, text: "Value must be >= 0 for field 'count'." },
    {
      body: { resize: { adjustment_type: 'bogus' } },
      text: "Value 'bogus' is not acceptable for field 'adjustment_type'.",
    },
    { body: { complete_lifecycle: {} }, text: "API version '1.0' is not supported on this method." },
    {
      body: { policy_update: { policy_id: 'p', enabled: 'not-bool' } },
      text: "Unrecognized value 'not-bool', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'",
    },
  ]
  for (const { body, text } of cases) {
    const answer = await ask('POST', '/v1/clusters/nothing/actions', body)
    assert.deepEqual([answer.status, answer.body.error.message], [400, text])
  }
  const { status } = await ask('POST', '/v1/clusters/nothing/actions', { check: {} })
  assert.equal(status, 404)
})

test('a webhook is called by its address alone, and makes an action that bears its name', async (t) => {
  const { ask, makeCluster, call } = await start(t)
  const cluster = await makeCluster('web')
  const receiver = {
    name: 'out',
    type: 'webhook',
    cluster_id: 'web',
    action: 'CLUSTER_SCALE_OUT',
    params: { count: 1 },
  }
  const created = await ask('POST', '/v1/receivers', { receiver })
  assert.equal(created.status, 201)
  const { id, channel } = created.body.receiver
  assert.match(channel.alarm_url, /\/v1\/webhooks\/[0-9a-f-]{36}\/trigger\?V=2&count=1$/)
  const path = new URL(channel.alarm_url)
  assert.equal((await call('POST', path.pathname)).status, 400, 'V is missing')
  const triggered = await call('POST', path.pathname + path.search, { count: 2 })
  assert.equal(triggered.status, 202)
  const { action } = (await ask('GET', `/v1/actions/${triggered.body.action}`, undefined, '1.14')).body
  assert.deepEqual([action.name, action.cluster_id], [`webhook_${id.slice(0, 8)}`, cluster])
  const changed = await ask('PATCH', `/v1/receivers/${id}`, { receiver: { name: 'more' } }, '1.7')
  assert.equal(changed.body.receiver.name, 'more')
  assert.equal((await ask('POST', `/v1/receivers/${id}/notify`)).status, 400)
  assert.equal((await ask('DELETE', `/v1/receivers/${id}`)).status, 204)
  assert.equal((await call('POST', path.pathname + path.search)).status, 404)
})

test('a message receiver names its queue', async (t) => {
  const { ask } = await start(t)
  const created = await ask('POST', '/v1/receivers', { receiver: { name: 'queue', type: 'message' } })
  const { id, channel } = created.body.receiver
  assert.deepEqual(channel, { queue_name: `senlin-receiver-${id}` })
  assert.equal((await ask('POST', `/v1/receivers/${id}/notify`)).status, 204)
  const wrong = await ask('POST', '/v1/receivers', {
    receiver: { name: 'x', type: 'webhook', action: 'CLUSTER_CREATE' },
  })
  assert.equal(wrong.status, 400)
})

test('an action is cancelled by its status, and only while it can be', async (t) => {
  const { ask, makeCluster } = await start(t)
  const cluster = await makeCluster('web')
  const { body } = await ask('GET', `/v1/actions?target=${cluster}`)
  const path = `/v1/actions/${body.actions[0].id}`
  const cancel = { action: { status: 'CANCELLED' } }
  assert.equal((await ask('PATCH', path, cancel)).body.error.type, 'MethodVersionNotFound')
  assert.equal((await ask('PATCH', path, { action: { status: 'other' } }, '1.12')).status, 400)
  assert.equal((await ask('PATCH', '/v1/actions/nothing', cancel, '1.12')).status, 404)
  const cancelled = await ask('PATCH', `${path}?force=true`, cancel, '1.12')
  assert.deepEqual([cancelled.status, cancelled.body], [202, undefined])
  const changed = await ask('PATCH', `/v1/clusters/${cluster}`, { cluster: { name: 'other' } })
  const over = `/v1/actions/${String(changed.headers['location']).split('/actions/')[1]}`
  const refused = await ask('PATCH', over, cancel, '1.12')
  assert.deepEqual([refused.status, refused.body.error.type], [409, 'ActionImmutable'])
})

test('attributes of nodes are collected by a path, and a bad path is refused', async (t) => {
  const { ask, makeCluster } = await start(t)
  await makeCluster('web')
  const get = (path: string) =>
    ask('GET', `/v1/clusters/web/attrs/${encodeURIComponent(path)}`, undefined, '1.2')
  assert.deepEqual((await get('$.details.status')).body, { cluster_attributes: [] })
  assert.deepEqual((await get('name')).status, 200)
  assert.equal((await get('$.a[')).status, 400)
  assert.equal((await get('None')).body.error.message, 'Required path attribute is missing.')
  assert.equal(spec.type, 'scripted')
})

test('profile changes of a cluster queue behind each other, also one that goes back', async (t) => {
  const { ask, server, makeCluster } = await start(t)
  const id = await makeCluster('web')
  for (const name of ['two', 'three'])
    await ask('POST', '/v1/profiles', {
      profile: { name, spec: { ...spec, properties: { port: name === 'two' } } },
    })
  const change = (profile: string) => ask('PATCH', `/v1/clusters/${id}`, { cluster: { profile_id: profile } })
  const answers = [await change('two'), await change('three'), await change('web-profile')]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [202, 202, 202],
  )
  const actions = new Set(answers.map(({ headers }) => headers['location']))
  assert.equal(actions.size, 3)
  const { body } = await server.ask('GET', '/api/v1/projects/default/updates?sort=createdAt')
  const updates = body.items as { status: string; toRevision: number }[]
  assert.deepEqual(
    updates.map(({ status, toRevision }) => [status, toRevision]),
    [
      ['Pending', 2],
      ['Queued', 3],
      ['Queued', 1],
    ],
  )
})
