import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Prober } from '../examples/demo/prober.ts'
import { skipHosts, TestHosts } from '../src/runtimes/ssh/test-hosts.ts'
import { Drover } from './drover.ts'
import { findNodeProcesses } from './processes.ts'
import { report } from './report.ts'
import { waitFor } from './wait-for.ts'
import { listNodes, type UpdateView } from './workload.ts'

const SIZE = 6
const MAX_UNAVAILABLE = 2
const PORT = 18_080
const LONG_MS = 120_000

interface HostNode {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly statusReason: string
  readonly physicalId: string | null
  readonly endpoint: { readonly host: string; readonly port: number }
}

describe('a cluster of six hosts over SSH', { skip: skipHosts }, () => {
  let hosts: TestHosts
  let drover: Drover
  let prober: Prober
  /** The version that every node serves between the tests. */
  let version = '1'

  before(async () => {
    hosts = await TestHosts.begin(SIZE)
    drover = await Drover.prepare()
    await drover.start()
    for (const name of ['v1', 'v2', 'v3-broken']) {
      await drover.json(['bundle', 'publish', `examples/hello-http/${name}`])
    }
    await makeProfile('hosts', {})
    await make('/clusters', { name: 'web', profile: 'hosts', code: { bundle: 'hello-http@1' }, size: SIZE })
    await waitFor('all six serve', LONG_MS, async () => {
      const nodes = await list()
      return nodes.length === SIZE && nodes.every(({ status }) => status === 'Running')
    })
    prober = await Prober.begin((await list()).map(({ endpoint }) => endpoint))
  })
  after(async () => {
    await prober?.stop()
    await drover?.destroy()
    await hosts?.close()
  })

  const list = async () => (await listNodes(drover, 'web')) as unknown as HostNode[]
  const hostOf = (node: HostNode) => {
    const host = hosts.hosts.find(({ address }) => node.endpoint.host === address)
    assert.ok(host)
    return host
  }

  async function make<T>(path: string, body: unknown): Promise<T> {
    const answer = await drover.ask('POST', path, { body })
    assert.ok(answer.status < 300, JSON.stringify(answer.body))
    return answer.body as T
  }

  function makeProfile(name: string, properties: object) {
    const listed = hosts.hosts.map(({ address, port }) => ({ address, sshPort: port }))
    const login = { user: hosts.user, privateKey: hosts.privateKey }
    const common = {
      hosts: listed,
      ...login,
      port: PORT,
      command: [process.execPath],
      service: 'supervised',
      driftSeconds: 1,
    }
    return make('/profiles', { name, type: 'ssh', properties: { ...common, ...properties } })
  }

  async function update(body: object): Promise<UpdateView> {
    const params = { maxUnavailable: MAX_UNAVAILABLE, nodeTimeoutSeconds: 60 }
    const { update } = await make<{ update: UpdateView }>('/clusters/web/updates', { params, ...body })
    return update
  }

  const read = ({ id }: UpdateView) => drover.get<UpdateView>(`/updates/${id}`)

  async function endOf(begun: UpdateView): Promise<UpdateView> {
    await waitFor(`update ${begun.id} ends`, LONG_MS, async () => {
      const { endedAt, status } = await read(begun)
      return endedAt !== null || status === 'Paused'
    })
    return await read(begun)
  }

  /** What nodes serve, by name. */
  async function served(): Promise<Record<string, string>> {
    const found = (await list()).map(async ({ name, endpoint: { host, port } }) => {
      const answer = await fetch(`http://${host}:${port}/`).then((response) => response.json())
      return [name, (answer as { version: string }).version]
    })
    return Object.fromEntries(await Promise.all(found))
  }

  /** Once half of the nodes or so have moved: at least one has, and at least one has not. */
  async function halfWay(target: string): Promise<void> {
    await waitFor('one has moved', LONG_MS, async () =>
      Object.values(await served().catch(() => ({}))).includes(target),
    )
  }

  const settled = (expected: string) =>
    waitFor(`all serve version ${expected}`, LONG_MS, async () => {
      const versions = Object.values(await served().catch(() => ({})))
      const nodes = await list()
      const isWell = nodes.every(({ status }) => status === 'Running')
      return isWell && versions.length === SIZE && versions.every((each) => each === expected)
    })

  /** Runs a story, and checks what must hold after every one of them. */
  async function story(t: { diagnostic(message: string): void }, tell: () => Promise<void>): Promise<void> {
    const began = performance.now()
    try {
      await tell()
      const { lowest, requests } = prober.measureSince(began)
      t.diagnostic(`at least ${lowest} of ${SIZE} nodes answered at any moment, of ${requests} requests`)
      assert.ok(lowest >= SIZE - MAX_UNAVAILABLE, `only ${lowest} nodes answered at one moment`)
      await settled(version)
      const programs = findNodeProcesses(hosts.folder).filter(({ isProgram }) => isProgram)
      assert.equal(new Set(programs.map(({ nodeId }) => nodeId)).size, programs.length, 'a node runs twice')
      assert.equal(programs.length, SIZE)
    } catch (error) {
      await report(t, [drover], [])
      throw error
    }
  }

  test('an update reaches all six, two at a time', (t) =>
    story(t, async () => {
      const ended = await endOf(await update({ code: { bundle: 'hello-http@2' } }))
      assert.equal(ended.status, 'Successful', ended.because)
      version = '2'
      for (const host of hosts.hosts) {
        const [node = ''] = readdirSync(join(host.folder, '.drover', 'nodes'))
        const releases = readdirSync(join(host.folder, '.drover', 'nodes', node, 'releases'))
        assert.equal(releases.length, 4, 'two releases with their sums are on each host')
      }
    }))

  test('an update of some nodes moves those, and the others when it is their turn', (t) =>
    story(t, async () => {
      const [first, , third] = await list()
      const chosen = [first, third].map((node) => node?.id)
      const ended = await endOf(await update({ code: { bundle: 'hello-http@1' }, nodes: chosen }))
      assert.equal(ended.status, 'Successful', ended.because)
      const moved = Object.entries(await served()).filter(([, each]) => each === '1')
      assert.deepEqual(
        moved.map(([name]) => name),
        [first?.name, third?.name],
      )
      const rest = await endOf(await update({ type: 'Repair' }))
      assert.equal(rest.status, 'Successful', rest.because)
      version = '1'
    }))

  test('a failing postInstall brings everything back, and is named', (t) =>
    story(t, async () => {
      const hooks = { postInstall: { command: ['sh', '-c', 'echo cannot migrate; exit 3'] } }
      const ended = await endOf(await update({ code: { bundle: 'hello-http@2' }, nodeTemplate: { hooks } }))
      assert.equal(ended.status, 'Failed', ended.because)
      const failures = JSON.stringify(await drover.get(`/updates/${ended.id}`))
      assert.match(
        failures,
        /hook postInstall on host 127\.\S+ exited with code 3; its last output:\\ncannot migrate/,
      )
    }))

  test('a wrong password fails the first nodes, and moves nobody', (t) =>
    story(t, async () => {
      await makeProfile('wrong', { privateKey: null, password: 'open-sesame' })
      const ended = await endOf(await update({ profile: 'wrong' }))
      assert.equal(ended.status, 'Failed', ended.because)
      const shown = JSON.stringify(await drover.get(`/updates/${ended.id}`))
      assert.match(shown, /does not let user \S+ in by password/)
      const events = JSON.stringify(await drover.get('/events?limit=100'))
      const profile = JSON.stringify(await drover.get('/profiles/wrong'))
      const database = readdirSync(drover.dataFolder)
        .filter((name) => name.startsWith('drover.db'))
        .map((name) => readFileSync(join(drover.dataFolder, name), 'latin1'))
      assert.ok(database.length > 0)
      for (const text of [shown, events, profile, drover.logTail(10_000), ...database]) {
        assert.ok(!/open-sesame|PRIVATE KEY/.test(text), 'a secret is where anybody can read it')
      }
    }))

  test('a host whose key has changed is not spoken to until a person has given the new one', (t) =>
    story(t, async () => {
      const nodes = await list()
      const node = nodes[0] as HostNode
      const host = hostOf(node)
      await host.changeKey()
      const ended = await endOf(await update({ code: { bundle: 'hello-http@2' } }))
      assert.notEqual(ended.status, 'Successful', ended.because)
      await named(node, /shows key SHA256:.*, and not the one that it had before .*hostKey/)
      if (ended.status === 'Paused') await make(`/updates/${ended.id}/cancel`, { mode: 'stop-here' })
      const listed = hosts.hosts.map(({ address, port, hostKey }) => ({ address, sshPort: port, hostKey }))
      await makeProfile('known', { hosts: listed })
      const known = await endOf(await update({ profile: 'known', code: { bundle: 'hello-http@2' } }))
      assert.equal(known.status, 'Successful', known.because)
      version = '2'
    }))

  test('a host that goes away in the middle is named, and repaired when it is back', (t) =>
    story(t, async () => {
      const begun = await update({ code: { bundle: 'hello-http@1' } })
      const last = (await list()).at(-1) as HostNode
      await halfWay('1')
      await hostOf(last).goAway()
      const ended = await endOf(begun)
      assert.notEqual(ended.status, 'Successful', ended.because)
      await named(last, new RegExp(`host ${hostOf(last).id}`))
      if (ended.status === 'Paused') await make(`/updates/${ended.id}/cancel`, { mode: 'stop-here' })
      await waitFor('the others are back', LONG_MS, async () =>
        (await list()).every(({ id, status }) => status === 'Running' || id === last.id),
      )
      await hostOf(last).start()
      const repaired = await endOf(await update({ type: 'Repair' }))
      assert.equal(repaired.status, 'Successful', repaired.because)
    }))

  test('a file that was changed on a host makes its node unhealthy, and a repair touches no other', (t) =>
    story(t, async () => {
      const before = await list()
      const node = before[2] as HostNode
      const file = join(hostOf(node).folder, '.drover', 'nodes', node.id, 'current', 'server.mjs')
      const text = readFileSync(file, 'utf8')
      chmodSync(file, 0o644)
      writeFileSync(file, `${text}// changed by hand\n`)
      await named(node, /is not as it was left: server.mjs was changed on disk/)
      const repaired = await endOf(await update({ type: 'Repair' }))
      assert.equal(repaired.status, 'Successful', repaired.because)
      assert.equal(readFileSync(file, 'utf8'), text)
      const others = (nodes: readonly HostNode[]) =>
        nodes.filter(({ id }) => id !== node.id).map(({ physicalId }) => physicalId)
      assert.deepEqual(others(await list()), others(before))
    }))

  test('an update that is cancelled half way leaves all on the version before', (t) =>
    story(t, async () => {
      const begun = await update({ code: { bundle: 'hello-http@1' } })
      await halfWay('1')
      await make(`/updates/${begun.id}/cancel`, {})
      const ended = await endOf(begun)
      assert.equal(ended.status, 'Cancelled', ended.because)
    }))

  test('an update goes on when Drover is killed half way', (t) =>
    story(t, async () => {
      const begun = await update({ code: { bundle: 'hello-http@1' } })
      await halfWay('1')
      await drover.end('SIGKILL')
      await drover.start()
      const ended = await endOf(begun)
      assert.equal(ended.status, 'Successful', ended.because)
      version = '1'
    }))

  test('a node whose host is away is given up by force, and stopped when the host is used again', async (t) => {
    try {
      const host = hosts.hosts[0]!
      const only = [{ address: host.address, sshPort: host.port }]
      await makeProfile('edge', { hosts: only, command: ['sleep', '600'], port: undefined })
      const spare = async (name: string) => {
        await drover.json(['node', 'create', '--standalone', '--name', name, '--profile', 'edge', '--wait'])
        return await drover.get<HostNode>(`/nodes/${name}`)
      }
      const old = await spare('old')
      await host.goAway()
      const refused = await drover.run(['node', 'delete', '-', 'old', '--yes', '--wait'])
      assert.notEqual(refused.exitCode, 0)
      assert.match(refused.stdout + refused.stderr, new RegExp(host.id))
      await drover.json(['node', 'delete', '-', 'old', '--yes', '--force', '--wait'])
      const { items } = await drover.get<{ items: { because: string; level: string }[] }>(
        '/events?type=node.deleted',
      )
      assert.match(
        items[0]?.because ?? '',
        new RegExp(`old: given up: .*may still run on host ${host.id}`, 's'),
      )
      assert.equal(items[0]?.level, 'warning')
      const left = () => findNodeProcesses(hosts.folder).filter(({ nodeId }) => nodeId === old.id)
      assert.ok(left().length > 0, 'the host being away does not stop it')
      await host.start()
      const next = await spare('next')
      assert.deepEqual([left().length, next.status], [0, 'Running'])
    } catch (error) {
      await report(t, [drover], [])
      throw error
    }
  })

  /** Waits until a node says why it is not well. */
  async function named(node: HostNode, reason: RegExp): Promise<void> {
    await waitFor(`${node.name} says ${reason}`, LONG_MS, async () => {
      const found = (await list()).find(({ id }) => id === node.id)
      return reason.test(found?.statusReason ?? '')
    })
  }
})
