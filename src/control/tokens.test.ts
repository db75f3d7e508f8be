import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { pruneTokens } from '../store/tokens.ts'
import type { LoginProof } from './identity-inputs.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
const password = 'correct horse'
const proof = { kind: 'password', user: 'ada', password } as const
beforeEach(async () => {
  bench = await createBench()
  await bench.control.projects.create(bench.admin, { name: 'other' })
  await bench.control.users.create(bench.admin, {
    name: 'ada',
    password,
    grants: [
      { project: 'default', role: 'operator' },
      { project: 'other', role: 'viewer' },
    ],
  })
})
afterEach(() => bench.close())

const issue = (given: LoginProof = proof, project?: string, address = '10.0.0.1') =>
  bench.control.tokens.issue({ proof: given, address, ...(project !== undefined && { project }) })
const authenticate = (secret: string) => bench.authenticator.authenticateToken(secret)
const logIn = async (project?: string) => {
  const issued = await issue(proof, project)
  return { ...issued, asker: { principal: await authenticate(issued.secret) } }
}

test('a token is for one project, or for all that its user has a role in', async () => {
  const everywhere = await issue()
  assert.deepEqual([everywhere.project, everywhere.role], [null, null])
  assert.deepEqual((await authenticate(everywhere.secret)).grants.length, 2)
  const { token, project, role, secret, user } = await issue(proof, 'default')
  assert.deepEqual([project?.name, role, token.methods], ['default', 'operator', ['password']])
  assert.equal(token.expiresAt - token.issuedAt, 3600_000)
  const principal = await authenticate(secret)
  assert.equal(principal.name, 'user:ada')
  assert.deepEqual(principal.grants, [{ projectId: bench.projectId, role: 'operator' }])
  assert.deepEqual(principal.login, {
    userId: user.id,
    userName: 'ada',
    tokenId: token.id,
    projectId: bench.projectId,
    applicationCredentialId: null,
    unrestricted: true,
  })
  assert.deepEqual(await bench.authenticator.authenticate(`Bearer ${secret}`), principal)
  await assert.rejects(issue(proof, 'nothing'), { code: 'unauthenticated' })
})

test('who may do everything keeps that in a token for one project', async () => {
  await bench.control.users.create(bench.admin, {
    name: 'admin',
    password,
    grants: [{ project: '*', role: 'administrator' }],
  })
  const { secret, role } = await issue({ kind: 'password', user: 'admin', password }, 'default')
  assert.equal(role, 'administrator')
  assert.deepEqual((await authenticate(secret)).grants, [{ projectId: '*', role: 'administrator' }])
})

test('whatever is wrong with a login, the refusal is the same, and is kept for the audit', async () => {
  const wrong: LoginProof[] = [
    { ...proof, password: 'wrong' },
    { ...proof, user: 'nobody' },
    { ...proof, user: '' },
  ]
  const messages = new Set<string>()
  for (const given of wrong) {
    await assert.rejects(issue(given), (error: { code: string; message: string }) => {
      messages.add(error.message)
      return error.code === 'unauthenticated'
    })
  }
  assert.equal(messages.size, 1)
  assert.deepEqual(bench.refused, ['10.0.0.1', '10.0.0.1', '10.0.0.1'])
  await assert.rejects(issue({ kind: 'token', token: 'x' }), { code: 'unauthenticated' })
})

test('who guesses is slowed down, and keeps nobody out who comes from elsewhere', async () => {
  const guess = () => issue({ ...proof, password: 'wrong' })
  for (let count = 0; count < 10; count += 1) await assert.rejects(guess(), { code: 'unauthenticated' })
  await assert.rejects(guess(), { code: 'rate_limited', retryAfterSeconds: 60 })
  await assert.rejects(issue(), { code: 'rate_limited' })
  await issue(proof, undefined, '10.0.0.2')
  bench.turn(60_000)
  await issue()
})

test('one password tried on many users is slowed down, too', async () => {
  const tryOn = (user: string) => issue({ kind: 'password', user, password: 'wrong' })
  for (let count = 0; count < 100; count += 1) await assert.rejects(tryOn(`user${count}`))
  await assert.rejects(tryOn('another'), { code: 'rate_limited' })
})

test('a token gives another one, for another project, that lives no longer', async () => {
  const first = await issue()
  bench.turn(1000)
  const second = await issue({ kind: 'token', token: first.secret }, 'other')
  assert.equal(second.token.expiresAt, first.token.expiresAt)
  assert.deepEqual([second.token.methods, second.role], [['password', 'token'], 'viewer'])
  bench.turn(3599_000)
  await assert.rejects(issue({ kind: 'token', token: first.secret }), { code: 'unauthenticated' })
  await assert.rejects(authenticate(second.secret), { code: 'unauthenticated' })
})

test('a revoked token stops at once, other ones go on', async () => {
  const { asker, secret, token } = await logIn()
  const other = await logIn()
  assert.deepEqual((await bench.control.tokens.get(other.asker, secret)).token, token)
  assert.equal((await bench.control.tokens.revoke(asker, secret)).token.id, token.id)
  await assert.rejects(authenticate(secret), { code: 'unauthenticated' })
  await assert.rejects(bench.control.tokens.get(asker, secret), { code: 'not_found' })
  await assert.rejects(bench.control.tokens.revoke(asker, secret), { code: 'not_found' })
  await authenticate(other.secret)
  assert.deepEqual(await bench.control.tokens.revokeAllOf(bench.admin, 'ada'), { revoked: 1 })
  await assert.rejects(authenticate(other.secret), { code: 'unauthenticated' })
})

test("somebody else's token is nobody's business but an administrator's", async () => {
  const { secret } = await issue()
  await bench.control.users.create(bench.admin, { name: 'eve', password, grants: [] })
  const eve = { principal: await authenticate((await issue({ ...proof, user: 'eve' })).secret) }
  await assert.rejects(bench.control.tokens.get(eve, secret), { code: 'forbidden' })
  await assert.rejects(bench.control.tokens.revoke(eve, secret), { code: 'forbidden' })
  await assert.rejects(bench.control.tokens.revokeAllOf(eve, 'ada'), { code: 'forbidden' })
  assert.equal((await bench.control.tokens.get(bench.admin, secret)).user.name, 'ada')
})

test('a token for a project in which its user has no role any more is not valid', async () => {
  const { secret } = await issue(proof, 'other')
  await authenticate(secret)
  await bench.control.users.update(bench.admin, 'ada', { grants: [{ project: 'default', role: 'viewer' }] })
  await assert.rejects(authenticate(secret), { code: 'unauthenticated' })
})

test('expired tokens go by and by', async () => {
  await issue()
  const { token } = await issue()
  await bench.store.write((tx) => pruneTokens(tx, token.expiresAt - 1))
  const count = () => bench.store.read((tx) => tx.selectFrom('tokens').selectAll().execute())
  assert.equal((await count()).length, 2)
  await bench.store.write((tx) => pruneTokens(tx, token.expiresAt))
  assert.equal((await count()).length, 0)
})
