import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Drover } from './drover.ts'
import { findPrograms } from './processes.ts'
import { createRandom } from './random.ts'
import { waitFor } from './wait-for.ts'
import { choosePorts, listNodes } from './workload.ts'

interface ActionView {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly statusReason: string
}

async function begin(t: TestContext, size: number): Promise<Drover> {
  const ports = choosePorts(createRandom(process.pid))
  const drover = await Drover.prepare({ flags: [...ports, '--policies-health-min-interval-seconds', '1'] })
  t.after(() => drover.destroy())
  await drover.start()
  await drover.json(['bundle', 'publish', 'examples/hello-http/v1'])
  const options = ['--bundle', 'hello-http@1', '--size', String(size), '--wait']
  await drover.json(['cluster', 'create', 'web', ...options])
  return drover
}

async function attach(drover: Drover, type: string, version: string, properties: object): Promise<void> {
  const made = await drover.ask('POST', '/policies', { body: { name: type, type, version, properties } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  await ended(drover, await drover.ask('POST', '/clusters/web/policies', { body: { policy: type } }))
}

async function ended(drover: Drover, answer: { readonly body: { action: ActionView } }): Promise<ActionView> {
  const path = `/actions/${answer.body.action.id}`
  let action = answer.body.action
  await waitFor(`${action.name} ends`, 30_000, async () => {
    action = await drover.get<ActionView>(path)
    return ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(action.status)
  })
  assert.equal(action.status, 'SUCCEEDED', action.statusReason)
  return action
}

test('processes that are killed come back by the health policy, each with its own node', async (t) => {
  const drover = await begin(t, 3)
  const recovery = { actions: [{ name: 'RECREATE' }] }
  await attach(drover, 'health', '1.1', { detection: { interval: 1, nodeUpdateTimeout: 0 }, recovery })
  const before = findPrograms(drover.dataFolder)
  assert.equal(before.length, 3)
  for (const { pid } of before.slice(0, 2)) process.kill(pid, 'SIGKILL')
  await waitFor('all three serve again', 30_000, async () => {
    const now = findPrograms(drover.dataFolder)
    const fresh = now.filter(({ pid }) => before.every((old) => old.pid !== pid))
    const nodes = await listNodes(drover, 'web')
    return now.length === 3 && fresh.length === 2 && nodes.every(({ status }) => status === 'Running')
  })
  for (const { endpoint } of await listNodes(drover, 'web'))
    assert.equal((await fetch(`http://${endpoint?.host}:${endpoint?.port}/`)).status, 200)
  const nodeIds = (list: readonly { nodeId: string }[]) => list.map(({ nodeId }) => nodeId).sort()
  assert.deepEqual(nodeIds(findPrograms(drover.dataFolder)), nodeIds(before))
})

test('a node leaves once its webhook was told and has agreed', async (t) => {
  const drover = await begin(t, 2)
  const told: { lifecycle_action_token: string; node_id: string }[] = []
  const listener = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => {
      body += piece
    })
    request.on('end', () => {
      told.push(JSON.parse(body))
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  t.after(() => listener.close())
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/bye`
  await attach(drover, 'deletion', '1.1', { hooks: { type: 'webhook', params: { url }, timeout: 3600 } })
  const scaling = await drover.ask('POST', '/clusters/web/scale-in', { body: {} })
  await waitFor('the webhook is told', 20_000, () => told.length === 1)
  assert.equal(findPrograms(drover.dataFolder).length, 2)
  const token = told[0]!.lifecycle_action_token
  const waiting = await drover.get<ActionView>(`/actions/${token}`)
  assert.equal(waiting.status, 'WAITING_LIFECYCLE_COMPLETION')
  await drover.json(['action', 'complete', token])
  await ended(drover, scaling)
  const left = findPrograms(drover.dataFolder)
  assert.deepEqual([left.length, left[0]?.nodeId === told[0]!.node_id], [1, false])
})
