import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { NodeId } from '../domain/ids.ts'
import { isAvailable } from '../domain/node.ts'
import { findPool, getCluster } from '../store/clusters.ts'
import { type Bench, createBench } from './test-bench.ts'

const folder = mkdtempSync(join(tmpdir(), 'drover-engine-'))
const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
  rmSync(folder, { recursive: true })
})

const SLOW = { latency: { prepareMs: 1, startMs: { min: 1, max: 8 }, stopMs: 2 } }
const NEVER_HEALTHY = {
  ...SLOW,
  health: { passesAfterMs: 'never' },
  healthCheck: { type: 'alive', startPeriodSeconds: 0, unhealthyThreshold: 1 },
}

async function bench(size: number, properties = {}): Promise<Bench> {
  const made = await createBench({ size, properties, path: join(folder, `${benches.length}.db`) })
  benches.push(made)
  return made
}

/** Small, seeded randomness (mulberry32), so that a failure can be repeated. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** At every moment at most one thing lived on each node, and each start is a thing of its own. */
function assertOneThingPerNode(b: Bench): void {
  const live = new Map<NodeId, string | null>()
  const started = new Set<string>()
  for (const { nodeId, what, key } of b.world.history) {
    if (what === 'started') {
      assert.equal(live.get(nodeId), undefined, `two things live on ${nodeId}`)
      assert.ok(!started.has(key as string), `${key} was started twice`)
      started.add(key as string)
      live.set(nodeId, key)
    } else if (what === 'stopped' || what === 'died') live.delete(nodeId)
  }
}

async function assertSettled(b: Bench, size: number): Promise<void> {
  const nodes = await b.nodes()
  assert.equal(nodes.length, size)
  assert.ok(nodes.every(isAvailable), nodes.map((n) => `${n.name} ${n.status} ${n.health}`).join(', '))
  assert.equal(b.world.living(), size)
  for (const node of nodes) {
    const key = `${node.id}/${node.revisionId}/${node.attempt}`
    assert.equal(b.world.node(node.id)?.thing?.key, key, `${node.name} does not run what the store says`)
    assert.equal(node.actionId, null)
  }
  assertOneThingPerNode(b)
}

const STORIES = ['moves', 'fails', 'is cancelled', 'stops all'] as const

for (const [number, story] of [...STORIES, ...STORIES, ...STORIES].entries()) {
  test(`killed again and again, an update that ${story} loses nothing (seed ${number})`, async () => {
    const random = randomOf(number + 1)
    const b = await bench(5, SLOW)
    const before = (await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId)))?.committedRevisionId
    const to = await b.revision(story === 'fails' ? NEVER_HEALTHY : SLOW)
    b.takeWorst()
    const strategy = story === 'stops all' ? 'FORCE' : 'ROLLING'
    const update = await b.update(to, { maxUnavailable: 2, strategy })
    for (let crash = 0; crash < 6; crash += 1) {
      await wait(random() * 12)
      if (story === 'is cancelled' && crash === 3) {
        const cancellation = { by: 'ann', at: Date.now(), mode: 'roll-back', reason: null } as const
        await b.control(update.id, () => ({ cancellation }))
      }
      await b.crash(random() < 0.5 ? 'end' : 'go on')
    }
    const { status, because } = await b.finished(update)
    const wanted =
      story === 'fails' ? ['Failed'] : story === 'is cancelled' ? ['Cancelled', 'Successful'] : ['Successful']
    assert.ok(wanted.includes(status), `${status}: ${because}`)
    await assertSettled(b, 5)
    const target = status === 'Successful' ? to.id : before
    assert.deepEqual(new Set((await b.nodes()).map((node) => node.revisionId)), new Set([target]))
    assert.equal(
      (await b.store.read((tx) => findPool(tx, b.clusterId, b.poolId)))?.committedRevisionId,
      target,
    )
    if (strategy === 'ROLLING') assert.ok(b.takeWorst() <= 2)
  })
}

for (const seed of [1, 2, 3]) {
  test(`killed again and again, a resize and a deletion are finished all the same (seed ${seed})`, async () => {
    const random = randomOf(seed)
    const b = await bench(3, SLOW)
    const resize = await b.resize(6)
    for (let crash = 0; crash < 4; crash += 1) {
      await wait(random() * 10)
      await b.crash(random() < 0.5 ? 'end' : 'go on')
    }
    assert.equal((await b.ended(resize)).status, 'SUCCEEDED')
    await assertSettled(b, 6)
    const update = await b.update(await b.revision(SLOW), { maxUnavailable: 2 })
    await wait(random() * 15)
    const deletion = await b.ask('CLUSTER_DELETE', { poolId: null })
    for (let crash = 0; crash < 4; crash += 1) {
      await wait(random() * 8)
      await b.crash(random() < 0.5 ? 'end' : 'go on')
    }
    assert.equal((await b.ended(deletion)).status, 'SUCCEEDED')
    assert.equal(await b.store.read((tx) => getCluster(tx, b.clusterId)), undefined)
    assert.equal(b.world.living(), 0)
    assertOneThingPerNode(b)
    assert.ok(update)
  })
}

test('a rollback does not wait for the health of a step that was on its way when the engine was killed', async () => {
  const b = await bench(3, SLOW)
  const slow = await b.revision({
    latency: { startMs: 60 },
    health: { passesAfterMs: 'never' },
    healthCheck: { type: 'alive', startPeriodSeconds: 600 },
  })
  const update = await b.update(slow)
  await b.until(update, (now) => now.progress.inFlight === 1)
  const cancellation = { by: 'ann', at: Date.now(), mode: 'roll-back', reason: null } as const
  await b.control(update.id, () => ({ cancellation }))
  await b.until(update, (now) => now.direction === 'back')
  await b.crash('end')
  assert.equal((await b.finished(update)).status, 'Cancelled')
  await assertSettled(b, 3)
})
