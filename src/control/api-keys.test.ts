import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type Bench, createBench, createWeb } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const page = { limit: 100 }
const viewer = [{ project: 'default', role: 'viewer' }] as const

test('a key works from its making to its revocation, which works at once', async () => {
  const { key, secret } = await bench.control.apiKeys.create(bench.admin, { name: 'ci', grants: viewer })
  const authenticate = () => bench.authenticator.authenticate(`Bearer ${secret}`)
  const grants = [{ projectId: bench.projectId, role: 'viewer' }]
  assert.deepEqual(await authenticate(), { name: 'ci', grants, groups: [] })
  assert.deepEqual([key.createdBy, key.expiresAt, key.grants], ['root', null, grants])
  const revoked = await bench.control.apiKeys.revoke(bench.admin, key.id)
  assert.equal(revoked.revokedAt, bench.clock.now())
  await assert.rejects(authenticate(), { code: 'unauthenticated' })
  bench.turn(1000)
  assert.deepEqual(await bench.control.apiKeys.revoke(bench.admin, key.id), revoked)
  await assert.rejects(bench.control.apiKeys.revoke(bench.admin, 'x'), { code: 'not_found' })
})

test('a key that expires works until then', async () => {
  const { secret } = await bench.control.apiKeys.create(bench.admin, {
    name: 'ci',
    grants: viewer,
    expiresInSeconds: 2,
  })
  const authenticate = () => bench.authenticator.authenticate(`Bearer ${secret}`)
  bench.turn(1999)
  await authenticate()
  bench.turn(1)
  await assert.rejects(authenticate(), { code: 'unauthenticated' })
})

test('nobody gives more than they have', async () => {
  const { apiKeys, projects } = bench.control
  await projects.create(bench.admin, { name: 'other' })
  const local = bench.as('local', 'administrator')
  const create = (name: string, project: string) =>
    apiKeys.create(local, { name, grants: [{ project, role: 'viewer' }] })
  const { key: own } = await create('mine', 'default')
  await assert.rejects(create('theirs', 'other'), { code: 'forbidden' })
  await assert.rejects(create('all', '*'), { code: 'forbidden' })
  const { key: everywhere } = await apiKeys.create(bench.admin, {
    name: 'everywhere',
    grants: [{ project: '*', role: 'viewer' }],
  })
  await assert.rejects(apiKeys.revoke(local, everywhere.id), { code: 'forbidden' })
  assert.deepEqual((await apiKeys.list(local, page)).items, [own])
  assert.equal((await apiKeys.list(bench.admin, page)).items.length, 2)
  assert.equal((await apiKeys.revoke(local, own.id)).id, own.id)
})

test('names tell keys apart: each is given once, and never the ones Drover signs with', async () => {
  const create = (name: string) => bench.control.apiKeys.create(bench.admin, { name, grants: viewer })
  const { key } = await create('ci')
  await assert.rejects(create('ci'), { code: 'already_exists' })
  await bench.control.apiKeys.revoke(bench.admin, key.id)
  await create('ci')
  for (const name of ['engine', 'drover', 'a b']) await assert.rejects(create(name), { field: 'name' })
})

test('wrong grants and times are refused by name', async () => {
  const create = (input: object) =>
    bench.control.apiKeys.create(bench.admin, { name: 'ci', grants: viewer, ...input })
  await assert.rejects(create({ grants: [] }), { field: 'grants' })
  await assert.rejects(create({ grants: [{ project: 'default', role: 'king' }] }), {
    field: 'grants[0].role',
  })
  await assert.rejects(create({ grants: [{ project: 'nothing', role: 'viewer' }] }), { code: 'not_found' })
  await assert.rejects(create({ expiresInSeconds: 0 }), { field: 'expiresInSeconds' })
})

test('a repeated creation makes no second key and cannot show the secret again', async () => {
  const who = { ...bench.admin, idempotencyKey: 'k' }
  const first = await bench.control.apiKeys.create(who, { name: 'ci', grants: viewer })
  const again = await bench.control.apiKeys.create(who, { name: 'ci', grants: viewer })
  assert.deepEqual(again, { key: first.key, secret: null })
})

test('no secret is in an event, an answer that is kept, an action or a key row', async () => {
  const { control, admin } = bench
  const { secret } = await control.apiKeys.create(
    { ...admin, idempotencyKey: 'k' },
    { name: 'ci', grants: viewer },
  )
  await createWeb(bench)
  await control.profiles.create(
    { ...admin, idempotencyKey: 'k' },
    { name: 'q', type: 'scripted', properties: {}, metadata: { note: 'hidden-metadata' } },
  )
  await control.updates.start(admin, 'web', {
    nodeTemplate: { hooks: { preStop: { command: ['hidden-hook'] } } },
  })
  const events = JSON.stringify(await bench.events())
  assert.ok(!events.includes('hidden-'))
  const stored = await bench.everythingStored()
  assert.ok(!stored.includes(secret!))
  // Its random part, which may have underscores of its own.
  assert.ok(!stored.includes(secret!.slice(-43)))
})
