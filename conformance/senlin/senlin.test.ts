import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Drover } from '../../system/drover.ts'
import { openVenv, type Venv } from '../venv.ts'
import { EXPECTED } from './expected.ts'

const PASSWORD = 'correct horse'
const PROJECTS = ['one', 'two', 'three', 'four', 'five'] as const
const newest = await openVenv(join(import.meta.dirname, 'requirements-newest.txt'))
const old = await openVenv(join(import.meta.dirname, 'requirements-old.txt'))
// The newest commands refuse the formatters of their own plugin for clustering.
const commands = await openVenv(join(import.meta.dirname, 'requirements-commands.txt'))
const missing = [newest, old, commands].find((venv) => typeof venv === 'string')

describe('OpenStack’s own clients for clustering', { skip: missing ?? false }, () => {
  let drover: Drover
  before(async () => {
    drover = await Drover.prepare({ flags: ['--simulate'] })
    await drover.start()
    const file = join(drover.folder, 'identity.yaml')
    const grants = PROJECTS.map((project) => `${project}: member`).join(', ')
    const ada = `{ name: ada, password: ${PASSWORD}, grants: { ${grants} } }`
    writeFileSync(file, `projects: [${PROJECTS.join(', ')}]\nusers:\n  - ${ada}\n`)
    await drover.json(['identity', 'apply', file])
  })
  after(() => drover.destroy())

  const login = (project: string) => ({
    OS_AUTH_URL: `${drover.url}/gateways/identity/v3`,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: 'ada',
    OS_PASSWORD: PASSWORD,
    OS_PROJECT_NAME: project,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  })

  const clients: readonly (readonly [string, Venv | string, string])[] = [
    ['the newest openstacksdk, with microversion 1.14', newest, '1.14'],
    ['the newest openstacksdk, without a microversion', newest, ''],
    ['openstacksdk 0.101, with microversion 1.14', old, '1.14'],
    ['openstacksdk 0.101, without a microversion', old, ''],
  ]
  for (const [at, [name, venv, microversion]] of clients.entries()) {
    test(`${name} gets what it expects from every method`, async () => {
      const said = await (venv as Venv).run('python', [join(import.meta.dirname, 'every_method.py')], {
        AUTH_URL: `${drover.url}/gateways/identity/v3`,
        USER_NAME: 'ada',
        PASSWORD,
        // Each has a project of its own, so that none sees what others made.
        PROJECT: PROJECTS[at],
        MICROVERSION: microversion,
        EXISTING: `00000000-0000-4000-8000-00000000001${at + 1}`,
        FREE: '00000000-0000-4000-8000-000000000019',
      })
      const results = JSON.parse(said) as Record<string, unknown>
      for (const [call, expected] of Object.entries(EXPECTED)) {
        const versioned = microversion === '' ? 'base' : 'newest'
        const wanted = 'both' in expected ? expected.both : expected[versioned]
        assert.deepEqual(results[call], wanted, call)
      }
      assert.deepEqual(Object.keys(results).sort(), Object.keys(EXPECTED).sort())
    })
  }

  test('the openstack command makes a cluster, looks at it and deletes it', async () => {
    const openstack = async (...args: string[]) =>
      (commands as Venv).run('openstack', args, login(PROJECTS[4]))
    const json = async (...args: string[]) => JSON.parse(await openstack(...args, '-f', 'json'))
    const spec = join(drover.folder, 'server.yaml')
    writeFileSync(spec, 'type: os.nova.server\nversion: 1.0\nproperties:\n  flavor: "1"\n')
    assert.match(
      await openstack('cluster', 'profile', 'create', '--spec-file', spec, 'small'),
      /os\.nova\.server-1\.0/,
    )
    await openstack('cluster', 'create', '--profile', 'small', '--desired-capacity', '2', 'web')
    await openstack('cluster', 'check', 'web')
    const listed = await json('cluster', 'list')
    assert.deepEqual(
      listed.map((cluster: { name: string }) => cluster.name),
      ['web'],
    )
    assert.equal((await json('cluster', 'members', 'list', 'web')).length, 2)
    const types = await json('cluster', 'policy', 'type', 'list')
    assert.equal(types[0].name, 'senlin.policy.affinity')
    const events = await json('cluster', 'event', 'list')
    assert.ok(events.length > 0)
    await openstack('cluster', 'delete', '--force', 'web')
  })
})
