import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { removeTree } from '../bundles/folders.ts'
import type { AccessKey } from '../domain/access-key.ts'
import { type Action, NEW_ACTION } from '../domain/action.ts'
import type { ProjectId } from '../domain/ids.ts'
import type { Policy } from '../domain/policy.ts'
import type { Profile } from '../domain/profile.ts'
import type { Message, Receiver } from '../domain/receiver.ts'
import type { Revision, RevisionSpec } from '../domain/revision.ts'
import type { Sealer } from '../domain/sealer.ts'
import { fillEverything } from '../maintenance/test-content.ts'
import { createKeyring, makeSecretKey } from '../secrets/keyring.ts'
import { findAccessKeySecret, insertAccessKey } from './access-keys.ts'
import { getAction, loadOpenActions, putActions } from './actions.ts'
import { findClientToken, putClientToken } from './client-tokens.ts'
import { getPool } from './clusters.ts'
import { findPolicy, insertPolicy } from './policies.ts'
import { findProfile, insertProfile, listProfiles } from './profiles.ts'
import { findNextMessage, insertMessages } from './receiver-messages.ts'
import { findReceiver, insertReceiver, patchReceiver } from './receivers.ts'
import { resealAll } from './reseal.ts'
import { getRevision, insertRevision, loadRevisions } from './revisions.ts'
import { findSameRevision } from './same-revision.ts'
import type { Store } from './store.ts'
import { type CreateDatabase, onEachDatabase, type TestDatabase } from './test-databases.ts'

const [FIRST, SECOND] = [makeSecretKey(), makeSecretKey()]
const SECRET = 'hunter2-ünd-"quoted"'
const made = { createdAt: 1, createdBy: 'ada' }

const profile = {
  ...{
    id: 'f2',
    projectId: 'p',
    name: 'secretive',
    type: 'process',
    version: '1.0',
    metadata: {},
    attributes: {},
  },
  ...{ properties: { env: { PASSWORD: SECRET } }, updatedAt: null },
  ...made,
} as unknown as Profile

const spec = {
  profile: { id: 'f2', name: 'secretive', type: 'process', version: '1.0' },
  code: null,
  settings: { password: SECRET, nested: [{ key: SECRET }] },
  healthCheck: { type: 'none' },
  nodeTemplate: { login: { userName: 'root', password: SECRET } },
  version: null,
} as unknown as RevisionSpec

const revision = {
  ...{ id: 'r9', poolId: 'o', number: 9, spec, description: null },
  ...made,
} as unknown as Revision

const action = {
  ...NEW_ACTION,
  ...{ id: 'a9', projectId: 'p', clusterId: 'c', poolId: 'o', nodeId: null, updateId: null },
  ...{ name: 'CLUSTER_CHECK', cause: 'request', timeoutSeconds: null, status: 'READY' },
  inputs: { operation: 'set', params: { admin_pass: '***' }, secrets: { admin_pass: SECRET } },
  ...made,
} as unknown as Action

const policy = {
  ...{ id: 'y9', projectId: 'p', name: 'watch', type: 'health', version: '1.0', description: null },
  ...{
    properties: { url: `http://ada:${SECRET}@host/` },
    metadata: {},
    attributes: {},
    data: {},
    updatedAt: null,
  },
  ...made,
} as unknown as Policy

const receiver = {
  ...{ id: 'w9', projectId: 'p', name: 'hook', type: 'webhook', clusterId: 'c', action: 'CLUSTER_OPERATION' },
  ...{ actor: {}, params: { params: { admin_pass: SECRET } }, credential: 'token', updatedAt: 2, version: 1 },
  ...made,
} as unknown as Receiver

const message = {
  ...{ id: 'm9', receiverId: 'w9', place: 1, status: 'Waiting', body: { say: SECRET }, error: null },
  ...{ actionId: null, receivedAt: 1, expiresAt: 2, endedAt: null },
} as unknown as Message

const accessKey = {
  ...{
    id: 'AKIAX',
    name: 'x',
    projectId: 'p',
    role: 'viewer',
    enabled: true,
    updatedAt: 1,
    lastUsedAt: null,
  },
  ...made,
} as unknown as AccessKey

const answer = JSON.stringify({ profile })
const token = { scope: 'me', token: 'once', requestHash: 'h', answer, createdAt: 1000 }

onEachDatabase((create: CreateDatabase) => {
  let database: TestDatabase
  let folder: string
  let store: Store
  const reopen = async (sealer?: Sealer) => {
    await store?.close()
    store = await database.open(sealer)
  }
  beforeEach(async () => {
    database = await create()
    folder = await mkdtemp(join(tmpdir(), 'drover-sealed-'))
    store = await database.open(createKeyring([FIRST]))
    await fillEverything(store, folder)
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
    await removeTree(folder)
  })

  const writeAll = () =>
    store.write(async (tx) => {
      await insertProfile(tx, profile)
      await insertRevision(tx, revision)
      await putActions(tx, [action])
      await putClientToken(tx, token)
      await insertPolicy(tx, policy)
      await insertReceiver(tx, receiver, null)
      await insertMessages(tx, [message])
      await insertAccessKey(tx, accessKey, SECRET)
    })

  const readAll = () =>
    store.read(async (tx) => ({
      profile: await findProfile(tx, 'p' as ProjectId, 'f2'),
      revision: await getRevision(tx, revision.id),
      action: await getAction(tx, 'a9'),
      token: await findClientToken(tx, 'me', 'once', 1001),
      policy: await findPolicy(tx, 'p' as ProjectId, 'y9'),
      receiver: await findReceiver(tx, 'p' as ProjectId, 'w9'),
      message: await findNextMessage(tx, receiver.id),
      secret: (await findAccessKeySecret(tx, 'AKIAX'))?.secret,
    }))
  const written = { profile, revision, action, token, policy, receiver, message, secret: SECRET }

  /** The columns as they are in the database. */
  const stored = () =>
    store.read(async (tx) => {
      const profiles = await tx.selectFrom('profiles').select('properties').execute()
      const revisions = await tx.selectFrom('revisions').select('spec').execute()
      const actions = await tx.selectFrom('actions').select('inputs').execute()
      const tokens = await tx.selectFrom('client_tokens').select('answer').execute()
      const keys = await tx.selectFrom('access_keys').select('secret').execute()
      const policies = await tx.selectFrom('policies').select('properties').execute()
      const receivers = await tx.selectFrom('receivers').select('params').execute()
      const messages = await tx.selectFrom('receiver_messages').select('body').execute()
      const all = [profiles, revisions, actions, tokens, keys, policies, receivers, messages]
      return JSON.stringify(all)
    })

  const isPlain = (text: string) => text.includes('hunter2')

  test('secrets are sealed in the database, and are what they were to those who read', async () => {
    await writeAll()
    assert.ok(!isPlain(await stored()))
    assert.deepEqual(await readAll(), written)
    await store.read(async (tx) => {
      const page = await listProfiles(tx, { name: 'secretive' }, { limit: 10 })
      assert.deepEqual(page.items, [profile])
      const all = await loadRevisions(tx, 'c' as never)
      assert.deepEqual(
        all.find(({ id }) => id === 'r9'),
        revision,
      )
      const open = await loadOpenActions(tx, 'c' as never)
      assert.deepEqual(
        open.find(({ id }) => id === 'a9'),
        action,
      )
    })
  })

  test('a revision that says the same is found, however it is sealed', async () => {
    await writeAll()
    await store.read(async (tx) => {
      const pool = (await getPool(tx, 'o' as never))!
      assert.equal((await findSameRevision(tx, pool, spec))?.id, 'r9')
      const other = { ...spec, settings: { ...spec.settings, password: 'another' } }
      assert.equal(await findSameRevision(tx, pool, other), undefined)
    })
  })

  test('an action gives up its secrets when it is written without them', async () => {
    await writeAll()
    const { secrets: _gone, ...inputs } = action.inputs
    await store.write((tx) => putActions(tx, [{ ...action, inputs, status: 'SUCCEEDED' }]))
    assert.deepEqual((await store.read((tx) => getAction(tx, 'a9')))?.inputs, inputs)
  })

  test('what is changed is sealed again, and a change of something else leaves it alone', async () => {
    await writeAll()
    const params = { params: { admin_pass: `${SECRET}-2` } }
    await store.write((tx) => patchReceiver(tx, receiver.id, { params }))
    await store.write((tx) => patchReceiver(tx, receiver.id, { name: 'other' }))
    assert.ok(!isPlain(await stored()))
    assert.deepEqual((await readAll()).receiver, { ...receiver, params, name: 'other' })
  })

  test('what was put into another row does not open', async () => {
    await writeAll()
    await store.write(async (tx) => {
      const { properties } = await tx
        .selectFrom('profiles')
        .select('properties')
        .where('id', '=', 'f2')
        .executeTakeFirstOrThrow()
      await tx.updateTable('profiles').set({ properties }).where('id', '=', 'f').execute()
    })
    const read = store.read((tx) => findProfile(tx, 'p' as ProjectId, 'f'))
    await assert.rejects(read, { code: 'secret_unreadable', message: /profiles\.properties:f / })
  })

  test('what an earlier version wrote as it was is read, and sealed once somebody asks for it', async () => {
    await reopen()
    await writeAll()
    assert.ok(isPlain(await stored()))
    const keyring = createKeyring([FIRST])
    await reopen(keyring)
    assert.deepEqual(await readAll(), written)
    const first = await resealAll(store, keyring.current)
    assert.ok(first.sealed >= 5)
    assert.ok(!isPlain(await stored()))
    assert.deepEqual(await readAll(), written)
    assert.deepEqual((await resealAll(store, keyring.current)).sealed, 0)
  })

  test('all is sealed by a new key, also when that was broken off in between', async () => {
    await writeAll()
    const both = createKeyring([SECOND, FIRST])
    await reopen(both)
    const enough = new AbortController()
    let writes = 0
    const counting: Store = {
      ...store,
      read: (work) => store.read(work),
      close: () => store.close(),
      write(work, options) {
        writes += 1
        if (writes === 2) enough.abort(new Error('enough'))
        return store.write(work, options)
      },
    }
    await assert.rejects(resealAll(counting, both.current, enough.signal), { message: 'enough' })
    assert.deepEqual(await readAll(), written)
    await resealAll(store, both.current)
    await reopen(createKeyring([SECOND]))
    assert.deepEqual(await readAll(), written)
    await reopen(createKeyring([FIRST]))
    await assert.rejects(readAll(), { code: 'secret_unreadable' })
    await reopen()
    await assert.rejects(readAll(), { code: 'secret_unreadable', message: /no key here/ })
  })
})
