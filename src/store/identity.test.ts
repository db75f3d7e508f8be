import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { ApplicationCredentialId, ProjectId, TokenId, UserId } from '../domain/ids.ts'
import type { ApplicationCredential, Token, User } from '../domain/user.ts'
import {
  deleteApplicationCredential,
  findApplicationCredential,
  findApplicationCredentialOf,
  insertApplicationCredential,
  listApplicationCredentials,
} from './application-credentials.ts'
import { isUniqueViolation } from './errors.ts'
import { insertProject } from './projects.ts'
import type { Store } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'
import { deleteToken, deleteTokensOf, findToken, insertToken, pruneTokens } from './tokens.ts'
import { deleteUser, findUser, insertUser, listUsers, patchUser } from './users.ts'

const projectId = 'p' as ProjectId
const times = { createdAt: 1_700_000_000_000, createdBy: 'root' }
const ada: User = {
  id: 'u1' as UserId,
  name: 'ada',
  description: null,
  grants: [{ projectId, role: 'viewer' }],
  groups: ['deployers', 'qa'],
  enabled: true,
  ...times,
  updatedAt: 2,
  passwordChangedAt: 3,
}
const ci: ApplicationCredential = {
  id: 'd1' as ApplicationCredentialId,
  name: 'ci',
  description: 'x',
  userId: ada.id,
  projectId,
  role: 'viewer',
  unrestricted: false,
  createdAt: times.createdAt,
  expiresAt: null,
}
const tokenOf = (id: string, credential: ApplicationCredential | null, expiresAt = 10): Token => ({
  id: id as TokenId,
  userId: ada.id,
  projectId: credential?.projectId ?? null,
  applicationCredentialId: credential?.id ?? null,
  methods: ['password'],
  issuedAt: 5,
  expiresAt,
})

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    await store.write(async (tx) => {
      await insertProject(tx, { id: projectId, name: 'default', createdAt: 0 })
      await insertUser(tx, ada, 'hash')
      await insertApplicationCredential(tx, ci, 'secret hash')
      await insertToken(tx, tokenOf('t1', null), 'h1')
      await insertToken(tx, tokenOf('t2', ci, 20), 'h2')
    })
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })
  const tokens = async () => {
    const found = await store.read(async (tx) => [await findToken(tx, 'h1'), await findToken(tx, 'h2')])
    return found.flatMap((one) => (one ? [one.token.id] : []))
  }

  test('users, application credentials and tokens come back as they were', async () => {
    await store.read(async (tx) => {
      for (const ref of ['u1', 'ada'])
        assert.deepEqual(await findUser(tx, ref), { user: ada, passwordHash: 'hash' })
      assert.deepEqual(await findApplicationCredential(tx, 'd1'), {
        credential: ci,
        secretHash: 'secret hash',
      })
      for (const ref of ['d1', 'ci']) assert.deepEqual(await findApplicationCredentialOf(tx, ada.id, ref), ci)
      assert.deepEqual(await findToken(tx, 'h1'), { token: tokenOf('t1', null), user: ada, credential: null })
      assert.deepEqual(await findToken(tx, 'h2'), { token: tokenOf('t2', ci, 20), user: ada, credential: ci })
      assert.deepEqual((await listUsers(tx, {}, { limit: 10 })).items, [ada])
      assert.deepEqual((await listUsers(tx, { name: 'eve' }, { limit: 10 })).items, [])
      const mine = { userId: ada.id }
      assert.deepEqual((await listApplicationCredentials(tx, mine, { limit: 10 })).items, [ci])
    })
  })

  test('a changed user is found changed, its password only where that changed', async () => {
    await store.write((tx) => patchUser(tx, ada.id, { enabled: false, grants: [] }))
    const disabled = { ...ada, enabled: false, grants: [] }
    assert.deepEqual(await store.read((tx) => findUser(tx, 'ada')), { user: disabled, passwordHash: 'hash' })
    await store.write((tx) => patchUser(tx, ada.id, { enabled: true }, 'other'))
    assert.equal((await store.read((tx) => findUser(tx, 'ada')))?.passwordHash, 'other')
  })

  test('a name is given once', async () => {
    const again = store.write((tx) => insertUser(tx, { ...ada, id: 'u2' as UserId }, 'hash'))
    assert.ok(isUniqueViolation(await again.catch((error: unknown) => error)))
  })

  test('tokens go alone, with their application credential, their user, or their time', async () => {
    await store.write((tx) => pruneTokens(tx, 10))
    assert.deepEqual(await tokens(), ['t2'])
    await store.write((tx) => deleteApplicationCredential(tx, ci.id))
    assert.deepEqual(await tokens(), [])
    await store.write((tx) => insertToken(tx, tokenOf('t1', null), 'h1'))
    await store.write((tx) => deleteToken(tx, 't1' as TokenId))
    assert.deepEqual(await tokens(), [])
    await store.write((tx) => insertToken(tx, tokenOf('t1', null), 'h1'))
    assert.equal(await store.write((tx) => deleteTokensOf(tx, ada.id)), 1)
    await store.write((tx) => deleteUser(tx, ada.id))
    assert.equal(await store.read((tx) => findUser(tx, 'ada')), undefined)
  })
})
