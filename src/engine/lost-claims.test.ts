import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { DroverError } from '../domain/errors.ts'
import type { ClusterId, ProjectId } from '../domain/ids.ts'
import { insertCluster } from '../store/clusters.ts'
import { lockFence } from '../store/leases.ts'
import { insertProject } from '../store/projects.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { systemClock as clock } from '../system/clock.ts'
import { createIds } from '../system/ids.ts'
import { silentLog } from '../system/log.ts'
import { Engine } from './engine.ts'

const ids = createIds(clock.now)

// Simulation, seed 12: as long as that engine lived, nobody ran the clusters.
test('clusters that were claimed by a write whose answer got lost are run all the same', async () => {
  const real = await openSqliteStore({ path: ':memory:' })
  const clusterId = await createEmptyCluster(real)
  let lost = 0
  const store: Store = {
    ...bind(real),
    async write(work, options) {
      const answer = await real.write(work, options)
      const isClaim = Array.isArray(answer) && answer.length === 1
      if (!isClaim || lost++ > 0) return answer
      throw new DroverError('store_unavailable', 'the connection is gone', { retryable: true })
    },
  }
  let looks = 0
  const engine = new Engine({
    store,
    clock,
    ids,
    log: silentLog,
    random: Math.random,
    runtimes: {},
    host: 'test',
    pid: 1,
    version: '0',
    leaseMs: 10_000,
    pollMs: 10,
    maxOperations: 1,
    maxChecks: 1,
    retention: { revisionsPerPool: 10, eventsMs: 1e9, actionsMs: 1e9, pruneBundles: async () => {} },
    exclusive: false,
    onCommit: () => {
      looks += 1
    },
  })
  await engine.start()
  for (let count = 0; count < 500 && looks === 0; count += 1) await wait(10)
  assert.equal(lost, 2)
  assert.ok(looks > 0, 'the engine never looked at the cluster')
  const fence = await real.read((tx) => lockFence(tx, clusterId))
  assert.deepEqual([fence?.engineId, fence?.term], [engine.id, 2])
  await engine.stop()
  await real.close()
})

function bind(store: Store): Store {
  return {
    read: (work) => store.read(work),
    write: (work, options) => store.write(work, options),
    close: () => store.close(),
  }
}

async function createEmptyCluster(store: Store): Promise<ClusterId> {
  const now = clock.now()
  const projectId = ids.next<ProjectId>()
  const clusterId = ids.next<ClusterId>()
  await store.write(async (tx) => {
    await insertProject(tx, { id: projectId, name: 'default', createdAt: now })
    await insertCluster(tx, {
      id: clusterId,
      projectId,
      name: 'web',
      status: 'Active',
      statusReason: '',
      kind: 'cluster',
      environmentId: null,
      attributes: {},
      config: {},
      platform: null,
      driftRepair: 'manual',
      timeoutSeconds: null,
      createdBy: 'test',
      firstReadyAt: null,
      metadata: {},
      createdAt: now,
      updatedAt: now,
      version: 1,
    })
  })
  return clusterId
}
