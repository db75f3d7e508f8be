import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { JsonObject, NodeId, PolicyId } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import { healthRules } from '../policies/health/rules.ts'
import { getCluster } from '../store/clusters.ts'
import { listEvents } from '../store/events.ts'
import { insertPolicy } from '../store/policies.ts'
import { createIds } from '../system/ids.ts'
import { silentLog } from '../system/log.ts'
import { createOutbound } from '../system/outbound.ts'
import { Slots } from '../system/slots.ts'
import { type Bench, createBench } from './test-bench.ts'
import { UrlPoller } from './url-poller.ts'

const ids = createIds(Date.now)
const WATCHED = { healthCheck: { type: 'alive', intervalSeconds: 0.01, unhealthyThreshold: 1 } }
const closers: (() => unknown)[] = []
after(async () => {
  for (const close of closers.reverse()) await close()
})

async function bench(size: number): Promise<Bench> {
  const made = await createBench({ size, properties: WATCHED })
  closers.push(() => made.close())
  return made
}

/** Answers for all nodes, each at its name; those in `bad` do not feel well. */
async function serve() {
  const bad = new Set<string>()
  const asked = new Map<string, number>()
  const server = createServer(({ url = '' }, response) => {
    const name = url.slice(1)
    asked.set(name, (asked.get(name) ?? 0) + 1)
    response.end(bad.has(name) ? 'tired' : 'fine')
  }).listen(0, '127.0.0.1')
  closers.push(() => server.close())
  await once(server, 'listening')
  return { bad, asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/{nodename}` }
}

/** A process that answers at an address, until it is stopped or killed. */
async function startProcess(): Promise<{ child: ChildProcess; url: string }> {
  const program = `const s = require('node:http').createServer((_, r) => r.end('fine'))
    s.listen(0, '127.0.0.1', () => console.log(s.address().port))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  closers.push(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
  const [port] = await once(child.stdout, 'data')
  return { child, url: `http://127.0.0.1:${String(port).trim()}/` }
}

async function pollBy(b: Bench, pollUrl: string, more: JsonObject = {}, modes: readonly string[] = []) {
  const id = ids.next<PolicyId>()
  const { detection, ...options } = more
  const url = { pollUrl, pollUrlRetryInterval: 0, ...options }
  const types = modes.map((type) => ({ type }))
  const properties = {
    detection: {
      ...{ interval: 1, nodeUpdateTimeout: 0, ...(detection as JsonObject) },
      detectionModes: [...types, { type: 'NODE_STATUS_POLL_URL', options: url }],
    },
    recovery: { actions: [{ name: 'RECREATE' }] },
  } as unknown as JsonObject
  await b.store.write(async (tx) => {
    const projectId = (await getCluster(tx, b.clusterId))!.projectId
    await insertPolicy(tx, {
      ...{ id, projectId, name: 'doctor', type: 'health', version: '1.2', properties, description: null },
      ...{ metadata: {}, attributes: {}, data: {}, createdBy: 'test', createdAt: 1, updatedAt: null },
    })
  })
  const fields = { poolId: null, inputs: { policyId: id, enabled: true } }
  const action = await b.ended(await b.ask('CLUSTER_ATTACH_POLICY', fields))
  assert.equal(action.status, 'SUCCEEDED', action.statusReason)
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 1500; tries += 1) {
    const found = await look()
    if (found) return found
    await wait(10)
  }
  throw new Error(`waited too long until ${what}`)
}

const recoveries = async (b: Bench) => {
  const page = await b.store.read((tx) => listEvents(tx, { clusterId: b.clusterId }, { limit: 1000 }))
  return page.items.filter(({ type }) => type === 'node.recovering').map(({ because }) => because)
}
const madeAnew = (b: Bench, { id }: Node) =>
  until('it was made anew', async () =>
    (await b.nodes()).find((node) => node.id === id && node.attempt > 1 && isAvailable(node)),
  )

test('a node whose address gives another answer is recovered, by whichever engine, and others are not', async () => {
  const b = await bench(2)
  const { bad, asked, url } = await serve()
  await pollBy(b, url, { pollUrlHealthyResponse: '^fine$', pollUrlRetryLimit: 2 })
  const [victim, other] = (await b.nodes()) as [Node, Node]
  await until('both were asked', async () => asked.has(victim.name) && asked.has(other.name))
  await b.restart()
  bad.add(victim.name)
  await until('it is noticed', async () => (await recoveries(b)).length > 0)
  bad.clear()
  await madeAnew(b, victim)
  const [because] = await recoveries(b)
  assert.match(because ?? '', /without "\^fine\$", 2 times; policy doctor: RECREATE, first try/)
  assert.equal((await b.nodes()).find(({ id }) => id === other.id)?.attempt, 1)
})

for (const { signal, says } of [
  { signal: 'SIGSTOP', says: /did not answer within 1 s; policy/ },
  { signal: 'SIGKILL', says: /connection refused; policy/ },
] as const) {
  test(`a process that got a ${signal} is noticed, though its node looks well`, async () => {
    const b = await bench(1)
    const { child, url } = await startProcess()
    await pollBy(b, url, { pollUrlRetryLimit: 1 })
    const [node] = (await b.nodes()) as [Node]
    child.kill(signal)
    await madeAnew(b, node)
    assert.match((await recoveries(b))[0] ?? '', says)
  })
}

test('with ALL_FAILED an address alone does not speak for a recovery, and a death beside it does', async () => {
  const b = await bench(1)
  const { bad, asked, url } = await serve()
  const rules = { pollUrlHealthyResponse: 'fine', detection: { recoveryConditional: 'ALL_FAILED' } }
  await pollBy(b, url, rules, ['NODE_STATUS_POLLING'])
  const [node] = (await b.nodes()) as [Node]
  bad.add(node.name)
  await until('it failed a poll and is polled again', async () => (asked.get(node.name) ?? 0) > 3)
  assert.deepEqual(await recoveries(b), [])
  b.world.kill(node.id)
  await madeAnew(b, node)
})

test('a node that was changed a short time ago is not asked before it is time', () => {
  const delays: number[] = []
  const poller = new UrlPoller({
    outbound: createOutbound(['any']),
    clock: {
      now: () => 1000,
      after: (delayMs) => {
        delays.push(delayMs)
        return () => {}
      },
    },
    log: silentLog,
    pollSlots: new Slots(1),
    random: () => 0.5,
    onJudged: () => assert.fail('nothing was asked'),
  })
  const { detections } = healthRules('1.2', {
    detection: {
      detectionModes: [{ type: 'NODE_STATUS_POLL_URL', options: { pollUrl: 'http://127.0.0.1:9/' } }],
    },
    recovery: {},
  })
  const [rules] = detections
  assert.ok(rules?.by === 'url')
  const order = { policyId: ids.next<PolicyId>(), address: rules.url, rules, intervalMs: 60, notBefore: 5000 }
  poller.note(ids.next<NodeId>(), order)
  poller.close()
  assert.deepEqual(delays, [4030])
})
