import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { removeTree } from '../bundles/folders.ts'
import type { Profile } from '../domain/profile.ts'
import { prepareSecrets } from '../secrets/admit-keys.ts'
import { readKeyFile, takeSecretKeys } from '../secrets/key-file.ts'
import { findProfile, insertProfile } from '../store/profiles.ts'
import { insertProject } from '../store/projects.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { silentLog } from '../system/log.ts'

const PROFILES = 400
const MAIN = join(import.meta.dirname, '../main.ts')

const profileOf = (index: number) =>
  ({
    ...{ id: `f${index}`, projectId: 'p', name: `f${index}`, type: 'process', version: '1.0', metadata: {} },
    ...{
      properties: { env: { PASSWORD: `hunter2-${index}` } },
      createdAt: 1,
      createdBy: 'ada',
      updatedAt: null,
    },
  }) as unknown as Profile

test('a rotation that is killed at any moment leaves everything readable, and can be finished', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'drover-killed-'))
  t.after(() => removeTree(data))
  const file = join(data, 'secret.key')
  /** What a server does with its database. */
  const serve = async (work: (store: Store) => Promise<void>) => {
    const keys = takeSecretKeys({ given: [], file })
    const store = await openSqliteStore({ path: join(data, 'drover.db'), sealer: keys.keyring })
    try {
      await prepareSecrets(store, keys, { now: Date.now, log: silentLog })
      await work(store)
    } finally {
      await store.close()
    }
  }
  const readAll = (store: Store) =>
    store.read(async (tx) => {
      for (let index = 0; index < PROFILES; index += 1) {
        assert.deepEqual(await findProfile(tx, 'p' as never, `f${index}`), profileOf(index))
      }
    })
  await serve((store) =>
    store.write(async (tx) => {
      await insertProject(tx, { id: 'p', name: 'default', createdAt: 1 } as never)
      for (let index = 0; index < PROFILES; index += 1) await insertProfile(tx, profileOf(index))
    }),
  )
  const [first] = readKeyFile(file)!
  for (const delayMs of [0, 10, 40]) {
    const child = spawn(process.execPath, [MAIN, 'secrets', 'rotate', '--data', data], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    const keys = readKeyFile(file)!.length
    // Somewhere behind the moment at which the new key is there; at once, if an earlier one left it.
    while (child.exitCode === null && readKeyFile(file)!.length === keys && keys === 1) await wait(1)
    await wait(delayMs)
    child.kill('SIGKILL')
    await ended
    await serve(readAll)
  }
  const child = spawn(process.execPath, [MAIN, 'secrets', 'rotate', '--data', data], { stdio: 'ignore' })
  assert.deepEqual(await once(child, 'exit'), [0, null])
  const keys = readKeyFile(file)!
  assert.equal(keys.length, 1)
  assert.notEqual(keys[0], first)
  await serve(readAll)
})
