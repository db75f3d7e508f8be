import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Asker } from './control.ts'
import type { CreateApplicationCredentialInput, LoginProof } from './identity-inputs.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
let ada: Asker
const password = 'correct horse'
const address = '10.0.0.1'
beforeEach(async () => {
  bench = await createBench()
  await bench.control.users.create(bench.admin, {
    name: 'ada',
    password,
    grants: [{ project: 'default', role: 'operator' }],
  })
  ada = await logIn({ kind: 'password', user: 'ada', password })
})
afterEach(() => bench.close())

const logIn = async (proof: LoginProof): Promise<Asker> => {
  const { secret } = await bench.control.tokens.issue({ proof, address })
  return { principal: await bench.authenticator.authenticateToken(secret) }
}
const by = (credential: string, secret: string, user?: string): LoginProof => ({
  ...{ kind: 'application_credential' as const, credential, secret },
  ...(user !== undefined && { user }),
})
const create = (input: Partial<CreateApplicationCredentialInput> = {}, asker = ada) =>
  bench.control.applicationCredentials.create(asker, 'ada', { name: 'ci', project: 'default', ...input })

test('a program logs in for a user, in one project, with one role at most', async () => {
  const { credential, secret } = await create({ role: 'viewer' })
  const { principal } = await logIn(by(credential.id, secret!))
  assert.deepEqual(principal.grants, [{ projectId: bench.projectId, role: 'viewer' }])
  assert.deepEqual(
    [principal.name, principal.login?.applicationCredentialId, principal.login?.projectId],
    ['user:ada', credential.id, bench.projectId],
  )
  await logIn(by('ci', secret!, 'ada'))
  await assert.rejects(create({ name: 'more', role: 'administrator' }), { code: 'forbidden' })
  await assert.rejects(create({ name: 'more', project: 'nothing' }), { code: 'forbidden' })
  await assert.rejects(create(), { code: 'already_exists' })
})

test('what its user has lost it does not give either', async () => {
  const { credential, secret } = await create()
  const before = await logIn(by(credential.id, secret!))
  assert.equal(before.principal.grants[0]?.role, 'operator')
  await bench.control.users.update(bench.admin, 'ada', { grants: [{ project: 'default', role: 'viewer' }] })
  const after = await logIn(by(credential.id, secret!))
  assert.equal(after.principal.grants[0]?.role, 'viewer')
  await bench.control.users.update(bench.admin, 'ada', { grants: [] })
  await assert.rejects(logIn(by(credential.id, secret!)), { code: 'unauthenticated' })
})

test('a wrong secret, a wrong user and an expired one are refused alike', async () => {
  const { credential, secret } = await create({ expiresInSeconds: 60, secret: 'one that I made up' })
  assert.equal(secret, 'one that I made up')
  const issued = await bench.control.tokens.issue({ proof: by(credential.id, secret), address })
  assert.equal(issued.token.expiresAt, credential.expiresAt)
  const wrong = [by(credential.id, 'wrong'), by('x', secret), by('ci', secret), by('ci', secret, 'eve')]
  for (const proof of wrong) await assert.rejects(logIn(proof), { code: 'unauthenticated' })
  bench.turn(60_000)
  await assert.rejects(logIn(by(credential.id, secret)), { code: 'unauthenticated' })
  await assert.rejects(create({ name: 'x', secret: 'short' }), { field: 'secret' })
})

test('only their user makes them, and not by a restricted one', async () => {
  const { credential, secret } = await create()
  const restricted = await logIn(by(credential.id, secret!))
  await assert.rejects(create({ name: 'b' }, restricted), { code: 'forbidden' })
  const credentials = bench.control.applicationCredentials
  await assert.rejects(credentials.delete(restricted, 'ada', 'ci'), { code: 'forbidden' })
  await assert.rejects(create({ name: 'b' }, bench.admin), { code: 'forbidden' })
  const made = await create({ name: 'b', unrestricted: true })
  const unrestricted = await logIn(by(made.credential.id, made.secret!))
  await create({ name: 'c' }, unrestricted)
  await credentials.delete(unrestricted, 'ada', 'ci')
})

test('deleting one ends the logins by it', async () => {
  const { credential, secret } = await create()
  const { secret: token } = await bench.control.tokens.issue({ proof: by(credential.id, secret!), address })
  await bench.authenticator.authenticateToken(token)
  const credentials = bench.control.applicationCredentials
  assert.deepEqual(await credentials.get(ada, 'ada', credential.id), credential)
  assert.deepEqual((await credentials.list(bench.admin, 'ada', {}, { limit: 10 })).items, [credential])
  await credentials.delete(ada, 'ada', 'ci')
  await assert.rejects(bench.authenticator.authenticateToken(token), { code: 'unauthenticated' })
  await assert.rejects(credentials.get(ada, 'ada', 'ci'), { code: 'not_found' })
  await assert.rejects(credentials.list(bench.as('o', 'operator'), 'ada', {}, { limit: 10 }), {
    code: 'forbidden',
  })
})

test('there are not endlessly many', async () => {
  for (let count = 0; count < 100; count += 1) await create({ name: `c${count}` })
  await assert.rejects(create({ name: 'one more' }), { code: 'limit_exceeded' })
})
