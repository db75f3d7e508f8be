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
const missing = [newest, old].find((venv) => typeof venv === 'string')

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
})
