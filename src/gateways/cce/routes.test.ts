import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './test-client.ts'

const script = (text: string) => Buffer.from(text).toString('base64')

test('a custom pool is brought to its template as it stands now, chosen nodes first', async (t) => {
  const { ask, until, makeCluster, makePool, nodesOf } = await start(t)
  const cluster = await makeCluster('shop')
  const pool = await makePool(cluster, 'web', 3)
  const path = `/clusters/${cluster}/nodepools/${pool}`
  const nodes = await nodesOf(cluster)
  assert.deepEqual(
    nodes.map(({ status, metadata }) => [
      status.phase,
      status.configurationUpToDate,
      metadata.ownerReferences.nodepoolID,
    ]),
    nodes.map(() => ['Active', true, pool]),
  )
  const extendParam = { 'alpha.cce/postInstall': script('echo hello') }
  const changed = await ask('PUT', path, {
    spec: { ignoreInitialNodeCount: true, nodeTemplate: { extendParam } },
  })
  assert.equal(changed.status, 200, changed.text)
  assert.equal(changed.body.status.configurationSyncedNodeCount, 0)
  assert.deepEqual(changed.body.spec.nodeTemplate.extendParam, extendParam)
  assert.equal((await nodesOf(cluster))[0].status.configurationUpToDate, false)

  const upgrade = (spec: object) =>
    ask('POST', `${path}/operation/upgrade`, { spec: { nodePoolID: pool, maxUnavailable: 1, ...spec } })
  const chosen = nodes.slice(0, 2).map(({ metadata }) => metadata.uid)
  const accepted = await upgrade({ nodeIDs: chosen })
  assert.deepEqual([accepted.status, accepted.text], [200, ''])
  assert.ok(accepted.headers.get('x-request-id'))
  const synced = await until(path, ({ status }) => status.configurationSyncedNodeCount === 2)
  const job = await until(`/jobs/${synced.status.jobId}`, ({ status }) => status.phase === 'Success')
  assert.deepEqual(
    [job.spec.type, job.spec.resourceName, job.spec.subJobs.length],
    ['UpgradeNodePool', 'web', 2],
  )
  const after = await nodesOf(cluster)
  const late = after.filter(({ status }) => !status.configurationUpToDate)
  assert.deepEqual(
    late.map(({ metadata }) => metadata.uid),
    [nodes[2].metadata.uid],
  )

  assert.equal((await upgrade({})).status, 200)
  await until(path, ({ status }) => status.configurationSyncedNodeCount === 3)
})
