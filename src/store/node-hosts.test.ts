import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { LeaseLostError } from '../domain/errors.ts'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import { createHostDirectory } from './node-hosts.ts'
import { deleteNodes } from './nodes.ts'
import type { Store } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

const HOSTS = ['10.0.0.1:22', '10.0.0.2:22', '10.0.0.3:22']
const [A, B, OTHER] = ['a', 'b', 'other'] as NodeId[] as [NodeId, NodeId, NodeId]

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  let hosts: ReturnType<typeof createHostDirectory>
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    hosts = createHostDirectory(store, () => 7)
    await fill(store)
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })

  test('each node of a cluster gets a host of its own, and keeps it', async () => {
    assert.equal(await hosts.claim(A, 1, HOSTS), HOSTS[0])
    assert.equal(await hosts.claim(B, 1, HOSTS), HOSTS[1])
    assert.equal(await hosts.claim(A, 2, HOSTS.toReversed()), HOSTS[0])
    assert.deepEqual(await hosts.find(A), { host: HOSTS[0], isReached: false, settings: null, term: 2 })
  })

  test('a host may carry nodes of several clusters', async () => {
    assert.equal(await hosts.claim(A, 1, HOSTS), HOSTS[0])
    assert.equal(await hosts.claim(OTHER, 1, HOSTS), HOSTS[0])
  })

  test('of two that ask at once, in two processes, each gets another host', async () => {
    const second = await database.open()
    const others = createHostDirectory(second, () => 7)
    const given = await Promise.all([hosts.claim(A, 1, HOSTS), others.claim(B, 1, HOSTS)])
    assert.deepEqual(given.toSorted(), HOSTS.slice(0, 2))
    await second.close()
  })

  test('with all hosts taken there is none', async () => {
    await hosts.claim(A, 1, HOSTS.slice(0, 1))
    assert.equal(await hosts.claim(B, 1, HOSTS.slice(0, 1)), null)
    assert.equal(await hosts.claim(B, 1, []), null)
  })

  test('a host that was given back is free, and who was overtaken gets none', async () => {
    await hosts.claim(A, 1, HOSTS)
    await hosts.release(A, 3)
    assert.deepEqual(await hosts.find(A), { host: null, isReached: false, settings: null, term: 3 })
    assert.equal(await hosts.claim(B, 1, HOSTS), HOSTS[0])
    await assert.rejects(hosts.claim(A, 2, HOSTS), LeaseLostError)
    await assert.rejects(hosts.release(A, 2), LeaseLostError)
    assert.equal(await hosts.claim(A, 3, HOSTS), HOSTS[1])
  })

  test('what a node had is free when the node is gone, and a node that is gone gets none', async () => {
    await hosts.claim(A, 1, HOSTS)
    await store.write((tx) => deleteNodes(tx, [A]))
    assert.equal(await hosts.find(A), null)
    assert.equal(await hosts.claim(B, 1, HOSTS), HOSTS[0])
    await assert.rejects(hosts.claim(A, 2, HOSTS), LeaseLostError)
  })

  test('a host is known by the settings with which it was last reached, or else by those it is to run', async () => {
    await hosts.claim(A, 1, HOSTS)
    await hosts.noteReached(A, 1, 'r1' as RevisionId)
    await hosts.noteReached(A, 0, 'r2' as RevisionId)
    const found = await hosts.find(A)
    assert.deepEqual([found?.isReached, found?.settings], [true, { user: 'one' }])
    await hosts.noteReached(A, 1, 'gone' as RevisionId)
    assert.deepEqual((await hosts.find(A))?.settings, null)
    await store.write((tx) => tx.updateTable('nodes').set({ revision_id: 'r2' }).execute())
    assert.deepEqual((await hosts.find(A))?.settings, { user: 'two' })
  })

  test('what a node may have left on a host is kept beyond it, for its project and its user', async () => {
    const place = {
      name: 'web-1',
      route: HOSTS[0]!,
      login: 'deploy',
      folder: 'drover',
      service: 'auto',
    } as const
    await hosts.claim(A, 2, HOSTS)
    await assert.rejects(hosts.giveUp(A, 1, place), LeaseLostError)
    await hosts.giveUp(A, 3, place)
    await hosts.giveUp(A, 3, { ...place, folder: 'elsewhere' })
    const left = { nodeId: A, term: 3, ...place }
    assert.deepEqual(await hosts.findLeftover(A), left)
    await store.write((tx) => deleteNodes(tx, [A]))
    assert.equal(await hosts.claim(B, 1, HOSTS), HOSTS[0])
    assert.deepEqual(await hosts.leftovers(B, place), [left])
    assert.deepEqual(await hosts.leftovers(B, { ...place, login: 'root' }), [])
    assert.deepEqual(await hosts.leftovers(B, { ...place, route: HOSTS[1]! }), [])
    assert.deepEqual(await hosts.leftovers(OTHER, place), [], 'another project, another network')
    await hosts.noteCleared(A)
    assert.deepEqual([await hosts.findLeftover(A), await hosts.leftovers(B, place)], [null, []])
    await assert.rejects(hosts.giveUp(A, 4, place), LeaseLostError)
  })

  test('the first key of a host is pinned for its project, until it is replaced on purpose', async () => {
    assert.equal(await hosts.pinnedKey(A, 'x:22'), null)
    assert.equal(await hosts.pinKey(A, 'x:22', 'one', false), 'one')
    assert.equal(await hosts.pinKey(B, 'x:22', 'two', false), 'one')
    assert.equal(await hosts.pinnedKey(B, 'x:22'), 'one')
    assert.equal(await hosts.pinnedKey(OTHER, 'x:22'), null, 'another project, another network')
    assert.equal(await hosts.pinKey(B, 'x:22', 'two', true), 'two')
    assert.equal(await hosts.pinnedKey(A, 'x:22'), 'two')
  })
})

/** Two nodes in one cluster, and one in a cluster of another project. */
async function fill(store: Store): Promise<void> {
  const times = { created_at: 0, updated_at: 0, version: 1 }
  await store.write(async (tx) => {
    for (const project of ['p', 'q']) {
      const cluster = `${project}-cluster`
      const ids = { id: `${project}-pool`, cluster_id: cluster, project_id: project }
      await tx.insertInto('projects').values({ id: project, name: project, created_at: 0 }).execute()
      await tx
        .insertInto('clusters')
        .values({
          ...{ id: cluster, project_id: project, name: 'c', status: 'Active', status_reason: '' },
          ...{ metadata: '{}', engine_id: null, term: 0, intent: 0, seen_intent: 0, kind: 'cluster' },
          ...{
            drift_repair: 'manual',
            config: '{}',
            timeout_seconds: null,
            created_by: '',
            first_ready_at: null,
            ...times,
          },
          ...{ environment_id: null, attributes: '{}' },
        })
        .execute()
      await tx
        .insertInto('node_pools')
        .values({
          ...{ ...ids, name: 'x', min_size: 0, max_size: null, desired_capacity: 0 },
          ...{ committed_revision_id: 'r', update_defaults: '{}', next_node_index: 1 },
          ...{ next_revision_number: 1, attributes: '{}', ...times },
        })
        .execute()
      for (const [index, id] of (project === 'p' ? [A, B] : [OTHER]).entries()) {
        await tx
          .insertInto('nodes')
          .values({
            ...{ id, project_id: project, cluster_id: cluster, pool_id: `${project}-pool`, name: id },
            ...{ node_index: index, status: 'Running', status_reason: '', health: 'Healthy' },
            ...{ revision_id: null, attempt: 0, action_id: null, physical_id: null, endpoint: null },
            ...{ handle: 'null', metadata: '{}', role: '', tainted: 0, data: '{}', moves: 0 },
            ...{ available_since: null, created_at: 0, created_by: '', first_ready_at: null },
            ...{ updated_at: 0, written_at_intent: 0 },
          })
          .execute()
      }
    }
    const profile = { id: 'profile', name: 'hosts', type: 'ssh', version: '1.0', metadata: '{}' }
    await tx
      .insertInto('profiles')
      .values({
        ...{ ...profile, project_id: 'p', properties: '{}', attributes: '{}' },
        ...{ created_at: 0, created_by: '', updated_at: null },
      })
      .execute()
    for (const [id, user] of [
      ['r1', 'one'],
      ['r2', 'two'],
    ] as const) {
      await tx
        .insertInto('revisions')
        .values({
          ...{
            id,
            pool_id: 'p-pool',
            number: id === 'r1' ? 1 : 2,
            spec: JSON.stringify({ settings: { user } }),
          },
          ...{ description: null, created_at: 0, created_by: '', profile_id: 'profile', bundle_id: null },
        })
        .execute()
    }
  })
}
