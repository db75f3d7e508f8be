import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { createBundleStore } from '../bundles/bundle-store.ts'
import { removeTree } from '../bundles/folders.ts'
import type { ActionStatus } from '../domain/action.ts'
import { DEFAULT_POOL } from '../domain/cluster.ts'
import type { ActionId } from '../domain/ids.ts'
import { createProcessRuntime } from '../runtimes/process/index.ts'
import { deleteCluster } from '../store/clusters.ts'
import { systemClock } from '../system/clock.ts'
import { silentLog } from '../system/log.ts'
import type { StartedDeploymentUpdate } from './deployer-verbs.ts'
import { type Bench, createBench, endUpdate, makeNodes, zipOf } from './test-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await createBench()
  const { control, admin } = bench
  await control.profiles.create(admin, { name: 'p', type: 'scripted', properties: {} })
  for (const version of ['v1', 'v2', 'v3']) await publish(version)
  for (const [name, stage] of [
    ['dev', 'Development'],
    ['test', 'Test'],
    ['prod', 'Production'],
  ] as const) {
    await control.infras.create(admin, {
      name,
      stage,
      profile: 'p',
      size: 2,
      updateDefaults: { maxUnavailable: 2 },
    })
  }
})
afterEach(() => bench.close())

test('what is published for the first time makes the published project, with its bundles newest first', async () => {
  const view = await bench.control.publishedProjects.get(bench.admin, 'CHURN')
  assert.equal(view.publishedProject.name, 'CHURN')
  assert.deepEqual(
    view.bundles.map(({ version }) => version),
    ['v3', 'v2', 'v1'],
  )
})

test('a deployment is made with a bundle, and nothing of it runs before its first update', async () => {
  const made = await create()
  assert.deepEqual([made.bundleVersion, made.enabled, made.clusterId, made.version], ['v1', true, null, 1])
  const { health, cluster, messages } = await status()
  assert.deepEqual([health, cluster], ['OUT_OF_SYNC', null])
  assert.deepEqual(
    messages.map(({ code }) => code),
    ['DEPLOYMENT_NEVER_UPDATED'],
  )
})

test('the first update makes a cluster as the infra says, and the deployment is healthy when it serves', async () => {
  await create()
  const started = await start()
  assert.deepEqual([started.deploymentUpdate.kind, started.isRunning], ['Create', true])
  const cluster = await bench.control.clusters.get(bench.admin, 'churn')
  assert.equal(cluster.pools[0]?.pool.desiredCapacity, 2)
  assert.equal((await status()).health, 'OUT_OF_SYNC')
  await finish(started)
  const { health, messages, deployed } = await status()
  assert.deepEqual([health, messages, deployed?.bundleVersion], ['HEALTHY', [], 'v1'])
})

test('while an update runs another is refused and names it, and again once it has ended it finds nothing to do', async () => {
  await create()
  const started = await start()
  await assert.rejects(start(), { code: 'conflict', deploymentUpdateId: started.deploymentUpdate.id })
  await finish(started)
  const again = await start()
  assert.deepEqual([again.deploymentUpdate.kind, again.isRunning], ['Nothing', false])
  const view = await bench.control.deployments.getUpdate(bench.admin, again.deploymentUpdate.id)
  assert.deepEqual([view.status, view.because], ['Successful', 'nothing differed'])
  assert.equal((await status()).health, 'HEALTHY')
})

test('another bundle is deployed by an update of the cluster, with the parameters of the infra', async () => {
  await deploy()
  await bench.control.deployments.save(bench.admin, 'churn', { bundle: 'v2' })
  assert.equal((await status()).health, 'OUT_OF_SYNC')
  const started = await start()
  assert.equal(started.deploymentUpdate.kind, 'Update')
  const view = await bench.control.updates.get(bench.admin, started.deploymentUpdate.updateId as string)
  assert.equal(view.update.params.maxUnavailable, 2)
  const running = await status()
  assert.deepEqual([running.health, running.deployed?.bundleVersion], ['HEALTHY', 'v1'])
  await finish(started)
  const after = await status()
  assert.deepEqual([after.health, after.deployed?.bundleVersion], ['HEALTHY', 'v2'])
})

test('an update that failed is told with its reason, until other settings are saved', async () => {
  await deploy()
  await bench.control.deployments.save(bench.admin, 'churn', { bundle: 'v2' })
  const started = await start()
  const { update } = await bench.control.updates.get(bench.admin, started.deploymentUpdate.updateId as string)
  await endUpdate(bench, update, 'Failed')
  await end(started, 'FAILED', 'every node is back on the committed revision')
  const { health, messages, deployed } = await status()
  assert.deepEqual([health, deployed?.bundleVersion], ['ERROR', 'v1'])
  assert.match(
    messages[0]?.message ?? '',
    /update to bundle v2 failed: .*bundle v1 is still what is deployed/,
  )
  await bench.control.deployments.save(bench.admin, 'churn', { bundle: 'v1' })
  assert.equal((await status()).health, 'HEALTHY')
})

test('a cluster that was updated directly is out of sync, and the next update takes it back', async () => {
  await deploy()
  const { update } = await bench.control.updates.start(bench.admin, 'churn', { code: { bundle: 'CHURN@v3' } })
  assert.equal((await status()).health, 'OUT_OF_SYNC')
  await assert.rejects(start(), { code: 'conflict', updateId: update.id })
  await endUpdate(bench, update, 'Successful')
  await runOn(update.toRevisionId)
  const { health, messages } = await status()
  assert.equal(health, 'OUT_OF_SYNC')
  assert.match(messages[0]?.message ?? '', /committed to CHURN@v3, bundle v1 was deployed/)
  const started = await start()
  assert.equal(started.deploymentUpdate.kind, 'Update')
  await finish(started)
  assert.equal((await status()).health, 'HEALTHY')
})

test('nodes that run something else are brought back, although the bundle stays', async () => {
  await deploy()
  await bench.store.write((tx) =>
    tx.updateTable('nodes').set({ health: 'Unhealthy' }).where('node_index', '=', 1).execute(),
  )
  assert.equal((await status()).health, 'WARNING')
  const started = await start()
  assert.equal(started.deploymentUpdate.kind, 'Repair')
})

// Simulation, seed 37.
test('the action that makes missing nodes is told, whether nodes move as well or not', async () => {
  await deploy()
  for (const bundle of ['v1', 'v2']) {
    await bench.store.write((tx) => tx.deleteFrom('nodes').where('node_index', '=', 1).execute())
    await bench.control.deployments.save(bench.admin, 'churn', { bundle })
    const started = await start()
    const { items } = await bench.control.actions.list(
      bench.admin,
      { name: ['CLUSTER_RESIZE'], status: ['READY'] },
      { limit: 10 },
    )
    assert.equal(items.length, 1)
    const actionId = items[0]!.id
    const { items: told } = await bench.control.events.list(bench.admin, {}, { limit: 100 })
    const because = 'root asked for the nodes that pool "DefaultPool" of cluster "churn" lacks'
    assert.ok(told.some((event) => event.actionId === actionId && event.because === because))
    await finish(started)
    await bench.store.write((tx) =>
      tx
        .updateTable('actions')
        .set({ status: 'SUCCEEDED', ended_at: 1 })
        .where('status', '=', 'READY')
        .execute(),
    )
  }
})

test('the cluster of a deployment is deleted only through it', async () => {
  await deploy()
  const deletion = bench.control.clusters.delete(bench.admin, 'churn')
  await assert.rejects(deletion, { code: 'in_use', message: /deployment "churn"/ })
})

test('a deployment is deleted once it is disabled and was updated since', async () => {
  await deploy()
  const remove = () => bench.control.deployments.delete(bench.admin, 'churn')
  await assert.rejects(remove(), { code: 'invalid_state', message: /is enabled; disable it/ })
  await bench.control.deployments.disable(bench.admin, 'churn')
  assert.equal((await status()).health, 'OUT_OF_SYNC')
  await assert.rejects(remove(), { code: 'invalid_state', message: /not updated since/ })
  const started = await start()
  assert.equal(started.deploymentUpdate.kind, 'Remove')
  await assert.rejects(remove(), { code: 'invalid_state', message: /while its update .* runs/ })
  await finish(started)
  const { health, deployment, cluster } = await status()
  assert.deepEqual([health, deployment.clusterId, cluster], ['HEALTHY', null, null])
  await remove()
  await assert.rejects(status(), { code: 'not_found' })
})

test('a deployment that never ran is disabled and updated before it is deleted, too', async () => {
  await create()
  await bench.control.deployments.disable(bench.admin, 'churn')
  assert.equal((await start()).deploymentUpdate.kind, 'Nothing')
  await bench.control.deployments.delete(bench.admin, 'churn')
})

test('a disabled deployment that is enabled again gets a new cluster', async () => {
  await deploy()
  await bench.control.deployments.disable(bench.admin, 'churn')
  await finish(await start())
  await bench.control.deployments.enable(bench.admin, 'churn')
  assert.equal((await status()).health, 'OUT_OF_SYNC')
  const started = await start()
  assert.equal(started.deploymentUpdate.kind, 'Create')
  await finish(started)
  assert.equal((await status()).health, 'HEALTHY')
})

test('a bundle that a deployment is to run is neither deleted nor pruned', async () => {
  await create('churn', 'v2')
  const { control, admin } = bench
  await assert.rejects(control.bundles.delete(admin, 'CHURN@v2'), {
    code: 'in_use',
    message: /deployment "churn"/,
  })
  await control.pruneBundles({ before: bench.clock.now() + 1, keep: 0 })
  const { items } = await control.bundles.list(admin, {}, { limit: 10 })
  assert.deepEqual(
    items.map(({ version }) => version),
    ['v2'],
  )
})

test('infras and published projects stay as long as a deployment needs them', async () => {
  await create()
  const { control, admin } = bench
  await assert.rejects(control.infras.delete(admin, 'dev'), { code: 'in_use', message: /"churn"/ })
  await assert.rejects(control.publishedProjects.delete(admin, 'CHURN'), { code: 'in_use' })
  await assert.rejects(control.profiles.delete(admin, 'p'), { code: 'in_use', message: /infra "dev"/ })
  await control.deployments.disable(admin, 'churn')
  await start()
  await control.deployments.delete(admin, 'churn')
  await control.infras.delete(admin, 'dev')
  await control.publishedProjects.delete(admin, 'CHURN')
  assert.deepEqual((await control.bundles.list(admin, {}, { limit: 10 })).items, [])
})

test('settings that were changed since they were read are not overwritten', async () => {
  const { version } = await create()
  const save = () =>
    bench.control.deployments.save(bench.admin, 'churn', { bundle: 'v2' }, { ifMatch: version })
  assert.equal((await save()).version, 2)
  await assert.rejects(save(), { code: 'precondition_failed' })
})

test('an update is cancelled by what carries it', async () => {
  await deploy()
  await assert.rejects(bench.control.deployments.cancel(bench.admin, 'churn'), { code: 'invalid_state' })
  await bench.control.deployments.save(bench.admin, 'churn', { bundle: 'v2' })
  const { deploymentUpdate } = await start()
  const cancelled = await bench.control.deployments.cancel(bench.admin, 'churn', { reason: 'no' })
  assert.equal(cancelled.id, deploymentUpdate.id)
  assert.equal(cancelled.clusterUpdate?.control.cancellation?.reason, 'no')
})

test('a bundle goes from stage to stage, each deployment made by the first promotion to it', async () => {
  await create('churn-on-dev', 'v1')
  await finish(await start('churn-on-dev'), 'churn-on-dev')
  const { control, admin } = bench
  const { deployment, isNew } = await control.deployments.promote(admin, 'churn-on-dev', { infra: 'test' })
  assert.deepEqual([deployment.name, deployment.bundleVersion, isNew], ['churn-on-test', 'v1', true])
  const skipping = control.deployments.promote(admin, 'churn-on-dev', { infra: 'prod' })
  await assert.rejects(skipping, { code: 'not_ready', message: /the next stage is Test/ })
  const ill = control.deployments.promote(admin, 'churn-on-test', { infra: 'prod' })
  await assert.rejects(ill, { code: 'not_ready', message: /nothing deployed/ })
  const forced = await control.deployments.promote(admin, 'churn-on-dev', { infra: 'prod', force: true })
  assert.equal(forced.deployment.name, 'churn-on-prod')
  const events = (await bench.events()).filter(({ type }) => type === 'deployment.promoted')
  assert.match(events[1]?.because ?? '', /although infra "prod" is on stage Production/)
})

test('the history of updates is kept as long as the deployment, its actions among it', async () => {
  await deploy()
  await bench.control.deployments.save(bench.admin, 'churn', { bundle: 'v2' })
  await finish(await start())
  const { items } = await bench.control.deployments.updates(bench.admin, 'churn', { limit: 10 })
  assert.deepEqual(
    items.map(({ kind, bundleVersion, status: how }) => [kind, bundleVersion, how]),
    [
      ['Update', 'v2', 'Successful'],
      ['Create', 'v1', 'Successful'],
    ],
  )
})

test('infras that name no profile share one of processes, which is made when it is first needed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'drover-deployments-'))
  const runtime = createProcessRuntime({
    ...{ root: join(folder, 'nodes'), clock: systemClock, log: silentLog, environment: {} },
    code: createBundleStore({ root: join(folder, 'bundles'), log: silentLog }),
  })
  const other = await createBench({ runtimes: [runtime] })
  t.after(async () => {
    runtime.close()
    await other.close()
    await removeTree(folder)
  })
  const { control, admin } = other
  const content = { stream: zipOf({ 'drover.yaml': 'command: [sleep, "60"]', a: 'b' }) }
  await control.publishedProjects.publish(admin, { content, name: 'CHURN', version: 'v1' })
  await control.infras.create(admin, { name: 'bare', stage: 'Test' })
  for (const name of ['one', 'two']) {
    const input = { name, infra: 'bare', publishedProject: 'CHURN', bundle: 'v1' }
    await control.deployments.create(admin, input)
    await control.deployments.startUpdate(admin, name)
    const { pools } = await control.clusters.get(admin, name)
    assert.deepEqual([pools[0]?.profile.name, pools[0]?.profile.type], ['deployments', 'process'])
  }
  assert.equal((await control.profiles.list(admin, {}, { limit: 10 })).items.length, 1)
})

async function publish(version: string) {
  await bench.control.publishedProjects.publish(bench.admin, {
    content: { stream: zipOf({ 'run.sh': version }) },
    name: 'CHURN',
    version,
  })
}

function create(name = 'churn', bundle = 'v1') {
  const input = { name, infra: 'dev', publishedProject: 'CHURN', bundle }
  return bench.control.deployments.create(bench.admin, input)
}

const start = (name = 'churn') => bench.control.deployments.startUpdate(bench.admin, name)
const status = (name = 'churn') => bench.control.deployments.status(bench.admin, name)

async function deploy() {
  await create()
  await finish(await start())
}

/** Ends an update well, as the engine would. */
async function finish(started: StartedDeploymentUpdate, name = 'churn') {
  const { kind, updateId, clusterId, revisionId } = { ...started.deployment, ...started.deploymentUpdate }
  if (kind === 'Create') {
    const { pool } = (await bench.control.pools.get(bench.admin, name, DEFAULT_POOL))!
    await makeNodes(bench, pool, pool.desiredCapacity)
  }
  if (updateId !== null) {
    const { update } = await bench.control.updates.get(bench.admin, updateId)
    await endUpdate(bench, update, 'Successful')
  }
  if (revisionId !== null) await runOn(revisionId)
  if (kind === 'Remove') {
    await bench.store.write(async (tx) => {
      await tx.deleteFrom('nodes').where('cluster_id', '=', clusterId).execute()
      await deleteCluster(tx, clusterId!)
    })
  }
  await end(started, 'SUCCEEDED', 'done')
}

async function end({ deploymentUpdate }: StartedDeploymentUpdate, status: ActionStatus, reason: string) {
  const id = deploymentUpdate.actionId as ActionId
  await bench.store.write((tx) =>
    tx
      .updateTable('actions')
      .set({ status, status_reason: reason, ended_at: 1 })
      .where('id', '=', id)
      .execute(),
  )
}

async function runOn(revisionId: string) {
  await bench.store.write((tx) =>
    tx.updateTable('nodes').set({ revision_id: revisionId, health: 'Healthy' }).execute(),
  )
}
