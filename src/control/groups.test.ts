import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { findPrincipal } from '../access/principals.ts'
import { type Bench, createBench } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const grants = [{ project: 'default', role: 'operator' }] as const
const password = 'correct horse'
const groups = ['qa', 'deployers', 'qa']
const inOrder = ['deployers', 'qa']

const groupsOf = async (secret: string) => (await bench.authenticator.authenticate(`Bearer ${secret}`)).groups
const groupsNamed = (name: string) =>
  bench.store.read(async (tx) => (await findPrincipal(tx, name, bench.clock.now()))?.groups)

test('who logs in is in the groups of the user, as they are at that moment', async () => {
  const { users, tokens } = bench.control
  await users.create(bench.admin, { name: 'ada', password, grants, groups })
  const proof = { kind: 'password', user: 'ada', password } as const
  const { secret } = await tokens.issue({ proof, address: '10.0.0.1' })
  assert.deepEqual(await groupsOf(secret), inOrder)
  assert.deepEqual(await groupsNamed('user:ada'), inOrder)
  await users.update(bench.admin, 'ada', { groups: ['ops'] })
  assert.deepEqual(await groupsOf(secret), ['ops'])
  await users.update(bench.admin, 'ada', { enabled: true })
  assert.deepEqual(await groupsOf(secret), ['ops'])
  await users.update(bench.admin, 'ada', { groups: [] })
  assert.deepEqual(await groupsOf(secret), [])
})

test('an API key is in the groups it was made with', async () => {
  const { secret } = await bench.control.apiKeys.create(bench.admin, { name: 'ci', grants, groups })
  const principal = await bench.authenticator.authenticate(`Bearer ${secret}`)
  assert.deepEqual(principal.groups, inOrder)
  assert.deepEqual(await groupsNamed('ci'), inOrder)
  assert.deepEqual((await bench.control.whoami({ principal })).groups, inOrder)
})

test('only an administrator of all projects puts anybody into a group or takes them out', async () => {
  const { users, apiKeys } = bench.control
  const local = bench.as('local', 'administrator')
  await users.create(bench.admin, { name: 'ada', password, grants, groups })
  await users.create(local, { name: 'eve', password, grants, groups: [] })
  await apiKeys.create(local, { name: 'ci', grants, groups: [] })
  const refused = [
    users.create(local, { name: 'bob', password, grants, groups }),
    users.update(local, 'eve', { groups }),
    users.update(local, 'ada', { groups: [] }),
    apiKeys.create(local, { name: 'cd', grants, groups }),
  ]
  for (const attempt of refused) await assert.rejects(attempt, { code: 'forbidden' })
  await users.update(local, 'ada', { description: 'tests' })
  assert.deepEqual((await users.get(bench.admin, 'ada')).groups, inOrder)
})

test('what is no name is no group', async () => {
  for (const wrong of [['a b'], [''], Array.from({ length: 101 }, (_, index) => `g${index}`)]) {
    await assert.rejects(
      bench.control.users.create(bench.admin, { name: 'ada', password, grants, groups: wrong }),
      { code: 'invalid_request' },
    )
  }
})
