import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type Bench, createBench, createWeb, makeNodes } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench({ limits: { maxNodesPerPool: 50, maxPoolsPerCluster: 2 } })
})
afterEach(() => bench.close())

test('creating a cluster writes all that the engine needs, tells of it and wakes the engine after the commit', async () => {
  const { cluster, pool, revision, action } = await createWeb(bench)
  assert.equal(cluster.status, 'Creating')
  assert.equal(pool.name, 'DefaultPool')
  assert.deepEqual([pool.desiredCapacity, pool.nextNodeIndex, pool.nextRevisionNumber], [3, 1, 2])
  assert.equal(pool.committedRevisionId, revision.id)
  assert.equal(revision.number, 1)
  assert.equal(revision.spec.profile.name, 'p')
  assert.deepEqual(
    [action.name, action.status, action.createdBy, action.inputs],
    ['CLUSTER_CREATE', 'READY', 'root', { poolId: pool.id }],
  )
  assert.deepEqual(bench.woken, [cluster.id])
  assert.deepEqual(
    (await bench.events()).map((event) => event.type),
    ['profile.created', 'cluster.createRequested'],
  )
  const view = await bench.control.clusters.get(bench.admin, 'web')
  assert.deepEqual(view.pools[0], {
    pool,
    committedRevision: 1,
    profile: { id: revision.spec.profile.id, name: 'p', type: 'scripted', version: '1.0' },
    nodes: { total: 0, available: 0, creating: 0, deleting: 0, unknown: 0, upToDate: 0, differing: 0 },
    sync: { status: 'IN_SYNC', outOfSync: 0, reasons: [] },
    updateInFlight: null,
  })
})

const wrong: readonly (readonly [string, object, string])[] = [
  ['name', { name: 'no spaces' }, 'invalid_request'],
  ['name', { name: '-x' }, 'invalid_request'],
  ['name', { name: '01890a5d-ac96-774b-bcce-b302099a8057' }, 'invalid_request'],
  ['size', { size: 1.5 }, 'invalid_request'],
  ['size', { size: -1 }, 'invalid_request'],
  ['size', { size: 11, maxSize: 10 }, 'limit_exceeded'],
  ['size', { size: 1, minSize: 2 }, 'limit_exceeded'],
  ['size', { size: 51 }, 'limit_exceeded'],
  ['minSize', { minSize: 5, maxSize: 4 }, 'invalid_request'],
  ['metadata', { metadata: [] }, 'invalid_request'],
  ['metadata', { metadata: { text: 'x'.repeat(70_000) } }, 'invalid_request'],
  ['updateDefaults.maxUnavailable', { updateDefaults: { maxUnavailable: 0 } }, 'invalid_request'],
  ['updateDefaults.pace', { updateDefaults: { pace: 1 } }, 'invalid_request'],
  ['nodeTemplate.hooks.atNoon', { nodeTemplate: { hooks: { atNoon: {} } } }, 'invalid_request'],
  [
    'nodeTemplate.hooks.preStop.command',
    { nodeTemplate: { hooks: { preStop: { command: [] } } } },
    'invalid_request',
  ],
]
for (const [field, change, code] of wrong) {
  test(`a cluster with ${JSON.stringify(change).slice(0, 60)} is refused, naming ${field}`, async () => {
    await bench.control.profiles.create(bench.admin, { name: 'p', type: 'scripted', properties: {} })
    await assert.rejects(
      bench.control.clusters.create(bench.admin, { name: 'web', profile: 'p', ...change }),
      (error: { code: string; message: string }) =>
        error.code === code && error.message.startsWith(`${field}:`),
    )
    assert.equal((await bench.control.clusters.list(bench.admin, {}, { limit: 10 })).items.length, 0)
  })
}

test('a name that is taken, and a profile or bundle that does not exist, are refused', async () => {
  await createWeb(bench)
  const create = (change: object) =>
    bench.control.clusters.create(bench.admin, { name: 'web', profile: 'p', ...change })
  await assert.rejects(create({}), { code: 'already_exists' })
  await assert.rejects(create({ name: 'b', profile: 'q' }), { code: 'not_found' })
  await assert.rejects(create({ name: 'b', code: { bundle: 'q@1' } }), { code: 'not_found' })
})

test('a name is taken twice only on demand, and from then on only an id tells the two apart', async () => {
  const { control, admin } = bench
  const { cluster } = await createWeb(bench)
  const input = { name: 'web', profile: 'p', allowDuplicateName: true }
  const second = await control.clusters.create(admin, input)
  await control.profiles.create(admin, {
    name: 'p',
    type: 'scripted',
    properties: {},
    allowDuplicateName: true,
  })
  await assert.rejects(control.clusters.get(admin, 'web'), { code: 'ambiguous' })
  await assert.rejects(control.clusters.delete(admin, 'web'), { code: 'ambiguous' })
  await assert.rejects(control.profiles.get(admin, 'p'), { code: 'ambiguous' })
  for (const { id } of [cluster, second.cluster])
    assert.equal((await control.clusters.get(admin, id)).cluster.id, id)
})

test('settings are changed against the version that was read', async () => {
  const { cluster } = await createWeb(bench)
  const { clusters } = bench.control
  const changed = await clusters.update(
    bench.admin,
    'web',
    { name: 'shop', metadata: { a: 1 } },
    { ifMatch: 1 },
  )
  assert.deepEqual(
    [changed.id, changed.name, changed.version, changed.metadata],
    [cluster.id, 'shop', 2, { a: 1 }],
  )
  await assert.rejects(clusters.update(bench.admin, 'shop', { metadata: {} }, { ifMatch: 1 }), {
    code: 'precondition_failed',
  })
  await assert.rejects(clusters.update(bench.admin, 'shop', {}), { code: 'invalid_request' })
  assert.equal((await clusters.get(bench.admin, cluster.id)).cluster.version, 2)
})

test('of two changes at once against the same version, one is refused', async () => {
  await createWeb(bench)
  const change = (a: number) =>
    bench.control.clusters.update(bench.admin, 'web', { metadata: { a } }, { ifMatch: 1 })
  const results = await Promise.allSettled([change(1), change(2)])
  assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected'])
})

test('sizes stay within their bounds, and a refusal names the bound', async () => {
  await createWeb(bench)
  const { clusters } = bench.control
  const out = await clusters.scaleOut(bench.admin, 'web', { count: 7 })
  assert.equal(out.pool.desiredCapacity, 10)
  assert.equal(out.action.name, 'CLUSTER_RESIZE')
  await assert.rejects(clusters.scaleOut(bench.admin, 'web', {}), {
    code: 'limit_exceeded',
    message: /maxSize, 10/,
  })
  await assert.rejects(clusters.scaleIn(bench.admin, 'web', { count: 10 }), {
    code: 'limit_exceeded',
    message: /minSize, 1/,
  })
  await assert.rejects(clusters.scaleIn(bench.admin, 'web', { count: 0 }), { field: 'count' })
  await assert.rejects(clusters.resize(bench.admin, 'web', {}), { field: 'desiredCapacity' })
  await assert.rejects(clusters.resize(bench.admin, 'web', { maxSize: null, desiredCapacity: 51 }), {
    message: /a pool may have, 50/,
  })
  const { pool } = await clusters.resize(bench.admin, 'web', { desiredCapacity: 20, maxSize: null })
  assert.deepEqual([pool.desiredCapacity, pool.maxSize, pool.minSize], [20, null, 1])
})

test('each change that the engine must see moves the intent on', async () => {
  const { cluster } = await createWeb(bench)
  const intent = async () => {
    const rows = await bench.store.read((tx) =>
      tx.selectFrom('clusters').select('intent').where('id', '=', cluster.id).execute(),
    )
    return rows[0]!.intent
  }
  const before = await intent()
  await bench.control.clusters.scaleOut(bench.admin, 'web', {})
  assert.equal(await intent(), before + 1)
})

test('a cluster that is being deleted refuses everything but the same again', async () => {
  const { cluster } = await createWeb(bench)
  const { control, admin } = bench
  const first = await control.clusters.delete(admin, 'web')
  assert.equal(first.cluster.status, 'Deleting')
  assert.equal((await control.clusters.delete(admin, 'web')).action.id, first.action.id)
  const state = { code: 'invalid_state' }
  await assert.rejects(control.clusters.update(admin, 'web', { metadata: {} }), state)
  await assert.rejects(control.clusters.scaleOut(admin, 'web', {}), state)
  await assert.rejects(control.clusters.check(admin, 'web'), state)
  await assert.rejects(control.clusters.recover(admin, 'web'), state)
  await assert.rejects(control.pools.create(admin, 'web', { name: 'b', profile: 'p' }), state)
  await assert.rejects(control.nodes.add(admin, 'web', { count: 1 }), state)
  await assert.rejects(control.updates.start(admin, 'web', { version: '2' }), state)
  assert.equal((await control.clusters.get(admin, cluster.id)).cluster.status, 'Deleting')
})

test('pools come and go, DefaultPool stays', async () => {
  await createWeb(bench)
  const { pools } = bench.control
  const { admin } = bench
  const made = await pools.create(admin, 'web', { name: 'big', profile: 'p', size: 2 })
  assert.deepEqual([made.action.name, made.action.inputs], ['CLUSTER_RESIZE', { poolId: made.pool.id }])
  await assert.rejects(pools.create(admin, 'web', { name: 'big', profile: 'p' }), { code: 'already_exists' })
  await assert.rejects(pools.create(admin, 'web', { name: 'c', profile: 'p' }), { code: 'limit_exceeded' })
  const changed = await pools.update(admin, 'web', 'big', {
    maxSize: 5,
    updateDefaults: { maxUnavailable: '50%' },
  })
  assert.deepEqual(
    [changed.maxSize, changed.updateDefaults, changed.version],
    [5, { maxUnavailable: '50%' }, 2],
  )
  await assert.rejects(pools.update(admin, 'web', 'big', { minSize: 1 }, { ifMatch: 1 }), {
    code: 'precondition_failed',
  })
  await assert.rejects(pools.update(admin, 'web', 'big', { maxSize: 1 }), { code: 'limit_exceeded' })
  await assert.rejects(pools.delete(admin, 'web', 'DefaultPool'), { code: 'invalid_state' })
  const deletion = await pools.delete(admin, 'web', 'big')
  assert.equal(deletion.action.name, 'POOL_DELETE')
  assert.equal((await pools.delete(admin, 'web', 'big')).action.id, deletion.action.id)
  await assert.rejects(bench.control.clusters.scaleOut(admin, 'web', { pool: 'big' }), {
    code: 'invalid_state',
  })
  assert.deepEqual(
    (await pools.list(admin, 'web')).map((view) => view.pool.name),
    ['DefaultPool', 'big'],
  )
})

test('a pool with an update in flight is not deleted', async () => {
  await createWeb(bench)
  await bench.control.pools.create(bench.admin, 'web', { name: 'big', profile: 'p' })
  const { update } = await bench.control.updates.start(bench.admin, 'web', { pool: 'big', version: '2' })
  await assert.rejects(bench.control.pools.delete(bench.admin, 'web', 'big'), {
    code: 'conflict',
    updateId: update.id,
  })
})

test('nodes are asked for by name or number, and a name is given once', async () => {
  await createWeb(bench)
  const { nodes } = bench.control
  const { admin } = bench
  const named = await nodes.create(admin, 'web', { name: 'blue', metadata: { a: 1 } })
  assert.deepEqual(named.action.inputs, {
    poolId: named.pool.id,
    names: ['blue'],
    count: 1,
    metadata: { a: 1 },
  })
  assert.equal(named.pool.desiredCapacity, 4)
  await assert.rejects(nodes.create(admin, 'web', { name: 'blue' }), { code: 'already_exists' })
  const more = await nodes.add(admin, 'web', { count: 2 })
  assert.deepEqual([more.action.inputs['names'], more.pool.desiredCapacity], [null, 6])
  await assert.rejects(nodes.add(admin, 'web', { count: 0 }), { field: 'count' })
  await assert.rejects(nodes.add(admin, 'web', { count: 5 }), { code: 'limit_exceeded' })
})

test('nodes are removed once, never below the smallest size, and all of one pool', async () => {
  const { pool } = await createWeb(bench)
  const { control, admin } = bench
  const [one, two, three] = await makeNodes(bench, pool, 3)
  await assert.rejects(control.nodes.remove(admin, 'web', { nodes: [] }), { field: 'nodes' })
  await assert.rejects(control.nodes.remove(admin, 'web', { nodes: ['ghost'] }), { code: 'not_found' })
  await assert.rejects(control.nodes.remove(admin, 'web', { nodes: [one!.name, two!.name, three!.name] }), {
    code: 'limit_exceeded',
  })
  // By id and by name it is still one node.
  const removal = await control.nodes.remove(admin, 'web', { nodes: [one!.id, one!.name] })
  assert.deepEqual([removal.action.inputs['nodeIds'], removal.pool.desiredCapacity], [[one!.id], 2])
  await assert.rejects(control.nodes.delete(admin, 'web', one!.name), { code: 'invalid_state' })
  const replacement = await control.nodes.replace(admin, 'web', { nodes: [two!.name] })
  assert.deepEqual([replacement.action.name, replacement.pool.desiredCapacity], ['CLUSTER_REPLACE_NODES', 2])
  const check = await control.nodes.check(admin, 'web', two!.name)
  assert.deepEqual([check.action.name, check.action.nodeId], ['NODE_CHECK', two!.id])
  const recovery = await control.nodes.recover(admin, 'web', two!.id)
  assert.equal(recovery.action.name, 'NODE_RECOVER')

  const other = await control.pools.create(admin, 'web', { name: 'big', profile: 'p' })
  const [foreign] = await makeNodes(bench, other.pool, 1)
  await assert.rejects(control.nodes.remove(admin, 'web', { nodes: [two!.name, foreign!.name] }), {
    field: 'nodes',
  })
})

test('nodes are listed with what they run, and show as drifted only while nothing moves them', async () => {
  const { pool } = await createWeb(bench)
  const { control, admin } = bench
  await makeNodes(bench, pool, 3)
  const view = async () => (await control.nodes.get(admin, 'web', 'DefaultPool-1')) as { drifted: boolean }
  assert.deepEqual((await control.clusters.get(admin, 'web')).pools[0]?.nodes, {
    total: 3,
    available: 3,
    creating: 0,
    deleting: 0,
    unknown: 0,
    upToDate: 3,
    differing: 0,
  })
  const { update } = await control.updates.start(admin, 'web', { version: '2' })
  await bench.store.write((tx) =>
    tx.updateTable('nodes').set({ revision_id: update.toRevisionId }).where('node_index', '=', 1).execute(),
  )
  assert.equal((await view()).drifted, false)
  const onNew = await control.nodes.list(admin, { cluster: 'web', revision: 2 }, { limit: 10 })
  assert.deepEqual(
    onNew.items.map((item) => [item.node.index, item.revision, item.cluster]),
    [[1, 2, 'web']],
  )
  assert.equal(
    (await control.nodes.list(admin, { cluster: 'web', revision: 9 }, { limit: 10 })).items.length,
    0,
  )
  await bench.store.write((tx) =>
    tx.updateTable('updates').set({ status: 'Cancelled', ended_at: 1 }).execute(),
  )
  assert.equal((await view()).drifted, true)
  await assert.rejects(control.nodes.list(admin, { pool: 'x' }, { limit: 10 }), { field: 'pool' })
})

test('logs are refused for a runtime that keeps none', async () => {
  const { pool } = await createWeb(bench)
  await makeNodes(bench, pool, 1)
  const options = { follow: false, signal: AbortSignal.timeout(1000) }
  await assert.rejects(bench.control.nodes.logs(bench.admin, 'web', 'DefaultPool-1', options), {
    code: 'invalid_state',
  })
})

test('history is found by name, and by id once its cluster is gone', async () => {
  const { cluster } = await createWeb(bench)
  const { control, admin } = bench
  const byName = await control.actions.list(admin, { cluster: 'web' }, { limit: 10 })
  assert.deepEqual(
    byName.items.map((action) => action.name),
    ['CLUSTER_CREATE'],
  )
  const got = await control.actions.get(admin, byName.items[0]!.id)
  assert.equal(got.clusterId, cluster.id)
  await assert.rejects(control.actions.get(admin, 'x'), { code: 'not_found' })
  const events = await control.events.list(admin, { cluster: 'web' }, { limit: 10 })
  assert.equal(events.items.length, 1)
  assert.equal((await control.events.list(admin, { cluster: 'gone' }, { limit: 10 })).items.length, 0)
  const last = await control.events.last(admin)
  assert.deepEqual(
    (await control.events.after(admin, {}, last - 1, 10)).map((event) => event.sequence),
    [last],
  )
  assert.ok((await control.events.list({ ...admin, project: '*' }, {}, { limit: 10 })).items.length >= 2)
})

test('a listing over all projects shows those that one administers', async () => {
  await createWeb(bench)
  const everything = { ...bench.admin, project: '*' }
  const page = { limit: 10 }
  const { items } = await bench.control.clusters.listWithNodes(everything, {}, page)
  assert.deepEqual(
    items.map((view) => [view.cluster.name, view.nodeIds]),
    [['web', []]],
  )
  assert.equal((await bench.control.nodes.list(everything, {}, page)).items.length, 0)
  const projectId = items[0]!.cluster.projectId
  const own = {
    principal: { name: 'own', grants: [{ projectId, role: 'administrator' as const }] },
    project: '*',
  }
  assert.equal((await bench.control.clusters.list(own, {}, page)).items.length, 1)
  const operator = {
    principal: { name: 'op', grants: [{ projectId: '*' as const, role: 'operator' as const }] },
  }
  await assert.rejects(bench.control.clusters.list({ ...operator, project: '*' }, {}, page), {
    code: 'forbidden',
  })
})

test('a project has at most as many clusters as it may, and without a limit any number', async () => {
  for (const [most, third] of [
    [2, 'limit_exceeded'],
    [0, 'accepted'],
  ] as const) {
    const limited = await createBench({ limits: { maxClustersPerProject: most } })
    try {
      await createWeb(limited)
      const create = (name: string) =>
        limited.control.clusters.create(limited.admin, { name, profile: 'p', size: 1 }).then(
          () => 'accepted',
          (error: { readonly code: string }) => error.code,
        )
      assert.deepEqual([await create('second'), await create('third')], ['accepted', third])
    } finally {
      await limited.close()
    }
  }
})
