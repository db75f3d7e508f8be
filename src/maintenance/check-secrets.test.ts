import assert from 'node:assert/strict'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeTree } from '../bundles/folders.ts'
import { createKeyring, makeSecretKey } from '../secrets/keyring.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { openMaintenance } from './maintenance.ts'
import { fillEverything, TEST_SECRET_KEY } from './test-content.ts'

test('a key that is missing or another one, and a secret that cannot be opened, are found', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'drover-check-'))
  t.after(() => removeTree(folder))
  const data = join(folder, 'data')
  await mkdir(data)
  const store = await openSqliteStore({ path: join(data, 'drover.db') })
  await fillEverything(store, data)
  const problems = async (env: Readonly<Record<string, string>>) => {
    const host = { env, folder, home: folder, isRoot: false }
    const place = { flags: { data }, configPath: undefined, signal: new AbortController().signal }
    const { findings } = await (await openMaintenance(place, { host, version: '1.2.3' })).check()
    return findings.filter(({ severity }) => severity === 'problem').map(({ what }) => what)
  }
  const right = { DROVER_SECRET_KEY: TEST_SECRET_KEY }
  try {
    const keyring = createKeyring([TEST_SECRET_KEY])
    const [gone] = await problems({})
    assert.match(gone ?? '', new RegExp(`there is no .*secret\\.key, and .* ${keyring.current}`))
    const [other] = await problems({ DROVER_SECRET_KEY: makeSecretKey() })
    assert.match(other ?? '', new RegExp(`sealed with key ${keyring.current}`))
    assert.deepEqual(await problems(right), [])
    const properties = keyring.seal('{}', 'profiles.properties:another')
    await store.write((tx) => tx.updateTable('profiles').set({ properties }).execute())
    const [moved] = await problems(right)
    assert.match(moved ?? '', /secret at profiles\.properties:f cannot be opened/)
  } finally {
    await store.close()
  }
})
