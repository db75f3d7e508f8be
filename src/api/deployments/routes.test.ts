import assert from 'node:assert/strict'
import { test } from 'node:test'
import { project, startTestServer } from '../test-server.ts'

test('stages are listed in their order, and replaced as a whole', async (t) => {
  const { ask } = await startTestServer(t)
  const stages = `${project}/stages`
  const names = async () => (await ask('GET', stages)).body.items.map(({ name }: { name: string }) => name)
  assert.deepEqual(await names(), ['Development', 'Test', 'Production'])
  await ask('PUT', stages, { items: [{ name: 'Try' }, { name: 'Serve', description: 'for all' }] })
  assert.deepEqual(await names(), ['Try', 'Serve'])
  await ask('POST', `${project}/infras`, { name: 'west', stage: 'Serve' })
  const refused = await ask('PUT', stages, { items: [{ name: 'Try' }] })
  assert.deepEqual([refused.status, refused.body.code], [409, 'in_use'])
  const unknown = await ask('POST', `${project}/infras`, { name: 'east', stage: 'Nowhere' })
  assert.deepEqual([unknown.status, unknown.body.field], [400, 'stage'])
})

test('permissions name users by all that users may be called', async (t) => {
  const { ask } = await startTestServer(t)
  const names = ['ada.lovelace+deploy@analytical-engine.example', `a${'b'.repeat(254)}`]
  for (const user of names) {
    const { status } = await ask('POST', '/api/v1/users', { name: user, password: 'an engine of brass' })
    assert.equal(status, 201)
    assert.equal((await ask('GET', `/api/v1/users/${encodeURIComponent(user)}`)).body.name, user)
  }
  const permissions = names.map((user) => ({ user, read: true, write: false, deploy: true, admin: false }))
  for (const [folder, what] of [
    ['infras', { name: 'prod', stage: 'Production' }],
    ['published-projects', { key: 'web' }],
  ] as const) {
    const made = await ask('POST', `${project}/${folder}`, { ...what, permissions })
    assert.deepEqual([made.status, made.body.permissions], [201, permissions])
  }
  for (const user of ['', '+ada', 'ada:x', 'b'.repeat(256)]) {
    const refused = await ask('PATCH', `${project}/infras/prod`, { permissions: [{ user, read: true }] })
    assert.equal(refused.status, 400, user)
  }
})

test('an infra is made, shown with what is on it, changed once for each version, and deleted', async (t) => {
  const { ask } = await startTestServer(t)
  const made = await ask('POST', `${project}/infras`, {
    name: 'prod',
    stage: 'Production',
    governance: 'WARN',
    size: 3,
    updateDefaults: { maxUnavailable: '50%' },
    permissions: [{ group: 'releases', deploy: true }],
  })
  assert.equal(made.status, 201)
  assert.equal(made.headers['location'], `${project}/infras/prod`)
  assert.deepEqual(made.body.permissions, [
    { group: 'releases', read: false, write: false, deploy: true, admin: false },
  ])
  const shown = await ask('GET', `${project}/infras/prod`)
  assert.deepEqual(shown.body, made.body)
  assert.deepEqual((await ask('GET', `${project}/infras?stage=Production`)).body.items, [made.body])
  const match = { 'if-match': shown.headers['etag'] ?? '' }
  const changed = await ask('PATCH', `${project}/infras/prod`, { governance: 'PREVENT', size: 5 }, match)
  assert.deepEqual([changed.body.governance, changed.body.size, changed.body.version], ['PREVENT', 5, 2])
  const late = await ask('PATCH', `${project}/infras/prod`, { size: 1 }, match)
  assert.deepEqual([late.status, late.body.code], [412, 'precondition_failed'])
  assert.equal((await ask('DELETE', `${project}/infras/prod`)).status, 204)
  assert.equal((await ask('GET', `${project}/infras/prod`)).status, 404)
})

test('a deployment is made of a published project, updated, cancelled and promoted', async (t) => {
  const { ask, makeCluster } = await startTestServer(t)
  await makeCluster()
  const [bundle] = (await ask('GET', `${project}/bundles`)).body.items
  const key: string = bundle.name
  await ask('POST', `${project}/profiles`, { name: 'tried', type: 'scripted', properties: {} })
  for (const [name, stage] of [
    ['dev', 'Development'],
    ['prod', 'Production'],
  ]) {
    await ask('POST', `${project}/infras`, { name, stage, profile: 'tried', size: 2 })
  }
  const published = await ask('POST', `${project}/published-projects`, { key, name: 'Quotes' })
  assert.equal(published.status, 201)
  assert.deepEqual(
    published.body.bundles.map(({ version }: { version: string }) => version),
    [bundle.version],
  )

  const made = await ask('POST', `${project}/deployments`, {
    name: 'quotes-dev',
    publishedProject: key,
    infra: 'dev',
    bundle: bundle.version,
  })
  assert.deepEqual([made.status, made.body.deployed, made.body.clusterId], [201, null, null])
  const before = await ask('GET', `${project}/deployments/quotes-dev/status`)
  assert.equal(before.body.health, 'OUT_OF_SYNC')

  const started = await ask('POST', `${project}/deployments/quotes-dev/updates`, {})
  assert.deepEqual([started.status, started.body.kind, started.body.status], [202, 'Create', 'Running'])
  const again = await ask('POST', `${project}/deployments/quotes-dev/updates`, {})
  assert.deepEqual([again.status, again.body.code], [409, 'conflict'])
  const one = await ask('GET', `${project}/deployment-updates/${started.body.id}`)
  assert.equal(one.body.deployment, 'quotes-dev')
  assert.deepEqual((await ask('GET', `${project}/deployments/quotes-dev/updates`)).body.items, [one.body])

  const skipping = await ask('POST', `${project}/deployments/quotes-dev/promote`, { infra: 'prod' })
  assert.deepEqual([skipping.status, skipping.body.code], [409, 'not_ready'])
  const cancelled = await ask('POST', `${project}/deployments/quotes-dev/cancel`, { reason: 'a mistake' })
  assert.equal(cancelled.status, 202)
  const shown = await ask('GET', `${project}/published-projects/${key}`)
  assert.deepEqual(shown.body.infras, [{ name: 'dev', stage: 'Development', governance: 'NO_CHECK' }])
  const inUse = await ask('DELETE', `${project}/infras/dev`)
  assert.deepEqual([inUse.status, inUse.body.code], [409, 'in_use'])
})

test('a deployment that never ran is disabled, updated, and deleted', async (t) => {
  const { ask, makeCluster } = await startTestServer(t)
  await makeCluster()
  const [bundle] = (await ask('GET', `${project}/bundles`)).body.items
  await ask('POST', `${project}/infras`, { name: 'dev', stage: 'Development' })
  await ask('POST', `${project}/published-projects`, { key: bundle.name })
  const body = { name: 'd', publishedProject: bundle.name, infra: 'dev', bundle: bundle.version }
  await ask('POST', `${project}/deployments`, body)
  const enabled = await ask('DELETE', `${project}/deployments/d`)
  assert.deepEqual([enabled.status, enabled.body.code], [409, 'invalid_state'])
  const { headers } = await ask('GET', `${project}/deployments/d`)
  const match = { 'if-match': headers['etag'] ?? '' }
  const disabled = await ask('PATCH', `${project}/deployments/d`, { enabled: false }, match)
  assert.equal(disabled.body.enabled, false)
  assert.equal((await ask('PATCH', `${project}/deployments/d`, { enabled: true }, match)).status, 412)
  const done = await ask('POST', `${project}/deployments/d/updates`, {})
  assert.deepEqual([done.body.kind, done.body.status], ['Nothing', 'Successful'])
  assert.equal((await ask('DELETE', `${project}/deployments/d`)).status, 204)
  assert.equal((await ask('DELETE', `${project}/published-projects/${bundle.name}`)).status, 409)
})
