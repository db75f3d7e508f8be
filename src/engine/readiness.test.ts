import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { JsonObject } from '../domain/ids.ts'
import { isAvailable, type Node } from '../domain/node.ts'
import { type Bench, createBench } from './test-bench.ts'

const PATIENCE_MS = 30_000
const READINESS = { path: '/ready' }
const WATCHED = { type: 'alive', intervalSeconds: 0.01, unhealthyThreshold: 2 }
const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number, properties: JsonObject): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

async function untilNode(b: Bench, is: (node: Node) => boolean): Promise<Node> {
  const until = Date.now() + PATIENCE_MS
  while (Date.now() < until) {
    const found = (await b.nodes()).find(is)
    if (found) return found
    await wait(5)
  }
  throw new Error('there never was such a node')
}

test('an update waits until each node is ready before the next one goes', async () => {
  const b = await bench(3, {})
  const to = await b.revision({ readiness: READINESS, ready: { afterMs: 40 } })
  const from = b.world.history.length
  b.takeWorst()
  const update = await b.finished(await b.update(to))
  assert.equal(update.status, 'Successful', update.because)
  assert.equal(b.takeWorst(), 1)
  const starts = b.world.history.slice(from).filter(({ what }) => what === 'started')
  for (const [at, { at: startedAt }] of starts.entries()) {
    const next = starts[at + 1]
    if (next) assert.ok(next.at - startedAt >= 40, `${next.at - startedAt} ms after the one before`)
  }
})

test('a revision whose nodes work and are never ready is rolled back, and that is the reason', async () => {
  const b = await bench(2, {})
  const to = await b.revision({ readiness: READINESS, ready: { afterMs: 'never' } })
  const update = await b.finished(await b.update(to, { nodeTimeoutSeconds: 0.2 }))
  assert.equal(update.status, 'Failed')
  assert.match(update.errors[0]?.message ?? '', /works, but is not ready/)
  assert.ok((await b.nodes()).every(isAvailable))
})

test('a node that is not ready any more serves no longer, and is neither dead nor unhealthy', async () => {
  const b = await bench(2, { healthCheck: WATCHED, readiness: READINESS })
  b.world.setReadiness((await b.nodes())[0]!.id, false)
  const node = await untilNode(b, ({ health }) => health === 'NotReady')
  assert.deepEqual([node.index, node.status, node.availableSince], [1, 'Running', null])
  assert.equal(isAvailable(node), false)
  assert.match(node.statusReason, /not ready/)
  assert.ok((await b.eventTypes()).includes('node.notReady'))
  // Who recovers the cluster does not mean those that work.
  await b.ended(await b.ask('CLUSTER_RECOVER', { poolId: null }))
  assert.equal((await b.nodes()).find(({ id }) => id === node.id)?.attempt, 1)
  b.world.setReadiness(node.id, null)
  await untilNode(b, (again) => again.id === node.id && isAvailable(again))
})

test('nodes that are not ready count against the budget of an update and go first', async () => {
  const b = await bench(3, { healthCheck: WATCHED, readiness: READINESS })
  b.world.setReadiness((await b.nodes())[1]!.id, false)
  await untilNode(b, ({ health }) => health === 'NotReady')
  const from = b.world.history.length
  const update = await b.finished(await b.update(await b.revision({})))
  assert.equal(update.status, 'Successful', update.because)
  assert.equal(update.progress.highestUnavailable, 1)
  const [first] = b.world.history.slice(from).filter(({ what }) => what === 'started')
  assert.equal(first?.nodeId, (await b.nodes()).find(({ index }) => index === 2)?.id)
})
