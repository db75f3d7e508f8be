import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { ApiKeyId, ProjectId } from '../domain/ids.ts'
import type { ApiKey } from '../domain/principal.ts'
import { insertApiKey, revokeApiKey } from '../store/api-keys.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { createIds } from '../system/ids.ts'
import { type Authenticator, createAuthenticator } from './authenticator.ts'
import { hashSecret, idOfSecret, makeSecret } from './secret.ts'

const ids = createIds(Date.now)
let store: Store
let reads: number
let now: number
let authenticator: Authenticator
let key: ApiKey
let secret: string

beforeEach(async () => {
  const opened = await openSqliteStore({ path: ':memory:' })
  reads = 0
  now = 1_000_000
  store = {
    ...opened,
    read(work) {
      reads += 1
      return opened.read(work)
    },
    write: (work) => opened.write(work),
    close: () => opened.close(),
  }
  authenticator = createAuthenticator({ store, clock: { now: () => now, after: () => () => {} } })
  key = {
    id: ids.next<ApiKeyId>(),
    name: 'ci',
    groups: ['qa'],
    grants: [{ projectId: 'p' as ProjectId, role: 'viewer' }],
    createdAt: now,
    createdBy: 'test',
    expiresAt: null,
    revokedAt: null,
  }
  secret = makeSecret(key.id)
  await store.write((tx) => insertApiKey(tx, key, hashSecret(secret)))
})
afterEach(() => store.close())

test('a key is taken as bearer token, and as the user name of basic authentication', async () => {
  const principal = { name: 'ci', grants: key.grants, groups: ['qa'] }
  const basic = Buffer.from(`${secret}:anything`).toString('base64')
  for (const header of [`Bearer ${secret}`, `bearer   ${secret} `, `Basic ${basic}`]) {
    assert.deepEqual(await authenticator.authenticate(header), principal)
  }
})

test('a key names its row, and nothing else looks like a key', () => {
  assert.equal(idOfSecret(secret), key.id)
  assert.match(secret, /^drover_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/)
  for (const other of ['', 'drover_', secret.slice(1), `${secret}x`, secret.replace('drover', 'lorry')]) {
    assert.equal(idOfSecret(other), undefined)
  }
})

test('whatever is wrong with a key, the refusal is the same', async () => {
  const wrongSecret = makeSecret(key.id)
  const unknown = makeSecret(ids.next<ApiKeyId>())
  const headers = [undefined, '', secret, 'Bearer', 'Bearer x', `Digest ${secret}`, 'Basic !!!']
  const messages = new Set<string>()
  for (const header of [...headers, `Bearer ${wrongSecret}`, `Bearer ${unknown}`]) {
    await assert.rejects(authenticator.authenticate(header), (error: { code: string; message: string }) => {
      messages.add(error.message)
      return error.code === 'unauthenticated'
    })
  }
  assert.equal(messages.size, 1)
})

test('an unknown id costs the same query and comparison as a wrong secret', async () => {
  const countReads = async (offered: string) => {
    const before = reads
    await assert.rejects(authenticator.authenticate(`Bearer ${offered}`))
    return reads - before
  }
  assert.equal(await countReads(makeSecret(key.id)), await countReads(makeSecret(ids.next<ApiKeyId>())))
})

test('a verified key needs no query for five seconds, and then one', async () => {
  const authenticate = () => authenticator.authenticate(`Bearer ${secret}`)
  await authenticate()
  const before = reads
  now += 4999
  await authenticate()
  assert.equal(reads, before)
  now += 1
  await authenticate()
  assert.equal(reads, before + 1)
})

test('a key revoked by another process stops within five seconds, one forgotten here at once', async () => {
  const authenticate = () => authenticator.authenticate(`Bearer ${secret}`)
  await authenticate()
  await store.write((tx) => revokeApiKey(tx, key.id, now))
  await authenticate()
  now += 5000
  await assert.rejects(authenticate(), { code: 'unauthenticated' })

  const other = { ...key, id: ids.next<ApiKeyId>() }
  const otherSecret = makeSecret(other.id)
  await store.write((tx) => insertApiKey(tx, other, hashSecret(otherSecret)))
  await authenticator.authenticate(`Bearer ${otherSecret}`)
  await store.write((tx) => revokeApiKey(tx, other.id, now))
  authenticator.forget(other.id)
  await assert.rejects(authenticator.authenticate(`Bearer ${otherSecret}`), { code: 'unauthenticated' })
})

test('a key that is read while it is revoked is not held as verified', async () => {
  const underWay = authenticator.authenticate(`Bearer ${secret}`)
  const revoked = store.write((tx) => revokeApiKey(tx, key.id, now))
  authenticator.forget(key.id)
  await Promise.allSettled([underWay, revoked])
  await assert.rejects(authenticator.authenticate(`Bearer ${secret}`), { code: 'unauthenticated' })
})

test('a key that expires is never held longer than it lives', async () => {
  const short = { ...key, id: ids.next<ApiKeyId>(), expiresAt: now + 1000 }
  const shortSecret = makeSecret(short.id)
  await store.write((tx) => insertApiKey(tx, short, hashSecret(shortSecret)))
  await authenticator.authenticate(`Bearer ${shortSecret}`)
  now += 1000
  await assert.rejects(authenticator.authenticate(`Bearer ${shortSecret}`), { code: 'unauthenticated' })
})
