import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { JsonObject } from '../domain/ids.ts'
import type { Role } from '../domain/principal.ts'
import type { Caller } from './control.ts'
import { type Bench, createBench, createWeb, makeNodes } from './test-bench.ts'

let bench: Bench
let owner: Caller
beforeEach(async () => {
  bench = await createBench({ limits: { maxTriggersPerMinute: 4, maxReceiversPerProject: 3 } })
  owner = await givenKey('ci', 'operator')
  await createWeb(bench)
})
afterEach(() => bench.close())

/** A principal that really has a key: a receiver looks its owner up. */
async function givenKey(name: string, role: Role): Promise<Caller> {
  await bench.control.apiKeys.create(bench.admin, { name, grants: [{ project: 'default', role }] })
  return bench.as(name, role)
}

const webhook = { name: 'up', type: 'webhook', cluster: 'web', action: 'CLUSTER_SCALE_OUT' } as const

test('a receiver is made with a token that is shown once and kept as a hash', async () => {
  const keyed = { ...owner, idempotencyKey: 'k' }
  const { receiver, token } = await bench.control.receivers.create(keyed, webhook)
  assert.match(token ?? '', /^drover_receiver_[\w-]{43}$/)
  assert.equal(receiver.createdBy, 'ci')
  const repeated = await bench.control.receivers.create(keyed, webhook)
  assert.deepEqual(repeated, { receiver, token: null })
  assert.ok(!(await bench.everythingStored()).includes(token as string))
  assert.deepEqual(await bench.control.receivers.get(owner, 'up'), receiver)
  const listed = await bench.control.receivers.list(owner, { cluster: ['web'] }, { limit: 10 })
  assert.deepEqual(listed.items, [receiver])
})

const refusals: readonly (readonly [string, object, string])[] = [
  ['a webhook without a cluster', { cluster: undefined }, 'cluster'],
  ['a webhook without an action', { action: undefined }, 'action'],
  ['an unknown type', { type: 'pigeon' }, 'type'],
  ['an action that no cluster can be asked for', { action: 'CLUSTER_CREATE' }, 'action'],
  ['a name with a space', { name: 'up up' }, 'name'],
  ['params that are no object', { params: [1] }, 'params'],
  ['an unknown credential', { credential: 'none' }, 'credential'],
]
for (const [name, change, field] of refusals) {
  test(`${name} is refused, naming ${field}`, async () => {
    const input = { ...webhook, ...change } as typeof webhook
    await assert.rejects(bench.control.receivers.create(owner, input), { code: 'invalid_request', field })
  })
}

test('a name is given once unless its maker says otherwise, and receivers are not made without end', async () => {
  await bench.control.receivers.create(owner, webhook)
  await assert.rejects(bench.control.receivers.create(owner, webhook), { code: 'already_exists' })
  await bench.control.receivers.create(owner, { ...webhook, allowDuplicateName: true })
  await bench.control.receivers.create(owner, { ...webhook, name: 'third' })
  const fourth = bench.control.receivers.create(owner, { ...webhook, name: 'fourth' })
  await assert.rejects(fourth, { code: 'limit_exceeded' })
})

test('viewers may look and change nothing', async () => {
  await bench.control.receivers.create(owner, webhook)
  const viewer = bench.as('eve', 'viewer')
  const { receivers } = bench.control
  await receivers.get(viewer, 'up')
  for (const forbidden of [
    receivers.create(viewer, { ...webhook, name: 'x' }),
    receivers.update(viewer, 'up', { name: 'x' }),
    receivers.rotate(viewer, 'up'),
    receivers.trigger(viewer, 'up', {}),
    receivers.notify(viewer, 'up'),
    receivers.delete(viewer, 'up'),
  ]) {
    await assert.rejects(forbidden, { code: 'forbidden' })
  }
})

test('a call with the token asks for the action in the name of the owner, and says which receiver it was', async () => {
  const params = { count: 2 }
  const { receiver, token } = await bench.control.receivers.create(owner, { ...webhook, params })
  const inputs = { alarm_name: 'busy' }
  const called = await bench.control.receivers.call({ id: receiver.id, token, inputs })
  assert.deepEqual([called.action.createdBy, called.action.cause], ['ci', `receiver:${receiver.id}`])
  assert.equal(called.action.clusterId, receiver.clusterId)
  assert.deepEqual(called.ignored, ['alarm_name'])
  assert.deepEqual([called.action.name, called.action.inputs['count']], ['CLUSTER_SCALE_OUT', 2])
  const events = await bench.events()
  assert.match(events.at(-2)?.because ?? '', /ci asked to scale out .*"web" by 2, through receiver "up"$/)
  assert.equal(events.at(-1)?.type, 'receiver.triggered')
  assert.ok(bench.woken.includes(called.action.clusterId))
})

test('what a call says is laid over the params, in either spelling, with numbers as text', async () => {
  const { receiver, token } = await bench.control.receivers.create(owner, {
    ...webhook,
    action: 'CLUSTER_RESIZE',
    params: { min_size: 1, desired_capacity: 2 },
  })
  const call = (inputs: JsonObject) => bench.control.receivers.call({ id: receiver.id, token, inputs })
  const { action } = await call({ desiredCapacity: '7', max_size: null })
  const { adjustmentType, number, minSize, maxSize } = action.inputs['adjustment'] as JsonObject
  assert.deepEqual([adjustmentType, number, minSize, maxSize], ['EXACT_CAPACITY', 7, 1, null])
  const wrong = { desired_capacity: 'many' }
  await assert.rejects(call(wrong), { code: 'invalid_request', field: 'inputs.desiredCapacity' })
  const both = { adjustment_type: 'CHANGE_IN_CAPACITY', number: '1' }
  await assert.rejects(call(both), { code: 'invalid_request', field: 'inputs.desiredCapacity' })
  await bench.control.receivers.update(owner, 'up', { params: {} })
  const percent = { adjustment_type: 'CHANGE_IN_PERCENTAGE', number: '12.5', min_step: 2, strict: 'false' }
  const grown = await call(percent)
  const made = grown.action.inputs['adjustment'] as JsonObject
  assert.deepEqual([made['number'], made['minStep'], made['strict']], [12.5, 2, false])
})

test('each action can be triggered', async () => {
  const cases = [
    ['CLUSTER_SCALE_IN', {}],
    ['CLUSTER_ADD_NODES', { count: 2 }],
    ['CLUSTER_DEL_NODES', { nodes: ['DefaultPool-1'] }],
    ['CLUSTER_DEL_NODES', { nodes: ['DefaultPool-2'], destroy_after_deletion: true }],
    ['CLUSTER_REPLACE_NODES', { nodes: ['DefaultPool-3'] }],
    ['CLUSTER_CHECK', {}],
    ['CLUSTER_RECOVER', { operation: 'RECREATE', check: 'true', check_capacity: true, params: {} }],
    ['CLUSTER_UPDATE', { profile_id: 'p', params: { maxUnavailable: 1 } }],
    ['CLUSTER_ATTACH_POLICY', { policy_id: 'one-more' }],
    ['CLUSTER_DELETE', {}],
  ] as const
  await bench.control.policies.create(owner, {
    ...{ name: 'one-more', type: 'scaling', properties: { event: 'CLUSTER_SCALE_OUT' } },
  })
  const { pools } = await bench.control.clusters.get(owner, 'web')
  await makeNodes(bench, pools[0]!.pool, 3)
  await bench.control.receivers.create(owner, webhook)
  for (const [action, params] of cases) {
    await bench.control.receivers.update(owner, 'up', { action, params })
    const { action: made } = await bench.control.receivers.trigger(owner, 'up', {})
    assert.equal(made.clusterId, (await bench.control.clusters.get(owner, 'web')).cluster.id, action)
  }
})

test('nodes are named one by one, or by those that take their places', async () => {
  const wrong = [
    ['CLUSTER_DEL_NODES', {}, 'inputs.nodes'],
    ['CLUSTER_DEL_NODES', { nodes: 'a' }, 'inputs.nodes'],
    ['CLUSTER_REPLACE_NODES', {}, 'inputs.nodes'],
    ['CLUSTER_REPLACE_NODES', { nodes: { a: 1 } }, 'inputs.nodes'],
    ['CLUSTER_ADD_NODES', { nodes: ['a'], count: 1 }, 'inputs.count'],
  ] as const
  await bench.control.receivers.create(owner, webhook)
  for (const [action, params, field] of wrong) {
    await bench.control.receivers.update(owner, 'up', { action, params })
    const refused = { code: 'invalid_request', field }
    await assert.rejects(bench.control.receivers.trigger(owner, 'up', {}), refused, JSON.stringify(params))
  }
  await bench.control.receivers.update(owner, 'up', { action: 'CLUSTER_ADD_NODES', params: {} })
  const joined = bench.control.receivers.trigger(owner, 'up', { nodes: ['nobody'] })
  await assert.rejects(joined, /nobody/)
  await bench.control.receivers.update(owner, 'up', { action: 'CLUSTER_REPLACE_NODES' })
  await assert.rejects(bench.control.receivers.trigger(owner, 'up', { nodes: { a: 'nobody' } }), /"a"/)
})

test('a wrong token, no token and an unknown receiver are refused alike', async () => {
  const { receiver, token } = await bench.control.receivers.create(owner, webhook)
  const refused = { code: 'unauthenticated', message: 'there is no receiver with this id and token' }
  for (const call of [
    { id: receiver.id, token: `${token}x` },
    { id: receiver.id, token: null },
    { id: '00000000-0000-7000-8000-000000000000', token },
  ]) {
    await assert.rejects(bench.control.receivers.call({ ...call, inputs: {} }), refused)
  }
})

test('a rotated token is refused from then on, and the new one works', async () => {
  const { receiver, token } = await bench.control.receivers.create(owner, webhook)
  const rotated = await bench.control.receivers.rotate(owner, 'up')
  const call = (given: string | null) =>
    bench.control.receivers.call({ id: receiver.id, token: given, inputs: {} })
  await assert.rejects(call(token), { code: 'unauthenticated' })
  await call(rotated.token)
})

test('where the id is the credential it is not made of the time, and is enough', async () => {
  const made = await bench.control.receivers.create(owner, { ...webhook, credential: 'id' })
  assert.equal(made.token, null)
  assert.match(made.receiver.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  await bench.control.receivers.call({ id: made.receiver.id, token: null, inputs: {} })
  const rotated = await bench.control.receivers.rotate(owner, 'up')
  assert.equal(rotated.receiver.credential, 'token')
  const bare = bench.control.receivers.call({ id: made.receiver.id, token: null, inputs: {} })
  await assert.rejects(bare, { code: 'unauthenticated' })
})

test('an owner who lost the right to act takes it from the receiver, also when somebody else triggers', async () => {
  const { receiver, token } = await bench.control.receivers.create(owner, webhook)
  const call = () => bench.control.receivers.call({ id: receiver.id, token, inputs: {} })
  const keys = await bench.control.apiKeys.list(bench.admin, { limit: 10 })
  await bench.control.apiKeys.revoke(bench.admin, keys.items.find(({ name }) => name === 'ci')!.id)
  await assert.rejects(call(), {
    code: 'forbidden',
    message: /acts for ci, who has no valid credential any more/,
  })
  await assert.rejects(bench.control.receivers.trigger(bench.admin, 'up', {}), { code: 'forbidden' })
  assert.equal((await bench.events()).at(-1)?.type, 'access.refused')
  // A key of that name with less does not help.
  await givenKey('ci', 'viewer')
  await assert.rejects(call(), { code: 'forbidden', message: /needs the role operator/ })
})

test('an owner who is a user is looked up as one, and a disabled one has no authority', async () => {
  const { control, admin } = bench
  const grants = [{ project: 'default', role: 'operator' as const }]
  await control.users.create(admin, { name: 'ada', password: 'correct horse battery', grants })
  const ada = bench.as('user:ada', 'operator')
  const { receiver, token } = await control.receivers.create(ada, webhook)
  const call = () => control.receivers.call({ id: receiver.id, token, inputs: {} })
  assert.equal((await call()).action.createdBy, 'user:ada')
  await control.users.update(admin, 'ada', { enabled: false })
  await assert.rejects(call(), { code: 'forbidden', message: /acts for user:ada, who has no valid/ })
})

test('a webhook that is called too often says when to call again, and the minute after it works', async () => {
  const { receiver, token } = await bench.control.receivers.create(owner, webhook)
  const call = () => bench.control.receivers.call({ id: receiver.id, token, inputs: {} })
  for (let times = 0; times < 4; times += 1) await call()
  bench.turn(20_000)
  await assert.rejects(call(), { code: 'rate_limited', retryAfterSeconds: 40 })
  bench.turn(40_000)
  await call()
})

test('a call is repeated under its idempotency key without another effect', async () => {
  const { receiver, token } = await bench.control.receivers.create(owner, webhook)
  const call = { id: receiver.id, token, inputs: {}, idempotencyKey: 'once' }
  const first = await bench.control.receivers.call(call)
  const second = await bench.control.receivers.call(call)
  assert.equal(second.action.id, first.action.id)
  const actions = await bench.control.actions.list(owner, { name: ['CLUSTER_SCALE_OUT'] }, { limit: 10 })
  assert.equal(actions.items.length, 1)
})

test('the receivers of a cluster go when its deletion is asked for', async () => {
  const { receiver, token } = await bench.control.receivers.create(owner, webhook)
  await bench.control.clusters.delete(owner, 'web')
  await assert.rejects(bench.control.receivers.get(owner, 'up'), { code: 'not_found' })
  const call = bench.control.receivers.call({ id: receiver.id, token, inputs: {} })
  await assert.rejects(call, { code: 'unauthenticated' })
  const late = bench.control.receivers.create(owner, { ...webhook, name: 'late' })
  await assert.rejects(late, { code: 'invalid_state' })
  assert.ok((await bench.events()).some(({ type }) => type === 'receiver.deleted'))
})

test('a change is refused if somebody else was faster', async () => {
  await bench.control.receivers.create(owner, webhook)
  const changed = await bench.control.receivers.update(owner, 'up', { name: 'more' }, { ifMatch: 1 })
  assert.equal(changed.version, 2)
  const late = bench.control.receivers.update(owner, 'more', { params: {} }, { ifMatch: 1 })
  await assert.rejects(late, { code: 'precondition_failed' })
})
