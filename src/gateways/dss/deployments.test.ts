import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { bundleOf, type Service, startService } from './test-service.ts'

const DEPLOYMENTS = '/project-deployer/deployments'
const ONE = `${DEPLOYMENTS}/churn-on-prod`

describe('a deployment by the gateway for Dataiku’s client', () => {
  let service: Service
  const cleaners: (() => unknown)[] = []
  before(async () => {
    service = await startService({ after: (clean) => cleaners.unshift(clean as () => unknown) })
    await service.ask('POST', '/project-deployer/infras', { id: 'prod', stage: 'Production' })
    for (const [id, health] of [
      ['v1', 'fine'],
      ['v2', 'fine'],
      ['v3', 'ill'],
      ['slow', 'silent'],
    ] as const) {
      const { status, text } = await service.upload('?projectKey=CHURN', `${id}.zip`, bundleOf(health))
      assert.equal(status, 204, text)
    }
    const input = {
      deploymentId: 'churn-on-prod',
      publishedProjectKey: 'CHURN',
      infraId: 'prod',
      bundleId: 'v1',
    }
    const made = await service.ask('POST', `${DEPLOYMENTS}?ignoreWarnings=False`, input)
    assert.equal(made.status, 200, made.text)
  })
  after(async () => {
    for (const clean of cleaners) await clean()
  })

  const healthOf = async () => {
    const { body } = await service.ask('GET', `${ONE}/status`)
    return [body.health, body.bundleId, body.deployedBundleId]
  }
  const choose = async (changes: object) => {
    const { body: settings } = await service.ask('GET', `${ONE}/settings`)
    const saved = await service.ask('PUT', `${ONE}/settings?ignoreWarnings=True`, { ...settings, ...changes })
    assert.equal(saved.status, 204, saved.text)
  }
  const update = async () => {
    const { status, body, text } = await service.ask('POST', `${ONE}/actions/update`)
    assert.equal(status, 200, text)
    return body
  }

  test('its infra and its published project name it, with all that tells it apart', async () => {
    const head = {
      ...{ id: 'churn-on-prod', infraId: 'prod', publishedProjectKey: 'CHURN' },
      ...{ bundleId: 'v1', enabled: true },
    }
    for (const path of ['infras/prod', 'projects/CHURN']) {
      const { body } = await service.ask('GET', `/project-deployer/${path}`)
      assert.deepEqual(body.deployments, [head], path)
    }
    const listed = await service.ask('GET', '/project-deployer/infras')
    assert.deepEqual(listed.body[0].deployments, [head])
  })

  test('an update is a future that ends with a result, which stays', async () => {
    assert.deepEqual(await healthOf(), ['OUT_OF_SYNC', 'v1', null])
    const { jobId, owner } = await update()
    assert.equal(owner, 'admin')
    const { body } = await service.wait(jobId)
    const { messages, ...result } = body.result
    assert.equal(messages.length, 1)
    assert.deepEqual(result, {
      ...{ deploymentId: 'churn-on-prod', bundleId: 'v1', infraId: 'prod', success: true },
      maxSeverity: 'SUCCESS',
    })
    assert.deepEqual((await service.wait(jobId)).body.result, body.result)
    const { body: peeked } = await service.ask('GET', `/futures/${jobId}?peek=True`)
    assert.deepEqual([peeked.hasResult, 'result' in peeked, peeked.alive], [true, false, false])
    assert.equal((await service.ask('DELETE', `/futures/${jobId}`)).status, 204)
    assert.deepEqual(await healthOf(), ['HEALTHY', 'v1', 'v1'])
  })

  test('where nothing differs the result comes at once', async () => {
    const { hasResult, result, jobId } = await update()
    assert.deepEqual([hasResult, result.success], [true, true])
    assert.equal((await service.wait(jobId)).status, 200)
  })

  test('settings keep what means nothing here, and refuse what cannot be changed', async () => {
    await choose({
      bundleId: 'v2',
      localVariables: { a: null },
      deployedProjectKey: 'OTHER',
      projectFolderId: 'f',
    })
    const { body: settings } = await service.ask('GET', `${ONE}/settings`)
    assert.deepEqual(settings, {
      ...{
        id: 'churn-on-prod',
        type: 'STANDARD',
        infraId: 'prod',
        publishedProjectKey: 'CHURN',
        bundleId: 'v2',
      },
      ...{ deployedProjectKey: 'OTHER', projectFolderId: 'f', enabled: true, localVariables: { a: null } },
    })
    assert.deepEqual(await healthOf(), ['OUT_OF_SYNC', 'v2', 'v1'])
    for (const change of [{ infraId: 'dev' }, { publishedProjectKey: 'OTHER' }, { enabled: 'yes' }]) {
      const refused = await service.ask('PUT', `${ONE}/settings`, { ...settings, ...change })
      assert.deepEqual([refused.status, refused.body.errorType], [400, 'IllegalArgumentException'])
    }
    const missing = await service.ask('PUT', `${ONE}/settings`, { ...settings, bundleId: 'v9' })
    assert.deepEqual([missing.status, missing.body.errorType], [404, 'NotFoundException'])
  })

  test('an update that fails ends its future with an error that says why', async () => {
    await service.wait((await update()).jobId)
    await choose({ bundleId: 'v3' })
    const { jobId } = await update()
    const failed = await service.wait(jobId)
    assert.deepEqual([failed.status, failed.body.errorType], [500, 'DeploymentUpdateException'])
    assert.match(failed.body.message, /^the update of deployment churn-on-prod failed: /)
    const { body: peeked } = await service.ask('GET', `/futures/${jobId}?peek=True`)
    assert.deepEqual([peeked.hasResult, peeked.alive, peeked.aborted], [false, false, false])
    assert.deepEqual(await healthOf(), ['ERROR', 'v3', 'v2'])
  })

  test('an aborted future ends with an error, too, and the deployment goes back', async () => {
    await choose({ bundleId: 'slow' })
    const { jobId, hasResult, alive, aborted: isAborted } = await update()
    assert.deepEqual([hasResult, alive, isAborted], [false, true, false])
    const second = await service.ask('POST', `${ONE}/actions/update`)
    assert.deepEqual([second.status, second.body.errorType], [409, 'ConflictException'], second.text)
    const { body: listed } = await service.ask(
      'GET',
      '/futures/?withScenarios=False&withNotScenarios=True&allUsers=False',
    )
    assert.deepEqual(
      listed.map((each: { jobId: string }) => each.jobId),
      [jobId],
    )
    assert.equal((await service.ask('DELETE', `/futures/${jobId}`)).status, 204)
    const aborted = await service.wait(jobId)
    assert.match(aborted.body.message, /^the update of deployment churn-on-prod was aborted: /)
    const { body: peeked } = await service.ask('GET', `/futures/${jobId}?peek=true`)
    assert.deepEqual([peeked.alive, peeked.aborted], [false, true])
    const status = await service.ask('GET', `${ONE}/status`)
    assert.equal(status.body.deployedBundleId, 'v2')
  })

  test('the updates are told with what happened, newest first', async () => {
    const { body: updates } = await service.ask('GET', `${ONE}/update`)
    assert.deepEqual(
      updates.map(({ status }: { status: string }) => status),
      ['ABORTED', 'ERROR', 'SUCCESS', 'SUCCESS', 'SUCCESS'],
    )
    const { body: last } = await service.ask('GET', `${ONE}/last-update`)
    assert.equal(last.startTimestamp, updates[0].startTimestamp)
    const { body: failed } = await service.ask('GET', `${ONE}/update/${updates[1].startTimestamp}`)
    assert.deepEqual([failed.status, failed.requester, failed.bundleId], ['ERROR', 'admin', 'v3'])
    assert.ok(failed.endTimestamp >= failed.startTimestamp)
    assert.ok(failed.logs.lines.length > 1)
    assert.equal((await service.ask('GET', `${ONE}/update/1`)).status, 404)
  })

  test('only what is disabled and was updated since can be deleted, and only what nothing needs', async () => {
    const enabled = await service.ask('DELETE', ONE)
    assert.deepEqual([enabled.status, enabled.body.errorType], [400, 'IllegalArgumentException'])
    for (const path of ['/project-deployer/infras/prod', '/project-deployer/projects/CHURN']) {
      assert.equal((await service.ask('DELETE', path)).status, 400)
    }
    await choose({ enabled: false })
    assert.equal((await service.ask('DELETE', ONE)).status, 400)
    await service.wait((await update()).jobId)
    assert.equal((await service.ask('DELETE', ONE)).status, 204)
    assert.equal((await service.ask('GET', ONE)).status, 404)
    for (const path of ['/project-deployer/infras/prod', '/project-deployer/projects/CHURN']) {
      assert.equal((await service.ask('DELETE', path)).status, 204)
    }
  })
})
