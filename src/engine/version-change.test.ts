import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { VersionChangeView } from '../control/version-verbs.ts'
import type { JsonObject } from '../domain/ids.ts'
import { createVersionBench, type VersionBench } from './test-versions.ts'

const QUICK = {}
const NEVER_HEALTHY = { health: { passesAfterMs: 'never' } }
const SLOW = { latency: { startMs: 60 } }
/** Ten nodes of it take so long one after the other that a test on a slow machine still comes in between. */
const SLOWER = { latency: { startMs: 500 } }

async function start(
  t: TestContext,
  nodes: Readonly<Record<string, JsonObject>>,
  rollbackMs?: number,
): Promise<VersionBench> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-versions-'))
  const options = { path: join(folder, 'drover.db'), ...(rollbackMs !== undefined && { rollbackMs }) }
  const bench = await createVersionBench(nodes, options)
  t.after(async () => {
    await bench.close()
    await rm(folder, { recursive: true })
  })
  return bench
}

/** A cluster that was upgraded from 1.33 to 1.34 with its two pools, `a` of ten nodes and `b` of one. */
async function upgraded(bench: VersionBench): Promise<void> {
  const { control, admin } = bench
  await control.clusters.create(admin, { name: 'web', platformVersion: '1.33', size: 0 })
  const updateDefaults = { nodeTimeoutSeconds: 3 }
  await control.pools.create(admin, 'web', { name: 'a', size: 10, updateDefaults })
  await control.pools.create(admin, 'web', { name: 'b', size: 1, updateDefaults })
  await allOn(bench, 'web', null)
  await control.versions.change(admin, 'web', { version: '1.34' })
  for (const pool of ['a', 'b']) {
    const { update } = await control.updates.start(admin, 'web', { pool, version: '1.34' })
    await bench.until('the update', async () => {
      const { status } = (await control.updates.get(admin, update.id)).update
      assert.ok(status !== 'Failed', (await control.updates.get(admin, update.id)).update.because)
      return status === 'Successful'
    })
  }
}

/** Polls until every node serves; with a version until every pool is committed to it and no node differs. */
async function allOn({ control, admin, until }: VersionBench, cluster: string, version: string | null) {
  await until(`all nodes on ${version}`, async () => {
    const { pools } = await control.clusters.get(admin, cluster)
    const { items } = await control.nodes.list(admin, { cluster }, { limit: 100 })
    const wanted = pools.reduce((sum, { pool }) => sum + pool.desiredCapacity, 0)
    if (items.length !== wanted || items.some((node) => !node.available || node.drifted)) return undefined
    if (version === null) return true
    const revisions = await Promise.all(
      pools.map(({ pool, committedRevision }) =>
        control.revisions.get(admin, cluster, pool.name, committedRevision),
      ),
    )
    return revisions.every(({ revision }) => revision.spec.version === version) || undefined
  })
}

const ended = ({ control, admin, until }: VersionBench, id: string): Promise<VersionChangeView> =>
  until('the end of the change', async () => {
    const view = await control.versions.get(admin, id)
    return view.action.endedAt === null ? undefined : view
  })

const versionOf = async ({ control, admin }: VersionBench) =>
  (await control.clusters.get(admin, 'web')).cluster.platform?.version

test('an upgrade changes the version of the cluster at once, and its pools follow by updates of their own', async (t) => {
  const bench = await start(t, { '1.33': QUICK, '1.34': QUICK })
  const { control, admin } = bench
  await control.clusters.create(admin, { name: 'web', platformVersion: '1.33', size: 0 })
  await control.pools.create(admin, 'web', { name: 'a', size: 2 })
  await allOn(bench, 'web', '1.33')
  await assert.rejects(control.updates.start(admin, 'web', { pool: 'a', version: '1.34' }), {
    code: 'invalid_state',
  })
  const { action } = await control.versions.change(admin, 'web', { version: '1.34' })
  assert.equal(action.status, 'SUCCEEDED')
  assert.equal(await versionOf(bench), '1.34')
  const before = await control.revisions.get(admin, 'web', 'a', 1)
  assert.equal(before.revision.spec.version, '1.33')
  const { revision } = await control.updates.start(admin, 'web', { pool: 'a', version: '1.34' })
  assert.equal(revision.spec.version, '1.34')
  assert.match(revision.spec.profile.name, /^platform-1\.34-/)
  await allOn(bench, 'web', '1.34')
  await assert.rejects(control.updates.start(admin, 'web', { pool: 'a', version: '1.33' }), {
    code: 'invalid_state',
  })
})

test('a rollback moves the nodes of all pools first, and then all revisions and the version at once', async (t) => {
  const bench = await start(t, { '1.33': SLOW, '1.34': QUICK })
  await upgraded(bench)
  const { control, admin } = bench
  const { action } = await control.versions.change(admin, 'web', { version: '1.33' })
  const begun = await control.versions.get(admin, action.id)
  assert.deepEqual(begun.updates.map(({ pool }) => pool).sort(), ['DefaultPool', 'a', 'b'])
  // As long as it goes on, no pool is committed by itself.
  await bench.until('pool b to be done', async () => {
    const { action: now, updates } = await control.versions.get(admin, action.id)
    if (now.endedAt !== null) return true
    assert.equal(await isStill(bench, action.id, '1.34'), true)
    return updates.find(({ pool }) => pool === 'b')?.update.progress.updated === 1
  })
  const view = await ended(bench, action.id)
  assert.equal(view.action.status, 'SUCCEEDED', view.action.statusReason)
  assert.ok(view.updates.every(({ update }) => update.status === 'Successful'))
  for (const { update } of view.updates) assert.ok(update.progress.highestUnavailable <= 1)
  assert.equal(await versionOf(bench), '1.33')
  await allOn(bench, 'web', '1.33')
  await assert.rejects(control.versions.cancel(admin, action.id), { code: 'invalid_state' })
})

/** Whether the cluster is on that version, or the change has ended meanwhile. */
async function isStill(bench: VersionBench, id: string, version: string): Promise<boolean> {
  if ((await versionOf(bench)) === version) return true
  return (await bench.control.versions.get(bench.admin, id)).action.endedAt !== null
}

test('a rollback that is cancelled half way leaves all nodes on the present version', async (t) => {
  const bench = await start(t, { '1.33': SLOWER, '1.34': QUICK })
  await upgraded(bench)
  const { control, admin } = bench
  const { action } = await control.versions.change(admin, 'web', { version: '1.33' })
  await bench.until('pool b to be ready', async () => {
    const { updates } = await control.versions.get(admin, action.id)
    return updates.find(({ pool }) => pool === 'b')?.update.progress.updated === 1
  })
  await control.versions.cancel(admin, action.id)
  await control.versions.cancel(admin, action.id)
  const view = await ended(bench, action.id)
  assert.equal(view.action.status, 'CANCELLED')
  assert.match(view.action.statusReason, /cancelled by root/)
  assert.ok(view.updates.every(({ update }) => update.status === 'Cancelled'))
  for (const { update } of view.updates) assert.ok(update.progress.highestUnavailable <= 1)
  assert.equal(await versionOf(bench), '1.34')
  await allOn(bench, 'web', '1.34')
  assert.equal((await control.versions.cancel(admin, action.id)).status, 'CANCELLED')
})

test('a rollback of which nodes fail brings all pools back to the present version', async (t) => {
  const bench = await start(t, { '1.33': NEVER_HEALTHY, '1.34': QUICK })
  const { control, admin } = bench
  await control.clusters.create(admin, { name: 'web', platformVersion: '1.33', size: 0 })
  await control.versions.change(admin, 'web', { version: '1.34' })
  const updateDefaults = { nodeTimeoutSeconds: 1 }
  await control.pools.create(admin, 'web', { name: 'a', size: 2, updateDefaults })
  await allOn(bench, 'web', '1.34')
  const { action } = await control.versions.change(admin, 'web', { version: '1.33' })
  const view = await ended(bench, action.id)
  assert.equal(view.action.status, 'FAILED')
  assert.match(view.action.statusReason, /pool a: .*the cluster's version stays as it is/)
  assert.equal(await versionOf(bench), '1.34')
  await allOn(bench, 'web', '1.34')
})

test('a rollback whose nodes take too long is taken back', async (t) => {
  const bench = await start(t, { '1.33': { latency: { startMs: 3000 } }, '1.34': QUICK })
  const { control, admin } = bench
  await control.clusters.create(admin, { name: 'web', platformVersion: '1.33', size: 0 })
  await control.versions.change(admin, 'web', { version: '1.34' })
  await control.pools.create(admin, 'web', { name: 'a', size: 2 })
  await allOn(bench, 'web', '1.34')
  const { action } = await control.versions.change(admin, 'web', { version: '1.33', nodePhaseSeconds: 1 })
  const view = await ended(bench, action.id)
  assert.equal(view.action.status, 'CANCELLED')
  assert.match(view.action.statusReason, /not all on 1\.33 in time/)
  await allOn(bench, 'web', '1.34')
})

test('a rollback goes on after the engine was stopped in the middle of it', async (t) => {
  const bench = await start(t, { '1.33': SLOW, '1.34': QUICK })
  await upgraded(bench)
  const { control, admin } = bench
  const { action } = await control.versions.change(admin, 'web', { version: '1.33' })
  await bench.until('a node to be moved', async () => {
    const { updates } = await control.versions.get(admin, action.id)
    return updates.some(({ update }) => update.progress.updated > 0)
  })
  await bench.restart()
  assert.equal((await ended(bench, action.id)).action.status, 'SUCCEEDED')
  await allOn(bench, 'web', '1.33')
})

test('to cancel the update of one pool takes the whole rollback back', async (t) => {
  const bench = await start(t, { '1.33': SLOWER, '1.34': QUICK })
  await upgraded(bench)
  const { control, admin } = bench
  const { action } = await control.versions.change(admin, 'web', { version: '1.33' })
  const { updates } = await control.versions.get(admin, action.id)
  const one = updates.find(({ pool }) => pool === 'a')
  await control.updates.cancel(admin, one?.update.id ?? '', {})
  assert.equal((await ended(bench, action.id)).action.status, 'CANCELLED')
  assert.equal(await versionOf(bench), '1.34')
  await allOn(bench, 'web', '1.34')
})

test('a rollback that is cancelled by force ends at once and leaves nothing under way', async (t) => {
  const bench = await start(t, { '1.33': SLOWER, '1.34': QUICK })
  await upgraded(bench)
  const { control, admin } = bench
  const { action } = await control.versions.change(admin, 'web', { version: '1.33' })
  await control.actions.cancel(admin, action.id, { force: true })
  const view = await ended(bench, action.id)
  assert.equal(view.action.status, 'CANCELLED')
  await bench.until('the updates to end', async () => {
    const now = await control.versions.get(admin, action.id)
    return now.updates.every(({ update }) => update.endedAt !== null)
  })
  assert.equal(await versionOf(bench), '1.34')
})

test('only an upgrade that is not long ago can be taken back', async (t) => {
  const bench = await start(t, { '1.32': QUICK, '1.33': QUICK, '1.34': QUICK }, 1)
  const { control, admin } = bench
  await control.clusters.create(admin, { name: 'web', platformVersion: '1.33', size: 0 })
  const change = (version: string) => control.versions.change(admin, 'web', { version })
  await assert.rejects(change('1.32'), { code: 'invalid_state' })
  await assert.rejects(change('1.33'), { code: 'invalid_state' })
  await assert.rejects(change('1.35'), { code: 'invalid_request' })
  await change('1.34')
  await assert.rejects(change('1.32'), { code: 'invalid_state' })
  await bench.until('the time to be over', async () => {
    try {
      const { action } = await change('1.33')
      // It was in time after all: a machine that is faster than the limit.
      await ended(bench, action.id)
      await change('1.34')
      return undefined
    } catch (error) {
      return (error as { code: string }).code === 'invalid_state'
    }
  })
})

test('an upgrade waits for pools that are behind, unless it is forced', async (t) => {
  const bench = await start(t, { '1.32': QUICK, '1.33': QUICK, '1.34': QUICK })
  const { control, admin } = bench
  await control.clusters.create(admin, { name: 'web', platformVersion: '1.32', size: 0 })
  await control.pools.create(admin, 'web', { name: 'a', size: 1 })
  await allOn(bench, 'web', '1.32')
  await control.versions.change(admin, 'web', { version: '1.33' })
  await assert.rejects(control.versions.change(admin, 'web', { version: '1.34' }), { code: 'not_ready' })
  const { action } = await control.versions.change(admin, 'web', { version: '1.34', force: true })
  assert.equal(action.inputs['to'], '1.34')
  const { pools } = await control.clusters.get(admin, 'web')
  assert.deepEqual(
    pools.map(({ pool, committedRevision }) => [pool.name, committedRevision]),
    [
      ['DefaultPool', 3],
      ['a', 1],
    ],
  )
})

test('nothing else about versions begins while a rollback is under way', async (t) => {
  const bench = await start(t, { '1.33': { latency: { startMs: 2000 } }, '1.34': QUICK })
  const { control, admin } = bench
  await control.clusters.create(admin, { name: 'web', platformVersion: '1.33', size: 0 })
  await control.versions.change(admin, 'web', { version: '1.34' })
  await control.pools.create(admin, 'web', { name: 'a', size: 6 })
  await allOn(bench, 'web', '1.34')
  const key = { ...admin, idempotencyKey: 'once' }
  const { action } = await control.versions.change(key, 'web', { version: '1.33' })
  assert.equal((await control.versions.change(key, 'web', { version: '1.33' })).action.id, action.id)
  await assert.rejects(control.versions.change(admin, 'web', { version: '1.33' }), { code: 'conflict' })
  await assert.rejects(control.updates.start(admin, 'web', { pool: 'a', version: '1.34' }), {
    code: 'conflict',
  })
  for (const onConflict of ['queue', 'supersede'] as const) {
    const other = { pool: 'a', version: '1.34', onConflict }
    await assert.rejects(control.updates.start(admin, 'web', other), { code: 'conflict' })
  }
  await assert.rejects(control.pools.create(admin, 'web', { name: 'c' }), { code: 'invalid_state' })
  const { cluster } = await control.clusters.get(admin, 'web')
  assert.equal(cluster.status, 'Updating')
  await control.versions.cancel(admin, action.id)
  await ended(bench, action.id)
})
