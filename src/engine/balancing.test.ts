import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Balancer, ServerState } from '../balancers/balancer.ts'
import { otherServerNameOf, SERVER_PREFIX, serverNameOf } from '../domain/balancer-place.ts'
import { BalancerFailedError } from '../domain/errors.ts'
import type { PolicyId } from '../domain/ids.ts'
import { getCluster } from '../store/clusters.ts'
import { insertPolicy } from '../store/policies.ts'
import { type Bench, createBench } from './test-bench.ts'

/** A balancer in memory, that keeps a diary, and can be away. */
class Memory implements Balancer {
  readonly name = 'memory'
  readonly servers = new Map<string, ServerState>()
  diary: string[] = []
  isAway = false
  hangs = false
  #do(what: string): void {
    if (this.isAway) throw new BalancerFailedError(this.name, 'nobody answers', { retryable: true })
    this.diary.push(what)
  }
  async list() {
    if (this.isAway) this.#do('list')
    return new Map(this.servers)
  }
  async put(server: string, address: ServerState['address']) {
    this.#do(`put ${server}`)
    this.servers.set(server, { address, isOpen: true })
  }
  async drain(server: string, _limitMs: number, signal: AbortSignal) {
    this.#do(`drain ${server}`)
    if (this.hangs) await once(signal, 'abort')
    signal.throwIfAborted()
    this.#close(server)
    return { left: 0 }
  }
  async shut(server: string) {
    this.#do(`shut ${server}`)
    this.#close(server)
  }
  async remove(server: string) {
    this.#do(`remove ${server}`)
    this.servers.delete(server)
  }
  #close(server: string): void {
    const known = this.servers.get(server)
    if (known) this.servers.set(server, { ...known, isOpen: false })
  }
  get open(): string[] {
    return [...this.servers].filter(([, { isOpen }]) => isOpen).map(([server]) => server)
  }
}

const memory = new Memory()
const PROPERTIES = {
  port: true,
  healthCheck: { type: 'alive', intervalSeconds: 0.02, unhealthyThreshold: 1 },
  readiness: { path: '/ready' },
}
let b: Bench
before(async () => {
  b = await createBench({ size: 2, properties: PROPERTIES, balancers: { at: () => memory } })
  await until(async () => (await b.nodes()).every(({ health }) => health === 'Healthy'))
})
after(() => b.close())
afterEach(async () => {
  memory.isAway = false
  await b.ended(await b.ask('CLUSTER_RECOVER'))
  if (attached === null) return
  await detach()
  await until(() => memory.open.length === 0)
})

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `waited too long: ${JSON.stringify([...memory.servers])}`)
    await wait(5)
  }
}

let made = 0
let attached: PolicyId | null = null
async function attach(whenUnreachable = 'FAIL'): Promise<void> {
  made += 1
  const id = `policy-${made}` as PolicyId
  const cluster = await b.store.read((tx) => getCluster(tx, b.clusterId))
  const haproxy = { socket: '/run/h.sock', backend: 'web', drainSeconds: 1, whenUnreachable }
  const properties = { haproxy, lbStatusTimeout: 0 }
  await b.store.write((tx) =>
    insertPolicy(tx, {
      ...{ id, projectId: cluster!.projectId, name: id, type: 'loadbalance', version: '1.3', properties },
      ...{
        description: null,
        metadata: {},
        attributes: {},
        data: {},
        createdBy: 'test',
        createdAt: 0,
        updatedAt: null,
      },
    }),
  )
  await b.ended(
    await b.ask('CLUSTER_ATTACH_POLICY', { poolId: null, inputs: { policyId: id, enabled: true } }),
  )
  attached = id
}
async function detach(): Promise<void> {
  await b.ended(
    await b.ask('CLUSTER_DETACH_POLICY', { poolId: null, inputs: { policyId: attached as PolicyId } }),
  )
  attached = null
}
const names = async () => (await b.nodes()).map(serverNameOf).sort()
const allOpen = () => until(async () => memory.open.sort().join() === (await names()).join())

test('without a policy no balancer is asked anything', async () => {
  await b.ended(await b.ask('CLUSTER_CHECK'))
  assert.deepEqual(memory.diary, [])
})

test('a policy that is attached brings in all nodes, and detached takes them out and nobody else', async () => {
  memory.servers.set('theirs', { address: { host: '127.0.0.1', port: 1 }, isOpen: false })
  await attach()
  await allOpen()
  await detach()
  await until(() => memory.servers.size === 1)
  assert.deepEqual([...memory.servers.keys()], ['theirs'])
  await until(async () => (await b.nodes()).every(({ data }) => data['balancer'] === undefined))
})

test('a node that is not ready gets no requests until it is, and goes on running', async () => {
  await attach()
  await allOpen()
  const [node] = await b.nodes()
  b.world.setReadiness(node!.id, false)
  await until(() => !memory.open.includes(serverNameOf(node!)))
  b.world.setReadiness(node!.id, null)
  await allOpen()
  assert.equal((await b.nodes())[0]?.attempt, node!.attempt)
})

test('each node is drained before it is updated, and put back once it serves', async () => {
  await attach()
  await allOpen()
  memory.diary = []
  const started = new Map((await b.nodes()).map(({ id, attempt }) => [id, attempt]))
  const update = await b.finished(await b.update(await b.revision({ port: true, latency: { startMs: 2 } })))
  assert.equal(update.status, 'Successful')
  for (const node of await b.nodes()) {
    assert.equal(node.attempt, started.get(node.id)! + 1)
    const name = serverNameOf(node)
    const own = memory.diary.filter((line) => line.endsWith(name))
    assert.deepEqual(own.slice(0, 2), [`drain ${name}`, `put ${name}`])
  }
  await allOpen()
})

test('a node that surges is never without a server: its replacement comes in before it is drained', async () => {
  await attach()
  await allOpen()
  const before = await b.nodes()
  memory.diary.length = 0
  b.takeWorst()
  const spec = await b.revision({ port: true, latency: { startMs: 3 } })
  const update = await b.finished(await b.update(spec, { maxSurge: 1, maxUnavailable: 0 }))
  assert.equal(update.status, 'Successful')
  assert.equal(b.takeWorst(), 0)
  for (const node of before) {
    const [own, next] = [serverNameOf(node), otherServerNameOf(node)]
    const about = memory.diary.filter((line) => line.endsWith(own) || line.endsWith(next))
    assert.deepEqual(about.slice(0, 3), [`put ${next}`, `drain ${own}`, `remove ${own}`])
  }
  await allOpen()
  assert.equal([...memory.servers.keys()].filter((name) => name.startsWith(SERVER_PREFIX)).length, 2)
})

test('a replacement that does not pass never takes requests, and what serves goes on taking them', async () => {
  await attach()
  await allOpen()
  const before = await names()
  memory.diary.length = 0
  const sick = await b.revision({ port: true, health: { passesAfterMs: 'never' } })
  const update = await b.finished(
    await b.update(sick, { maxSurge: '100%', maxUnavailable: 0, nodeTimeoutSeconds: 1 }),
  )
  assert.equal(update.status, 'Failed')
  assert.deepEqual([await names(), b.takeWorst()], [before, 0])
  assert.deepEqual(
    memory.diary.filter((line) => !line.startsWith('put')),
    [],
  )
  await allOpen()
})

test('nodes that are new come in, nodes that go are drained and removed', async () => {
  await attach()
  await b.ended(await b.resize(3))
  await allOpen()
  assert.equal(memory.open.length, 3)
  const before = await names()
  memory.diary = []
  await b.ended(await b.resize(2))
  const gone = before.find((name) => !memory.servers.has(name))
  assert.deepEqual(
    memory.diary.filter((line) => line.endsWith(gone!)),
    [`drain ${gone}`, `remove ${gone}`],
  )
})

test('a node that died takes no requests, and takes them again once it was recovered', async () => {
  await attach()
  await allOpen()
  const [node] = await b.nodes()
  b.world.kill(node!.id)
  await until(() => !memory.open.includes(serverNameOf(node!)))
  await b.ended(await b.ask('NODE_RECOVER', { nodeId: node!.id }))
  await allOpen()
})

test('a balancer that has forgotten everything is told again', async () => {
  await attach()
  await allOpen()
  memory.servers.clear()
  await allOpen()
})

test('a node that cannot be taken out of its balancer serves on, and its step says why', async () => {
  await attach('FAIL')
  await allOpen()
  memory.isAway = true
  const [node] = await b.nodes()
  const action = await b.ended(await b.ask('NODE_STOP', { nodeId: node!.id }))
  assert.equal(action.status, 'FAILED')
  assert.match(action.statusReason, /memory: nobody answers/)
  assert.deepEqual(action.outputs, { phase: 'drain', code: 'balancer_failed' })
  const [same] = await b.nodes()
  assert.deepEqual([same?.status, same?.health], ['Running', 'Healthy'])
  memory.isAway = false
  await allOpen()
})

test('a policy may say that a node is touched though its balancer is away', async () => {
  await attach('CONTINUE')
  await allOpen()
  memory.isAway = true
  const [node] = await b.nodes()
  const action = await b.ended(await b.ask('NODE_STOP', { nodeId: node!.id }))
  assert.equal(action.status, 'SUCCEEDED')
  memory.isAway = false
  await until(() => !memory.open.includes(serverNameOf(node!)))
})

test('a balancer that is gone for good holds nobody up once the policy is detached', async () => {
  await attach('FAIL')
  await allOpen()
  memory.isAway = true
  await detach()
  const [node] = await b.nodes()
  const action = await b.ended(await b.ask('NODE_STOP', { nodeId: node!.id }))
  assert.equal(action.status, 'SUCCEEDED')
  memory.isAway = false
  await until(() => memory.open.length === 0)
})

test('an engine that takes over drains a node again before it touches it', async () => {
  await attach()
  await allOpen()
  memory.hangs = true
  const update = await b.update(await b.revision({ port: true, latency: { startMs: 3 } }))
  await until(() => memory.diary.at(-1)?.startsWith('drain') ?? false)
  const server = memory.diary.at(-1)
  memory.hangs = false
  memory.diary = []
  await b.crash('go on')
  await b.finished(update)
  assert.equal(memory.diary.filter((line) => line.endsWith(server!.slice(6)))[0], server)
  await allOpen()
})
