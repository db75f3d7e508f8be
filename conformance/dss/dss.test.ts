import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Drover, ROOT } from '../../system/drover.ts'
import { openVenv, type Venv } from '../venv.ts'
import { ERRORS, ONLY_NEWER, RESULTS } from './expected.ts'

const newest = await openVenv(join(import.meta.dirname, 'requirements-newest.txt'))
// The last one without updates to look back at, downloads, and test scenarios.
const old = await openVenv(join(import.meta.dirname, 'requirements-old.txt'))
const missing = [newest, old].find((venv) => typeof venv === 'string')

describe('Dataiku’s own client for the Project Deployer', { skip: missing ?? false }, () => {
  let drover: Drover
  let env: Record<string, string>
  let work: string
  before(async () => {
    drover = await Drover.prepare({ flags: ['--listen', 'dss=127.0.0.1:0'] })
    await drover.start()
    work = await mkdtemp(join(tmpdir(), 'drover-dss-'))
    env = await clientEnvironment(drover, work)
  })
  after(async () => {
    await drover.destroy()
    await rm(work, { recursive: true, force: true })
  })

  const run = async (venv: Venv | string, script: string, ...args: string[]) =>
    JSON.parse(await (venv as Venv).run('python', [join(import.meta.dirname, script), ...args], env))

  test('the newest one gets what it expects from every method', async () => {
    const { results, errors } = await run(newest, 'every_method.py')
    assert.deepEqual(results, RESULTS)
    checkErrors(errors, ERRORS)
  })

  test('so does an old one', async () => {
    const { results, errors } = await run(old, 'every_method.py')
    const without = (expected: object) =>
      Object.fromEntries(Object.entries(expected).filter(([name]) => !ONLY_NEWER.includes(name)))
    assert.deepEqual(results, without(RESULTS))
    checkErrors(errors, { ...without(ERRORS), 'personal key': false })
  })

  test('the examples of its documentation run as they stand', async () => {
    assert.deepEqual(await run(newest, 'usage_examples.py'), {
      create_deployment: '',
      list_deployments: 'Deployment my-project-my-bundle-on-my-infra is HEALTHY\n',
      list_infras: 'User can deploy to my-infra\n',
      list_projects: 'User can deploy to my-project\n',
    })
  })

  test('what governance says stops it, or is ignored where it says so', async () => {
    const { results, errors } = await run(newest, 'governance.py')
    assert.deepEqual(results, {
      warnings: ['WARNING'],
      'warned, and deployed': 'HEALTHY',
      approved: [false, false],
      'the other': [true, true],
      'approved, and deployed': 'HEALTHY',
      'still wanted': 'v1',
    })
    const of = (bundle: string, infra: string) =>
      new RegExp(`^GovernanceException: bundle GOVERNED@${bundle} for deployment "governed-${infra}"`)
    checkErrors(errors, {
      prevented: of('v1', 'prevent'),
      'prevented whatever is ignored': of('v1', 'prevent'),
      warned: of('v1', 'warn'),
      'not saved': of('v2', 'prevent'),
      'rejected before the update': of('v1', 'prevent'),
    })
  })

  test('an update that the end of the server interrupts is waited for across it', async () => {
    const id = await run(newest, 'across_restart.py')
    await drover.end('SIGKILL')
    await drover.start()
    // A listener of its own has another port now.
    env = { ...env, ...(await addresses(drover)) }
    assert.deepEqual(await run(newest, 'across_restart.py', id), ['lasting', true, 'HEALTHY'])
  })
})

/** Each refusal is the text that a client's user reads, and the pattern that it has to match. */
function checkErrors(errors: Readonly<Record<string, unknown>>, expected: object): void {
  assert.deepEqual(Object.keys(errors).sort(), Object.keys(expected).sort())
  for (const [name, pattern] of Object.entries(expected)) {
    const said = [errors[name]].flat()
    const patterns = [pattern].flat()
    assert.equal(said.length, patterns.length, name)
    for (const [index, text] of said.entries()) {
      if (patterns[index] instanceof RegExp) assert.match(String(text), patterns[index], name)
      else assert.equal(text, patterns[index], name)
    }
  }
}

/** What client.py reads: keys of an administrator, of who only looks, with a group and without, and of a reviewer, and where the gateway is. */
async function clientEnvironment(drover: Drover, work: string): Promise<Record<string, string>> {
  return {
    ...(await addresses(drover)),
    DSS_KEY: await keyOf(drover, 'maker', 'administrator'),
    DSS_VIEWER: await keyOf(drover, 'looker', 'viewer', ['crew']),
    DSS_OUTSIDER: await keyOf(drover, 'outsider', 'viewer'),
    DSS_REVIEWER: await keyOf(drover, 'reviewer', 'operator'),
    DROVER_URL: drover.url,
    EXAMPLES: join(ROOT, 'examples'),
    WORK: work,
  }
}

async function addresses(drover: Drover): Promise<{ DSS_URL: string; DSS_PREFIXED_URL: string }> {
  const { items } = await drover.get<{ items: readonly Gateway[] }>('/api/v1/gateways')
  const { ownUrl, url } = items.find(({ name }) => name === 'dss')!
  return { DSS_URL: ownUrl, DSS_PREFIXED_URL: url }
}

async function keyOf(drover: Drover, name: string, role: string, groups: string[] = []): Promise<string> {
  const body = { name, groups, grants: [{ project: 'default', role }] }
  return (await drover.ask('POST', '/api/v1/api-keys', { body })).body.secret
}

interface Gateway {
  readonly name: string
  readonly url: string
  readonly ownUrl: string
}
