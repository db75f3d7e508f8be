import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { NotFoundError } from '../domain/errors.ts'
import type { NewEvent } from '../domain/event.ts'
import type { ClusterId, EngineId, ProjectId } from '../domain/ids.ts'
import { bumpIntent, findCluster, insertCluster } from './clusters.ts'
import { isRefusedRow, isUniqueViolation } from './errors.ts'
import { insertEvents, lastEventSequence, listEventsAfter } from './events.ts'
import { claimClusters, listEngines, lockFence, pruneEngines, putEngine, releaseEngine } from './leases.ts'
import { findProject, insertProject, listProjects } from './projects.ts'
import type { Store, Tx } from './store.ts'
import type { CreateDatabase, TestDatabase } from './test-databases.ts'

const PROJECT = 'p' as ProjectId
const HOUR_MS = 3600_000

/** What every store promises, whatever database it is made of. */
export function testStore(create: CreateDatabase): void {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await create()
    store = await database.open()
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })

  const names = async () =>
    (await store.read((tx) => listProjects(tx, {}, { limit: 1000 }))).items.map((project) => project.name)

  test('what a resolved write wrote is there for the next read, and after a restart', async () => {
    const answer = await store.write(async (tx) => {
      await insert(tx, 'a')
      return 'done'
    })
    assert.equal(answer, 'done')
    assert.deepEqual(await names(), ['a'])
    await store.close()
    store = await database.open()
    assert.deepEqual(await names(), ['a'])
  })

  test('a write sees its own rows before they are committed', async () => {
    const found = await store.write(async (tx) => {
      await insert(tx, 'a')
      return await findProject(tx, 'a')
    })
    assert.equal(found?.name, 'a')
  })

  test('a write that throws keeps nothing of itself and takes no other with it', async () => {
    const writes = Array.from({ length: 50 }, (_, index) =>
      store.write(async (tx) => {
        await insert(tx, `p${index}`)
        if (index % 10 === 3) throw new NotFoundError('thing', `${index}`)
        return index
      }),
    )
    const results = await Promise.allSettled(writes)
    const failed = results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []))
    assert.deepEqual(failed, [3, 13, 23, 33, 43])
    const rejected = results[13] as PromiseRejectedResult
    assert.ok(rejected.reason instanceof NotFoundError)
    const kept = await names()
    assert.equal(kept.length, 45)
    assert.ok(!kept.includes('p13') && kept.includes('p14'))
  })

  test('a statement that fails inside a write undoes all of that write', async () => {
    await store.write((tx) => insert(tx, 'a'))
    const write = store.write(async (tx) => {
      await insert(tx, 'b')
      await insert(tx, 'a')
    })
    const error: unknown = await write.catch((thrown: unknown) => thrown)
    assert.equal((error as { code?: unknown }).code, 'store_unavailable')
    assert.deepEqual([isUniqueViolation(error), isRefusedRow(error)], [true, true])
    assert.deepEqual(await names(), ['a'])
  })

  test('a unique violation is known inside the transaction too, and nothing else is taken for one', async () => {
    await store.write((tx) => insert(tx, 'a'))
    let seen: unknown
    const write = store.write(async (tx) => {
      seen = await insert(tx, 'a').catch((thrown: unknown) => thrown)
      throw seen
    })
    await assert.rejects(write)
    assert.equal(isUniqueViolation(seen), true)
    assert.equal(isUniqueViolation(new Error('UNIQUE constraint failed')), false)
    assert.equal(isUniqueViolation('x'), false)
  })

  test('writes that decide on what they read run one at a time', async () => {
    await store.write((tx) => insertWeb(tx))
    const other = await database.open()
    try {
      let inside = 0
      const add = (by: Store) =>
        by.write(async (tx) => {
          inside += 1
          assert.equal(inside, 1)
          const { metadata } = (await findCluster(tx, PROJECT, 'web'))!
          const count = Number(metadata['count'] ?? 0) + 1
          await tx
            .updateTable('clusters')
            .set({ metadata: JSON.stringify({ count }) })
            .execute()
          inside -= 1
        })
      const stores = store.listen ? [store, other] : [store]
      await Promise.all(Array.from({ length: 20 }, (_, index) => add(stores[index % stores.length]!)))
      const found = await store.read((tx) => findCluster(tx, PROJECT, 'web'))
      assert.equal(found?.metadata['count'], 20)
    } finally {
      await other.close()
    }
  })

  test('a read is one snapshot, whatever is committed meanwhile', async () => {
    await store.write((tx) => insert(tx, 'a'))
    let proceed = () => {}
    const gate = new Promise<void>((resolve) => {
      proceed = resolve
    })
    const counted = async (tx: Tx) => (await listProjects(tx, {}, { limit: 10 })).items.length
    let begun = () => {}
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    const read = store.read(async (tx) => {
      const before = await counted(tx)
      begun()
      await gate
      return [before, await counted(tx)]
    })
    await hasBegun
    await store.write((tx) => insert(tx, 'b'))
    proceed()
    assert.deepEqual(await read, [1, 1])
    assert.deepEqual(await names(), ['a', 'b'])
  })

  test('nothing can be written in a read', async () => {
    await assert.rejects(
      store.read((tx) => insert(tx, 'a')),
      { code: 'store_unavailable' },
    )
    assert.deepEqual(await names(), [])
  })

  test('closing waits for what is under way, and refuses what comes after', async () => {
    const write = store.write((tx) => insert(tx, 'a'))
    await store.close()
    await write
    const late = store.write((tx) => insert(tx, 'b'))
    const error: unknown = await late.catch((thrown: unknown) => thrown)
    assert.deepEqual([(error as { code?: unknown }).code, isRefusedRow(error)], ['store_unavailable', false])
    store = await database.open()
    assert.deepEqual(await names(), ['a'])
  })

  test('text comes in the order of its bytes, and times come back as numbers', async () => {
    const wanted = ['B', 'Z', '_', 'a', 'a-b', 'aa', 'b', 'ä']
    for (const name of wanted.toReversed()) await store.write((tx) => insert(tx, name))
    assert.deepEqual(await names(), wanted)
    const [first] = (await store.read((tx) => listProjects(tx, {}, { limit: 1 }))).items
    assert.equal(first?.createdAt, 1_700_000_000_000)
  })

  test('whatever a program says can be kept, were it no text', async () => {
    const said = 'a\0b \ud800 \\u0000 "'
    await store.write(async (tx) => {
      await insertWeb(tx, said)
      await insertEvents(tx, [event('odd', said)])
    })
    const [kept] = await store.read((tx) => listEventsAfter(tx, {}, 0, 10))
    assert.match(kept?.because ?? '', /^a.?b . \\u0000 "$/su)
    assert.deepEqual(kept?.data, { said: 'x' })
  })

  test('events are numbered as they are added', async () => {
    for (const type of ['a', 'b']) {
      await store.write((tx) => insertEvents(tx, [event(`${type}1`), event(`${type}2`)]))
    }
    const events = await store.read((tx) => listEventsAfter(tx, {}, 0, 10))
    assert.deepEqual(
      events.map(({ type }) => type),
      ['a1', 'a2', 'b1', 'b2'],
    )
    assert.equal(await store.read(lastEventSequence), events[3]?.sequence)
    const later = await store.read((tx) => listEventsAfter(tx, {}, events[1]!.sequence, 10))
    assert.deepEqual(
      later.map(({ type }) => type),
      ['b1', 'b2'],
    )
  })

  test('a cluster is claimed once, and again when its engine is gone or silent', async () => {
    await store.write((tx) => insertWeb(tx))
    const claim = (engine: string) =>
      store.write((tx) => claimClusters(tx, engine as EngineId, Date.now(), 10), { guard: 'rows' })
    for (const id of ['e1', 'e2', 'e3']) await beat(store, id, HOUR_MS)
    const claims = await Promise.all(['e1', 'e2', 'e3'].map(claim))
    assert.equal(claims.flat().length, 1)
    const [first] = claims.flat()
    assert.deepEqual(await claim('e2'), [])
    await beat(store, first!.engineId, -1000)
    assert.equal((await claim('e2'))[0]?.term, first!.term + 1)
    await store.write((tx) => releaseEngine(tx, 'e2' as EngineId))
    assert.equal((await claim('e3')).length, 1)
    await store.write((tx) => bumpIntent(tx, 'c' as ClusterId))
    const fence = await store.write((tx) => lockFence(tx, 'c' as ClusterId))
    assert.deepEqual(fence, { engineId: 'e3', term: 3, intent: 2 })
  })

  test('an engine is forgotten when it has been silent for long and holds nothing', async () => {
    await store.write((tx) => insertWeb(tx))
    for (const [id, leaseMs] of Object.entries({ holds: -2, silent: -2, late: -0.5, lives: 1 })) {
      await beat(store, id, leaseMs * HOUR_MS)
    }
    const rows = { guard: 'rows' } as const
    await store.write((tx) => claimClusters(tx, 'holds' as EngineId, Date.now(), 10), rows)
    await store.write((tx) => pruneEngines(tx, Date.now(), HOUR_MS), rows)
    const left = await store.read(listEngines)
    assert.deepEqual(
      left.map(({ id }) => id),
      ['holds', 'late', 'lives'],
    )
  })
}

async function insert(tx: Tx, name: string): Promise<void> {
  await insertProject(tx, { id: name as ProjectId, name, createdAt: 1_700_000_000_000 })
}

async function beat(store: Store, id: string, leaseMs: number): Promise<void> {
  const fields = { host: 'h', pid: 1, version: '0', startedAt: 0 }
  const heartbeatAt = Date.now()
  const engine = { id: id as EngineId, ...fields, heartbeatAt, leaseUntil: heartbeatAt + leaseMs }
  await store.write((tx) => putEngine(tx, engine), { guard: 'rows' })
}

async function insertWeb(tx: Tx, said = ''): Promise<void> {
  await insert(tx, PROJECT)
  await insertCluster(tx, {
    ...{ id: 'c' as ClusterId, projectId: PROJECT, name: 'web', status: 'Active', statusReason: said },
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
      metadata: { said },
      createdAt: 0,
      updatedAt: 0,
      version: 1,
    },
  })
}

function event(type: string, because = ''): NewEvent {
  return {
    ...{ id: type as NewEvent['id'], at: 0, level: 'info' as const, type, projectId: null, clusterId: null },
    ...{ nodeId: null, updateId: null, actionId: null, principal: 'test', because, data: { said: 'x' } },
  }
}
