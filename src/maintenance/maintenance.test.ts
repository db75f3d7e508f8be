import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { removeTree } from '../bundles/folders.ts'
import { readMigrations } from '../store/migrations.ts'
import { openPostgresStore } from '../store/postgres/postgres-store.ts'
import { lockFolder } from '../store/sqlite/folder-lock.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { onPostgres, testPostgres } from '../store/test-databases.ts'
import { silentLog } from '../system/log.ts'
import { openMaintenance } from './maintenance.ts'
import type { Maintenance } from './report.ts'
import { addEvent, fillEverything, readEverything, TEST_SECRET_KEY } from './test-content.ts'

let folder: string
let data: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drover-db-'))
  data = join(folder, 'data')
})
afterEach(() => removeTree(folder))

function on(data: string, options: { readonly database?: string; readonly signal?: AbortSignal } = {}) {
  const { database, signal = new AbortController().signal } = options
  const env = {
    ...(database !== undefined && { DROVER_DATABASE: database }),
    DROVER_SECRET_KEY: TEST_SECRET_KEY,
  }
  const host = { env, folder, home: folder, isRoot: false }
  return openMaintenance({ flags: { data }, configPath: undefined, signal }, { host, version: '1.2.3' })
}

/** Opens the database of a data folder for the time of some work. */
async function within<T>(database: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await (database.startsWith('postgres:')
    ? openPostgresStore({ url: database, log: silentLog })
    : openSqliteStore({ path: database }))
  return await work(store).finally(() => store.close())
}

const read = (database: string) => within(database, readEverything)
const fileOf = (data: string) => join(data, 'drover.db')

/** What a restore changes on purpose: nobody owns a cluster, and its term is beyond all that nodes have seen. */
function disowned(everything: Record<string, unknown[]>): Record<string, unknown[]> {
  const clusters = (everything['clusters'] as { term: number }[]).map((cluster) => ({
    ...cluster,
    engine_id: null,
    term: cluster.term + 1_000_000,
  }))
  return { ...everything, clusters }
}

const problemsOf = async (maintenance: Maintenance) =>
  (await maintenance.check()).findings
    .filter(({ severity }) => severity === 'problem')
    .map(({ what }) => what)

async function makeData(): Promise<string> {
  await mkdir(data)
  return await within(fileOf(data), (store) => fillEverything(store, data))
}

test('what is there is found sound, and nothing is changed by looking', async () => {
  await makeData()
  const before = await read(fileOf(data))
  const report = await (await on(data)).check()
  assert.deepEqual(
    [report.sound, report.findings, report.schema],
    [true, [], readMigrations('sqlite').at(-1)?.name],
  )
  assert.equal(report.rows['events'], 1100)
  assert.deepEqual(await read(fileOf(data)), before)
})

test('a backup taken while writes go on is one moment, and comes back whole in another folder', async () => {
  const digest = await makeData()
  const backup = join(folder, 'backup')
  const store = await openSqliteStore({ path: fileOf(data) })
  let isWriting = true
  let written = 0
  const writing = (async () => {
    while (isWriting) {
      // Two at a time: a backup that has one of them is not of one moment.
      await store.write(async (tx) => {
        await addEvent(tx, `w${written}`)
        await addEvent(tx, `w${written + 1}`)
      })
      written += 2
      // A writer that never pauses would keep everybody else of this process waiting.
      await nextTurn()
    }
  })()
  try {
    const report = await (await on(data)).backup({ to: backup, force: false })
    assert.deepEqual([report.bundles, report.missingBundles], [1, []])
  } finally {
    isWriting = false
    await writing
    await store.close()
  }
  assert.equal((await stat(backup)).mode & 0o777, 0o700)
  for (const file of ['drover.db', 'manifest.json', `blobs/${digest.slice(0, 2)}/${digest}.zip`]) {
    assert.equal((await stat(join(backup, file))).mode & 0o777, 0o600, file)
  }
  assert.deepEqual((await readdir(backup)).sort(), ['blobs', 'drover.db', 'manifest.json'])

  const other = join(folder, 'other')
  const restored = await (await on(other)).restore({ from: backup })
  assert.deepEqual([restored.hasAdminKey, restored.hasSecretKey], [false, true])
  const now = await read(fileOf(data))
  const then = await read(fileOf(other))
  const events = then['events'] as { sequence: number }[]
  assert.ok(events.length >= 1100 && events.length % 2 === 0)
  assert.deepEqual({ ...then, events: [] }, { ...disowned(now), events: [] })
  assert.deepEqual(events, now['events']?.slice(0, events.length))
  assert.deepEqual(await problemsOf(await on(other)), [])
  assert.equal((await stat(fileOf(other))).mode & 0o777, 0o600)
  // Nobody who has seen the last event before misses one after.
  await within(fileOf(other), (store) => store.write((tx) => addEvent(tx, 'next')))
  const last = ((await read(fileOf(other)))['events'] as { sequence: number }[]).at(-1)
  assert.ok((last?.sequence ?? 0) > (now['events']?.length ?? 0))
})

test('a backup is not written over unless told so, and nothing else ever is', async () => {
  await makeData()
  const to = join(folder, 'backup')
  const maintenance = await on(data)
  await maintenance.backup({ to, force: false })
  await assert.rejects(maintenance.backup({ to, force: false }), { code: 'already_exists' })
  await within(fileOf(data), (store) => store.write((tx) => addEvent(tx, 'later')))
  const report = await maintenance.backup({ to, force: true })
  assert.equal(report.rows['events'], 1101)
  await assert.rejects(maintenance.backup({ to: data, force: true }), { code: 'invalid_request' })
  assert.ok(existsSync(fileOf(data)))
  assert.deepEqual((await readdir(folder)).sort(), ['backup', 'data'])
})

test('a backup that is interrupted or killed leaves nothing', async () => {
  await makeData()
  const controller = new AbortController()
  const maintenance = await on(data, { signal: controller.signal })
  const backingUp = maintenance.backup({ to: join(folder, 'backup'), force: false })
  setImmediate(() => controller.abort(new Error('enough')))
  await assert.rejects(backingUp, { message: 'enough' })
  assert.deepEqual(await readdir(folder), ['data'])
  // What a process that was killed in the middle had begun; no process has this number.
  const left = `.drover-making-backup-999999999-00000000-0000-4000-8000-000000000000`
  await writeFile(join(folder, left), '')
  await (await on(data)).backup({ to: join(folder, 'backup'), force: false })
  assert.deepEqual((await readdir(folder)).sort(), ['backup', 'data'])
})

test('a restore refuses a database that is there, a server that runs, and a backup that is damaged', async () => {
  const digest = await makeData()
  const backup = join(folder, 'backup')
  await (await on(data)).backup({ to: backup, force: false })
  await assert.rejects((await on(data)).restore({ from: backup }), {
    code: 'in_use',
    message: /drover\.db is there/,
  })
  await rename(fileOf(data), join(folder, 'away.db'))
  const lock = lockFolder(data)
  await assert.rejects((await on(data)).restore({ from: backup }), {
    code: 'in_use',
    message: /another Drover/,
  })
  lock.release()
  const blob = join(backup, 'blobs', digest.slice(0, 2), `${digest}.zip`)
  const bytes = await readFile(blob)
  await writeFile(blob, Buffer.concat([bytes, Buffer.from('x')]))
  await assert.rejects((await on(data)).restore({ from: backup }), {
    message: new RegExp(`${digest}.zip is damaged`),
  })
  await writeFile(blob, bytes)
  const database = await readFile(join(backup, 'drover.db'))
  database[database.length - 1] = 0xff ^ (database.at(-1) ?? 0)
  await writeFile(join(backup, 'drover.db'), database)
  await assert.rejects((await on(data)).restore({ from: backup }), { message: /drover\.db is damaged/ })
  assert.equal(existsSync(fileOf(data)), false)
  await assert.rejects((await on(data)).restore({ from: data }), { code: 'invalid_request' })
})

test('check finds what is wrong, names it, and says what to do', async () => {
  const digest = await makeData()
  const blob = join(data, 'bundles/blobs', digest.slice(0, 2), `${digest}.zip`)
  const bytes = await readFile(blob)
  await chmod(blob, 0o600)
  await writeFile(blob, 'something else')
  assert.match((await problemsOf(await on(data))).join(), /bytes of web@1, s3:\/\/code\/web.zip are damaged/)
  await rm(blob)
  assert.match(
    (await problemsOf(await on(data))).join(),
    /bytes of web@1, s3:\/\/code\/web.zip are not there/,
  )
  const backup = await (await on(data)).backup({ to: join(folder, 'backup'), force: false })
  assert.deepEqual(backup.missingBundles, [digest])
  await writeFile(blob, bytes)
  assert.deepEqual(await problemsOf(await on(data)), [])

  await within(fileOf(data), (store) =>
    store.write(async (tx) => {
      await tx.updateTable('node_pools').set({ committed_revision_id: 'gone', next_node_index: 1 }).execute()
      await tx
        .updateTable('nodes')
        .set({ revision_id: 'r9', action_id: 'a9' })
        .where('id', '=', 'n2')
        .execute()
      await tx.updateTable('updates').set({ to_revision_id: 'r8', action_id: 'a8' }).execute()
      await tx.updateTable('actions').set({ cluster_id: 'c7' }).where('id', '=', 'a1').execute()
      await tx.updateTable('actions').set({ node_id: 'n7' }).where('id', '=', 'a2').execute()
      await tx.updateTable('revisions').set({ bundle_id: 'b7' }).where('id', '=', 'r2').execute()
      await tx.updateTable('revisions').set({ spec: '{}' }).where('id', '=', 'r1').execute()
    }),
  )
  const problems = (await problemsOf(await on(data))).join('\n')
  for (const expected of [
    /pool DefaultPool .* committed revision .* gone/,
    /would give a node index or a revision number twice/,
    /node web-2 .* revision that its pool does not have: r9/,
    /node web-2 .* action that is not under way: a9/,
    /update u is in flight between revisions of which one is gone/,
    /update u is in flight, but the action that carries it is not: a8/,
    /action a1 .* cluster that is gone: c7/,
    /action a2 .* node that is gone: n7/,
    /revision 2 .* bundle that is gone: b7/,
    /revision 1 .* does not have the digest of its bundle/,
  ]) {
    assert.match(problems, expected)
  }
})

test('a file that is damaged, cut off or no database at all is a finding, not a crash', async () => {
  await makeData()
  const bytes = await readFile(fileOf(data))
  const damaged = Buffer.from(bytes)
  damaged.fill(0xee, 4096 * 10, 4096 * 20)
  for (const content of [
    damaged,
    bytes.subarray(0, 4096 * 9),
    Buffer.from('no database at all, '.repeat(500)),
  ]) {
    await writeFile(fileOf(data), content)
    const report = await (await on(data)).check()
    assert.equal(report.sound, false)
    assert.match(report.findings[0]?.what ?? '', /damaged/)
    assert.match(report.findings[0]?.remedy ?? '', /db restore/)
  }
  await rm(fileOf(data))
  await assert.rejects((await on(data)).check(), { code: 'not_found' })
})

test('files of nodes and bundles that the database does not know are listed', async () => {
  await makeData()
  const node = '01900000-0000-7000-8000-000000000000'
  await mkdir(join(data, 'nodes', node, 'run'), { recursive: true })
  const stray = 'ab'.repeat(32)
  await mkdir(join(data, 'bundles/blobs/ab'), { recursive: true })
  await writeFile(join(data, 'bundles/blobs/ab', `${stray}.zip`), '')
  const { sound, findings } = await (await on(data)).check()
  assert.equal(sound, true)
  assert.deepEqual(
    findings.map(({ severity }) => severity),
    ['note', 'note'],
  )
  assert.match(findings.map(({ what }) => what).join(), new RegExp(`${stray}.*${node}`))
})

onPostgres(() => {
  let url: string
  let address: string
  let passwordFile: string
  beforeEach(async () => {
    url = await (await testPostgres()).createDatabase()
    const parsed = new URL(url)
    passwordFile = join(folder, 'password')
    await writeFile(passwordFile, `${parsed.password}\n`, { mode: 0o600 })
    parsed.password = ''
    address = parsed.href
  })

  test('everything moves to PostgreSQL and back, row by row, and the source stays as it is', async () => {
    await makeData()
    const before = await read(fileOf(data))
    const report = await (await on(data)).move({ to: address, toPasswordFile: passwordFile })
    assert.deepEqual(report.settings, { database: address, databasePasswordFile: passwordFile })
    assert.equal(report.tables.find(({ table }) => table === 'events')?.rows, 1100)
    assert.ok(!JSON.stringify(report).includes(new URL(url).password))
    const unowned = {
      ...before,
      clusters: before['clusters']?.map((row) => ({ ...(row as object), engine_id: null })),
    }
    assert.deepEqual(await read(url), unowned)
    assert.deepEqual(await read(fileOf(data)), before)
    assert.deepEqual(await problemsOf(await on(data, { database: url })), [])

    await within(url, (store) => store.write((tx) => addEvent(tx, 'later')))
    const back = join(folder, 'back.db')
    const there = await on(data, { database: url })
    await there.move({ to: back, toPasswordFile: undefined })
    assert.deepEqual(await read(back), await read(url))
    assert.equal((await stat(back)).mode & 0o777, 0o600)
    const sequences = ((await read(url))['events'] as { sequence: number }[]).map(({ sequence }) => sequence)
    assert.equal(new Set(sequences).size, 1101)
  })

  test('a move refuses while a server runs, and to go where something is', async () => {
    await makeData()
    const maintenance = await on(data)
    const lock = lockFolder(data)
    await assert.rejects(maintenance.move({ to: address, toPasswordFile: passwordFile }), { code: 'in_use' })
    lock.release()
    await assert.rejects(maintenance.move({ to: url, toPasswordFile: undefined }), (error: Error) => {
      assert.match(error.message, /--to-password-file/)
      return !error.message.includes(new URL(url).password)
    })
    await within(url, (store) =>
      store.write((tx) =>
        tx.insertInto('projects').values({ id: 'q', name: 'mine', created_at: 0 }).execute(),
      ),
    )
    await assert.rejects(maintenance.move({ to: address, toPasswordFile: passwordFile }), {
      message: /project "mine"/,
    })
    await assert.rejects(maintenance.move({ to: fileOf(data), toPasswordFile: undefined }), {
      code: 'invalid_request',
    })

    const engine = { id: 'e', host: 'h', pid: 7, version: '0', started_at: 0, heartbeat_at: 0 }
    await within(url, (store) =>
      store.write((tx) =>
        tx
          .insertInto('engines')
          .values({ ...engine, lease_until: Date.now() + 60_000 })
          .execute(),
      ),
    )
    const there = await on(data, { database: url })
    await assert.rejects(there.move({ to: join(folder, 'x.db'), toPasswordFile: undefined }), {
      code: 'in_use',
      message: /host h, pid 7/,
    })
    assert.equal(existsSync(join(folder, 'x.db')), false)
  })

  test('a backup of PostgreSQL is like any other, and comes back into either', async () => {
    await makeData()
    await within(url, (store) => fillEverything(store, data))
    const backup = join(folder, 'backup')
    const report = await (await on(data, { database: url })).backup({ to: backup, force: false })
    assert.deepEqual([report.rows['events'], report.bundles], [1100, 1])
    const wanted = disowned(await read(url))

    const other = join(folder, 'other')
    await (await on(other)).restore({ from: backup })
    assert.deepEqual(await read(fileOf(other)), wanted)
    const empty = await (await testPostgres()).createDatabase()
    const third = await on(join(folder, 'third'), { database: empty })
    await third.restore({ from: backup })
    assert.deepEqual(await read(empty), wanted)
    assert.deepEqual(await problemsOf(third), [])
    await assert.rejects(third.restore({ from: backup }), { code: 'in_use', message: /project "default"/ })
  })

  test('a database that cannot be reached, or that no Drover has used, is a finding', async () => {
    const unused = await (await on(data, { database: url })).check()
    assert.match(unused.findings[0]?.what ?? '', /no Drover has used/)
    const away = await (await on(data, { database: 'postgres://ada:secret@127.0.0.1:1/x' })).check()
    assert.match(away.findings[0]?.what ?? '', /ada@127\.0\.0\.1:1/)
    assert.ok(!JSON.stringify(away).includes('secret'))
  })
})
