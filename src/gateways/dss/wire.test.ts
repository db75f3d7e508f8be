import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answer, basic, bundleOf, type Service, startService } from './test-service.ts'

const LIMIT_BYTES = 200_000
const PROJECTS = '/project-deployer/projects'
const UPLOAD = `/dip/publicapi${PROJECTS}/bundles`

/** What the client makes of an error: it needs an object, whatever went wrong. */
const errorOf = ({ status, body }: Answer) => {
  assert.equal(body.message, body.detailedMessage)
  return `${status} ${body.errorType}: ${body.message}`
}

describe('the gateway for Dataiku’s client, on the wire', () => {
  let service: Service
  const cleaners: (() => unknown)[] = []
  before(async () => {
    service = await startService(
      { after: (clean) => cleaners.unshift(clean as () => unknown) },
      { 'bundles.maxArchiveBytes': LIMIT_BYTES },
    )
    for (const id of ['dev', 'prod']) {
      const stage = id === 'dev' ? 'Development' : 'Production'
      const made = await service.ask('POST', '/project-deployer/infras', { id, stage })
      assert.deepEqual([made.status, made.body.governCheckPolicy], [200, 'NO_CHECK'], made.text)
    }
  })
  after(async () => {
    for (const clean of cleaners) await clean()
  })

  test('a key may come as user name, as bearer or as ticket; who shows none is told so', async () => {
    const path = '/dip/publicapi/project-deployer/stages'
    const { key } = service
    const ways: Record<string, string>[] = [
      { authorization: basic(key) },
      { authorization: `Bearer ${key}` },
      { 'x-dku-apiticket': key },
    ]
    for (const headers of ways) {
      const { body } = await service.call('GET', path, { headers })
      assert.deepEqual(
        body.map(({ id }: { id: string }) => id),
        ['Development', 'Test', 'Production'],
      )
    }
    for (const headers of [{}, { authorization: basic('nobody') }, { 'x-dku-apiticket': 'nobody' }]) {
      const refused = await service.call('GET', path, { headers })
      assert.match(errorOf(refused), /^401 UnauthorizedException: /)
      assert.equal(refused.headers.get('www-authenticate'), 'Basic realm="drover"')
    }
  })

  test('every base path leads to the same, and may name the project', async () => {
    const headers = { authorization: basic(service.key) }
    const path = '/project-deployer/infras/dev'
    const { body: expected } = await service.ask('GET', path)
    for (const base of ['/dip/publicapi', '/public/api', '/projects/default/dip/publicapi']) {
      for (const url of [service.url, service.prefixedUrl]) {
        assert.deepEqual((await service.call('GET', `${url}${base}${path}`, { headers })).body, expected)
      }
    }
    const other = await service.call('GET', `/projects/none/public/api${path}`, { headers })
    assert.match(errorOf(other), /^404 NotFoundException: project "none" does not exist/)
  })

  test('a key for one project means that one', async () => {
    await service.rest('POST', '/api/v1/projects', { name: 'shop' })
    const grants = [{ project: 'shop', role: 'operator' }]
    const { secret } = await service.rest('POST', '/api/v1/api-keys', { name: 'shop', grants })
    const headers = { authorization: basic(secret) }
    const { body } = await service.call('GET', '/dip/publicapi/project-deployer/infras', { headers })
    assert.deepEqual(body, [])
    const elsewhere = '/projects/default/dip/publicapi/project-deployer/infras'
    assert.match(errorOf(await service.call('GET', elsewhere, { headers })), /^40[34] /)
  })

  test('a key for several projects has to say which', async () => {
    await service.rest('POST', '/api/v1/projects', { name: 'lab' })
    const grants = ['default', 'lab'].map((project) => ({ project, role: 'viewer' }))
    const { secret } = await service.rest('POST', '/api/v1/api-keys', { name: 'both', grants })
    const headers = { authorization: basic(secret) }
    const path = '/dip/publicapi/project-deployer/infras'
    const unclear = await service.call('GET', path, { headers })
    assert.match(
      errorOf(unclear),
      /^400 IllegalArgumentException: both is for several projects: put \/projects\/<name>/,
    )
    const { body } = await service.call('GET', `/projects/lab${path}`, { headers })
    assert.deepEqual(body, [])
  })

  test('what is no request of this API is refused in its words', async () => {
    const headers = { authorization: basic(service.key) }
    const broken = await service.call('POST', '/dip/publicapi/project-deployer/infras', {
      headers,
      body: '{',
    })
    assert.equal(errorOf(broken), '400 IllegalArgumentException: the request body is not JSON')
    const list = await service.ask('POST', '/project-deployer/infras', [])
    assert.equal(errorOf(list), '400 IllegalArgumentException: the request body must be a JSON object')
    const empty = await service.ask('POST', '/project-deployer/infras')
    assert.match(errorOf(empty), /^400 IllegalArgumentException: /)
    const nameless = await service.ask('POST', '/project-deployer/deployments', { deploymentId: 'a' })
    assert.equal(errorOf(nameless), '400 IllegalArgumentException: infraId is required')
    const nowhere = await service.ask('GET', '/admin/users/')
    assert.match(
      errorOf(nowhere),
      /^404 NotFoundException: there is no GET \/dip\/publicapi\/admin\/users\/ here/,
    )
  })

  test('settings come back as they were saved, with what means nothing here', async () => {
    const path = '/project-deployer/infras/prod/settings'
    const { body: settings } = await service.ask('GET', path)
    assert.deepEqual(settings.permissions, [])
    const tags = {
      tags: ['a'],
      automationNodeUrl: 'http://node',
      nested: { none: null, list: [1, { a: true }] },
    }
    const saved = { ...settings, ...tags, governCheckPolicy: 'WARN' }
    assert.equal((await service.ask('PUT', path, saved)).status, 204)
    assert.deepEqual((await service.ask('GET', path)).body, saved)
    const { nested: _, ...less } = saved
    const permissions = [{ group: 'crew', read: true, write: false, deploy: true, admin: false }]
    assert.equal((await service.ask('PUT', path, { ...less, permissions })).status, 204)
    assert.deepEqual((await service.ask('GET', path)).body, { ...less, permissions })
    const wrong: readonly [object, RegExp][] = [
      [{ ...saved, id: 'other' }, /id cannot be changed: it is prod/],
      [{ ...saved, governCheckPolicy: 'MAYBE' }, /governCheckPolicy must be one of PREVENT, WARN, NO_CHECK/],
      [{ ...saved, permissions: {} }, /permissions must be an array/],
      [{ ...saved, permissions: [{ read: true }] }, /permissions\[0\] must have a group or a user/],
      [{ ...saved, permissions: [{ group: 'crew', read: 'yes' }] }, /read must be true or false/],
      [{ ...saved, stage: 'Moon' }, /stage/],
    ]
    for (const [body, message] of wrong) {
      const refused = await service.ask('PUT', path, body)
      assert.match(errorOf(refused), /^400 IllegalArgumentException: /)
      assert.match(refused.body.message, message)
    }
  })

  test('an upload finds its project by its label, and makes it', async () => {
    const sent = bundleOf('fine', { originalProjectKey: 'CHURN', bundleId: 'v1' })
    const uploaded = await service.upload('', 'any.zip', sent)
    assert.equal(uploaded.status, 204, uploaded.text)
    assert.equal((await service.upload('?projectKey=CHURN', 'v2.zip', bundleOf('fine'))).status, 204)
    const { body } = await service.ask('GET', `${PROJECTS}/CHURN`)
    assert.deepEqual(body.projectBasicInfo, { id: 'CHURN', name: 'CHURN' })
    assert.deepEqual(body.packages.map(({ id }: { id: string }) => id).sort(), ['v1', 'v2'])
    const again = await service.upload('', 'any.zip', sent)
    assert.match(errorOf(again), /^409 ConflictException: bundle "CHURN@v1" exists already/)
    const headers = { authorization: basic(service.key) }
    const response = await fetch(`${service.url}/public/api${PROJECTS}/CHURN/bundles/v1`, { headers })
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), sent)
    assert.match(response.headers.get('content-disposition') ?? '', /dss-bundle-CHURN-v1\.zip/)
    assert.equal((await service.ask('DELETE', `${PROJECTS}/CHURN/bundles/v1`)).status, 204)
    assert.match(
      errorOf(await service.ask('DELETE', `${PROJECTS}/CHURN/bundles/v1`)),
      /^404 NotFoundException/,
    )
  })

  test('an upload that is refused leaves neither bundle nor project', async () => {
    const big = await service.upload('?projectKey=BIG', 'big.zip', Buffer.alloc(LIMIT_BYTES + 100_000, 'x'))
    assert.match(errorOf(big), /^(413|400) IllegalArgumentException: .*200000 bytes/)
    const noZip = await service.upload('?projectKey=NONE', 'a.zip', Buffer.from('no zip'))
    assert.match(errorOf(noZip), /^400 IllegalArgumentException: /)
    const badKey = await service.upload('?projectKey=no%20blanks', 'a.zip', bundleOf('fine'))
    assert.match(errorOf(badKey), /^400 IllegalArgumentException: /)
    const headers = { authorization: basic(service.key) }
    const nothing = await service.call('POST', UPLOAD, { headers })
    assert.match(errorOf(nothing), /^400 IllegalArgumentException: body: must be a zip/)
    const stranger = await service.call('POST', UPLOAD, { body: new FormData() })
    assert.match(errorOf(stranger), /^401 UnauthorizedException: /)
    const { body } = await service.ask('GET', PROJECTS)
    const keys = body.map(({ projectBasicInfo }: { projectBasicInfo: { id: string } }) => projectBasicInfo.id)
    assert.deepEqual(
      keys.filter((key: string) => key !== 'CHURN'),
      [],
    )
  })

  test('a key without the right to a project finds neither it nor its bundles', async () => {
    await service.upload('?projectKey=OURS', 'v1.zip', bundleOf('fine'))
    const settings = `${PROJECTS}/OURS/settings`
    const { body: before } = await service.ask('GET', settings)
    const permissions = [{ group: 'crew', read: true }]
    assert.equal((await service.ask('PUT', settings, { ...before, permissions })).status, 204)
    const grants = [{ project: 'default', role: 'operator' }]
    const as = async (name: string, groups: readonly string[]) => {
      const { secret } = await service.rest('POST', '/api/v1/api-keys', { name, grants, groups })
      return async (method: string, path: string) =>
        (await service.call(method, `/dip/publicapi${path}`, { headers: { authorization: basic(secret) } }))
          .status
    }
    const [stranger, member] = [await as('stranger', []), await as('member', ['crew'])]
    const bundle = `${PROJECTS}/OURS/bundles/v1`
    for (const path of [`${PROJECTS}/OURS`, bundle, `${bundle}/project-standards-report`]) {
      assert.deepEqual([await stranger('GET', path), await member('GET', path)], [404, 200], path)
    }
    assert.deepEqual([await stranger('DELETE', bundle), await member('DELETE', bundle)], [404, 403])
    assert.equal((await service.ask('DELETE', `${PROJECTS}/OURS`)).status, 204)
  })

  test('what DSS has and Drover has not is said plainly', async () => {
    const info = await service.ask('GET', '/instance-info')
    assert.deepEqual(info.body, { nodeId: 'drover', nodeName: 'Drover', nodeType: 'DEPLOYER' })
    const key = await service.ask('POST', '/project-deployer/infras/dev/generate-personal-api-key?label=a')
    assert.match(errorOf(key), /^400 UnsupportedOperationException: nodes have no users of their own here/)
    await service.upload('?projectKey=REPORTED', 'v1.zip', bundleOf('fine'))
    const report = `${PROJECTS}/REPORTED/bundles/v1/project-standards-report`
    assert.deepEqual(
      [(await service.ask('GET', report)).status, (await service.ask('GET', report)).text],
      [200, 'null'],
    )
    assert.equal((await service.ask('DELETE', `${PROJECTS}/REPORTED`)).status, 204)
  })
})
