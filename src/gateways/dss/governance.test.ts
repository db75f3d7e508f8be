import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '../../api/test-server.ts'
import { dssGateway } from './index.ts'
import { basic, bundleOf } from './test-service.ts'

const DEPLOYMENTS = '/project-deployer/deployments'

/** A server with infras that prevent and warn, where a bundle for production needs somebody's approval. */
async function start(t: TestContext) {
  const server = await startTestServer(t, { gateways: [dssGateway] })
  const url = await server.listen()
  const ask = async (method: string, path: string, body?: object | FormData) => {
    const response = await fetch(`${url}/gateways/dss/dip/publicapi${path}`, {
      method,
      headers: { authorization: basic(server.key) },
      ...(body && { body: body instanceof FormData ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }
  for (const governCheckPolicy of ['PREVENT', 'WARN', 'NO_CHECK']) {
    const id = governCheckPolicy.toLowerCase()
    await ask('POST', '/project-deployer/infras', { id, stage: 'Production', governCheckPolicy })
  }
  for (const id of ['v1', 'v2']) {
    const form = new FormData()
    form.set('file', new Blob([new Uint8Array(bundleOf('fine'))]), `${id}.zip`)
    assert.equal((await ask('POST', '/project-deployer/projects/bundles?projectKey=CHURN', form)).status, 204)
  }
  const { governance, approvals } = server.control
  const callerOf = (name: string, role: 'administrator' | 'operator') =>
    ({ principal: { name, groups: [], grants: [{ projectId: '*', role }] }, project: 'default' }) as const
  await governance.setRule(callerOf('root', 'administrator'), 'CHURN', 'Production', { requiredSignOffs: 1 })
  return {
    ask,
    create: (name: string, infraId: string, ignoreWarnings: string) =>
      ask('POST', `${DEPLOYMENTS}?ignoreWarnings=${ignoreWarnings}`, {
        ...{ deploymentId: name, publishedProjectKey: 'CHURN', infraId, bundleId: 'v1' },
      }),
    approve: (bundle: string) =>
      approvals.approve(callerOf('ann', 'operator'), bundle, { stage: 'Production' }),
  }
}

test('a bundle that lacks an approval is refused, warned of, or let pass, as the infra says', async (t) => {
  const { create, approve } = await start(t)
  for (const ignoreWarnings of ['False', 'True']) {
    const prevented = await create('prevented', 'prevent', ignoreWarnings)
    assert.deepEqual([prevented.status, prevented.body.errorType], [400, 'GovernanceException'])
    assert.match(prevented.body.detailedMessage, /CHURN@v1/)
  }
  const warned = await create('warned', 'warn', 'False')
  assert.deepEqual([warned.status, warned.body.errorType], [400, 'GovernanceException'])
  assert.equal((await create('warned', 'warn', 'True')).status, 200)
  assert.equal((await create('unchecked', 'no_check', 'False')).status, 200)
  await approve('CHURN@v1')
  assert.equal((await create('prevented', 'prevent', 'False')).status, 200)
})

test('the governance status tells of any bundle what speaks against it', async (t) => {
  const { ask, create, approve } = await start(t)
  await approve('CHURN@v1')
  await create('churn', 'prevent', 'False')
  await create('warned', 'warn', 'False')
  await create('unchecked', 'no_check', 'False')
  const statusOf = async (name: string, bundle: string) =>
    (await ask('GET', `${DEPLOYMENTS}/${name}/governance-status?bundleId=${bundle}`)).body
  const approved = await statusOf('churn', '')
  assert.deepEqual([approved.error, approved.maxSeverity], [false, 'SUCCESS'])
  const missing = await statusOf('churn', 'v2')
  assert.deepEqual([missing.error, missing.maxSeverity, missing.anyMessage], [true, 'ERROR', true])
  const [message] = missing.messages.filter(({ severity }: { severity: string }) => severity === 'ERROR')
  assert.deepEqual(Object.keys(message).sort(), [
    ...(['code', 'details', 'isFatal', 'message', 'severity', 'title'] as const),
  ])
  assert.equal((await statusOf('warned', 'v2')).maxSeverity, 'WARNING')
  assert.deepEqual((await statusOf('unchecked', 'v2')).messages, [])
  assert.equal((await statusOf('churn', 'none')).errorType, 'NotFoundException')
})

test('another bundle is asked about when it is saved, and the same one is not asked about again', async (t) => {
  const { ask, create } = await start(t)
  await create('warned', 'warn', 'True')
  const path = `${DEPLOYMENTS}/warned/settings`
  const { body: settings } = await ask('GET', path)
  const other = { ...settings, bundleId: 'v2' }
  assert.equal(
    (await ask('PUT', `${path}?ignoreWarnings=False`, other)).body.errorType,
    'GovernanceException',
  )
  assert.equal((await ask('PUT', `${path}?ignoreWarnings=False`, { ...settings, tags: ['a'] })).status, 204)
  assert.equal((await ask('PUT', `${path}?ignoreWarnings=True`, other)).status, 204)
  assert.equal((await ask('GET', path)).body.bundleId, 'v2')
})
