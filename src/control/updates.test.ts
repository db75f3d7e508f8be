import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { ConflictError } from '../domain/errors.ts'
import { putActions } from '../store/actions.ts'
import { putNodes } from '../store/nodes.ts'
import { insertUpdate } from '../store/updates.ts'
import { type Bench, createBench, createWeb, endUpdate, makeNodes, zipOf } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

test('a start writes revision, update and action, and keeps what it does not name', async () => {
  const { cluster, pool, revision: first } = await createWeb(bench)
  bench.woken.length = 0
  const { update, action, revision } = await bench.control.updates.start(bench.admin, 'web', {
    version: '2',
    params: { maxUnavailable: '25%' },
    description: 'the second',
  })
  assert.deepEqual([revision.number, revision.spec.version], [2, '2'])
  assert.deepEqual({ ...revision.spec, version: null }, first.spec)
  assert.deepEqual(
    [update.status, update.because, update.type, update.direction, update.selection, update.description],
    ['Pending', 'accepted', 'Update', 'forward', null, 'the second'],
  )
  assert.deepEqual([update.fromRevisionId, update.toRevisionId], [first.id, revision.id])
  assert.deepEqual(update.params, {
    strategy: 'ROLLING',
    order: { by: 'index' },
    maxUnavailable: '25%',
    maxSurge: 0,
    batchPauseSeconds: null,
    checkpoints: [],
    holdSeconds: null,
    afterHold: 'continue',
    minReadySeconds: 0,
    bakeSeconds: 0,
    maxFailures: 0,
    maxUnhealthyUpdated: null,
    maxUnhealthy: null,
    onFailure: 'rollback',
    progressDeadlineSeconds: 600,
    nodeTimeoutSeconds: 300,
  })
  assert.deepEqual(
    [action.id, action.name, action.updateId, action.inputs],
    [update.actionId, 'CLUSTER_UPDATE', update.id, { poolId: pool.id, updateId: update.id }],
  )
  assert.deepEqual(bench.woken, [cluster.id])
  const view = await bench.control.updates.get(bench.admin, update.id)
  assert.deepEqual(
    [view.fromRevision, view.toRevision, view.cluster, view.pool],
    [1, 2, 'web', 'DefaultPool'],
  )
  const listed = await bench.control.updates.list(
    bench.admin,
    { cluster: 'web', pool: 'DefaultPool', status: ['Pending'] },
    { limit: 10 },
  )
  assert.deepEqual(listed.items, [view])
  const told = (await bench.events()).at(-1)
  assert.equal(told?.type, 'update.accepted')
  assert.match(told?.because ?? '', /from revision 1 to 2/)
})

test("an update's parameters are the pool's where it does not say", async () => {
  await createWeb(bench)
  await bench.control.pools.update(bench.admin, 'web', 'DefaultPool', {
    updateDefaults: { maxUnavailable: 2, onFailure: 'pause' },
  })
  const { update } = await bench.control.updates.start(bench.admin, 'web', {
    version: '2',
    params: { onFailure: 'continue' },
  })
  assert.deepEqual([update.params.maxUnavailable, update.params.onFailure], [2, 'continue'])
})

test('of two starts at once, one is refused with the id of the other', async () => {
  await createWeb(bench)
  const start = (version: string) => bench.control.updates.start(bench.admin, 'web', { version })
  const results = await Promise.allSettled([start('2'), start('3')])
  const won = results.find((result) => result.status === 'fulfilled')
  const lost = results.find((result) => result.status === 'rejected')
  assert.ok(won && lost)
  assert.ok(lost.reason instanceof ConflictError)
  assert.equal(lost.reason.updateId, won.value.update.id)
  const revisions = await bench.control.revisions.list(bench.admin, 'web', undefined, { limit: 10 })
  assert.deepEqual(
    revisions.items.map((item) => [item.revision.number, item.committed]),
    [
      [2, false],
      [1, true],
    ],
  )
})

test('a database that notices the second update itself is answered for the same way', async () => {
  await createWeb(bench)
  const { update } = await bench.control.updates.start(bench.admin, 'web', { version: '2' })
  const insert = bench.store.write((tx) => insertUpdate(tx, { ...update, id: 'another' as typeof update.id }))
  await assert.rejects(insert, { code: 'store_unavailable' })
})

test('contradictions in a request are refused', async () => {
  await createWeb(bench)
  const start = (input: object) => bench.control.updates.start(bench.admin, 'web', input)
  await assert.rejects(start({ type: 'Repair', version: '2' }), { field: 'type' })
  await assert.rejects(start({ revision: 1, version: '2' }), { field: 'revision' })
  await assert.rejects(start({ type: 'Repair', revision: 1 }), { field: 'revision' })
  await assert.rejects(start({ type: 'Wish' }), { field: 'type' })
  await assert.rejects(start({ revision: 7 }), { code: 'not_found' })
  await assert.rejects(start({ code: { initializationScript: 'a.sh' } }), { field: 'code.bundle' })
  await assert.rejects(start({ nodes: [] }), { field: 'nodes' })
  await assert.rejects(start({ nodes: ['ghost'] }), { code: 'not_found' })
  await assert.rejects(start({ pool: 'ghost' }), { code: 'not_found' })
})

test('only nodes of the pool can be chosen, each counts once', async () => {
  const { pool } = await createWeb(bench)
  const [one] = await makeNodes(bench, pool, 2)
  const other = await bench.control.pools.create(bench.admin, 'web', { name: 'big', profile: 'p' })
  const [foreign] = await makeNodes(bench, other.pool, 1)
  const start = (nodes: readonly string[]) =>
    bench.control.updates.start(bench.admin, 'web', { version: '2', nodes })
  await assert.rejects(start([foreign!.name]), { field: 'nodes' })
  const { update } = await start([one!.name, one!.id])
  assert.deepEqual(update.selection, [one!.id])
})

test('a spec that is the committed one again gets no new number, a repair goes to it', async () => {
  const { revision } = await createWeb(bench)
  const same = await bench.control.updates.start(bench.admin, 'web', { profile: 'p' })
  assert.equal(same.revision.id, revision.id)
  await endUpdate(bench, same.update, 'Successful')
  const repair = await bench.control.updates.start(bench.admin, 'web', { type: 'Repair' })
  assert.deepEqual([repair.update.type, repair.update.toRevisionId], ['Repair', revision.id])
})

test('a rollback goes to the revision before, or to a kept one that is named', async () => {
  const { revision: first } = await createWeb(bench)
  const { updates } = bench.control
  await assert.rejects(updates.rollback(bench.admin, 'web', {}), { code: 'not_found' })
  for (const version of ['2', '3']) {
    const { update } = await updates.start(bench.admin, 'web', { version })
    await endUpdate(bench, update, 'Successful')
  }
  const back = await updates.rollback(bench.admin, 'web', {})
  assert.deepEqual([back.update.type, back.revision.number], ['Rollback', 2])
  await endUpdate(bench, back.update, 'Cancelled')
  const named = await updates.rollback(bench.admin, 'web', { toRevision: 1 })
  assert.equal(named.revision.id, first.id)
  await endUpdate(bench, named.update, 'Cancelled')
  await assert.rejects(updates.rollback(bench.admin, 'web', { toRevision: 9 }), { code: 'not_found' })
  await assert.rejects(updates.rollback(bench.admin, 'web', { toRevision: 0 }), { field: 'toRevision' })
})

test('code is changed piece by piece: what is not named stays', async () => {
  const { control, admin } = bench
  await control.bundles.publish(admin, {
    content: { stream: zipOf({ 'a.sh': '1', 'b.sh': '1', 'drover.yaml': 'initializationScript: a.sh\n' }) },
    name: 'app',
    version: '1',
  })
  await control.bundles.publish(admin, {
    content: { stream: zipOf({ 'b.sh': '2', 'c.sh': '2', 'drover.yaml': 'initializationScript: c.sh\n' }) },
    name: 'app',
    version: '2',
  })
  await control.profiles.create(admin, { name: 'p', type: 'scripted', properties: {} })
  const args = [{ key: 'p', value: '1' }]
  const made = await control.clusters.create(admin, {
    name: 'web',
    profile: 'p',
    code: { bundle: 'app@1', commandLineArguments: args },
  })
  assert.deepEqual(
    [made.revision.spec.code?.initializationScript, made.revision.spec.code?.bundle],
    ['a.sh', 'app@1'],
  )
  const start = async (input: object) => {
    const { update, revision } = await control.updates.start(admin, 'web', input)
    await endUpdate(bench, update, 'Successful')
    return revision.spec.code
  }
  // The manifest named the script, so the new manifest does too. A name alone is its newest version.
  const newest = await start({ code: { bundle: 'app' } })
  assert.deepEqual([newest?.bundle, newest?.initializationScript], ['app@2', 'c.sh'])
  assert.deepEqual(newest?.commandLineArguments, args)
  const chosen = await start({ code: { initializationScript: 'b.sh', commandLineArguments: [] } })
  assert.deepEqual([chosen?.bundle, chosen?.initializationScript], ['app@2', 'b.sh'])
  assert.deepEqual(chosen?.commandLineArguments, [])
  // Somebody chose the script, so it stays with another bundle.
  const kept = await start({ code: { bundle: 'app@1' } })
  assert.equal(kept?.initializationScript, 'b.sh')
  await assert.rejects(start({ code: { initializationScript: 'no.sh' } }), {
    code: 'invalid_request',
    field: 'code.initializationScript',
  })
  for (const wrong of [[{ key: '', value: '' }], [{ key: 'a\0', value: '' }], [{ key: 'a' }], 'a']) {
    await assert.rejects(start({ code: { commandLineArguments: wrong } }), { code: 'invalid_request' })
  }
})

test('NO_RESTART changes the bundle and nothing that a process reads when it starts', async () => {
  const { control, admin } = bench
  for (const version of ['1', '2']) {
    const stream = zipOf({ 'a.sh': version, 'b.sh': version })
    await control.bundles.publish(admin, { content: { stream }, name: 'app', version })
  }
  await control.profiles.create(admin, { name: 'p', type: 'scripted', properties: {} })
  await control.profiles.create(admin, { name: 'q', type: 'scripted', properties: { port: true } })
  const code = { bundle: 'app@1', initializationScript: 'a.sh' }
  const { pool } = await control.clusters.create(admin, { name: 'web', profile: 'p', code })
  await control.clusters.create(admin, { name: 'bare', profile: 'p' })
  const params = { strategy: 'NO_RESTART' } as const
  const refused = { code: 'invalid_request', field: 'params.strategy' }
  const start = (input: object) => control.updates.start(admin, 'web', { params, ...input })
  await assert.rejects(start({ code: { initializationScript: 'b.sh' } }), refused)
  await assert.rejects(start({ code: { commandLineArguments: [{ key: 'a', value: 'b' }] } }), refused)
  await assert.rejects(start({ profile: 'q' }), refused)
  await assert.rejects(start({ version: '2' }), refused)
  await assert.rejects(control.updates.start(admin, 'bare', { params }), refused)
  await assert.rejects(control.updates.plan(admin, 'web', { params, version: '2' }), refused)
  // A node that stands on another revision still runs with that one's arguments.
  const nodes = await makeNodes(bench, pool, 2)
  const drift = await control.updates.start(admin, 'web', { version: '9' })
  await endUpdate(bench, drift.update, 'Cancelled')
  await bench.store.write((tx) => putNodes(tx, [{ ...nodes[0]!, revisionId: drift.revision.id }]))
  await assert.rejects(start({ code: { bundle: 'app@2' } }), { ...refused, message: /the version/ })
  await bench.store.write((tx) => putNodes(tx, [nodes[0]!]))
  const { update } = await start({ code: { bundle: 'app@2' } })
  assert.equal(update.params.strategy, 'NO_RESTART')
})

test('a plan says what a start would do, and writes nothing', async () => {
  const { pool } = await createWeb(bench)
  const nodes = await makeNodes(bench, pool, 3)
  const before = await bench.everythingStored()
  const plan = await bench.control.updates.plan(bench.admin, 'web', {
    version: '2',
    params: { maxUnavailable: 2 },
    nodes: [nodes[0]!.name, nodes[1]!.name],
  })
  assert.deepEqual([plan.from.number, plan.to.number, plan.to.isNew, plan.to.spec.version], [1, 2, true, '2'])
  assert.deepEqual(
    plan.batches.map((batch) => batch.nodes.map((node) => node.name)),
    [['DefaultPool-1', 'DefaultPool-2']],
  )
  assert.deepEqual(
    plan.skipped.map((node) => [node.name, node.because]),
    [['DefaultPool-3', 'not chosen']],
  )
  assert.equal(plan.maxUnavailable, 2)
  assert.ok(plan.warnings.some(({ code }) => code === 'nodes-not-chosen'))
  assert.match(plan.expected.because, /no update of this pool has succeeded yet/)
  assert.equal(await bench.everythingStored(), before)
  const started = await bench.control.updates.start(bench.admin, 'web', { version: '2' })
  assert.deepEqual(
    started.warnings.map(({ code }) => code),
    ['health-check-only-alive'],
  )
  const force = { params: { strategy: 'FORCE' }, version: '3' } as const
  const blocked = await bench.control.updates.plan(bench.admin, 'web', force)
  const [conflict, absence] = blocked.warnings
  assert.match(conflict?.message ?? '', new RegExp(`refused while update ${started.update.id}`))
  assert.equal(absence?.code, 'force-stops-all')
})

test('a start that is repeated under its key is answered with the same warnings', async () => {
  await makeNodes(bench, (await createWeb(bench)).pool, 1)
  const start = () => bench.control.updates.start(bench.as('ann', 'operator', 'k'), 'web', { version: '2' })
  const { warnings } = await start()
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['all-nodes-at-once', 'health-check-only-alive'],
  )
  assert.deepEqual((await start()).warnings, warnings)
})

test('cancelling twice is the same as once; a roll-back may be escalated, never softened', async () => {
  await createWeb(bench)
  const { updates } = bench.control
  const { update } = await updates.start(bench.admin, 'web', { version: '2' })
  await assert.rejects(updates.cancel(bench.admin, update.id, { mode: 'explode' as 'stop-here' }), {
    field: 'mode',
  })
  bench.woken.length = 0
  const once = await updates.cancel(bench.admin, update.id, { reason: 'too slow' })
  const at = bench.clock.now()
  assert.deepEqual(once.control.cancellation, { by: 'root', at, mode: 'roll-back', reason: 'too slow' })
  assert.deepEqual(bench.woken, [update.clusterId])
  bench.turn(1000)
  assert.deepEqual(await updates.cancel(bench.admin, update.id, {}), once)
  const harder = await updates.cancel(bench.admin, update.id, { mode: 'stop-here' })
  assert.equal(harder.control.cancellation?.mode, 'stop-here')
  assert.deepEqual(await updates.cancel(bench.admin, update.id, {}), harder)
  await endUpdate(bench, update, 'Cancelled')
  assert.equal((await updates.cancel(bench.admin, update.id, {})).status, 'Cancelled')
  const events = (await bench.events()).filter((event) => event.type === 'update.cancelRequested')
  assert.equal(events.length, 2)
})

test('an update that ended otherwise is steered no more, and the refusal says how it ended', async () => {
  await createWeb(bench)
  const { updates } = bench.control
  const { update } = await updates.start(bench.admin, 'web', { version: '2' })
  await endUpdate(bench, update, 'Successful')
  const refused = { code: 'invalid_state', message: /Successful at .*Z/ }
  await assert.rejects(updates.cancel(bench.admin, update.id, {}), refused)
  await assert.rejects(updates.pause(bench.admin, update.id, {}), refused)
  await assert.rejects(updates.resume(bench.admin, update.id), refused)
  await assert.rejects(updates.cancel(bench.admin, 'x', {}), { code: 'not_found' })
})

test('a pause is kept until somebody says to go on', async () => {
  await createWeb(bench)
  const { updates } = bench.control
  const { update } = await updates.start(bench.admin, 'web', { version: '2' })
  await assert.rejects(updates.resume(bench.admin, update.id), { code: 'invalid_state' })
  const paused = await updates.pause(bench.admin, update.id, { reason: 'lunch' })
  assert.deepEqual(paused.control.paused, { by: 'root', at: bench.clock.now(), reason: 'lunch' })
  assert.deepEqual(await updates.pause(bench.admin, update.id, { reason: 'again' }), paused)
  bench.turn(5000)
  const resumed = await updates.resume(bench.admin, update.id)
  assert.deepEqual([resumed.control.paused, resumed.control.resumedAt], [null, bench.clock.now()])
  await assert.rejects(updates.resume(bench.admin, update.id), { code: 'invalid_state' })
})

test('an update that paused by itself is resumed too', async () => {
  await createWeb(bench)
  const { update } = await bench.control.updates.start(bench.admin, 'web', { version: '2' })
  await bench.store.write((tx) => tx.updateTable('updates').set({ status: 'Paused' }).execute())
  const resumed = await bench.control.updates.resume(bench.admin, update.id)
  assert.equal(resumed.control.resumedAt, bench.clock.now())
})

test('each node shows where it stands in an update, and why', async () => {
  const { pool } = await createWeb(bench)
  const nodes = await makeNodes(bench, pool, 4)
  const { update, action } = await bench.control.updates.start(bench.admin, 'web', { version: '2' })
  const now = bench.clock.now()
  const step = (at: number, status: 'RUNNING' | 'SUCCEEDED' | 'FAILED', statusReason: string) => ({
    ...action,
    id: `${action.id}-${at}` as typeof action.id,
    nodeId: nodes[at]!.id,
    parentId: action.id,
    name: 'NODE_UPDATE' as const,
    status,
    statusReason,
    startedAt: now,
    endedAt: status === 'RUNNING' ? null : now,
  })
  await bench.store.write(async (tx) => {
    await putActions(tx, [
      step(0, 'SUCCEEDED', 'healthy'),
      step(1, 'RUNNING', 'starting'),
      step(2, 'FAILED', 'exited with code 1'),
    ])
    await putNodes(tx, [{ ...nodes[0]!, revisionId: update.toRevisionId }])
  })
  const states = async (selection: { limit: number; cursor?: string }) => {
    const page = await bench.control.updates.nodes(bench.admin, update.id, selection)
    return { page, states: page.items.map((item) => [item.node.index, item.state, item.because]) }
  }
  const all = [
    [1, 'Updated', 'healthy'],
    [2, 'InFlight', 'starting'],
    [3, 'Failed', 'exited with code 1'],
    [4, 'Pending', 'accepted'],
  ]
  assert.deepEqual((await states({ limit: 10 })).states, all)
  // The same by pages of chosen nodes.
  await bench.store.write((tx) =>
    tx
      .updateTable('updates')
      .set({ selection: JSON.stringify(nodes.map((node) => node.id)) })
      .execute(),
  )
  const first = await states({ limit: 3 })
  const second = await states({ limit: 3, cursor: first.page.nextCursor! })
  assert.deepEqual([...first.states, ...second.states], all)
  assert.equal(second.page.nextCursor, null)
  // Somebody said to go on: the failure no longer counts.
  bench.turn(1)
  await bench.control.updates.pause(bench.admin, update.id, {})
  await bench.control.updates.resume(bench.admin, update.id)
  assert.equal((await states({ limit: 10 })).states[2]?.[1], 'Pending')
  await endUpdate(bench, update, 'Cancelled')
  assert.equal((await states({ limit: 10 })).states[3]?.[1], 'Skipped')
})
