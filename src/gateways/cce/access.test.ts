import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PREFIX, sign, start } from './test-client.ts'

const admin = {
  principal: { name: 'root', grants: [{ projectId: '*', role: 'administrator' }] },
  project: 'default',
} as const

test('a request is let in by a signature, a token, or an API key, for the project that it is for', async (t) => {
  const { server, call, projectId, url, access, secret, ask } = await start(t)
  const { control, key } = server
  await control.projects.create(admin, { name: 'other' })
  await control.users.create(admin, {
    name: 'ada',
    password: 'correct horse',
    grants: ['default', 'other'].map((project) => ({ project, role: 'operator' })),
  })
  const login = await fetch(`${url.replace(PREFIX, '/gateways/identity')}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'ada', password: 'correct horse', domain: { name: 'Default' } } },
        },
        scope: { project: { name: 'default', domain: { name: 'Default' } } },
      },
    }),
  })
  const token = login.headers.get('x-subject-token')!
  const list = (project: string, headers: Record<string, string>) =>
    call('GET', `/api/v3/projects/${project}/clusters`, headers)
  const signed = (path: string, method = 'GET') => sign({ url, access, secret }, method, `${PREFIX}${path}`)

  assert.equal((await ask('GET', '/clusters')).status, 200)
  for (const project of [projectId, 'default']) {
    assert.equal((await list(project, signed(`/api/v3/projects/${project}/clusters`))).status, 200)
    assert.equal((await list(project, { 'x-auth-token': token })).status, 200)
    assert.equal((await list(project, { 'x-auth-token': key })).status, 200)
  }
  const elsewhere = await list('other', { 'x-auth-token': token })
  assert.deepEqual([elsewhere.status, elsewhere.body.errorCode], [403, 'CCE.01403001'])
  const notMine = await list('other', signed('/api/v3/projects/other/clusters'))
  assert.deepEqual([notMine.status, notMine.body.errorCode], [403, 'CCE.01403001'])
  assert.equal((await list('other', { 'x-auth-token': key })).status, 200)

  const old = sign(
    { url, access, secret },
    'GET',
    `${PREFIX}/api/v3/projects/default/clusters`,
    '',
    Date.now() - 16 * 60_000,
  )
  const strangers: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{}, /sign the request/],
    [{ 'x-auth-token': 'drover_token_made_up' }, /token/],
    [{ authorization: 'Basic abc' }, /Authorization must be/],
    [{ ...signed('/api/v3/projects/default/clusters'), 'x-sdk-date': '2026' }, /X-Sdk-Date must be/],
    [signed('/api/v3/projects/default/clusters', 'DELETE'), /no such access key, or/],
    [old, /15 minutes/],
  ]
  for (const [headers, wanted] of strangers) {
    const { status, body } = await list('default', headers)
    assert.deepEqual([status, body.errorCode], [401, 'CCE.01401001'], JSON.stringify(headers))
    assert.match(body.errorMsg, wanted)
  }
  await control.accessKeys.update(admin, access, { enabled: false })
  assert.equal((await ask('GET', '/clusters')).status, 401)
})

test('a client that was told a region finds the project of that name', async (t) => {
  const { call, url, access, secret, projectId } = await start(t)
  const find = async (name: string) => {
    const path = `/v3/projects?name=${name}`
    return (await call('GET', path, sign({ url, access, secret }, 'GET', `${PREFIX}${path}`))).body.projects
  }
  assert.partialDeepStrictEqual(await find('default'), [{ id: projectId, name: 'default' }])
  assert.deepEqual(await find('elsewhere'), [])
})

test('every answer has an id, and every refusal is JSON that each client can read', async (t) => {
  const { ask, call, url, access, secret } = await start(t)
  const odd = [
    await call('GET', '/', {}),
    await call('GET', '/api/v3/nothing', {}),
    await ask('GET', '/nothing'),
    await ask('DELETE', '/jobs/1'),
    await ask('GET', `/clusters/${'x'.repeat(300)}`),
    await ask('GET', '/clusters/%2e%2e'),
  ]
  for (const { status, headers, body } of odd) {
    assert.deepEqual([status, body.errorCode, body.error_code], [404, 'CCE.01404001', 'CCE.01404001'])
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  }
  const path = '/api/v3/projects/default/clusters'
  const headers = sign({ url, access, secret }, 'POST', `${PREFIX}${path}`, '{}')
  const asText = await call('POST', path, { ...headers, 'content-type': 'text/plain' }, '{}')
  assert.equal(asText.status, 401, 'the content type is signed')
  const other = { ...headers, authorization: '', 'x-auth-token': 'x' }
  assert.equal((await call('POST', path, other, '{}')).status, 401)
  const large = await ask('POST', '/clusters', JSON.stringify({ text: 'x'.repeat(2 ** 21) }))
  assert.deepEqual([large.status, large.body.errorCode], [400, 'CCE.01400001'])
})

test('a body that is not JSON by its type is refused', async (t) => {
  const { call, server } = await start(t)
  const headers = { 'x-auth-token': server.key, 'content-type': 'text/plain' }
  const { status, body } = await call('POST', '/api/v3/projects/default/clusters', headers, '{}')
  assert.deepEqual([status, body.errorCode], [400, 'CCE.01400006'])
})
