import assert from 'node:assert/strict'
import { test } from 'node:test'
import { project, startTestServer } from './test-server.ts'

test('a body that breaks a rule is refused with the field and the rule', async (t) => {
  const { ask } = await startTestServer(t)
  const clusters = `${project}/clusters`
  const cluster = { name: 'web', profile: 'plain' }
  const cases = [
    { body: { profile: 'plain' }, field: 'name', says: /is required/ },
    { body: { ...cluster, nmae: 'x' }, field: 'nmae', says: /is not known; known are name, / },
    { body: { ...cluster, size: '3' }, field: 'size', says: /of type integer/ },
    { body: { ...cluster, size: -1 }, field: 'size', says: />= 0/ },
    { body: { ...cluster, name: '-x' }, field: 'name', says: /beginning with a letter or digit/ },
    { body: { ...cluster, code: { bundle: 'b', script: 'x' } }, field: 'code.script', says: /is not known/ },
    {
      body: { ...cluster, updateDefaults: { maxUnavailable: '101%' } },
      field: 'updateDefaults.maxUnavailable',
      says: /a number of nodes, or a percentage of the pool/,
    },
    {
      body: { ...cluster, code: { bundle: 'b', commandLineArguments: [{ key: 'k' }] } },
      field: 'code.commandLineArguments[0].value',
      says: /is required/,
    },
    {
      body: { ...cluster, updateDefaults: { strategy: 'SLOW' } },
      field: 'updateDefaults.strategy',
      says: /one of ROLLING, FORCE, NO_RESTART/,
    },
    { body: [], field: 'body', says: /of type object/ },
    { body: undefined, field: 'name', says: /is required/ },
  ]
  for (const { body, field, says } of cases) {
    const { status, body: problem } = await ask('POST', clusters, body)
    assert.deepEqual(
      [status, problem.code, problem.field],
      [400, 'invalid_request', field],
      JSON.stringify(body),
    )
    assert.match(problem.detail, says)
  }
})

test('a query that breaks a rule is refused, and text that is a number is one', async (t) => {
  const { ask } = await startTestServer(t)
  for (const [query, field] of [
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=ten', 'limit'],
    ['sort=secret', 'sort'],
    ['cursor=nonsense', 'cursor'],
    ['colour=red', 'colour'],
    ['status=Sleeping', 'status[0]'],
  ]) {
    const { status, body } = await ask('GET', `${project}/clusters?${query}`)
    assert.deepEqual([status, body.field], [400, field], query)
  }
  assert.equal((await ask('GET', `${project}/clusters?limit=5&sort=-createdAt&status=Active`)).status, 200)
})

test('what is no JSON is refused, and so is another kind of body', async (t) => {
  const { app, key } = await startTestServer(t)
  const send = (payload: string, type: string) =>
    app.inject({
      method: 'POST',
      url: `${project}/profiles`,
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
      payload,
    })
  for (const [payload, type, status] of [
    ['{"name": ', 'application/json', 400],
    ['{"__proto__": {"x": 1}}', 'application/json', 400],
    ['name=x', 'application/x-www-form-urlencoded', 415],
    ['name', 'text/plain', 415],
    [`"${'x'.repeat(1024 ** 2)}"`, 'application/json', 413],
  ] as const) {
    const response = await send(payload, type)
    assert.equal(response.statusCode, status, payload.slice(0, 30))
    assert.match(String(response.headers['content-type']), /^application\/problem\+json/)
    assert.equal(response.json().code, status === 413 ? 'too_large' : 'invalid_request')
  }
})

test('unknown paths and methods are told apart', async (t) => {
  const { app } = await startTestServer(t)
  const missing = await app.inject('/api/v1/nothing')
  assert.deepEqual([missing.statusCode, missing.json().code], [404, 'not_found'])
  const wrong = await app.inject({ method: 'PUT', url: `${project}/clusters/web` })
  assert.equal(wrong.statusCode, 405)
  assert.equal(wrong.headers['allow'], 'DELETE, GET, HEAD, OPTIONS, PATCH')
  assert.match(String(wrong.headers['content-type']), /^application\/problem\+json/)
  const options = await app.inject({ method: 'OPTIONS', url: `${project}/clusters` })
  assert.deepEqual([options.statusCode, options.headers['allow']], [204, 'GET, HEAD, OPTIONS, POST'])
})

test('HEAD answers like GET, without a body', async (t) => {
  const { ask, makeCluster } = await startTestServer(t)
  await makeCluster()
  const got = await ask('GET', `${project}/clusters/web`)
  const head = await ask('HEAD', `${project}/clusters/web`)
  assert.deepEqual([head.status, head.headers['etag']], [200, got.headers['etag']])
  assert.equal((await ask('HEAD', `${project}/clusters/none`)).status, 404)
})

test('If-Match takes an ETag as it was answered, and nothing like it', async (t) => {
  const { ask, makeCluster } = await startTestServer(t)
  await makeCluster()
  for (const match of ['1', 'W/"1"', '"1", "2"', '"one"', '']) {
    const { status, body } = await ask('PATCH', `${project}/clusters/web`, {}, { 'if-match': match })
    assert.deepEqual([status, body.field], [400, 'If-Match'], match)
  }
  assert.equal(
    (await ask('PATCH', `${project}/clusters/web`, { metadata: { a: 1 } }, { 'if-match': '*' })).status,
    200,
  )
})

test('an idempotent request is repeated as an answer, and never for another', async (t) => {
  const { ask, makeCluster } = await startTestServer(t)
  await makeCluster()
  const url = `${project}/clusters/web/scale-out`
  const headers = { 'idempotency-key': 'once' }
  const first = await ask('POST', url, { count: 2 }, headers)
  const again = await ask('POST', url, { count: 2 }, headers)
  assert.equal(again.body.action.id, first.body.action.id)
  assert.equal((await ask('GET', `${project}/clusters/web`)).body.pools[0].desiredCapacity, 5)
  const other = await ask('POST', url, { count: 3 }, headers)
  assert.deepEqual([other.status, other.body.code], [422, 'idempotency_mismatch'])
  for (const key of ['', 'with space', 'ü', 'x'.repeat(256)]) {
    const { status, body } = await ask('POST', url, {}, { 'idempotency-key': key })
    assert.deepEqual([status, body.field], [400, 'Idempotency-Key'], key)
  }
})

test('pages follow each other by cursor and by link', async (t) => {
  const { ask } = await startTestServer(t)
  for (const name of ['a', 'b', 'c']) {
    await ask('POST', `${project}/profiles`, { name, type: 'scripted', properties: {} })
  }
  const seen: string[] = []
  let url: string | undefined = `${project}/profiles?limit=2&sort=-name`
  while (url !== undefined) {
    const { body, headers } = await ask('GET', url)
    seen.push(...body.items.map((item: { name: string }) => item.name))
    assert.equal(headers['link'] === undefined, body.nextCursor === null)
    url = headers['link']?.match(/^<([^>]+)>; rel="next"$/)?.[1]
  }
  assert.deepEqual(seen, ['c', 'b', 'a'])
})
