import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '../../api/test-server.ts'
import type { Asker } from '../../control/control.ts'
import type { Gateway } from '../gateway.ts'
import { identityGateway } from './index.ts'

const V3 = '/gateways/identity/v3'
const password = 'correct horse'
const domain = { name: 'Default' }
const root: Asker = { principal: { name: 'root', grants: [{ projectId: '*', role: 'administrator' }] } }
const clustering: Gateway = {
  ...{ name: 'senlin', prefix: '/gateways/senlin', catalog: { type: 'clustering', name: 'senlin' } },
  register() {},
}

/** A server with a user `ada`, who is a member of projects `default` and `other`. */
async function start(t: TestContext, publicUrl: string | null = null) {
  const server = await startTestServer(t, { gateways: [identityGateway, clustering], publicUrl })
  const { control, app } = server
  const other = await control.projects.create(root, { name: 'other' })
  const { user } = await control.users.create(root, {
    name: 'ada',
    password,
    grants: ['default', 'other'].map((project) => ({ project, role: 'operator' as const })),
  })
  const ask = async (
    method: 'GET' | 'POST' | 'DELETE' | 'HEAD',
    path: string,
    options: { readonly token?: string; readonly subject?: string; readonly body?: unknown } = {},
  ) => {
    const response = await app.inject({
      method,
      url: path.startsWith('/gateways') ? path : V3 + path,
      headers: {
        host: 'drover.test:7717',
        ...(options.token !== undefined && { 'x-auth-token': options.token }),
        ...(options.subject !== undefined && { 'x-subject-token': options.subject }),
      },
      ...(options.body !== undefined && { payload: options.body as object }),
    })
    return {
      status: response.statusCode,
      headers: response.headers,
      body: response.body === '' ? null : response.json(),
    }
  }
  const identity = { methods: ['password'], password: { user: { name: 'ada', domain, password } } }
  const scope = (name: string) => ({ project: { name, domain } })
  const logIn = async (given: object = { identity, scope: scope('default') }, query = '') => {
    const answer = await ask('POST', `/auth/tokens${query}`, { body: { auth: given } })
    return { ...answer, token: String(answer.headers['x-subject-token']) }
  }
  return { ...server, ask, logIn, identity, scope, user, other }
}

test('clients find version 3 at the root and below it, at the host they came to', async (t) => {
  const { ask } = await start(t)
  const version = { id: 'v3.14', status: 'stable' }
  const href = 'http://drover.test:7717/gateways/identity/v3/'
  for (const path of ['/gateways/identity', '/gateways/identity/']) {
    const { status, body } = await ask('GET', path)
    assert.equal(status, 300)
    assert.partialDeepStrictEqual(body.versions.values, [{ ...version, links: [{ rel: 'self', href }] }])
  }
  for (const path of [V3, `${V3}/`]) {
    const { status, body } = await ask('GET', path)
    assert.equal(status, 200)
    assert.partialDeepStrictEqual(body.version, { ...version, links: [{ rel: 'self', href }] })
  }
})

test('a login by password gives a token with project, roles and the catalog of services', async (t) => {
  const { logIn, user } = await start(t)
  const { status, body, token, headers } = await logIn()
  assert.equal(status, 201)
  assert.match(token, /^drover_token_/)
  assert.match(String(headers['x-openstack-request-id']), /^req-/)
  assert.partialDeepStrictEqual(body.token, {
    methods: ['password'],
    user: { id: user.id, name: 'ada', domain: { id: 'default', name: 'Default' } },
    project: { name: 'default', domain: { id: 'default', name: 'Default' } },
    roles: [{ name: 'member' }, { name: 'reader' }],
    is_domain: false,
  })
  assert.match(body.token.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  assert.match(body.token.audit_ids[0], /^[\w-]{22}$/)
  const urls = Object.fromEntries(
    body.token.catalog.map((service: { type: string; endpoints: { interface: string; url: string }[] }) => [
      service.type,
      service.endpoints.find((endpoint) => endpoint.interface === 'public')?.url,
    ]),
  )
  assert.deepEqual(urls, {
    identity: 'http://drover.test:7717/gateways/identity',
    clustering: 'http://drover.test:7717/gateways/senlin',
  })
})

test('behind a proxy the catalog says how the proxy is reached', async (t) => {
  const { logIn } = await start(t, 'https://drover.example')
  const { body } = await logIn()
  assert.equal(body.token.catalog[1].endpoints[0].url, 'https://drover.example/gateways/senlin')
})

test('a token can be without a project or without the catalog', async (t) => {
  const { logIn, identity, scope } = await start(t)
  const unscoped = (await logIn({ identity })).body.token
  assert.deepEqual([unscoped.project, unscoped.roles, unscoped.catalog], [undefined, undefined, undefined])
  assert.equal((await logIn({ identity, scope: 'unscoped' })).status, 201)
  const bare = (await logIn({ identity, scope: scope('other') }, '?nocatalog')).body.token
  assert.deepEqual([bare.project.name, bare.catalog], ['other', undefined])
})

test('ids do as well as names, and a token gives one for another project', async (t) => {
  const { logIn, ask, user, other } = await start(t)
  const byId = await logIn({
    identity: { methods: ['password'], password: { user: { id: user.id, password } } },
    scope: { project: { id: other.id } },
  })
  assert.equal(byId.body.token.project.id, other.id)
  const again = await logIn({
    identity: { methods: ['token'], token: { id: byId.token } },
    scope: { project: { name: 'default', domain: { id: 'default' } } },
  })
  assert.deepEqual(again.body.token.methods, ['password', 'token'])
  assert.equal(again.body.token.expires_at, byId.body.token.expires_at)
  const projects = await ask('GET', '/auth/projects', { token: again.token })
  assert.deepEqual(
    projects.body.projects.map(({ name }: { name: string }) => name),
    ['default', 'other'],
  )
})

test('who cannot log in gets the same answer, whatever was wrong', async (t) => {
  const { logIn, identity, scope } = await start(t)
  const by = (user: object) => ({ identity: { methods: ['password'], password: { user } } })
  const wrong = [
    by({ name: 'ada', domain, password: 'wrong' }),
    by({ name: 'nobody', domain, password }),
    by({ name: 'ada', domain: { name: 'Other' }, password }),
    by({ id: 'x', password }),
  ]
  const bodies = new Set<string>()
  for (const auth of wrong) {
    const { status, body, headers } = await logIn(auth)
    assert.equal(status, 401)
    assert.equal(headers['www-authenticate'], 'Keystone uri="http://drover.test:7717/gateways/identity"')
    bodies.add(JSON.stringify(body))
  }
  assert.equal(bodies.size, 1)
  const { error } = JSON.parse([...bodies][0]!)
  assert.deepEqual([error.code, error.title], [401, 'Unauthorized'])
  const unreachable = [
    { identity, scope: scope('nothing') },
    { identity, scope: { project: { name: 'default', domain: { id: 'x' } } } },
    { identity, scope: { system: { all: true } } },
    { identity, scope: { domain } },
    { identity: { methods: ['totp'] } },
  ]
  for (const auth of unreachable) assert.equal((await logIn(auth)).status, 401, JSON.stringify(auth))
})

test('what is no request for a token is said to be none, without a word of the password', async (t) => {
  const { logIn, ask, scope, identity } = await start(t)
  const cases: [unknown, string][] = [
    [{}, 'auth.identity'],
    [{ identity: { methods: [] } }, 'auth.identity.methods'],
    [{ identity: { methods: ['password'] } }, 'auth.identity.password'],
    [{ identity: { methods: ['password'], password: { user: { password: 'hidden' } } } }, 'user.name'],
    [{ identity: { methods: ['password'], password: { user: { name: 'a', password } } } }, 'user.domain'],
    [{ identity: { methods: ['password'], password: { user: { id: 'a', password: 1 } } } }, 'user.password'],
    [{ identity, scope: { project: { name: 'x' } } }, 'auth.scope.project.domain'],
    [{ identity, scope: {} }, 'auth.scope'],
  ]
  for (const [auth, field] of cases) {
    const { status, body } = await logIn(auth as object)
    assert.equal(status, 400, field)
    assert.ok(body.error.message.includes(field), `${body.error.message} names ${field}`)
    assert.ok(!JSON.stringify(body).includes('hidden'))
  }
  assert.equal((await ask('POST', '/auth/tokens', { body: [] })).status, 400)
  assert.equal((await logIn({ identity, scope: scope('other') })).status, 201)
})

test('a token is shown, checked and revoked by its user', async (t) => {
  const { logIn, ask } = await start(t)
  const { token, body } = await logIn()
  const about = { token, subject: token }
  const shown = await ask('GET', '/auth/tokens', about)
  assert.deepEqual([shown.status, shown.headers['x-subject-token']], [200, token])
  assert.deepEqual(shown.body, body)
  assert.equal((await ask('HEAD', '/auth/tokens', about)).status, 200)
  assert.equal((await ask('GET', '/auth/tokens', { token })).status, 400)
  assert.equal((await ask('GET', '/auth/tokens', { token, subject: 'other' })).status, 404)
  const catalog = await ask('GET', '/auth/catalog', { token })
  assert.deepEqual(catalog.body.catalog, body.token.catalog)
  assert.equal((await ask('DELETE', '/auth/tokens', about)).status, 204)
  assert.equal((await ask('GET', '/auth/tokens', about)).status, 401)
  assert.equal((await ask('GET', '/projects')).status, 401)
})

test('guessing ends with 429 and how long to wait', async (t) => {
  const { logIn } = await start(t)
  const guess = () =>
    logIn({ identity: { methods: ['password'], password: { user: { name: 'ada', domain, password: 'x' } } } })
  for (let count = 0; count < 10; count += 1) assert.equal((await guess()).status, 401)
  const { status, headers, body } = await guess()
  assert.deepEqual([status, body.error.title], [429, 'Too Many Requests'])
  assert.ok(Number(headers['retry-after']) > 0)
})

test('users see themselves, their projects, the roles and the domain', async (t) => {
  const { logIn, ask, user, other } = await start(t)
  const { token } = await logIn()
  const get = async (path: string) => await ask('GET', path, { token })
  assert.equal((await get(`/projects/${other.id}`)).body.project.name, 'other')
  assert.equal((await get('/projects?name=other')).body.projects.length, 1)
  assert.equal((await get('/projects?domain_id=x')).body.projects.length, 0)
  assert.equal((await get(`/users/${user.id}/projects`)).body.projects.length, 2)
  assert.equal((await get('/users/x/projects')).status, 403)
  assert.equal((await get('/projects/x')).status, 404)
  assert.equal((await get(`/users/${user.id}`)).body.user.name, 'ada')
  assert.equal((await get('/users?name=ada')).body.users[0].id, user.id)
  assert.equal((await get('/users/root')).status, 403)
  assert.equal((await get('/roles?name=member')).body.roles[0].id, 'member')
  assert.equal((await get('/roles/king')).status, 404)
  assert.equal((await get('/domains/default')).body.domain.name, 'Default')
  const nothing = await get('/groups')
  assert.deepEqual([nothing.status, nothing.body.error.code], [404, 404])
})

test('users change their password here, too', async (t) => {
  const { logIn, ask, user, identity } = await start(t)
  const { token } = await logIn()
  const path = `/users/${user.id}/password`
  const change = (original: unknown) =>
    ask('POST', path, { token, body: { user: { original_password: original, password: 'another one' } } })
  assert.equal((await change(undefined)).status, 400)
  assert.equal((await change('wrong')).status, 401)
  assert.equal((await ask('POST', '/users/x/password', { token, body: {} })).status, 403)
  assert.equal((await change(password)).status, 204)
  assert.equal((await ask('GET', '/projects', { token })).status, 401)
  assert.equal((await logIn({ identity })).status, 401)
})

test('an application credential logs in without a scope, with the role that it was given', async (t) => {
  const { logIn, ask, user } = await start(t)
  const { token } = await logIn()
  const path = `/users/${user.id}/application_credentials`
  const body = {
    application_credential: {
      ...{ name: 'ci', description: 'for the pipeline', roles: [{ name: 'reader' }] },
      ...{ expires_at: '2999-01-01T00:00:00.000000', unrestricted: false },
    },
  }
  const tooLong = await ask('POST', path, { token, body })
  assert.equal(tooLong.status, 400)
  body.application_credential.expires_at = new Date(Date.now() + 60_000).toISOString().slice(0, -1)
  const made = await ask('POST', path, { token, body })
  assert.equal(made.status, 201)
  const { id, secret, roles, expires_at: expiresAt } = made.body.application_credential
  assert.deepEqual(
    roles.map(({ name }: { name: string }) => name),
    ['reader'],
  )
  assert.match(expiresAt, /^\d{4}-.*\.\d{6}$/)
  const own = await logIn({
    identity: { methods: ['application_credential'], application_credential: { id, secret } },
  })
  assert.equal(own.status, 201)
  assert.partialDeepStrictEqual(own.body.token, {
    methods: ['application_credential'],
    application_credential: { id, name: 'ci', restricted: true },
    project: { name: 'default' },
  })
  const named = { name: 'ci', secret, user: { name: 'ada', domain } }
  const byName = await logIn({
    identity: { methods: ['application_credential'], application_credential: named },
  })
  assert.equal(byName.status, 201)
  assert.equal((await ask('POST', path, { token: own.token, body })).status, 403)
  assert.equal((await ask('POST', path, { token, body })).status, 409)
  const list = await ask('GET', `${path}?name=ci`, { token })
  assert.deepEqual(list.body.application_credentials[0].secret, undefined)
  assert.equal((await ask('GET', `${path}/${id}`, { token })).body.application_credential.name, 'ci')
  assert.equal((await ask('DELETE', `${path}/${id}`, { token })).status, 204)
  assert.equal((await ask('GET', `${path}/${id}`, { token })).status, 404)
  assert.equal((await ask('GET', '/projects', { token: own.token })).status, 401)
})
