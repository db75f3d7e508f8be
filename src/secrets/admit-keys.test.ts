import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { admitSecretKeys } from './admit-keys.ts'
import { readKeyFile, replaceKeyFile, takeSecretKeys } from './key-file.ts'
import { createKeyring, makeSecretKey } from './keyring.ts'

let folder: string
let file: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drover-secrets-'))
  file = join(folder, 'secret.key')
  store = await openSqliteStore({ path: ':memory:' })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const NOW = 1_000_000
const take = (given: readonly string[] = []) => takeSecretKeys({ given, file })

test('the first start makes a key that only its owner can read, and later ones find it', async () => {
  const keys = take()
  assert.equal(keys.madeFile, file)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await admitSecretKeys(store, keys, NOW)
  const again = take()
  assert.deepEqual([again.keyring.ids, again.madeFile], [keys.keyring.ids, null])
  await admitSecretKeys(store, again, NOW)
})

test('a key that is given stands for the file, which is not made', async () => {
  const [one, two] = [makeSecretKey(), makeSecretKey()]
  const { keyring, source } = take([one, two])
  assert.deepEqual(keyring.ids, createKeyring([one, two]).ids)
  assert.match(source, /DROVER_SECRET_KEY/)
  assert.ok(!existsSync(file))
})

test('a server without the key that the database needs does not start, and leaves no key behind', async () => {
  const right = takeSecretKeys({ given: [], file: join(folder, 'right.key') })
  await admitSecretKeys(store, right, NOW)
  const wrong = take()
  await assert.rejects(admitSecretKeys(store, wrong, NOW), (error: { code: string; message: string }) => {
    assert.equal(error.code, 'secret_unreadable')
    for (const part of [right.keyring.current, wrong.keyring.current, file, 'DROVER_SECRET_KEY']) {
      assert.ok(error.message.includes(part), part)
    }
    return !error.message.includes(readFileSync(join(folder, 'right.key'), 'utf8').trim())
  })
  assert.ok(!existsSync(file))
  replaceKeyFile(file, readKeyFile(join(folder, 'right.key'))!)
  await admitSecretKeys(store, take(), NOW)
})

test('a key that is put in front becomes known; without the older one there is no start', async () => {
  const [older, newer] = [makeSecretKey(), makeSecretKey()]
  await admitSecretKeys(store, take([older]), NOW)
  await admitSecretKeys(store, take([newer, older]), NOW + 1)
  await admitSecretKeys(store, take([older, newer]), NOW + 2)
  for (const alone of [older, newer]) {
    await assert.rejects(admitSecretKeys(store, take([alone]), NOW), { code: 'secret_unreadable' })
  }
})

test('of two servers that begin at once on a new database, the other one learns of its mistake', async () => {
  const one = take([makeSecretKey()])
  const other = take([makeSecretKey()])
  const results = await Promise.allSettled([one, other].map((keys) => admitSecretKeys(store, keys, NOW)))
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('a file that others can read, or that has no keys, is refused by name', () => {
  take()
  chmodSync(file, 0o644)
  assert.throws(() => take(), { code: 'invalid_spec', message: /secret\.keyFile: .*chmod 600/ })
  for (const text of ['', 'abc\n', `${makeSecretKey()}\nabc\n`]) {
    writeFileSync(file, text)
    chmodSync(file, 0o600)
    assert.throws(
      () => take(),
      (error: { message: string }) => !error.message.includes('abc'),
    )
  }
})

test('keys are put in the place of others without a moment in which there are none', () => {
  take()
  const keys = [makeSecretKey(), makeSecretKey()]
  replaceKeyFile(file, keys)
  assert.deepEqual(readKeyFile(file), keys)
  assert.equal(statSync(file).mode & 0o777, 0o600)
})
