import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Drover } from './drover.ts'
import { findPrograms } from './processes.ts'
import { chooseSeed, createRandom } from './random.ts'
import { waitFor } from './wait-for.ts'
import { choosePorts, listNodes } from './workload.ts'

const REFUSED = 5
const FAILED = 3
const SLOWLY_MS = 20_000
const SIZE = 2
const DEV = 'hello-http-on-dev'
const TRY = 'hello-http-on-try'
const LIVE = 'hello-http-on-live'

interface Status {
  readonly health: string
  readonly messages: readonly { readonly severity: string; readonly code: string; readonly message: string }[]
}

let drover: Drover
/** Secrets of API keys, by name. */
const keys: Record<string, string> = {}

before(async () => {
  drover = await Drover.prepare({ flags: choosePorts(createRandom(chooseSeed())) })
  await drover.start()
  for (const [name, role, groups] of [
    ['ops', 'administrator', []],
    ['ci', 'operator', []],
    ['ruth', 'operator', ['qa']],
  ] as const) {
    const body = { name, grants: [{ project: 'default', role }], groups }
    keys[name] = (await must('POST', '/api/v1/api-keys', body)).secret
  }
  const size = { size: SIZE, updateDefaults: { maxUnavailable: SIZE } }
  const governance = { dev: 'NO_CHECK', try: 'WARN', live: 'PREVENT' } as const
  const stages = { dev: 'Development', try: 'Test', live: 'Production' } as const
  for (const name of ['dev', 'try', 'live'] as const) {
    await must('POST', '/infras', { name, stage: stages[name], governance: governance[name], ...size }, 'ops')
  }
  await must('POST', '/published-projects', { key: 'hello-http' }, 'ops')
  for (const stage of ['Test', 'Production']) {
    const rule = { requiredSignOffs: 1, reviewers: [{ group: 'qa' }] }
    await must('PUT', `/published-projects/hello-http/governance/${stage}`, rule, 'ops')
  }
})
after(() => drover.destroy())

test('version 1 is deployed, approved, and promoted through three stages', async () => {
  const deployed = await by('ci', ['deploy', 'examples/hello-http/v1', '--to', 'development'])
  assert.equal(deployed.exitCode, 0, deployed.stderr)
  assert.match(deployed.stdout, /published hello-http@1\n.*hello-http-on-dev on dev .* is HEALTHY/s)
  for (const stage of ['Test', 'Production']) {
    const approval = { stage, comment: 'looks well' }
    await must('POST', '/bundles/hello-http@1/approve', approval, 'ruth')
  }
  const tried = await by('ci', ['deployment', 'promote', DEV, '--to', 'try', '--wait'])
  assert.equal(tried.exitCode, 0, tried.stderr)
  const live = await by('ci', ['deployment', 'promote', TRY, '--to', 'live', '--wait'])
  assert.equal(live.exitCode, 0, live.stderr)
  for (const name of [DEV, TRY, LIVE]) {
    assert.equal((await statusOf(name)).health, 'HEALTHY')
    assert.deepEqual(await versionsOf(name), ['1', '1'])
  }
})

test('version 2, which nobody approved, is refused in production, and in the test stage unless warnings are ignored', async () => {
  const deployed = await by('ci', ['deploy', 'examples/hello-http/v2', '--to', 'dev'])
  assert.equal(deployed.exitCode, 0, deployed.stderr)

  const promote = ['deployment', 'promote', DEV, '--to', 'try', '--wait']
  const warned = await by('ci', promote)
  assert.equal(warned.exitCode, REFUSED, warned.stderr)
  assert.match(warned.stderr, /hello-http@2.*0 of 1 .*--ignore-warnings/s)
  assert.deepEqual(await versionsOf(TRY), ['1', '1'])
  const ignored = await by('ci', [...promote, '--ignore-warnings'])
  assert.equal(ignored.exitCode, 0, ignored.stderr)
  assert.deepEqual(await versionsOf(TRY), ['2', '2'])

  const again = await by('ci', ['deploy', 'examples/hello-http/v2', '--to', 'try', '--ignore-warnings'])
  assert.equal(again.exitCode, 0, again.stderr)
  assert.match(again.stderr, /^warning: .*hello-http@2.* 0 of 1 /m)

  const onward = ['deployment', 'promote', TRY, '--to', 'live', '--ignore-warnings', '--wait']
  const prevented = await by('ci', onward)
  assert.equal(prevented.exitCode, REFUSED, prevented.stderr)
  assert.match(prevented.stderr, /hello-http@2.*0 of 1 /s)
  assert.doesNotMatch(prevented.stderr, /--ignore-warnings/)
  assert.deepEqual(await versionsOf(LIVE), ['1', '1'])
  assert.equal((await statusOf(LIVE)).health, 'HEALTHY')
})

test('what is changed by hand shows as out of sync, what is killed as unwell, and an update puts both right', async () => {
  const behind = { code: { bundle: 'hello-http@2' }, params: { maxUnavailable: SIZE } }
  await must('POST', `/clusters/${LIVE}/updates`, behind, 'ops')
  await waitFor('both nodes run what nobody deployed', SLOWLY_MS, async () => {
    const { health, messages } = await statusOf(LIVE)
    return health === 'OUT_OF_SYNC' && messages.every(({ code }) => code === 'CLUSTER_CHANGED_DIRECTLY')
  })
  const health = await by('ci', ['deployment', 'health', LIVE])
  assert.equal(health.exitCode, FAILED)
  assert.match(health.stdout, /OUT_OF_SYNC.*committed to hello-http@2, bundle 1 was deployed/s)
  assert.deepEqual(await versionsOf(LIVE), ['2', '2'])
  const back = await by('ci', ['deployment', 'update', LIVE, '--wait'])
  assert.equal(back.exitCode, 0, back.stderr)
  assert.deepEqual(await versionsOf(LIVE), ['1', '1'])
  assert.equal((await statusOf(LIVE)).health, 'HEALTHY')

  const [node] = await listNodes(drover, LIVE)
  const program = findPrograms(drover.dataFolder).find(({ nodeId }) => nodeId === node?.id)
  assert.ok(program)
  process.kill(program.pid, 'SIGKILL')
  await waitFor('the deployment says that a node is gone', SLOWLY_MS, async () =>
    (await statusOf(LIVE)).messages.some(({ code }) => code === 'NODES_UNAVAILABLE'),
  )
  const repaired = await by('ci', ['deployment', 'update', LIVE, '--wait'])
  assert.equal(repaired.exitCode, 0, repaired.stderr)
  assert.deepEqual(await versionsOf(LIVE), ['1', '1'])
})

test('version 3, which is not well, goes back to version 2, and the deployment says so', async () => {
  const failed = await by('ci', ['deploy', 'examples/hello-http/v3-broken', '--to', 'development'])
  assert.equal(failed.exitCode, FAILED, failed.stderr)
  assert.match(failed.stdout, /is ERROR.*bundle 2 is still what is deployed/s)
  const { health, messages } = await statusOf(DEV)
  assert.deepEqual([health, messages.map(({ code }) => code)], ['ERROR', ['DEPLOYMENT_UPDATE_FAILED']])
  assert.match(messages[0]?.message ?? '', /3-broken failed: .*bundle 2/)
  assert.deepEqual(await versionsOf(DEV), ['2', '2'])
  const promoted = await by('ci', ['deployment', 'promote', DEV, '--to', 'try'])
  assert.equal(promoted.exitCode, REFUSED)
  assert.match(promoted.stderr, /is ERROR/)
})

test('the audit trail tells who did what', async () => {
  const { items } = await drover.get<{ items: EventView[] }>('/events?limit=1000')
  const said = (principal: string, type: string, because: RegExp) =>
    assert.ok(
      items.some(
        (event) => event.principal === principal && event.type === type && because.test(event.because),
      ),
      `${principal}: ${type}: ${because}; there is: ${items
        .filter((event) => event.type === type)
        .map((event) => `${event.principal}: ${event.because}`)
        .join('\n')}`,
    )
  said('ci', 'bundle.published', /hello-http@1/)
  said('ruth', 'bundle.approved', /hello-http@1/)
  said('ci', 'deployment.promoted', /bundle 1 .*"hello-http-on-dev" .* to "hello-http-on-try"/)
  said('ci', 'deployment.updateStarted', /updates deployment "hello-http-on-live" to bundle 1/)
  said('ci', 'governance.refused', /hello-http@2.*"try"/)
  said('ci', 'governance.ignored', /ci let .*hello-http@2.*"try"/)
  said('ci', 'governance.refused', /hello-http@2.*"live"/)
  said('ops', 'update.accepted', /./)
  said('ci', 'deployment.updateStarted', /updates deployment "hello-http-on-dev" to bundle 3-broken/)
})

interface EventView {
  readonly type: string
  readonly principal: string
  readonly because: string
}

function statusOf(deployment: string): Promise<Status> {
  return drover.get<Status>(`/deployments/${deployment}/status`)
}

/** What the nodes themselves say. */
async function versionsOf(cluster: string): Promise<string[]> {
  const nodes = await listNodes(drover, cluster)
  return await Promise.all(
    nodes.map(async ({ endpoint }) => {
      const response = await fetch(`http://${endpoint?.host}:${endpoint?.port}/`)
      return ((await response.json()) as { version: string }).version
    }),
  )
}

/** A command of somebody's. */
function by(name: string, args: readonly string[]) {
  return drover.run(args, { DROVER_API_KEY: keys[name] })
}

/** A request that must be answered with a success. @param name whose key; default the administrator's */
async function must(method: string, path: string, body: object, name?: string) {
  const apiKey = name === undefined ? {} : { apiKey: keys[name] ?? '' }
  const answer = await drover.ask(method, path, { body, ...apiKey })
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
