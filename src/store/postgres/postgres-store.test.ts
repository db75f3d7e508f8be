import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import type { NewEvent } from '../../domain/event.ts'
import type { ClusterId, ProjectId } from '../../domain/ids.ts'
import { silentLog } from '../../system/log.ts'
import { bumpIntent, insertCluster } from '../clusters.ts'
import { insertEvents, listEvents, listEventsAfter } from '../events.ts'
import { lockFence } from '../leases.ts'
import { readMigrations } from '../migrations.ts'
import { findProject, insertProject, listProjects } from '../projects.ts'
import type { Store, Tx } from '../store.ts'
import { onPostgres, testPostgres } from '../test-databases.ts'
import { migrate } from './migrate.ts'
import { openPostgresStore } from './postgres-store.ts'
import { startTestPostgres } from './test-server.ts'

onPostgres(() => {
  let url: string
  const opened: Store[] = []
  const open = async (poolSize = 10): Promise<Store> => {
    const store = await openPostgresStore({ url, poolSize, log: silentLog })
    opened.push(store)
    return store
  }
  beforeEach(async () => {
    url = await (await testPostgres()).createDatabase()
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })

  test('programs that start at once apply each migration once', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => open()))
    assert.equal(stores.length, 5)
    const applied = await query(url, 'SELECT number FROM migrations ORDER BY number')
    assert.deepEqual(
      applied.map((row) => Number(row['number'])),
      readMigrations('postgres').map(({ number }) => number),
    )
  })

  test('both databases have the same migrations by number and name, and the same of them break', () => {
    const short = (kind: 'sqlite' | 'postgres') =>
      readMigrations(kind).map(({ number, name, breaking }) => ({ number, name, breaking }))
    assert.deepEqual(short('postgres'), short('sqlite'))
  })

  test('an older program runs beside a newer schema, unless that breaks it', async () => {
    const newer = { number: 900, name: '0900_x.sql', sql: 'CREATE TABLE x (y BIGINT)', breaking: false }
    const breaking = { number: 901, name: '0901_y.sql', sql: 'CREATE TABLE y (y BIGINT)', breaking: true }
    await withClient(url, (client) => migrate(client, [...readMigrations('postgres'), newer]))
    await open()
    await withClient(url, (client) => migrate(client, [...readMigrations('postgres'), newer, breaking]))
    await assert.rejects(open(), { code: 'schema_too_new', message: /at schema 901 \(0901_y\.sql\)/ })
  })

  test('what ran before a newer version added a column runs after it, on each connection', async () => {
    const store = await open()
    const addAndCount = async (name: string) => {
      await store.write((tx) => insert(tx, name))
      const find = () => store.read((tx) => findProject(tx, name))
      return (await Promise.all([find(), find(), find(), find()])).filter((found) => found?.name === name)
        .length
    }
    assert.equal(await addAndCount('a'), 4)
    await query(url, 'ALTER TABLE projects ADD COLUMN colour TEXT')
    assert.equal(await addAndCount('b'), 4)
    const write = store.write(async (tx) => (await findProject(tx, 'a'))?.name)
    assert.equal(await write, 'a')
  })

  test('a migration that fails leaves nothing of itself, and is tried again', async () => {
    const first = { number: 1, name: '0001_a.sql', sql: 'CREATE TABLE a (x BIGINT)', breaking: true }
    const broken = { ...first, number: 2, sql: 'CREATE TABLE b (x BIGINT); CREATE TABLE a (x BIGINT)' }
    const fixed = { ...broken, sql: 'CREATE TABLE b (x BIGINT)' }
    await withClient(url, async (client) => {
      await assert.rejects(migrate(client, [first, broken]))
      await migrate(client, [first, fixed])
    })
    assert.equal((await query(url, 'SELECT number FROM migrations')).length, 2)
  })

  test('an error that a write catches does not make it pass for written', async () => {
    const store = await open()
    await store.write((tx) => insert(tx, 'a'))
    const write = store.write(async (tx) => {
      await insert(tx, 'b')
      await insert(tx, 'a').catch(() => {})
    })
    await assert.rejects(write, { code: 'store_unavailable' })
    assert.deepEqual(await names(store), ['a'])
  })

  test('an event is seen only once all with a lower sequence can be seen', async () => {
    const [one, other] = [await open(), await open()]
    const gate = Promise.withResolvers<void>()
    const inserted = Promise.withResolvers<void>()
    const slow = one.write(
      async (tx) => {
        await insertEvents(tx, [event('slow')])
        inserted.resolve()
        await gate.promise
      },
      { guard: 'rows' },
    )
    await inserted.promise
    let quickDone = false
    const quick = other
      .write((tx) => insertEvents(tx, [event('quick')]), { guard: 'rows' })
      .then(() => {
        quickDone = true
      })
    await untilWaiting(url)
    assert.equal(quickDone, false)
    assert.deepEqual(await other.read((tx) => listEventsAfter(tx, {}, 0, 10)), [])
    gate.resolve()
    await Promise.all([slow, quick])
    const events = await other.read((tx) => listEventsAfter(tx, {}, 0, 10))
    assert.deepEqual(
      events.map(({ type }) => type),
      ['slow', 'quick'],
    )
  })

  test('whoever follows events while several write loses none', async () => {
    const writers = await Promise.all([open(), open(), open()])
    const reader = await open()
    let writing = true
    const written = Promise.all(
      writers.map(async (store, index) => {
        for (let count = 0; count < 40; count += 1) {
          await store.write((tx) => insertEvents(tx, [event(`${index}-${count}`), event('x')]), {
            guard: 'rows',
          })
        }
      }),
    ).finally(() => {
      writing = false
    })
    const seen: string[] = []
    let sequence = 0
    for (let last = false; !last; ) {
      last = !writing
      const events = await reader.read((tx) => listEventsAfter(tx, {}, sequence, 1000))
      seen.push(...events.map(({ type }) => type))
      sequence = events.at(-1)?.sequence ?? sequence
    }
    await written
    assert.equal(seen.length, 3 * 40 * 2)
  })

  test("a cluster's engine waits for who asks something of it, and others do not", async () => {
    const [engine, api] = [await open(), await open()]
    await api.write(async (tx) => {
      await insert(tx, 'p')
      for (const name of ['c', 'd']) await insertWeb(tx, name)
    })
    const gate = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const asking = api.write(async (tx) => {
      await bumpIntent(tx, 'c' as ClusterId)
      asked.resolve()
      await gate.promise
    })
    await asked.promise
    const look = (id: string) =>
      engine.write((tx) => lockFence(tx, id as ClusterId), { guard: 'rows' }).then((fence) => fence?.intent)
    assert.equal(await look('d'), 1)
    const own = look('c')
    await untilWaiting(url)
    gate.resolve()
    await asking
    assert.equal(await own, 2)
  })

  test('writers who wait for their turn take no connection from engines and readers', async () => {
    const [frozen, busy] = [await open(), await open(3)]
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const first = frozen.write(async () => {
      begun.resolve()
      await gate.promise
    })
    await begun.promise
    const waiting = Array.from({ length: 20 }, (_, index) => busy.write((tx) => insert(tx, `w${index}`)))
    await untilWaiting(url)
    await busy.write((tx) => lockFence(tx, 'c' as ClusterId), { guard: 'rows' })
    assert.deepEqual(await names(busy), [])
    gate.resolve()
    await Promise.all([first, ...waiting])
    assert.equal((await names(busy)).length, 20)
  })

  test('others are told of requests and of events', async () => {
    const [one, other] = [await open(), await open()]
    const heard: (string | null)[] = []
    one.listen?.((news) => heard.push(news))
    await until(() => heard.length > 0)
    await other.write(async (tx) => {
      await insert(tx, 'p')
      await insertWeb(tx, 'c')
    })
    await until(() => heard.includes('c'))
    const before = heard.length
    await other.write((tx) => bumpIntent(tx, 'c' as ClusterId))
    await until(() => heard.length > before)
    heard.length = 0
    await other.write((tx) => insertEvents(tx, [event('a')]))
    await until(() => heard.includes(null))
  })

  test('connections that are cut off are made anew, and a write that was under way fails', async () => {
    const store = await open()
    const heard: unknown[] = []
    store.listen?.((news) => heard.push(news))
    await until(() => heard.length > 0)
    heard.length = 0
    const begun = Promise.withResolvers<void>()
    const cut = Promise.withResolvers<void>()
    const write = store.write(async (tx) => {
      await insert(tx, 'lost')
      begun.resolve()
      await cut.promise
      await insert(tx, 'lost too')
    })
    const failed = assert.rejects(write, { code: 'store_unavailable', retryable: true })
    await begun.promise
    await query(
      url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    cut.resolve()
    await failed
    await store.write((tx) => insert(tx, 'kept'))
    assert.deepEqual(await names(store), ['kept'])
    await until(() => heard.length > 0)
  })

  test('a frozen writer does not keep the others waiting for ever', async () => {
    const store = await open()
    const frozen = assert.rejects(
      store.write(async (tx) => {
        await insert(tx, 'frozen')
        await until(async () => (await names(store)).includes('next'), 20_000)
        await insert(tx, 'late')
      }),
      { code: 'store_unavailable' },
    )
    await untilInTransaction(url)
    await store.write((tx) => insert(tx, 'next'))
    await frozen
    assert.deepEqual(await names(store), ['next'])
  })

  test('a cursor with a word where a number belongs is refused as such', async () => {
    const store = await open()
    const cursor = Buffer.from(JSON.stringify(['sequence', 'x'])).toString('base64url')
    const listing = store.read((tx) => listEvents(tx, {}, { limit: 1, sort: 'sequence', cursor }))
    await assert.rejects(listing, { code: 'invalid_request', field: 'cursor' })
  })

  test('no message has the password in it', async () => {
    const wrong = url.replace(/:[^:@]+@/, ':not-this-one@')
    const error = await refused(openPostgresStore({ url: wrong, log: silentLog }))
    assert.match(error.message, /cannot open the database postgres:\/\/postgres@127\.0\.0\.1:\d+\/test_\d+: /)
    for (const bad of [wrong, 'postgres://me:not-this-one@:x/', 'mysql://me:not-this-one@h/d']) {
      const { message, stack, cause } = await refused(openPostgresStore({ url: bad, log: silentLog }))
      assert.ok(!`${message}${stack}${JSON.stringify(cause)}`.includes('not-this-one'))
    }
  })
})

test('a server that goes away is said so, and found again when it is back', async () => {
  const server = await startTestPostgres()
  after(() => server.close())
  const url = await server.createDatabase()
  const store = await openPostgresStore({ url, log: silentLog })
  try {
    await store.write((tx) => insert(tx, 'before'))
    await server.halt('immediate')
    const error = await refused(store.write((tx) => insert(tx, 'away')))
    assert.deepEqual([error.code, error.retryable], ['store_unavailable', true])
    await server.start()
    await store.write((tx) => insert(tx, 'after'))
    assert.equal((await store.read((tx) => findProject(tx, 'before')))?.name, 'before')
    assert.deepEqual(await names(store), ['after', 'before'])
  } finally {
    await store.close()
  }
})

async function insert(tx: Tx, name: string): Promise<void> {
  await insertProject(tx, { id: name as ProjectId, name, createdAt: 0 })
}

async function insertWeb(tx: Tx, name: string): Promise<void> {
  await insertCluster(tx, {
    ...{ id: name as ClusterId, projectId: 'p' as ProjectId, name, status: 'Active', statusReason: '' },
    ...{
      ...{
        kind: 'cluster',
        driftRepair: 'manual',
        config: {},
        timeoutSeconds: null,
        createdBy: 'test',
        firstReadyAt: null,
      },
      ...{ environmentId: null, attributes: {}, platform: null },
      metadata: {},
      createdAt: 0,
      updatedAt: 0,
      version: 1,
    },
  })
}

function event(type: string): NewEvent {
  return {
    ...{ id: type as NewEvent['id'], at: 0, level: 'info' as const, type, projectId: null, clusterId: null },
    ...{ nodeId: null, updateId: null, actionId: null, principal: 'test', because: '', data: {} },
  }
}

async function names(store: Store): Promise<string[]> {
  const { items } = await store.read((tx) => listProjects(tx, {}, { limit: 1000 }))
  return items.map(({ name }) => name)
}

async function refused(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => assert.fail('was not refused'),
    (thrown: unknown) => thrown,
  )
  return error as Error & { readonly code: string; readonly retryable: boolean }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  return await withClient(url, async (client) => (await client.query<Record<string, unknown>>(text)).rows)
}

const untilWaiting = (url: string) => untilSession(url, "wait_event_type = 'Lock'")
const untilInTransaction = (url: string) => untilSession(url, "state = 'idle in transaction'")

async function untilSession(url: string, condition: string): Promise<void> {
  const sessions = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND ${condition}`
  await until(async () => (await query(url, sessions)).length > 0)
}

async function until(condition: () => boolean | Promise<boolean>, longestMs = 10_000): Promise<void> {
  const end = Date.now() + longestMs
  while (!(await condition())) {
    assert.ok(Date.now() < end, 'waited too long')
    await wait(20)
  }
}
