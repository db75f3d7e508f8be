import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Drover } from '../../system/drover.ts'
import { openVenv, type Venv } from '../venv.ts'

const PASSWORD = 'correct horse'
const venv = await openVenv(join(import.meta.dirname, 'requirements.txt'))

describe('OpenStack’s own clients log in', { skip: typeof venv === 'string' && venv }, () => {
  let drover: Drover
  let clients: Venv
  before(async () => {
    clients = venv as Venv
    drover = await Drover.prepare()
    await drover.start()
    const file = join(drover.folder, 'identity.yaml')
    const ada = `{ name: ada, password: ${PASSWORD}, grants: { demo: member, shop: reader } }`
    writeFileSync(file, `projects: [demo, shop]\nusers:\n  - ${ada}\n`)
    await drover.json(['identity', 'apply', file])
  })
  after(() => drover.destroy())

  const openstack = async (project: string, ...args: string[]) =>
    JSON.parse(
      await clients.run('openstack', [...args, '-f', 'json'], {
        OS_AUTH_URL: `${drover.url}/gateways/identity`,
        OS_IDENTITY_API_VERSION: '3',
        OS_USERNAME: 'ada',
        OS_PASSWORD: PASSWORD,
        OS_USER_DOMAIN_NAME: 'Default',
        OS_PROJECT_NAME: project,
        OS_PROJECT_DOMAIN_NAME: 'Default',
      }),
    )

  test('keystoneauth1 does, with each of its plugins', async () => {
    const results = JSON.parse(
      await clients.run('python', [join(import.meta.dirname, 'logins.py')], {
        IDENTITY_URL: `${drover.url}/gateways/identity`,
        ADA_PASSWORD: PASSWORD,
      }),
    )
    const clustering = `${drover.url}/gateways/senlin`
    const member = { user: 'ada', project: 'demo', roles: ['member', 'reader'], lasts: true, clustering }
    for (const name of [
      'password unversioned',
      'password slash',
      'password versioned',
      'v3 password',
      'token',
    ]) {
      assert.partialDeepStrictEqual(results[name], member, name)
    }
    assert.partialDeepStrictEqual(results['unscoped'], { user: 'ada', project: null, roles: [] })
    assert.partialDeepStrictEqual(results['other project'], { project: 'shop', roles: ['reader'] })
    assert.partialDeepStrictEqual(results['application credential'], {
      user: 'ada',
      project: 'demo',
      roles: ['reader'],
    })
    for (const [what, refusal] of Object.entries(results['refused'])) {
      assert.deepEqual(refusal, ['Unauthorized', 401], what)
    }
    assert.deepEqual(results['logs in again'], [true, ['demo', 'shop']])
  })

  test('the openstack command does, and lists projects', async () => {
    const projects = await openstack('demo', 'project', 'list', '--my-projects')
    assert.deepEqual(
      projects.map((project: { Name: string }) => project.Name),
      ['demo', 'shop'],
    )
    const token = await openstack('shop', 'token', 'issue')
    assert.match(token.id, /^drover_token_/)
  })

  test('the openstack command makes, shows and deletes application credentials', async () => {
    const made = await openstack('demo', 'application', 'credential', 'create', 'nightly', '--role', 'reader')
    assert.equal(made.Secret.length, 32)
    const shown = await openstack('demo', 'application', 'credential', 'show', 'nightly')
    assert.equal(shown.ID, made.ID)
    assert.equal((await openstack('demo', 'application', 'credential', 'list')).length, 1)
  })
})
