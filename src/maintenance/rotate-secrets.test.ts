import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { removeTree } from '../bundles/folders.ts'
import type { Profile } from '../domain/profile.ts'
import { admitSecretKeys, sealPlainSecrets } from '../secrets/admit-keys.ts'
import { readKeyFile, replaceKeyFile, takeSecretKeys } from '../secrets/key-file.ts'
import { createKeyring, makeSecretKey } from '../secrets/keyring.ts'
import { findProfile, insertProfile } from '../store/profiles.ts'
import { insertProject } from '../store/projects.ts'
import { lockFolder } from '../store/sqlite/folder-lock.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { openMaintenance } from './maintenance.ts'

const PROFILES = 450
const SECRET = 'hunter2'

let data: string
let file: string
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'drover-rotate-')), 'data')
  file = join(data, 'secret.key')
  mkdirSync(data)
})
afterEach(() => removeTree(join(data, '..')))

const rotate = async (options: { keys?: readonly string[]; signal?: AbortSignal } = {}) => {
  const { keys, signal = new AbortController().signal } = options
  const env = keys ? { DROVER_SECRET_KEY: keys.join(',') } : {}
  const host = { env, folder: data, home: data, isRoot: false }
  const place = { flags: { data }, configPath: undefined, signal }
  return (await openMaintenance(place, { host, version: '1.2.3' })).rotateSecrets()
}

/** What a server does at its start, and some work. */
async function serve<T>(work: (store: Store) => Promise<T>, given: readonly string[] = []): Promise<T> {
  const keys = takeSecretKeys({ given, file })
  const store = await openSqliteStore({ path: join(data, 'drover.db'), sealer: keys.keyring })
  try {
    await admitSecretKeys(store, keys, Date.now())
    await sealPlainSecrets(store, keys)
    return await work(store)
  } finally {
    await store.close()
  }
}

const fill = (store: Store) =>
  store.write(async (tx) => {
    await insertProject(tx, { id: 'p', name: 'default', createdAt: 1 } as never)
    for (let index = 0; index < PROFILES; index += 1) await insertProfile(tx, profileOf(index))
  })

const profileOf = (index: number) =>
  ({
    ...{ id: `f${index}`, projectId: 'p', name: `f${index}`, type: 'process', version: '1.0' },
    ...{ properties: { env: { PASSWORD: `${SECRET}-${index}` } }, metadata: {}, attributes: {} },
    ...{ createdAt: 1, createdBy: 'ada', updatedAt: null },
  }) as unknown as Profile

const readAll = (store: Store) =>
  store.read(async (tx) => {
    for (let index = 0; index < PROFILES; index += 1) {
      const { id } = profileOf(index)
      assert.deepEqual(await findProfile(tx, 'p' as never, id), profileOf(index))
    }
  })

test('a new key takes the place of the old one, which is good for nothing afterwards', async () => {
  await serve(fill)
  const [old] = readKeyFile(file)!
  const report = await rotate()
  const [key, ...more] = readKeyFile(file)!
  assert.notEqual(key, old)
  assert.deepEqual(more, [])
  assert.deepEqual(report, {
    keyId: createKeyring([key!]).current,
    retired: [createKeyring([old!]).current],
    sealed: PROFILES,
    source: file,
  })
  await serve(readAll)
  await assert.rejects(serve(readAll, [old!]), { code: 'secret_unreadable' })
})

test('a rotation that is interrupted leaves both keys, and everything readable; the next one finishes it', async () => {
  await serve(fill)
  const [old] = readKeyFile(file)!
  const stopped = AbortSignal.abort(new Error('stop'))
  await assert.rejects(rotate({ signal: stopped }), { code: 'cancelled' })
  const both = readKeyFile(file)!
  assert.deepEqual(both.slice(1), [old])
  await serve(readAll)
  const report = await rotate()
  assert.equal(report.keyId, createKeyring([both[0]!]).current)
  assert.deepEqual(readKeyFile(file), both.slice(0, 1))
  await serve(readAll)
})

test('wherever it is killed, a server starts, and the next rotation ends well', async () => {
  await serve(fill)
  const keys = [makeSecretKey(), ...readKeyFile(file)!]
  // Killed after the new key was put into the file, and a server wrote with it meanwhile.
  replaceKeyFile(file, keys)
  await serve(async (store) => {
    await readAll(store)
    await store.write((tx) => insertProfile(tx, profileOf(PROFILES)))
  })
  assert.equal((await rotate()).sealed, PROFILES)
  // Killed before the old key was taken out of the file.
  replaceKeyFile(file, keys)
  await serve(readAll)
  assert.equal((await rotate()).sealed, 0)
  assert.deepEqual(readKeyFile(file), keys.slice(0, 1))
  await serve(readAll)
})

test('keys of the environment are changed by whoever gives them', async () => {
  const [one, two] = [makeSecretKey(), makeSecretKey()]
  await serve(fill, [one])
  await assert.rejects(rotate({ keys: [two] }), { code: 'secret_unreadable' })
  assert.equal((await rotate({ keys: [two, one] })).sealed, PROFILES)
  assert.equal(readKeyFile(file), undefined)
  await serve(readAll, [two])
  await assert.rejects(serve(readAll, [one]), { code: 'secret_unreadable' })
})

test('it refuses while a server runs, and where there is no key', async () => {
  await serve(fill)
  const lock = lockFolder(data)
  await assert.rejects(rotate(), { code: 'in_use' })
  lock.release()
  const given = readKeyFile(file)!
  await removeTree(file)
  await assert.rejects(rotate(), { code: 'invalid_spec', message: /secret\.keyFile/ })
  await serve(readAll, given)
})

test('what an earlier version wrote as it was is sealed at the next start, and leaves no trace after a rotation', async () => {
  const { readFile } = await import('node:fs/promises')
  const path = join(data, 'drover.db')
  const plain = await openSqliteStore({ path })
  await fill(plain)
  await plain.close()
  assert.ok((await readFile(path)).includes(SECRET))
  await serve(readAll)
  await rotate()
  assert.ok(!(await readFile(path)).includes(SECRET))
  await serve(readAll)
})
