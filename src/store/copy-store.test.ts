import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { NewEvent } from '../domain/event.ts'
import type { ClusterId, EngineId, EpochMs, ProjectId } from '../domain/ids.ts'
import { findClientToken, putClientToken } from './client-tokens.ts'
import { getCluster, insertCluster } from './clusters.ts'
import { copyStore } from './copy-store.ts'
import { insertEvents, listEventsAfter } from './events.ts'
import { claimClusters, lockFence, putEngine } from './leases.ts'
import { findProject, insertProject } from './projects.ts'
import { openSqliteStore } from './sqlite/sqlite-store.ts'
import type { Store } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

const MANY = 1200

onEachDatabase((create) => {
  let from: Store
  let to: Store
  let database: TestDatabase
  beforeEach(async () => {
    from = await openSqliteStore({ path: ':memory:' })
    database = await create()
    to = await database.open()
  })
  afterEach(async () => {
    await from.close()
    await to.close()
    await database.remove()
  })

  test('everything moves to the other database, and events go on after the last one', async () => {
    const now = 1_700_000_000_000 as EpochMs
    await from.write(async (tx) => {
      await insertProject(tx, { id: 'p' as ProjectId, name: 'default', createdAt: now })
      await insertCluster(tx, {
        ...{ id: 'c' as ClusterId, projectId: 'p' as ProjectId, name: 'web', status: 'Active' },
        ...{
          statusReason: 'fine',
          ...{
            kind: 'cluster',
            driftRepair: 'manual',
            config: {},
            timeoutSeconds: null,
            createdBy: 'test',
            firstReadyAt: null,
          },
          ...{ environmentId: null, attributes: {}, platform: null },
          metadata: { team: 'a' },
          createdAt: now,
          updatedAt: now,
          version: 3,
        },
      })
      const engine = { id: 'e' as EngineId, host: 'h', pid: 1, version: '0', startedAt: now }
      await putEngine(tx, { ...engine, heartbeatAt: now, leaseUntil: now })
      await claimClusters(tx, 'e' as EngineId, now, 10)
      await insertEvents(
        tx,
        Array.from({ length: MANY }, (_, index) => event(`e${index}`)),
      )
      const token = { scope: 's', token: 't', requestHash: 'h', answer: '{}', createdAt: now }
      await putClientToken(tx, token)
    })
    const sums = await copyStore(from, to)
    const counts = ['projects', 'events', 'nodes'].map((table) => sums.get(table)?.rows)
    assert.deepEqual(counts, [1, MANY, 0])
    const read = (store: Store) =>
      store.read(async (tx) => ({
        project: await findProject(tx, 'default'),
        cluster: await getCluster(tx, 'c' as ClusterId),
        events: await listEventsAfter(tx, {}, 0, 2 * MANY),
        token: await findClientToken(tx, 's', 't', now),
      }))
    assert.deepEqual(await read(to), await read(from))
    const fence = await to.write((tx) => lockFence(tx, 'c' as ClusterId))
    assert.deepEqual(fence, { engineId: null, term: 1, intent: 1 })
    await to.write((tx) => insertEvents(tx, [event('next')]))
    const [next] = await to.read((tx) => listEventsAfter(tx, {}, MANY, 10))
    assert.deepEqual([next?.type, next?.sequence], ['next', MANY + 1])
  })

  test('an empty database moves too, and one that has something is left alone', async () => {
    await copyStore(from, to)
    await to.write((tx) => insertEvents(tx, [event('first')]))
    assert.equal((await to.read((tx) => listEventsAfter(tx, {}, 0, 1)))[0]?.sequence, 1)
    await to.write((tx) => insertProject(tx, { id: 'q' as ProjectId, name: 'mine', createdAt: 0 }))
    await assert.rejects(copyStore(from, to), { code: 'in_use', message: /project "mine"/ })
  })
})

function event(type: string): NewEvent {
  return {
    ...{ id: type as NewEvent['id'], at: 0, level: 'info' as const, type, projectId: null, clusterId: null },
    ...{ nodeId: null, updateId: null, actionId: null, principal: 'test', because: '', data: {} },
  }
}
