import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityGateway } from '../../gateways/identity/index.ts'
import { startTestServer } from '../test-server.ts'

const password = 'correct horse'
const grants = [{ project: 'default', role: 'operator' }]

test('a user is made, shown, changed and deleted', async (t) => {
  const { ask } = await startTestServer(t)
  const made = await ask('POST', '/api/v1/users', { name: 'ada', grants })
  assert.equal(made.status, 201)
  assert.equal(made.body.password.length, 32)
  const { user } = made.body
  assert.equal(made.headers['location'], `/api/v1/users/${user.id}`)
  assert.deepEqual((await ask('GET', '/api/v1/users/ada')).body, user)
  assert.deepEqual((await ask('GET', '/api/v1/users?name=ada')).body.items, [user])
  const changed = await ask('PATCH', '/api/v1/users/ada', { enabled: false, description: 'left' })
  assert.deepEqual([changed.body.enabled, changed.body.description], [false, 'left'])
  assert.equal((await ask('PATCH', '/api/v1/users/ada', { name: 'eve' })).body.field, 'name')
  assert.equal((await ask('POST', '/api/v1/users', { name: 'ada' })).status, 409)
  const short = await ask('POST', '/api/v1/users', { name: 'eve', password: 'short' })
  assert.deepEqual([short.status, short.body.field], [400, 'password'])
  assert.equal((await ask('DELETE', '/api/v1/users/ada')).status, 204)
  assert.equal((await ask('GET', '/api/v1/users/ada')).status, 404)
})

test('groups are given to users and keys, and told to who is in them', async (t) => {
  const { ask } = await startTestServer(t)
  await ask('POST', '/api/v1/users', { name: 'ada', password, grants, groups: ['qa'] })
  assert.deepEqual((await ask('GET', '/api/v1/users/ada')).body.groups, ['qa'])
  const changed = await ask('PATCH', '/api/v1/users/ada', { groups: ['qa', 'deployers'] })
  assert.deepEqual(changed.body.groups, ['deployers', 'qa'])
  const made = await ask('POST', '/api/v1/api-keys', { name: 'ci', grants, groups: ['deployers'] })
  const authorization = `Bearer ${made.body.secret}`
  assert.deepEqual((await ask('GET', '/api/v1/whoami', undefined, { authorization })).body.groups, [
    'deployers',
  ])
})

test('a login gives a token that works like a key, until it is revoked', async (t) => {
  const { ask } = await startTestServer(t)
  await ask('POST', '/api/v1/users', { name: 'ada', password, grants })
  const login = { user: 'ada', password, project: 'default' }
  const issued = await ask('POST', '/api/v1/tokens', login, { authorization: '' })
  assert.equal(issued.status, 201)
  assert.deepEqual([issued.body.token.role, issued.body.token.project.name], ['operator', 'default'])
  const authorization = `Bearer ${issued.body.secret}`
  const self = await ask('GET', '/api/v1/whoami', undefined, { authorization })
  assert.deepEqual([self.body.name, self.body.user.name], ['user:ada', 'ada'])
  assert.equal((await ask('GET', '/api/v1/api-keys', undefined, { authorization })).status, 403)
  const revoked = await ask('POST', '/api/v1/tokens/revoke', { token: issued.body.secret }, { authorization })
  assert.equal(revoked.body.id, issued.body.token.id)
  assert.equal((await ask('GET', '/api/v1/whoami', undefined, { authorization })).status, 401)
  await ask('POST', '/api/v1/tokens', login)
  assert.deepEqual((await ask('POST', '/api/v1/users/ada/revoke-tokens')).body, { revoked: 1 })
  assert.equal((await ask('POST', '/api/v1/tokens', { user: 'ada', password: 'wrong' })).status, 401)
  assert.equal((await ask('POST', '/api/v1/tokens', { user: 'ada' })).status, 400)
})

test('an application credential is made by its user, and logs in', async (t) => {
  const { ask } = await startTestServer(t)
  await ask('POST', '/api/v1/users', { name: 'ada', password, grants })
  const issued = await ask('POST', '/api/v1/tokens', { user: 'ada', password })
  const as = { authorization: `Bearer ${issued.body.secret}` }
  const path = '/api/v1/users/ada/application-credentials'
  assert.equal((await ask('POST', path, { name: 'ci', project: 'default' })).status, 403)
  const made = await ask('POST', path, { name: 'ci', project: 'default', role: 'viewer' }, as)
  assert.equal(made.status, 201)
  const { credential, secret } = made.body
  assert.deepEqual((await ask('GET', path)).body.items, [credential])
  assert.deepEqual((await ask('GET', `${path}/ci`)).body, credential)
  const login = { applicationCredential: 'ci', user: 'ada', secret }
  const token = (await ask('POST', '/api/v1/tokens', login)).body.token
  assert.deepEqual([token.role, token.methods], ['viewer', ['application_credential']])
  assert.equal((await ask('DELETE', `${path}/ci`, undefined, as)).status, 204)
  assert.equal((await ask('POST', '/api/v1/tokens', login)).status, 401)
})

test('gateways are listed with the address that the client came to', async (t) => {
  const own = new Map([['identity', 'http://127.0.0.1:5000']])
  const { ask } = await startTestServer(t, { gateways: [identityGateway], gatewayListeners: () => own })
  const { body } = await ask('GET', '/api/v1/gateways', undefined, { host: 'drover.test:7717' })
  assert.partialDeepStrictEqual(body.items, [
    {
      name: 'identity',
      url: 'http://drover.test:7717/gateways/identity',
      ownUrl: 'http://127.0.0.1:5000',
      serviceType: 'identity',
    },
  ])
  assert.ok(body.items[0].setup.includes('export OS_AUTH_URL=http://drover.test:7717/gateways/identity/v3'))
})
