import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../domain/engine.ts'
import type { UpdateId } from '../domain/ids.ts'
import { putEngine } from '../store/leases.ts'
import { patchUpdate } from '../store/updates.ts'
import { giveNodes, project, startTestServer, zip } from './test-server.ts'

test('every route refuses a request without a valid credential', async (t) => {
  const { app } = await startTestServer(t)
  const document = (await app.inject('/api/v1/openapi.json')).json()
  let refused = 0
  for (const [path, operations] of Object.entries<object>(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (operation.security?.length === 0) continue
      const request = { method: method.toUpperCase() as 'GET', url: path.replace(/\{[^}]+\}/g, '1') }
      for (const authorization of [undefined, 'Bearer drover_wrong', 'Basic eDp5']) {
        const headers = authorization === undefined ? {} : { authorization }
        const response = await app.inject({ ...request, headers })
        assert.equal(response.statusCode, 401, `${method} ${path}`)
        assert.equal(response.headers['www-authenticate'], 'Bearer realm="drover"')
        assert.equal(response.json().code, 'unauthenticated')
        refused += 1
      }
    }
  }
  assert.ok(refused > 150, `${refused} requests were refused`)
})

test('who one is, the version and the engines are told', async (t) => {
  const { app, ask, store } = await startTestServer(t)
  assert.deepEqual((await app.inject('/api/v1/version')).json(), {
    name: 'drover',
    version: '0.0.0-test',
    api: 'v1',
  })
  const identity = {
    name: 'admin',
    groups: [],
    grants: [{ projectId: '*', project: '*', role: 'administrator' }],
  }
  assert.deepEqual((await ask('GET', '/api/v1/whoami')).body, identity)
  const engine = {
    id: 'e1',
    host: 'h',
    pid: 1,
    version: '1',
    startedAt: 0,
    heartbeatAt: 1000,
    leaseUntil: 2000,
  }
  await store.write((tx) => putEngine(tx, engine as Engine))
  const { items } = (await ask('GET', '/api/v1/engines')).body
  assert.equal(items[0].heartbeatAt, '1970-01-01T00:00:01.000Z')
})

test('projects and API keys are made, shown and revoked', async (t) => {
  const { app, ask } = await startTestServer(t)
  const made = await ask('POST', '/api/v1/projects', { name: 'research' })
  assert.equal(made.status, 201)
  assert.equal(made.headers['location'], '/api/v1/projects/research')
  assert.deepEqual((await ask('GET', '/api/v1/projects/research')).body, made.body)
  assert.equal((await ask('GET', '/api/v1/projects')).body.items.length, 2)

  const grants = [{ project: 'research', role: 'viewer' }]
  const key = await ask('POST', '/api/v1/api-keys', { name: 'reader', grants, expiresInSeconds: 60 })
  assert.equal(key.status, 201)
  const headers = { authorization: `Bearer ${key.body.secret}` }
  assert.equal((await app.inject({ url: '/api/v1/projects/research/clusters', headers })).statusCode, 200)
  const other = await app.inject({ url: `${project}/clusters`, headers })
  assert.equal(other.json().code, 'forbidden')
  const listed = await ask('GET', '/api/v1/api-keys')
  assert.ok(!JSON.stringify(listed.body).includes(key.body.secret))

  const revoked = await ask('DELETE', `/api/v1/api-keys/${key.body.key.id}`)
  assert.ok(revoked.body.revokedAt)
  assert.equal((await app.inject({ url: '/api/v1/whoami', headers })).statusCode, 401)
})

test('profiles are validated, made, shown and deleted', async (t) => {
  const { ask } = await startTestServer(t)
  const types = await ask('GET', `${project}/profile-types`)
  assert.equal(types.body.items[0].type, 'scripted')
  const spec = { type: 'scripted', properties: { latency: { startMs: 5 } } }
  assert.equal((await ask('POST', `${project}/profiles/validate`, spec)).body.version, '1.0')
  const wrong = { type: 'scripted', properties: { latency: { startMs: 'long' } } }
  const refused = await ask('POST', `${project}/profiles/validate`, wrong)
  assert.equal(refused.status, 422)
  assert.match(refused.body.field, /startMs/)
  const made = await ask('POST', `${project}/profiles`, { name: 'slow', ...spec })
  assert.equal(made.headers['location'], `${project}/profiles/slow`)
  assert.deepEqual((await ask('GET', `${project}/profiles/slow`)).body, made.body)
  assert.deepEqual((await ask('GET', `${project}/profiles?type=scripted`)).body.items, [made.body])
  assert.equal((await ask('DELETE', `${project}/profiles/slow`)).status, 204)
  assert.equal((await ask('GET', `${project}/profiles/slow`)).status, 404)
})

test('a cluster is made, shown, changed, resized and deleted', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  const web = `${project}/clusters/web`
  const shown = await ask('GET', web)
  assert.equal(shown.body.status, 'Creating')
  assert.equal(shown.body.pools[0].committedRevision, 1)
  assert.deepEqual((await ask('GET', `${project}/clusters?status=Creating&status=Active`)).body.items, [
    shown.body,
  ])

  const etag = shown.headers['etag'] as string
  const changed = await ask('PATCH', web, { metadata: { team: 'a' } }, { 'if-match': etag })
  assert.deepEqual(changed.body.metadata, { team: 'a' })
  assert.notEqual(changed.headers['etag'], etag)
  const late = await ask('PATCH', web, { metadata: {} }, { 'if-match': etag })
  assert.equal(late.status, 412)

  for (const [verb, body, name] of [
    ['resize', { desiredCapacity: 5 }, 'CLUSTER_RESIZE'],
    ['scale-out', undefined, 'CLUSTER_RESIZE'],
    ['scale-in', { count: 2 }, 'CLUSTER_RESIZE'],
    ['check', undefined, 'CLUSTER_CHECK'],
    ['recover', {}, 'CLUSTER_RECOVER'],
  ] as const) {
    const accepted = await ask('POST', `${web}/${verb}`, body)
    assert.equal(accepted.status, 202, verb)
    assert.equal(accepted.body.action.name, name)
    const action = await ask('GET', accepted.headers['location'] as string)
    assert.deepEqual(action.body, accepted.body.action)
  }
  const recreated = await ask('POST', `${web}/recover`, { operation: 'RECREATE' })
  assert.deepEqual(recreated.body.action.inputs, { operation: 'RECREATE' })
  assert.equal((await ask('POST', `${web}/recover`, { operation: 'PRAY' })).status, 400)
  assert.equal((await ask('GET', web)).body.pools[0].desiredCapacity, 4)
  assert.equal((await ask('GET', `${project}/actions?cluster=web&name=CLUSTER_CHECK`)).body.items.length, 1)

  const deletion = await ask('DELETE', web)
  assert.equal(deletion.status, 202)
  assert.equal(deletion.body.cluster.status, 'Deleting')
  assert.equal((await ask('POST', `${web}/resize`, { desiredCapacity: 1 })).body.code, 'invalid_state')
})

test('pools are made, shown, changed and deleted', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  const pools = `${project}/clusters/web/pools`
  const made = await ask('POST', pools, { name: 'spare', profile: 'plain', size: 2, maxSize: 4 })
  assert.equal(made.status, 202)
  assert.equal(made.body.revision.number, 1)
  assert.deepEqual(
    (await ask('GET', pools)).body.items.map((pool: { name: string }) => pool.name),
    ['DefaultPool', 'spare'],
  )
  const shown = await ask('GET', `${pools}/spare`)
  const match = { 'if-match': shown.headers['etag'] as string }
  const changed = await ask('PATCH', `${pools}/spare`, { updateDefaults: { maxUnavailable: '50%' } }, match)
  assert.deepEqual(changed.body.updateDefaults, { maxUnavailable: '50%' })
  assert.equal((await ask('DELETE', `${pools}/spare`)).status, 202)
  assert.equal((await ask('DELETE', `${pools}/DefaultPool`)).body.code, 'invalid_state')
})

test('nodes are listed, shown, added, checked, replaced and removed', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  const nodes = `${project}/clusters/web/nodes`
  await giveNodes(server, ['web-1', 'web-2', 'web-3'])
  const listed = (await ask('GET', `${nodes}?status=Running&revision=1`)).body.items
  assert.deepEqual(
    listed.map((node: { name: string }) => node.name),
    ['web-1', 'web-2', 'web-3'],
  )
  const { revision, available, drifted, handle } = listed[0]
  assert.deepEqual(
    { revision, available, drifted, handle },
    { revision: 1, available: true, drifted: false, handle: undefined },
  )
  assert.deepEqual((await ask('GET', `${nodes}/web-1`)).body, listed[0])

  for (const [verb, body, name] of [
    ['', { name: 'extra' }, 'CLUSTER_ADD_NODES'],
    ['/add', { count: 2 }, 'CLUSTER_ADD_NODES'],
    ['/remove', { nodes: ['web-3'] }, 'CLUSTER_DEL_NODES'],
    ['/replace', { nodes: ['web-2'] }, 'CLUSTER_REPLACE_NODES'],
    ['/web-1/check', undefined, 'NODE_CHECK'],
    ['/web-1/recover', undefined, 'NODE_RECOVER'],
    ['/web-1/replace', undefined, 'CLUSTER_REPLACE_NODES'],
  ] as const) {
    const accepted = await ask('POST', `${nodes}${verb}`, body)
    assert.equal(accepted.status, 202, `${verb}: ${JSON.stringify(accepted.body)}`)
    assert.equal(accepted.body.action.name, name)
  }
  const rebooted = await ask('POST', `${nodes}/web-1/recover`, { operation: 'REBOOT' })
  assert.deepEqual(rebooted.body.action.inputs, { operation: 'REBOOT' })
  assert.equal((await ask('DELETE', `${nodes}/web-2`)).status, 202)
  assert.equal((await ask('GET', `${nodes}/web-1/logs`)).body.code, 'invalid_state')
})

test('an update is planned, started, paused, resumed and cancelled', async (t) => {
  const server = await startTestServer(t)
  const { ask } = server
  await server.makeCluster()
  await giveNodes(server, ['web-1', 'web-2'])
  const octets = { 'content-type': 'application/octet-stream' }
  await ask('POST', `${project}/bundles?name=quotes&version=2`, zip('two'), octets)
  const web = `${project}/clusters/web`
  const change = { code: { bundle: 'quotes@2' }, params: { maxUnavailable: '50%' } }

  const plan = await ask('POST', `${web}/updates/plan`, change)
  assert.equal(plan.status, 200)
  assert.deepEqual([plan.body.to.number, plan.body.to.isNew, plan.body.batches.length], [2, true, 2])

  const started = await ask('POST', `${web}/updates`, change)
  assert.equal(started.status, 202, JSON.stringify(started.body))
  const { id } = started.body.update
  const url = started.headers['location'] as string
  assert.equal(url, `${project}/updates/${id}`)
  assert.deepEqual([started.body.update.fromRevision, started.body.update.toRevision], [1, 2])

  const second = await ask('POST', `${web}/updates`, change)
  assert.deepEqual([second.status, second.body.code, second.body.updateId], [409, 'conflict', id])
  assert.equal((await ask('GET', web)).body.pools[0].updateInFlight.id, id)

  assert.equal((await ask('POST', `${url}/pause`, { reason: 'look' })).body.control.paused.by, 'admin')
  assert.equal((await ask('POST', `${url}/resume`)).body.control.paused, null)
  const cancelled = await ask('POST', `${url}/cancel`)
  assert.equal(cancelled.body.control.cancellation.mode, 'roll-back')
  assert.equal((await ask('GET', `${url}/nodes?limit=1`)).body.items[0].name, 'web-1')
  for (const list of [`${project}/updates?cluster=web`, `${web}/updates`]) {
    assert.deepEqual((await ask('GET', list)).body.items, [cancelled.body])
  }
  const revisions = await ask('GET', `${web}/revisions`)
  assert.deepEqual(
    revisions.body.items.map((one: { number: number; committed: boolean }) => [one.number, one.committed]),
    [
      [2, false],
      [1, true],
    ],
  )
  assert.equal((await ask('GET', `${web}/revisions/2?pool=DefaultPool`)).body.number, 2)
  const compared = (await ask('GET', `${web}/revisions/1/comparison?to=2`)).body
  const changed = compared.differences.map((one: { path: string }) => one.path)
  assert.deepEqual(changed, ['code.bundle', 'code.bundleId', 'code.digest'])
  assert.deepEqual(
    compared.files.map((one: { path: string; change: string }) => [one.path, one.change]),
    [['start.sh', 'changed']],
  )
  assert.equal((await ask('GET', `${web}/revisions/1/comparison?to=7`)).status, 404)
  assert.match((await ask('GET', `${url}/explanation`)).body.summary, /no engine is running/)
  const told = (await ask('GET', `${url}/history`)).body
  assert.deepEqual(
    told.entries.slice(1).map((one: { type: string; by: string }) => [one.type, one.by]),
    ['pauseRequested', 'resumed', 'cancelRequested'].map((word) => [`update.${word}`, 'admin']),
  )
  assert.equal(told.steps.count, 0)
  await server.store.write((tx) => patchUpdate(tx, id as UpdateId, { status: 'Cancelled', endedAt: 1 }))
  const back = await ask('POST', `${web}/rollback`, { toRevision: 1 })
  assert.equal(back.status, 202, JSON.stringify(back.body))
  assert.equal(back.body.update.type, 'Rollback')
})

test('events tell what was asked', async (t) => {
  const { ask } = await startTestServer(t)
  await ask('POST', `${project}/profiles`, { name: 'p', type: 'scripted', properties: {} })
  const { items } = (await ask('GET', `${project}/events?limit=1`)).body
  assert.equal(items[0].type, 'profile.created')
  assert.equal(items[0].principal, 'admin')
})
