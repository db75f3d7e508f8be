import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { removeTree } from '../bundles/folders.ts'
import { zipOf } from '../control/test-bench.ts'
import { createVersionBench, type VersionBench } from './test-versions.ts'

let folder: string
let bench: VersionBench
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drover-deployments-'))
  bench = await createVersionBench({}, { path: join(folder, 'drover.db') })
  const { control, admin } = bench
  const failing = { failures: { start: 'always' } }
  await control.profiles.create(admin, { name: 'good', type: 'scripted', properties: {} })
  await control.profiles.create(admin, { name: 'bad', type: 'scripted', properties: failing })
  const slow = { latency: { startMs: 600_000 } }
  await control.profiles.create(admin, { name: 'slow', type: 'scripted', properties: slow })
  await control.infras.create(admin, { name: 'prod', stage: 'Production', profile: 'good', size: 3 })
  for (const version of ['v1', 'v2']) {
    const content = { stream: zipOf({ 'run.sh': version }) }
    await control.publishedProjects.publish(admin, { content, name: 'CHURN', version })
  }
  await control.deployments.create(admin, {
    ...{ name: 'churn', infra: 'prod', publishedProject: 'CHURN', bundle: 'v1' },
  })
})
after(async () => {
  await bench.close()
  await removeTree(folder)
})

test('a deployment is made real, moved, mended, taken away and brought back, whatever happens to its engine', async () => {
  const { control, admin } = bench
  assert.deepEqual(await update({ restart: true }), ['Create', 'Successful'])
  assert.deepEqual(await health(), ['HEALTHY', 'v1'])

  await control.deployments.save(admin, 'churn', { bundle: 'v2' })
  assert.deepEqual(await health(), ['OUT_OF_SYNC', 'v1'])
  assert.deepEqual(await update({ restart: true }), ['Update', 'Successful'])
  assert.deepEqual(await health(), ['HEALTHY', 'v2'])
  assert.deepEqual(await update(), ['Nothing', 'Successful'])

  // Behind its back.
  const direct = await control.updates.rollback(admin, 'churn', {})
  await bench.until('the rollback', async () => {
    const { update: now } = await control.updates.get(admin, direct.update.id)
    return now.status === 'Successful'
  })
  assert.deepEqual(await health(), ['OUT_OF_SYNC', 'v2'])
  assert.deepEqual(await update(), ['Update', 'Successful'])
  assert.deepEqual(await health(), ['HEALTHY', 'v2'])

  // What cannot start goes back by itself, and the deployment says so.
  await control.infras.update(admin, 'prod', { profile: 'bad' })
  await control.deployments.save(admin, 'churn', { bundle: 'v1' })
  assert.deepEqual(await update(), ['Update', 'Failed'])
  assert.deepEqual(await health(), ['ERROR', 'v2'])
  const { messages } = await control.deployments.status(admin, 'churn')
  assert.match(
    messages[0]?.message ?? '',
    /bundle v1 failed: .*back on the committed revision .*start fails.*; bundle v2 is still/,
  )
  await control.infras.update(admin, 'prod', { profile: 'good' })
  await control.deployments.save(admin, 'churn', { bundle: 'v2' })
  assert.deepEqual(await health(), ['HEALTHY', 'v2'])

  await control.deployments.disable(admin, 'churn')
  assert.deepEqual(await update({ restart: true }), ['Remove', 'Successful'])
  assert.deepEqual(await health(), ['HEALTHY', 'v2'])
  await assert.rejects(control.clusters.get(admin, 'churn'), { code: 'not_found' })
  await control.deployments.enable(admin, 'churn')
  assert.deepEqual(await update(), ['Create', 'Successful'])

  await control.deployments.disable(admin, 'churn')
  await update()
  await control.deployments.delete(admin, 'churn')
  await control.infras.delete(admin, 'prod')
})

test('a first bundle that never starts leaves nothing that the next one would go back to', async () => {
  const { control, admin } = bench
  await control.infras.create(admin, { name: 'fresh', stage: 'Test', profile: 'bad', size: 2 })
  await create('fresh')
  assert.deepEqual(await update({ of: 'fresh' }), ['Create', 'Failed'])
  assert.equal((await control.deployments.status(admin, 'fresh')).health, 'ERROR')
  await control.deployments.save(admin, 'fresh', { bundle: 'v2' })
  assert.deepEqual(await update({ of: 'fresh' }), ['Update', 'Failed'])
  await control.infras.update(admin, 'fresh', { profile: 'good' })
  assert.deepEqual(await update({ of: 'fresh' }), ['Update', 'Successful'])
  assert.deepEqual(await health('fresh'), ['HEALTHY', 'v2'])
})

test('what a cancelled first update has left undone, the next one does', async () => {
  const { control, admin } = bench
  await control.infras.create(admin, { name: 'slow', stage: 'Test', profile: 'slow', size: 3 })
  await create('slow')
  const { deploymentUpdate } = await control.deployments.startUpdate(admin, 'slow')
  await bench.until('nodes', async () => {
    const { items } = await control.nodes.list(admin, { cluster: 'slow' }, { limit: 10 })
    return items.length === 3
  })
  await control.deployments.cancel(admin, 'slow', { update: deploymentUpdate.id })
  const ended = await bench.until('the end', async () => {
    const view = await control.deployments.getUpdate(admin, deploymentUpdate.id)
    return view.status !== 'Running' && view
  })
  assert.equal(ended.status, 'Cancelled')
  assert.equal((await control.deployments.status(admin, 'slow')).health, 'OUT_OF_SYNC')
  await control.infras.update(admin, 'slow', { profile: 'good' })
  assert.deepEqual(await update({ of: 'slow' }), ['Update', 'Successful'])
  assert.deepEqual(await health('slow'), ['HEALTHY', 'v1'])
})

test('nodes that a cancelled first update has not even begun to make come with the next one', async () => {
  await createEmpty('early')
  assert.deepEqual(await update({ of: 'early' }), ['Repair', 'Successful'])
  assert.deepEqual(await health('early'), ['HEALTHY', 'v1'])
})

test('an update that moves nodes and makes missing ones is over when these serve as well', async () => {
  const { control, admin } = bench
  await createEmpty('short')
  await control.deployments.save(admin, 'short', { bundle: 'v2' })
  assert.deepEqual(await update({ of: 'short' }), ['Update', 'Successful'])
  const { items } = await control.nodes.list(admin, { cluster: 'short' }, { limit: 10 })
  assert.deepEqual(
    items.map(({ node: { status, health } }) => [status, health]),
    [
      ['Running', 'Healthy'],
      ['Running', 'Healthy'],
      ['Running', 'Healthy'],
    ],
  )
})

test('an update whose missing nodes cannot be made has failed, and says why', async () => {
  const { control, admin } = bench
  await createEmpty('broken')
  await control.infras.update(admin, 'broken', { profile: 'bad' })
  assert.deepEqual(await update({ of: 'broken' }), ['Update', 'Failed'])
  const { lastUpdate } = await control.deployments.get(admin, 'broken')
  const view = await control.deployments.getUpdate(admin, lastUpdate!.id)
  assert.match(view.because, /3 nodes failed, the first: .*start fails/)
  assert.equal(view.endedAt, lastUpdate!.action?.endedAt)
  await control.infras.update(admin, 'broken', { profile: 'good' })
  assert.deepEqual(await update({ of: 'broken' }), ['Update', 'Successful'])
})

test('an update is cancelled while only its missing nodes are still to be made', async () => {
  const { control, admin } = bench
  await createEmpty('hanging')
  await control.infras.update(admin, 'hanging', { profile: 'slow' })
  const { deploymentUpdate } = await control.deployments.startUpdate(admin, 'hanging')
  await bench.until('the update of what is there', async () => {
    const { update: own } = await control.updates.get(admin, deploymentUpdate.updateId as string)
    return own.status === 'Successful'
  })
  const view = await control.deployments.getUpdate(admin, deploymentUpdate.id)
  assert.deepEqual([view.status, view.endedAt], ['Running', null])
  await assert.rejects(control.deployments.startUpdate(admin, 'hanging'), { code: 'conflict' })
  await bench.restart()
  await control.deployments.cancel(admin, 'hanging')
  await bench.until('the end', async () => {
    const { lastUpdate } = await control.deployments.get(admin, 'hanging')
    return lastUpdate?.status === 'Cancelled'
  })
})

test('a deployment is enabled again after its cluster could not be removed', async () => {
  const { control, admin } = bench
  await control.infras.create(admin, { name: 'stays', stage: 'Test', profile: 'good', size: 2 })
  await create('stays')
  assert.deepEqual(await update({ of: 'stays' }), ['Create', 'Successful'])
  await control.deployments.disable(admin, 'stays')
  bench.refuseRemovalOf([2])
  assert.deepEqual(await update({ of: 'stays' }), ['Remove', 'Failed'])
  assert.equal((await control.deployments.status(admin, 'stays')).health, 'ERROR')
  const left = await control.nodes.list(admin, { cluster: 'stays' }, { limit: 10 })
  assert.deepEqual(
    left.items.map(({ node }) => node.index),
    [2],
  )
  bench.refuseRemovalOf([])
  await control.deployments.enable(admin, 'stays')
  assert.deepEqual(await update({ of: 'stays' }), ['Repair', 'Successful'])
  assert.deepEqual(await health('stays'), ['HEALTHY', 'v1'])
  await control.deployments.disable(admin, 'stays')
  assert.deepEqual(await update({ of: 'stays' }), ['Remove', 'Successful'])
})

/** A deployment whose first update was cancelled before it made any of its three nodes. */
async function createEmpty(name: string): Promise<void> {
  const { control, admin } = bench
  await control.infras.create(admin, { name, stage: 'Test', profile: 'good', size: 3 })
  await create(name)
  await bench.restart(async () => {
    await control.deployments.startUpdate(admin, name)
    await control.deployments.cancel(admin, name)
  })
  await bench.until('the end', async () => {
    const { lastUpdate } = await control.deployments.get(admin, name)
    return lastUpdate?.status === 'Cancelled'
  })
  const nodes = await control.nodes.list(admin, { cluster: name }, { limit: 10 })
  assert.deepEqual(nodes.items, [])
}

function create(name: string) {
  const { control, admin } = bench
  return control.deployments.create(admin, { name, infra: name, publishedProject: 'CHURN', bundle: 'v1' })
}

/** Starts an update and waits for its end. @returns what it did, and how it went */
async function update(options: { readonly restart?: boolean; readonly of?: string } = {}) {
  const { control, admin } = bench
  const { deploymentUpdate } = await control.deployments.startUpdate(admin, options.of ?? 'churn')
  if (options.restart) await bench.restart()
  const ended = await bench.until('the update', async () => {
    const view = await control.deployments.getUpdate(admin, deploymentUpdate.id)
    return view.status !== 'Running' && view
  })
  return [ended.kind, ended.status]
}

/** The health, as soon as nothing of it moves any more, and what is deployed. */
async function health(name = 'churn') {
  const look = () => bench.control.deployments.status(bench.admin, name)
  const settled = await bench.until('the nodes to settle', async () => {
    const status = await look()
    const pool = status.cluster?.pools[0]
    return (!pool || pool.nodes.available === pool.pool.desiredCapacity) && status
  })
  return [settled.health, settled.deployed?.bundleVersion]
}
