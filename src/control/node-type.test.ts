import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createBundleStore } from '../bundles/bundle-store.ts'
import { removeTree } from '../bundles/folders.ts'
import { createProcessRuntime } from '../runtimes/process/index.ts'
import { systemClock } from '../system/clock.ts'
import { silentLog } from '../system/log.ts'
import { type Bench, createBench, zipOf } from './test-bench.ts'

/** With profiles `pretended` (scripted) and `real` (process). */
async function createMixedBench(t: TestContext): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-node-type-'))
  const runtime = createProcessRuntime({
    ...{ root: join(folder, 'nodes'), clock: systemClock, log: silentLog, environment: {} },
    code: createBundleStore({ root: join(folder, 'bundles'), log: silentLog }),
  })
  const bench = await createBench({ runtimes: [runtime] })
  t.after(async () => {
    runtime.close()
    await bench.close()
    await removeTree(folder)
  })
  const { control, admin } = bench
  await control.profiles.create(admin, { name: 'pretended', type: 'scripted', properties: {} })
  const properties = { command: ['sleep', '60'] }
  await control.profiles.create(admin, { name: 'real', type: 'process', properties })
  return bench
}

test('nodes keep the type they were made with: only its runtime could stop what runs in them', async (t) => {
  const { control, admin } = await createMixedBench(t)
  const { clusters, updates, pools } = control
  await clusters.create(admin, { name: 'web', profile: 'real', size: 1 })
  const refused = {
    ...{ code: 'invalid_request', field: 'profile' },
    message: /"pretended" is of type scripted, the cluster's nodes are of type process/,
  }
  const wanted = { profile: 'pretended' }
  await assert.rejects(updates.start(admin, 'web', wanted), refused)
  await assert.rejects(updates.plan(admin, 'web', wanted), refused)
  await assert.rejects(pools.update(admin, 'web', 'DefaultPool', wanted), refused)
  await assert.rejects(clusters.change(admin, 'web', wanted), refused)
})

test('a deployment whose infra has nodes of another type now gets them by a new cluster', async (t) => {
  const { control, admin, store } = await createMixedBench(t)
  const { infras, publishedProjects, deployments } = control
  await infras.create(admin, { name: 'prod', stage: 'Production', profile: 'real' })
  const content = { stream: zipOf({ 'a.txt': 'a' }) }
  await publishedProjects.publish(admin, { content, name: 'web', version: '1' })
  await deployments.create(admin, { name: 'web', infra: 'prod', publishedProject: 'web', bundle: '1' })
  const { deploymentUpdate } = await deployments.startUpdate(admin, 'web')
  assert.equal(deploymentUpdate.kind, 'Create')
  // As the engine ends it.
  await store.write((tx) =>
    tx
      .updateTable('actions')
      .set({ status: 'SUCCEEDED', status_reason: 'done', ended_at: 1 })
      .where('id', '=', `${deploymentUpdate.actionId}`)
      .execute(),
  )
  await infras.update(admin, 'prod', { profile: 'pretended' })
  await assert.rejects(deployments.startUpdate(admin, 'web'), {
    code: 'invalid_state',
    message: /disable it and update it, then enable it/,
  })
  await deployments.disable(admin, 'web')
  assert.equal((await deployments.startUpdate(admin, 'web')).deploymentUpdate.kind, 'Remove')
})
