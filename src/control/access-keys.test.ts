import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createAccessKeys } from '../access/access-keys.ts'
import { findPrincipal } from '../access/principals.ts'
import { silentLog } from '../system/log.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const page = { limit: 100 }
const here = { project: 'default', role: 'operator' } as const
const address = '192.0.2.1'

/** Of a server that nobody tells of changes. */
function elsewhere(note: (address: string) => void = () => {}) {
  return createAccessKeys({ store: bench.store, clock: bench.clock, log: silentLog, note })
}

test('a key has an id as clients of clouds know them, and a secret that is shown once', async () => {
  const { control, admin } = bench
  const repeated = { ...admin, idempotencyKey: 'k' }
  const { accessKey, secret } = await control.accessKeys.create(repeated, { name: 'kdb', ...here })
  assert.match(accessKey.id, /^AKIA[A-Z2-7]{16}$/)
  assert.match(secret ?? '', /^[\w-]{40}$/)
  assert.deepEqual(await control.accessKeys.create(repeated, { name: 'kdb', ...here }), {
    accessKey,
    secret: null,
  })
  for (const ref of [accessKey.id, 'kdb'])
    assert.deepEqual(await control.accessKeys.get(admin, ref), accessKey)
  assert.deepEqual((await control.accessKeys.list(admin, page)).items, [accessKey])
  assert.ok(!(await bench.everythingStored()).includes(secret!))
  assert.deepEqual(await elsewhere().find(accessKey.id, address), {
    id: accessKey.id,
    secret,
    principal: { name: 'access-key:kdb', grants: [{ projectId: bench.projectId, role: 'operator' }] },
    projectId: bench.projectId,
  })
})

test('a key that is disabled or deleted is found no longer, elsewhere after some seconds', async () => {
  const { control, admin } = bench
  const { accessKey } = await control.accessKeys.create(admin, { name: 'kdb', ...here })
  const [told, untold] = [elsewhere(), elsewhere()]
  const isFound = async (keys: typeof told) => (await keys.find(accessKey.id, address)) !== undefined
  const findable = async () => [await isFound(told), await isFound(untold)]
  assert.deepEqual(await findable(), [true, true])
  const disabled = await control.accessKeys.update(admin, 'kdb', { enabled: false })
  assert.equal(disabled.enabled, false)
  told.forget(accessKey.id)
  assert.deepEqual(await findable(), [false, true])
  bench.turn(5000)
  assert.deepEqual(await findable(), [false, false])
  await control.accessKeys.update(admin, 'kdb', { enabled: true })
  assert.deepEqual(await findable(), [true, true])
  await control.accessKeys.delete(admin, accessKey.id)
  bench.turn(5000)
  assert.deepEqual(await findable(), [false, false])
  await assert.rejects(control.accessKeys.delete(admin, accessKey.id), { code: 'not_found' })
})

test('keys belong to a project, and to those who administer it', async () => {
  const { control, admin } = bench
  await control.projects.create(admin, { name: 'other' })
  const local = bench.as('local', 'administrator')
  const operator = bench.as('operator', 'operator')
  await control.accessKeys.create(local, { name: 'mine', ...here })
  const theirs = { name: 'theirs', project: 'other', role: 'viewer' } as const
  await assert.rejects(control.accessKeys.create(local, theirs), { code: 'forbidden' })
  await assert.rejects(control.accessKeys.create(operator, { name: 'own', ...here }), { code: 'forbidden' })
  await control.accessKeys.create(admin, theirs)
  const names = async (who: typeof local) =>
    (await control.accessKeys.list(who, { ...page, sort: 'name' })).items.map(({ name }) => name)
  assert.deepEqual(await names(local), ['mine'])
  assert.deepEqual(await names(admin), ['mine', 'theirs'])
  for (const ask of [
    () => control.accessKeys.list(operator, page),
    () => control.accessKeys.get(operator, 'mine'),
    () => control.accessKeys.get(local, 'theirs'),
    () => control.accessKeys.get(local, 'nothing'),
    () => control.accessKeys.update(local, 'theirs', { enabled: false }),
    () => control.accessKeys.delete(local, 'theirs'),
  ]) {
    await assert.rejects(ask, { code: 'forbidden' })
  }
  await assert.rejects(control.accessKeys.get(admin, 'nothing'), { code: 'not_found' })
})

test('wrong input is refused by name', async () => {
  const create = (input: object) =>
    bench.control.accessKeys.create(bench.admin, { name: 'kdb', ...here, ...input })
  await assert.rejects(create({ name: 'a b' }), { field: 'name' })
  await assert.rejects(create({ role: 'king' }), { field: 'role' })
  await assert.rejects(create({ project: 'nothing' }), { code: 'not_found' })
  await create({})
  await assert.rejects(create({}), { code: 'already_exists' })
})

test('each change has its event, which names the key and never its secret', async () => {
  const { control, admin } = bench
  const { secret } = await control.accessKeys.create(admin, { name: 'kdb', ...here })
  await control.accessKeys.update(admin, 'kdb', { enabled: false })
  await control.accessKeys.update(admin, 'kdb', { enabled: true })
  await control.accessKeys.delete(admin, 'kdb')
  const events = await bench.events()
  const told = events.filter(({ type }) => type.startsWith('accessKey.'))
  assert.deepEqual(
    told.map(({ because }) => because),
    ['made', 'disabled', 'enabled', 'deleted'].map((verb) => `root ${verb} access key "kdb"`),
  )
  assert.ok(!JSON.stringify(events).includes(secret!))
})

test('a use is noted, but not each of them', async () => {
  const { control, admin } = bench
  const { accessKey } = await control.accessKeys.create(admin, { name: 'kdb', ...here })
  const keys = elsewhere()
  const use = async () => {
    await keys.find(accessKey.id, address)
    keys.accepted(accessKey.id, address)
    // Writes are in their order, so that this one comes after the one that nobody waits for.
    await bench.store.write(async () => {})
    return (await control.accessKeys.get(admin, 'kdb')).lastUsedAt
  }
  const first = bench.clock.now()
  assert.equal(await use(), first)
  bench.turn(60_000)
  assert.equal(await use(), first)
  bench.turn(5 * 60_000)
  assert.equal(await use(), bench.clock.now())
})

test('wrong signatures are noted, and too many from one address are not looked at', async () => {
  const { accessKey } = await bench.control.accessKeys.create(bench.admin, { name: 'kdb', ...here })
  const noted: string[] = []
  const keys = elsewhere((from) => noted.push(from))
  for (let index = 0; index < 10; index += 1) keys.refused(accessKey.id, address)
  assert.equal(noted.length, 10)
  await assert.rejects(keys.find(accessKey.id, address), { code: 'rate_limited' })
  assert.ok(await keys.find(accessKey.id, '192.0.2.2'))
  bench.turn(60_000)
  assert.ok(await keys.find(accessKey.id, address))
  for (let index = 0; index < 9; index += 1) keys.refused(accessKey.id, address)
  keys.accepted(accessKey.id, address)
  keys.refused(accessKey.id, address)
  assert.ok(await keys.find(accessKey.id, address))
})

test('what acts in the name of a key later has what the key has then', async () => {
  const { control, admin, store, clock } = bench
  await control.accessKeys.create(admin, { name: 'kdb', ...here })
  const found = () => store.read((tx) => findPrincipal(tx, 'access-key:kdb', clock.now()))
  assert.equal((await found())?.name, 'access-key:kdb')
  await control.accessKeys.update(admin, 'kdb', { enabled: false })
  assert.equal(await found(), undefined)
})
