import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createAuthenticator } from '../access/authenticator.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const page = { limit: 100 }
const operator = [{ project: 'default', role: 'operator' }] as const
const password = 'correct horse'
const create = (name: string, more: object = {}) =>
  bench.control.users.create(bench.admin, { name, password, grants: operator, ...more })
const logIn = (user: string, secret = password) =>
  bench.control.tokens.issue({ proof: { kind: 'password', user, password: secret }, address: '10.0.0.1' })

test('a user without a password is given one, which is shown once', async () => {
  const input = { name: 'ada', grants: operator }
  const who = { ...bench.admin, idempotencyKey: 'k' }
  const made = await bench.control.users.create(who, input)
  assert.match(made.password!, /^[\w-]{32}$/)
  assert.equal((await logIn('ada', made.password!)).user.id, made.user.id)
  assert.deepEqual(await bench.control.users.create(who, input), { user: made.user, password: null })
  assert.equal((await create('eve')).password, null)
})

test('names tell users apart, passwords must be worth the name', async () => {
  const { user } = await create('ada@example.org')
  assert.deepEqual([user.enabled, user.description, user.createdBy], [true, null, 'root'])
  await assert.rejects(create('ada@example.org'), { code: 'already_exists' })
  for (const name of ['a:b', 'a/b', '', user.id]) await assert.rejects(create(name), { field: 'name' })
  for (const wrong of ['short', 'x'.repeat(2000), 'eve-eve-eve']) {
    await assert.rejects(create('eve-eve-eve', { password: wrong }), (error: Error & { field: string }) => {
      assert.ok(!error.message.includes(wrong))
      return error.field === 'password'
    })
  }
})

test('a changed password, a changed role and a disabled user count at once', async () => {
  const { user } = await create('ada')
  const { users } = bench.control
  const authenticate = async (secret: string) =>
    (await bench.authenticator.authenticate(`Bearer ${secret}`)).grants.map(({ role }) => role)
  const { secret } = await logIn('ada')
  assert.deepEqual(await authenticate(secret), ['operator'])
  await users.update(bench.admin, 'ada', { grants: [{ project: 'default', role: 'viewer' }] })
  assert.deepEqual(await authenticate(secret), ['viewer'])
  bench.turn(1000)
  const changed = await users.update(bench.admin, user.id, { password: 'another one' })
  assert.equal(changed.passwordChangedAt, bench.clock.now())
  await assert.rejects(authenticate(secret), { code: 'unauthenticated' })
  await assert.rejects(logIn('ada'), { code: 'unauthenticated' })
  const { secret: second } = await logIn('ada', 'another one')
  await users.update(bench.admin, 'ada', { enabled: false })
  await assert.rejects(authenticate(second), { code: 'unauthenticated' })
  await assert.rejects(logIn('ada', 'another one'), { code: 'unauthenticated' })
  await users.update(bench.admin, 'ada', { enabled: true })
  await assert.rejects(authenticate(second), { code: 'unauthenticated' })
  await logIn('ada', 'another one')
  await assert.rejects(users.update(bench.admin, 'ada', {}), { code: 'invalid_request' })
})

test('users change their own password, if they know the present one', async () => {
  await create('ada')
  const { secret } = await logIn('ada')
  const asker = { principal: await bench.authenticator.authenticateToken(secret) }
  const { users, applicationCredentials, tokens } = bench.control
  const change = (current: string, next = 'another one', who = asker) =>
    users.changePassword(who, { current, password: next, address: '10.0.0.1' })
  await assert.rejects(change('wrong'), { code: 'unauthenticated' })
  await assert.rejects(change(password, 'short'), { field: 'password' })
  await assert.rejects(change(password, 'another one', bench.admin), { code: 'forbidden' })
  const { credential, secret: key } = await applicationCredentials.create(asker, 'ada', {
    ...{ name: 'ci', project: 'default', unrestricted: true },
  })
  const { secret: token } = await tokens.issue({
    proof: { kind: 'application_credential', credential: credential.id, secret: key! },
    address: '10.0.0.1',
  })
  const program = { principal: await bench.authenticator.authenticateToken(token) }
  await assert.rejects(change(password, 'another one', program), { code: 'forbidden' })
  await change(password)
  await assert.rejects(bench.authenticator.authenticateToken(secret), { code: 'unauthenticated' })
  await assert.rejects(logIn('ada'), { code: 'unauthenticated' })
  await logIn('ada', 'another one')
  const last = (await bench.events()).findLast(({ type }) => type === 'user.updated')
  assert.equal(last?.because, 'user:ada changed their own password')
})

test('what one server has revoked stops at the others within five seconds', async () => {
  await create('ada')
  const { secret } = await logIn('ada')
  const other = createAuthenticator({ store: bench.store, clock: bench.clock })
  await other.authenticateToken(secret)
  await bench.control.users.update(bench.admin, 'ada', { enabled: false })
  await assert.rejects(bench.authenticator.authenticateToken(secret), { code: 'unauthenticated' })
  await other.authenticateToken(secret)
  bench.turn(5000)
  await assert.rejects(other.authenticateToken(secret), { code: 'unauthenticated' })
})

test('a deleted user is gone with all that was given for it', async () => {
  const { user } = await create('ada')
  const { secret } = await logIn('ada')
  const principal = await bench.authenticator.authenticateToken(secret)
  await bench.control.applicationCredentials.create({ principal }, 'ada', { name: 'ci', project: 'default' })
  assert.equal((await bench.control.users.delete(bench.admin, 'ada')).id, user.id)
  await assert.rejects(bench.authenticator.authenticateToken(secret), { code: 'unauthenticated' })
  await assert.rejects(bench.control.users.get(bench.admin, 'ada'), { code: 'not_found' })
  await assert.rejects(logIn('ada'), { code: 'unauthenticated' })
  assert.ok(!(await bench.everythingStored()).includes('"ci"'))
  await create('ada')
})

test('who administers a project has its users, and no other ones', async () => {
  const { users, projects } = bench.control
  await projects.create(bench.admin, { name: 'other' })
  const local = bench.as('local', 'administrator')
  await users.create(local, { name: 'mine', password, grants: operator })
  const both = [...operator, { project: 'other', role: 'viewer' }] as const
  await assert.rejects(users.create(local, { name: 'both', password, grants: both }), { code: 'forbidden' })
  await assert.rejects(users.create(local, { name: 'none', password }), { code: 'forbidden' })
  await create('both', { grants: both })
  await create('none', { grants: [] })
  for (const name of ['both', 'none', 'nobody']) {
    await assert.rejects(users.get(local, name), { code: 'forbidden' })
    await assert.rejects(users.update(local, name, { password }), { code: 'forbidden' })
    await assert.rejects(users.delete(local, name), { code: 'forbidden' })
  }
  const widened = users.update(local, 'mine', { grants: [{ project: '*', role: 'viewer' }] })
  await assert.rejects(widened, { code: 'forbidden' })
  const names = async (who = local) => (await users.list(who, {}, page)).items.map(({ name }) => name)
  assert.deepEqual(await names(), ['mine'])
  assert.deepEqual(await names(bench.admin), ['both', 'mine', 'none'])
  assert.deepEqual(await names(bench.as('somebody', 'operator')), [])
  await assert.rejects(users.create(bench.as('o', 'operator'), { name: 'x', password, grants: operator }), {
    code: 'forbidden',
  })
})

test('everybody sees themselves and their projects, by a token for whichever', async () => {
  await bench.control.projects.create(bench.admin, { name: 'other' })
  await create('ada', { grants: [...operator, { project: 'other', role: 'viewer' }] })
  const { secret } = await bench.control.tokens.issue({
    proof: { kind: 'password', user: 'ada', password },
    project: 'other',
    address: '10.0.0.1',
  })
  const principal = await bench.authenticator.authenticateToken(secret)
  assert.equal((await bench.control.users.get({ principal }, 'ada')).name, 'ada')
  assert.deepEqual(
    (await bench.control.users.list({ principal }, {}, page)).items.map(({ name }) => name),
    ['ada'],
  )
  const projects = await bench.control.users.projects({ principal }, page)
  assert.deepEqual(
    projects.items.map(({ name }) => name),
    ['default', 'other'],
  )
  assert.equal((await bench.control.users.projects(bench.admin, page)).items.length, 2)
})

test('no password and no token is kept or told', async () => {
  const who = { ...bench.admin, idempotencyKey: 'k' }
  const made = await bench.control.users.create(who, { name: 'ada', grants: operator })
  await bench.control.users.update(who, 'ada', { password })
  const { secret } = await logIn('ada')
  await assert.rejects(logIn('ada', 'wrong and told'))
  const principal = await bench.authenticator.authenticateToken(secret)
  const credentials = bench.control.applicationCredentials
  const first = await credentials.create({ principal, idempotencyKey: 'k' }, 'ada', {
    name: 'ci',
    project: 'default',
  })
  await credentials.create({ principal }, 'ada', {
    name: 'own',
    project: 'default',
    secret: 'my own long secret',
  })
  const stored = (await bench.everythingStored()) + JSON.stringify(await bench.events())
  for (const hidden of [
    made.password!,
    password,
    secret,
    'wrong and told',
    first.secret!,
    'my own long secret',
  ]) {
    assert.ok(!stored.includes(hidden))
  }
  const types = (await bench.events()).map(({ type }) => type)
  assert.deepEqual(types, [
    'user.created',
    'user.updated',
    'token.issued',
    'applicationCredential.created',
    'applicationCredential.created',
  ])
})
