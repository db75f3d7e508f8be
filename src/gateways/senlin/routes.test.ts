import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PREFIX, spec, start } from './test-client.ts'

test('everybody may ask which versions there are, and is told by the host they came through', async (t) => {
  const { server } = await start(t)
  const get = async (path: string) => {
    const response = await server.app.inject({
      url: `${PREFIX}${path}`,
      headers: { host: 'cloud.example:8778' },
    })
    return { status: response.statusCode, body: response.json() }
  }
  for (const path of ['', '/', '/versions']) {
    const { status, body } = await get(path)
    assert.equal(status, 300, path)
    assert.equal(body.versions.length, 1)
    assert.equal(body.versions[0].links[0].href, `http://cloud.example:8778${PREFIX}/v1`)
  }
  for (const path of ['/v1', '/v1/']) {
    const { status, body } = await get(path)
    assert.equal(status, 200, path)
    assert.deepEqual(
      [body.version.id, body.version.min_version, body.version.max_version],
      ['1.0', '1.0', '1.14'],
    )
  }
})

test('a microversion decides which methods there are, and is told in every answer', async (t) => {
  const { ask, server } = await start(t)
  const cases = [
    { version: undefined, status: 400, type: 'MethodVersionNotFound' },
    { version: '1.6', status: 400, type: 'MethodVersionNotFound' },
    { version: '1.7', status: 200 },
    { version: 'latest', status: 200 },
    { version: '1.15', status: 406, type: 'InvalidGlobalAPIVersion' },
    { version: '2.0', status: 406, type: 'InvalidGlobalAPIVersion' },
    { version: 'one', status: 400, type: 'BadRequest' },
  ]
  for (const { version, status, type } of cases) {
    const answer = await ask('GET', '/v1/services', undefined, version)
    assert.equal(answer.status, status, version)
    assert.equal(answer.body.error?.type, type)
    assert.match(String(answer.headers['x-openstack-request-id']), /^req-[0-9a-f-]{36}$/)
    assert.equal(answer.headers['vary'], 'OpenStack-API-Version')
  }
  const several = await server.app.inject({
    url: `${PREFIX}/v1/build-info`,
    headers: { 'x-auth-token': server.key, 'openstack-api-version': 'compute 2.90, clustering 1.3' },
  })
  assert.equal(several.headers['openstack-api-version'], 'clustering 1.3')
  assert.deepEqual(Object.keys(several.json().build_info), ['api', 'engine'])
})

test('without a token there is nothing but the versions', async (t) => {
  const { server } = await start(t)
  const response = await server.app.inject({ url: `${PREFIX}/v1/clusters` })
  assert.equal(response.statusCode, 401)
  assert.match(String(response.headers['www-authenticate']), /^Keystone uri="http/)
  assert.deepEqual(Object.keys(response.json().error), ['code', 'title', 'message'])
})

test('paths that are not there are 404, methods that are not there 405, and both say so in the same shape', async (t) => {
  const { ask } = await start(t)
  for (const [method, path, status, type] of [
    ['GET', '/vx', 404, 'HTTPNotFound'],
    ['GET', '/v1/nothing', 404, 'HTTPNotFound'],
    ['DELETE', '/v1/clusters', 405, 'HTTPMethodNotAllowed'],
    ['POST', '/v1/build-info', 405, 'HTTPMethodNotAllowed'],
  ] as const) {
    const { status: got, body } = await ask(method, path)
    assert.equal(got, status, path)
    assert.deepEqual(
      [body.code, body.error.code, body.error.type, body.explanation],
      [status, status, type, body.error.message],
    )
  }
})

test('bodies that are no JSON, too large or incomplete are 400', async (t) => {
  const { ask } = await start(t)
  const large = JSON.stringify({ profile: { name: 'x', spec, metadata: { text: 'x'.repeat(1024 ** 2) } } })
  for (const [body, type, message] of [
    ['{', 'HTTPBadRequest', /not JSON/],
    [large, 'RequestLimitExceeded', /1048576/],
    [{}, 'HTTPBadRequest', /^Request body missing 'profile' key.$/],
    [{ profile: { spec } }, 'HTTPBadRequest', /^'name' is a required property$/],
    [
      { profile: { name: 'x', spec, boo: 1 } },
      'HTTPBadRequest',
      /^Additional properties are not allowed \('boo' was/,
    ],
    [{ profile: { name: 'a b', spec } }, 'HTTPBadRequest', /'name'/],
  ] as const) {
    const answer = await ask('POST', '/v1/profiles', body)
    assert.equal(answer.status, 400, String(message))
    assert.equal(answer.body.error.type, type)
    assert.match(answer.body.error.message, message)
  }
})

test('a profile is made, shown, renamed and deleted', async (t) => {
  const { ask } = await start(t)
  const profile = { name: 'plain', spec, metadata: { k: 'v' } }
  const created = await ask('POST', '/v1/profiles', { profile })
  assert.equal(created.status, 201)
  const { id } = created.body.profile
  assert.equal(created.body.profile.type, 'scripted-1.0')
  assert.deepEqual(created.body.profile.spec, spec)
  assert.match(created.body.profile.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  const renamed = await ask('PATCH', `/v1/profiles/${id}`, { profile: { name: 'other' } })
  assert.equal(renamed.body.profile.name, 'other')
  const nothing = await ask('PATCH', `/v1/profiles/${id}`, { profile: {} })
  assert.equal(nothing.body.error.message, 'No property needs an update.')
  const listed = await ask('GET', '/v1/profiles?name=other')
  assert.deepEqual(
    listed.body.profiles.map((one: { id: string }) => one.id),
    [id],
  )
  assert.deepEqual((await ask('DELETE', `/v1/profiles/${id}`)).status, 204)
  const gone = await ask('GET', `/v1/profiles/${id}`)
  assert.deepEqual([gone.status, gone.body.error.message], [404, `The profile '${id}' could not be found.`])
})

test('a cluster is answered with its action, whose name and target say what it is about', async (t) => {
  const { ask, makeCluster } = await start(t)
  const id = await makeCluster('web', {
    desired_capacity: '2',
    min_size: 1,
    max_size: -1,
    timeout: null,
  })
  const { body } = await ask('GET', '/v1/clusters/web', undefined, '1.7')
  assert.deepEqual(
    [body.cluster.status, body.cluster.status_reason, body.cluster.desired_capacity, body.cluster.max_size],
    ['INIT', 'Initializing', 2, -1],
  )
  assert.deepEqual(
    [body.cluster.profile_name, body.cluster.config, body.cluster.nodes],
    ['web-profile', {}, []],
  )
  assert.equal((await ask('GET', '/v1/clusters/web')).body.cluster.config, undefined, 'config came with 1.7')
  const { body: listed } = await ask('GET', `/v1/actions?target=${id}`, undefined, '1.14')
  const [action] = listed.actions
  assert.deepEqual(
    [action.action, action.name, action.cluster_id],
    ['CLUSTER_CREATE', `cluster_create_${id.slice(0, 8)}`, id],
  )
  assert.equal((await ask('GET', `/v1/actions?name=${action.name}`)).body.actions.length, 1)
  assert.equal((await ask('GET', '/v1/actions?name=cluster_update_00000000')).body.actions.length, 0)
})

test('an update of settings is an action that is over, and answers with what there was', async (t) => {
  const { ask, makeCluster } = await start(t)
  const id = await makeCluster('web')
  const changed = await ask('PATCH', `/v1/clusters/${id}`, {
    cluster: { name: 'new', timeout: 240, metadata: { k: 1 } },
  })
  assert.equal(changed.status, 202)
  assert.equal(changed.body.cluster.name, 'web')
  const action = String(changed.headers['location']).split('/actions/')[1]
  assert.match(
    String(changed.headers['location']),
    /^http:\/\/cloud\.example:8778\/gateways\/senlin\/v1\/actions\//,
  )
  assert.equal((await ask('GET', `/v1/actions/${action}`)).body.action.status, 'SUCCEEDED')
  const { cluster } = (await ask('GET', `/v1/clusters/${id}`)).body
  assert.deepEqual([cluster.name, cluster.timeout, cluster.metadata], ['new', 240, { k: 1 }])
  for (const body of [{ cluster: {} }, { cluster: { name: 'new' } }]) {
    const same = await ask('PATCH', `/v1/clusters/${id}`, body)
    assert.deepEqual([same.status, same.body.error.message], [400, 'No property needs an update.'])
  }
})

test('what a body names and is not there is a fault of the request', async (t) => {
  const { ask } = await start(t)
  const { status, body } = await ask('POST', '/v1/clusters', {
    cluster: { name: 'x', profile_id: 'nothing' },
  })
  assert.deepEqual(
    [status, body.error.type, body.error.message],
    [400, 'BadRequest', "The specified profile 'nothing' could not be found."],
  )
})

test('a list refuses what it cannot be asked for, and says what', async (t) => {
  const { ask } = await start(t)
  const cases = [
    { query: 'bogus=1', message: 'Invalid parameter bogus' },
    { query: 'limit=x', message: "The value for limit must be an integer: 'x'." },
    { query: 'limit=-5', message: "Value must be >= 0 for field 'limit'." },
    { query: 'marker=x', message: "The value for marker is not a valid UUID: 'x'." },
    { query: 'sort=x', message: "Unsupported sort key 'x' for 'sort'." },
    { query: 'sort=name:up', message: "Unsupported sort dir 'up' for 'sort'." },
    { query: 'global_project=maybe', message: "Invalid value 'maybe' specified for 'global_project'" },
    { query: 'cluster_id=gone', message: 'Cannot find the given cluster: gone.' },
  ]
  for (const { query, message } of cases) {
    const { status, body } = await ask('GET', `/v1/nodes?${query}`)
    assert.equal(status, 400, query)
    assert.equal(body.error.message, message)
  }
})

test('lists are paged by the last id, sorted by several keys and filtered by alternatives', async (t) => {
  const { ask, makeCluster } = await start(t)
  for (const name of ['a', 'b', 'c']) await makeCluster(name)
  const names = async (query: string) =>
    (await ask('GET', `/v1/clusters?${query}`)).body.clusters.map((one: { name: string }) => one.name)
  assert.deepEqual(await names(''), ['a', 'b', 'c'])
  assert.deepEqual(await names('sort=status:asc,name:desc'), ['c', 'b', 'a'])
  assert.deepEqual(await names('name=a&name=c&sort=name:desc'), ['c', 'a'])
  const { body } = await ask('GET', '/v1/clusters?limit=2')
  const last = body.clusters.at(-1).id
  assert.deepEqual(await names(`limit=2&marker=${last}`), ['c'])
  assert.deepEqual(await names('status=CREATING&status=INIT&limit=1'), ['a'])
  assert.deepEqual(await names('status=ACTIVE'), [])
  assert.deepEqual(await names('global_project=true'), ['a', 'b', 'c'])
})

test('events tell of clusters by name, and one is found by its id', async (t) => {
  const { ask, makeCluster } = await start(t)
  const id = await makeCluster('web')
  const { body } = await ask(
    'GET',
    `/v1/events?oid=${id}&oname=web&otype=CLUSTER&level=INFO&action=CLUSTER_CREATE`,
  )
  assert.equal(body.events.length, 1)
  const [event] = body.events
  assert.deepEqual(
    [event.oname, event.action, event.level, event.status],
    ['web', 'CLUSTER_CREATE', '20', 'START'],
  )
  assert.deepEqual((await ask('GET', `/v1/events/${event.id}`)).body.event, event)
  assert.equal((await ask('GET', '/v1/events?otype=NODE')).body.events.length, 0)
  assert.equal((await ask('GET', '/v1/events?level=bad')).body.error.message, 'Field value bad is invalid')
  for (const key of ['timestamp', 'level', 'otype', 'oname', 'action', 'status', 'oid', 'cluster_id']) {
    assert.equal((await ask('GET', `/v1/events?sort=${key}:desc&limit=1`)).body.events.length, 1, key)
  }
})
