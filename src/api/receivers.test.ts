import assert from 'node:assert/strict'
import { test } from 'node:test'
import { project, startTestServer } from './test-server.ts'

const receivers = `${project}/receivers`
const webhook = { name: 'up', type: 'webhook', cluster: 'web', action: 'CLUSTER_SCALE_OUT' }

test('a receiver is made, listed, shown, changed, rotated and deleted', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  const made = await ask('POST', receivers, { ...webhook, params: { count: 2 } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { receiver, token } = made.body
  assert.match(token, /^drover_receiver_/)
  assert.equal(made.headers['location'], `${receivers}/${receiver.id}`)
  assert.equal(receiver.address, `/api/v1/webhooks/${receiver.id}/trigger`)
  assert.deepEqual((await ask('GET', `${receivers}?type=webhook&cluster=web`)).body.items, [receiver])
  const shown = await ask('GET', `${receivers}/up`)
  assert.deepEqual(shown.body, receiver)
  const match = { 'if-match': shown.headers['etag'] as string }
  const changed = await ask('PATCH', `${receivers}/up`, { params: {} }, match)
  assert.deepEqual(changed.body.params, {})
  assert.equal((await ask('PATCH', `${receivers}/up`, { params: {} }, match)).status, 412)
  const rotated = await ask('POST', `${receivers}/up/rotate`)
  assert.notEqual(rotated.body.token, token)
  assert.equal((await ask('DELETE', `${receivers}/up`)).status, 204)
  assert.equal((await ask('GET', `${receivers}/up`)).status, 404)
})

test('its address needs no API key but the token, and answers with the action', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  const { receiver, token } = (await ask('POST', receivers, webhook)).body
  const nobody = { authorization: '' }
  const called = await ask('POST', `${receiver.address}?token=${token}`, { alarm: 'busy' }, nobody)
  assert.equal(called.status, 202, JSON.stringify(called.body))
  assert.deepEqual(called.body.ignored, ['alarm'])
  const action = await ask('GET', called.headers['location'] as string)
  assert.deepEqual(action.body, called.body.action)
  const bearer = await ask('POST', receiver.address, undefined, { authorization: `Bearer ${token}` })
  assert.equal(bearer.status, 202)
  const refused = await ask('POST', `${receiver.address}?token=wrong`, undefined, nobody)
  assert.deepEqual([refused.status, refused.body.code], [401, 'unauthenticated'])
  assert.equal((await ask('POST', receiver.address, undefined, nobody)).status, 401)
  const known = await ask('POST', `${receivers}/up/trigger`, { count: 'x' })
  assert.deepEqual([known.status, known.body.field], [400, 'inputs.count'])
})

test('messages are put into a queue with the token or an API key, taken, and listed with what became of them', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  const { receiver, token } = (await ask('POST', receivers, { name: 'mail', type: 'message' })).body
  assert.equal(receiver.address, `/api/v1/queues/receiver-${receiver.id}/messages`)
  const body = { cluster: 'web', action: 'CLUSTER_CHECK' }
  const byToken = await ask(
    'POST',
    receiver.address,
    { messages: [{ body }, { body: {} }] },
    { authorization: `Bearer ${token}` },
  )
  assert.equal(byToken.status, 201, JSON.stringify(byToken.body))
  assert.equal((await ask('POST', receiver.address, { messages: [{ body, ttlSeconds: 60 }] })).status, 201)
  for (const authorization of ['', 'Bearer drover_receiver_x']) {
    const refused = await ask('POST', receiver.address, { messages: [{ body }] }, { authorization })
    assert.equal(refused.status, 401)
  }
  const consumed = await ask('POST', `${receivers}/mail/notify`)
  assert.deepEqual(consumed.body, { done: 2, refused: 1, expired: 0 })
  const first = await ask('GET', `${receivers}/mail/messages?limit=2`)
  assert.deepEqual(
    first.body.items.map((one: { status: string }) => one.status),
    ['Done', 'Refused'],
  )
  const next = await ask('GET', `${receivers}/mail/messages?limit=2&cursor=${first.body.nextCursor}`)
  assert.equal(next.body.items.length, 1)
  const put = await ask('GET', `${receivers}/mail/messages?status=Refused`)
  assert.match(put.body.items[0].error.message, /^cluster: say which/)
})
