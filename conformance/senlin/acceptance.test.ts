import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Drover } from '../../system/drover.ts'
import { openVenv, type Venv } from '../venv.ts'

/** The suite knows a user and an administrator, each in a project of their own; each share of it gets a pair of them. */
const SHARES = 2
const PASSWORD = 'correct horse'
/** All of it takes minutes: that is for who changes the gateway. */
const isAll = process.env['DROVER_ACCEPTANCE'] === 'all'
/** What is run of it always: what is told without waiting for nodes, and the texts of sizes, waiting and members. */
const MODULES = isAll
  ? ['api', 'functional']
  : [
      ...['api.api_versions', 'api.build_info', 'api.policies', 'api.policy_types', 'api.profiles'],
      ...['api.profile_types', 'api.receivers', 'api.services', 'functional.test_cluster_scaling'],
      ...['functional.test_scaling_policy', 'functional.test_lb_policy', 'functional.test_deletion_policy'],
    ]
/** Fewer would mean that some were not found. */
const LEAST = isAll ? 300 : 100
/** On a machine that is busy with other tests. */
const LIMIT_MS = isAll ? 40 * 60_000 : 9 * 60_000

/** Modules and tests that are left out. */
const LEFT_OUT = [
  // Looks for a text with a pattern that Python refuses since 3.11.
  'test_invalid_health_policy_duplicate_type',
  'test_invalid_health_policy_invalid_combo',
  // Wait for what takes a quarter of a minute by the clock.
  'test_health_policy',
  'test_cluster_action_scale_out_locked_cluster',
]

interface Result {
  readonly ran: number
  readonly failed: readonly (readonly [test: string, text: string])[]
  readonly skipped: readonly unknown[]
}

const venv = await openVenv(join(import.meta.dirname, 'requirements-acceptance.txt'))

describe('the published acceptance suite of Senlin', {
  skip: typeof venv === 'string' ? venv : false,
}, () => {
  let drover: Drover
  before(async () => {
    drover = await Drover.prepare({ flags: ['--simulate', '--http-rate-limit-per-second', '0'] })
    await drover.start()
    const pairs = Array.from({ length: SHARES }, (_, at) => at)
    const users = pairs.flatMap((at) => [
      `  - { name: user${at}, password: ${PASSWORD}, grants: { demo${at}: member } }`,
      `  - { name: boss${at}, password: ${PASSWORD}, grants: { ops${at}: admin } }`,
    ])
    const projects = pairs.flatMap((at) => [`demo${at}`, `ops${at}`])
    const file = join(drover.folder, 'identity.yaml')
    writeFileSync(file, `projects: [${projects.join(', ')}]\nusers:\n${users.join('\n')}\n`)
    await drover.json(['identity', 'apply', file])
  })
  after(() => drover.destroy())

  test('passes against a server that simulates', async () => {
    const results = await Promise.all(Array.from({ length: SHARES }, (_, at) => runShare(at)))
    assert.deepEqual(
      results.flatMap(({ failed }) => failed.map(([name, text]) => `${name}\n${text}`)),
      [],
    )
    assert.deepEqual(
      results.flatMap(({ skipped }) => skipped),
      [],
    )
    const ran = results.reduce((sum, result) => sum + result.ran, 0)
    assert.ok(ran >= LEAST, `only ${ran} tests were found`)
  })

  async function runShare(at: number): Promise<Result> {
    const folder = join(drover.folder, `share-${at}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'accounts.yaml'), accounts(at))
    writeFileSync(join(folder, 'tempest.conf'), configuration(folder, drover.url, at))
    const said = await (venv as Venv).run(
      'python',
      [join(import.meta.dirname, 'acceptance.py')],
      {
        TEMPEST_CONFIG_DIR: folder,
        TEMPEST_CONFIG: 'tempest.conf',
        SHARE: String(at),
        SHARES: String(SHARES),
        LEFT_OUT: JSON.stringify(LEFT_OUT),
        MODULES: JSON.stringify(MODULES),
      },
      LIMIT_MS,
    )
    return JSON.parse(said) as Result
  }
})

function accounts(at: number): string {
  return (
    `- { username: user${at}, project_name: demo${at}, password: ${PASSWORD}, roles: [member] }\n` +
    `- { username: boss${at}, project_name: ops${at}, password: ${PASSWORD}, types: [admin], roles: [admin] }\n`
  )
}

function configuration(folder: string, url: string, at: number): string {
  return `[DEFAULT]
log_file = ${join(folder, 'tempest.log')}
[oslo_concurrency]
lock_path = ${folder}
[auth]
use_dynamic_credentials = False
test_accounts_file = ${join(folder, 'accounts.yaml')}
admin_username = boss${at}
admin_password = ${PASSWORD}
admin_project_name = ops${at}
admin_domain_name = Default
create_isolated_networks = False
default_credentials_domain_name = Default
[identity]
uri_v3 = ${url}/gateways/identity/v3
auth_version = v3
v3_endpoint_type = public
region = RegionOne
admin_role = admin
default_domain_id = default
[service_available]
senlin = True
neutron = False
nova = False
glance = False
cinder = False
swift = False
[compute]
flavor_ref = 1
image_ref = cirros
build_interval = 0
build_timeout = 60
[clustering]
catalog_type = clustering
wait_timeout = 60
min_microversion = 1.0
max_microversion = latest
health_policy_version = 1.1
delete_with_dependency = True
`
}
