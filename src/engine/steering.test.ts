import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Action, NO_CONTROL } from '../domain/action.ts'
import { isAvailable } from '../domain/node.ts'
import { getAction, listActions } from '../store/actions.ts'
import { putNodes } from '../store/nodes.ts'
import { type Bench, createBench } from './test-bench.ts'

const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

async function bench(size: number, properties = {}): Promise<Bench> {
  const made = await createBench({ size, properties })
  benches.push(made)
  return made
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 2000; tries += 1) {
    const found = await look()
    if (found) return found
    await wait(2)
  }
  throw new Error(`waited too long until ${what}`)
}

const cancelled = (force: boolean) => ({ cancellation: { by: 'ann', at: Date.now(), force } })
const HOUR = 3_600_000
const statusOf = async (b: Bench, { id }: Pick<Action, 'id'>) =>
  (await b.store.read((tx) => getAction(tx, id)))?.status
const isRunning = (b: Bench, action: Action) =>
  until('it runs', async () => (await statusOf(b, action)) === 'RUNNING')
const childrenOf = async (b: Bench, { id, projectId }: Action) =>
  (await b.store.read((tx) => listActions(tx, { projectId, parentId: id }, { limit: 100 }))).items
const allEnded = (b: Bench, parent: Action) =>
  until('its children have ended', async () => {
    const children = await childrenOf(b, parent)
    return children.every((child) => child.endedAt !== null) && children
  })
const allFree = (b: Bench) =>
  until('every node is free', async () => (await b.nodes()).every((node) => node.actionId === null))

for (const force of [false, true]) {
  const how = force ? 'by force' : 'in order'

  test(`an action that waits is cancelled ${how}, and the one it waited for goes on`, async () => {
    const b = await bench(1, { latency: { startMs: 40 } })
    const first = await b.resize(2)
    const second = await b.resize(2)
    await until('it waits', async () => (await statusOf(b, second)) === 'WAITING')
    await b.steer(second.id, cancelled(force))
    const ended = await b.ended(second)
    assert.deepEqual([ended.status, ended.statusReason], ['CANCELLED', 'cancelled by ann'])
    assert.equal((await b.ended(first)).status, 'SUCCEEDED')
    assert.ok((await b.eventTypes()).includes('action.cancelled'))
  })

  test(`a resize is cancelled ${how}: no more nodes are made, none is left half made`, async () => {
    const b = await bench(1)
    const slow = await b.revision({ latency: { startMs: 30 }, health: { passesAfterMs: HOUR } })
    const update = await b.update(slow, { onFailure: 'continue', maxFailures: 9, nodeTimeoutSeconds: 0.01 })
    await b.finished(update)
    const grow = await b.resize(4)
    await until('nodes are being made', async () => (await b.nodes()).length === 4)
    await b.steer(grow.id, cancelled(force))
    assert.equal((await b.ended(grow)).status, 'CANCELLED')
    const children = await allEnded(b, grow)
    assert.deepEqual(new Set(children.map((child) => child.status)), new Set(['CANCELLED']))
    await allFree(b)
    const types = await b.eventTypes()
    assert.equal(types.filter((type) => type === 'node.cancelled').length, 3)
    assert.ok(!types.includes('node.failed') || types.filter((type) => type === 'node.failed').length === 1)
    assert.equal((await b.ended(await b.ask('CLUSTER_CHECK', { poolId: null }))).status, 'SUCCEEDED')
    assert.equal((await b.ended(await b.resize(0))).status, 'SUCCEEDED')
    assert.equal(b.world.living(), 0)
  })

  test(`a node action is cancelled ${how}, and its node is free for the next`, async () => {
    const b = await bench(2, { latency: { startMs: 5 } })
    const ill = await b.revision({ health: { passesAfterMs: HOUR } })
    const [node] = await b.nodes()
    const recover = await b.ask('NODE_RECOVER', { nodeId: node!.id, inputs: { revisionId: ill.id } })
    const check = await b.ask('NODE_CHECK', { nodeId: node!.id })
    await isRunning(b, recover)
    await b.steer(recover.id, cancelled(force))
    const ended = await b.ended(recover)
    assert.equal(ended.status, 'CANCELLED')
    assert.equal(ended.outputs['code'], 'cancelled')
    assert.equal((await b.ended(check)).status, 'SUCCEEDED')
    await allFree(b)
  })

  test(`cancelling ${how} survives a crash of the engine`, async () => {
    const b = await bench(1)
    const ill = await b.revision({ health: { passesAfterMs: HOUR } })
    const [node] = await b.nodes()
    const recover = await b.ask('NODE_RECOVER', { nodeId: node!.id, inputs: { revisionId: ill.id } })
    await isRunning(b, recover)
    b.machine.die()
    await b.steer(recover.id, cancelled(force))
    await b.crash('end')
    const ended = await b.ended(recover)
    assert.equal(ended.status, 'CANCELLED')
    assert.equal(ended.ownerId, b.engine.id)
    await allFree(b)
  })

  test(`the action of an update that is cancelled ${how} takes the update with it`, async () => {
    const b = await bench(3, { latency: { startMs: 10 } })
    const to = await b.revision({ latency: { startMs: 20 } })
    const update = await b.update(to)
    await b.until(update, (now) => now.progress.inFlight === 1)
    const mode = force ? 'stop-here' : 'roll-back'
    await b.control(update.id, () => ({ cancellation: { by: 'ann', at: Date.now(), mode, reason: null } }))
    await b.steer(update.actionId, cancelled(force))
    const done = await b.finished(update)
    assert.equal(done.status, 'Cancelled', done.because)
    await allFree(b)
    if (!force) assert.ok((await b.nodes()).every(isAvailable))
    const repair = await b.finished(await b.update(to))
    assert.equal(repair.status, 'Successful', repair.because)
  })

  test(`a deletion that is cancelled ${how} leaves a cluster that works`, async () => {
    const b = await bench(3, { latency: { stopMs: 30 } })
    const deletion = await b.ask('CLUSTER_DELETE', { poolId: null })
    await isRunning(b, deletion)
    await b.steer(deletion.id, cancelled(force))
    assert.equal((await b.ended(deletion)).status, 'CANCELLED')
    await allFree(b)
    assert.equal((await b.ended(await b.resize(2))).status, 'SUCCEEDED')
    await until('two serve', async () => {
      const nodes = await b.nodes()
      return nodes.length === 2 && nodes.every((node) => node.actionId === null)
    })
  })
}

// Simulation, seed 490: its action was cancelled, and the update was pending for ever.
test('an update that was asked for while a deletion is suspended ends with its action', async () => {
  const b = await bench(2)
  const suspension = { by: 'ann', at: 0 }
  const deletion = await b.ask('CLUSTER_DELETE', { poolId: null, control: { ...NO_CONTROL, suspension } })
  const done = await b.finished(await b.update(await b.revision({})))
  assert.equal(done.status, 'Cancelled')
  assert.match(done.because, /the cluster is being deleted by action/)
  await b.steer(deletion.id, cancelled(true))
  await b.ended(deletion)
  const next = await b.finished(await b.update(await b.revision({})))
  assert.equal(next.status, 'Successful', next.because)
})

test('an action that carries on for longer than it may fails, and frees its nodes', async () => {
  const b = await bench(1)
  const ill = await b.revision({ health: { passesAfterMs: HOUR } })
  await b.finished(await b.update(ill, { onFailure: 'continue', maxFailures: 9, nodeTimeoutSeconds: 0.01 }))
  await b.store.write(async (tx) => {
    const { patchPool } = await import('../store/clusters.ts')
    await patchPool(tx, b.poolId, { desiredCapacity: 3 })
  })
  const grow = await b.ask('CLUSTER_RESIZE', { timeoutSeconds: 1 })
  const ended = await b.ended(grow)
  assert.deepEqual([ended.status, ended.statusReason], ['FAILED', 'timed out after 1 s'])
  const children = await allEnded(b, grow)
  assert.deepEqual(new Set(children.map((child) => child.status)), new Set(['CANCELLED']))
  const [node] = await b.nodes()
  const recover = await b.ended(await b.ask('NODE_RECOVER', { nodeId: node!.id, timeoutSeconds: 1 }))
  assert.deepEqual([recover.status, recover.outputs['code']], ['FAILED', 'timed_out'])
  await allFree(b)
})

test('a suspended action begins nothing more until it is resumed', async () => {
  const b = await bench(3, { latency: { startMs: 1500 } })
  const nodes = await b.nodes()
  // Two nodes are held for long enough, so that the check of the cluster has to wait for them until it is suspended.
  const holding = await Promise.all(nodes.slice(1).map((node) => b.ask('NODE_RECOVER', { nodeId: node.id })))
  const check = await b.ask('CLUSTER_CHECK', { poolId: null })
  await isRunning(b, check)
  await b.steer(check.id, { suspension: { by: 'ann', at: Date.now() } })
  await until('it is suspended', async () => (await statusOf(b, check)) === 'SUSPENDED')
  for (const action of holding) assert.equal((await b.ended(action)).status, 'SUCCEEDED')
  const held = await until('they wait', async () => {
    const waiting = (await childrenOf(b, check)).filter((child) => child.status === 'WAITING')
    return waiting.length === 2 && waiting
  })
  assert.match(held[0]!.statusReason, /CLUSTER_CHECK is suspended by ann/)
  await b.steer(check.id, { suspension: null })
  assert.equal((await b.ended(check)).status, 'SUCCEEDED')
  const types = await b.eventTypes()
  assert.ok(types.includes('action.suspended') && types.includes('action.resumed'))
})

test('an action that is suspended before it began waits, and can still be cancelled', async () => {
  const b = await bench(1, { latency: { startMs: 1500 } })
  const first = await b.resize(2)
  const second = await b.resize(2)
  await b.steer(second.id, { suspension: { by: 'ann', at: Date.now() } })
  await b.ended(first)
  assert.equal(await statusOf(b, second), 'WAITING')
  await b.steer(second.id, cancelled(false))
  assert.equal((await b.ended(second)).status, 'CANCELLED')
})

test('what was ended by force is broken off again by the engine that takes over', async () => {
  const b = await bench(1)
  const slow = await b.revision({ health: { passesAfterMs: HOUR } })
  const [node] = await b.nodes()
  const check = await b.ask('CLUSTER_CHECK', { poolId: null, status: 'RUNNING', startedAt: 1 })
  await b.ended(check)
  b.machine.die()
  const ended = { parentId: check.id, status: 'RUNNING', startedAt: Date.now() } as const
  const inputs = { revisionId: slow.id }
  const step = await b.ask('NODE_RECOVER', { ...ended, nodeId: node!.id, inputs })
  await b.store.write((tx) =>
    putNodes(tx, [{ ...node!, status: 'Recovering', attempt: 2, actionId: step.id }]),
  )
  await b.crash('end')
  assert.equal((await b.ended(step)).status, 'CANCELLED')
  await allFree(b)
})
