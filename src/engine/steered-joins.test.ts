import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Action, NEW_ACTION, NO_CONTROL } from '../domain/action.ts'
import { standaloneClusterId } from '../domain/cluster.ts'
import type { ActionId, JsonObject, NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { getAction, putActions } from '../store/actions.ts'
import { bumpIntent, getPool } from '../store/clusters.ts'
import { loadNodes, patchNode } from '../store/nodes.ts'
import { type Bench, createBench } from './test-bench.ts'

describe('joins that somebody steers', () => {
  let bench: Bench
  let spare: Node
  afterEach(() => bench.close())

  async function begin(options: Partial<Parameters<typeof createBench>[0]> = {}): Promise<void> {
    bench = await createBench({ size: 2, ...options })
    spare = (await bench.nodes())[0] as Node
    await bench.ended(await bench.ask('CLUSTER_DEL_NODES', { inputs: { leaving: [spare.id] } }))
  }

  const hidden = () => standaloneClusterId(spare.projectId)
  const standalone = () => bench.store.read((tx) => loadNodes(tx, hidden()))
  const desired = async () => (await bench.store.read((tx) => getPool(tx, bench.poolId)))?.desiredCapacity
  const read = async ({ id }: Action) => (await bench.store.read((tx) => getAction(tx, id))) as Action

  /** As it is when somebody suspends an action that has asked for a join, before the other engine has begun with that. */
  async function ask(
    fields: Partial<Action> = {},
    joinFields: Partial<Action> = {},
  ): Promise<{ readonly parent: Action; readonly join: Action }> {
    const { projectId, poolId } = { projectId: spare.projectId, poolId: bench.poolId }
    const now = Date.now()
    const said = { ...NO_CONTROL, suspension: { by: 'ann', at: now } }
    const made = { ...NEW_ACTION, projectId, createdBy: 'test', createdAt: now }
    const parent: Action = {
      ...made,
      id: `parent-${now}` as ActionId,
      clusterId: bench.clusterId,
      poolId,
      name: 'CLUSTER_ADD_NODES',
      ...{ status: 'RUNNING', startedAt: now, control: said, inputs: { poolId, joining: [spare.id] } },
      ...fields,
    }
    const resizes = parent.name === 'CLUSTER_ADD_NODES'
    const join: Action = {
      ...made,
      id: `join-${now}` as ActionId,
      clusterId: hidden(),
      name: 'NODE_JOIN',
      nodeId: spare.id,
      parentId: parent.id,
      inputs: { clusterId: bench.clusterId, poolId, resizes },
      ...joinFields,
    }
    await bench.store.write(async (tx) => {
      await putActions(tx, [parent, join])
      for (const id of [bench.clusterId, hidden()]) await bumpIntent(tx, id)
    })
    for (const id of [bench.clusterId, hidden()]) bench.engine.wake(id)
    return { parent, join }
  }

  /** Until its engine has looked at it. */
  async function held(join: Action): Promise<void> {
    for (const until = Date.now() + 20_000; Date.now() < until; await wait(5)) {
      const { endedAt, statusReason } = await read(join)
      assert.equal(endedAt, null, statusReason)
      if (/which asked for it, is suspended by ann/.test(statusReason)) return
    }
    assert.fail('nobody looked at the join')
  }

  const resume = ({ id }: Action) => bench.steer(id, { suspension: null })
  const ids = (nodes: readonly { readonly id: NodeId }[]) => nodes.map(({ id }) => id)

  async function hasJoined({ parent, join }: Awaited<ReturnType<typeof ask>>): Promise<void> {
    const ended = await bench.ended(parent)
    assert.equal(ended.status, 'SUCCEEDED', ended.statusReason)
    assert.equal((await read(join)).status, 'SUCCEEDED')
    assert.ok(ids(await bench.nodes()).includes(spare.id))
    assert.deepEqual(await standalone(), [])
    assert.equal(bench.world.history.filter(({ what }) => what === 'started').length, 2)
  }

  async function hasStayed({ join }: Awaited<ReturnType<typeof ask>>, why: RegExp): Promise<void> {
    const ended = await bench.ended(join)
    assert.notEqual(ended.status, 'SUCCEEDED')
    assert.match(ended.statusReason, why)
    assert.deepEqual(
      (await standalone()).map(({ id, actionId }) => [id, actionId]),
      [[spare.id, null]],
    )
    assert.equal(await desired(), 1)
  }

  test('wait while their action is suspended, and go on when it is resumed', async () => {
    await begin()
    const both = await ask()
    await held(both.join)
    // Another request to the nodes without a cluster lets nothing through.
    await bench.store.write((tx) => bumpIntent(tx, hidden()))
    bench.engine.wake(hidden())
    await bench.ended(await bench.ask('NODE_CHECK', { nodeId: ids(await bench.nodes())[0] as NodeId }))
    await held(both.join)
    assert.deepEqual(ids(await standalone()), [spare.id])
    await resume(both.parent)
    await hasJoined(both)
    assert.equal(await desired(), 2)
  })

  test('wait as well where they replace a member, which then goes', async () => {
    await begin()
    const [old] = (await bench.nodes()) as [Node]
    const inputs = { pairs: [{ old: old.id, new: spare.id }] } as unknown as JsonObject
    const { parent, join } = await ask({ name: 'CLUSTER_REPLACE_NODES', inputs })
    await held(join)
    await resume(parent)
    assert.equal((await bench.ended(parent)).status, 'SUCCEEDED')
    assert.deepEqual([ids(await bench.nodes()), ids(await standalone())], [[spare.id], [old.id]])
  })

  for (const force of [false, true])
    test(`end when their action is cancelled${force ? ' by force' : ''}`, async () => {
      await begin()
      const both = await ask()
      await held(both.join)
      await bench.steer(both.parent.id, { cancellation: { by: 'ann', at: Date.now(), force } })
      assert.equal((await bench.ended(both.parent)).status, 'CANCELLED')
      await hasStayed(both, /which asked for it, has ended or was cancelled/)
    })

  test('end when they are cancelled themselves while they wait', async () => {
    await begin()
    const both = await ask()
    await held(both.join)
    await bench.steer(both.join.id, { cancellation: { by: 'ann', at: Date.now(), force: false } })
    await hasStayed(both, /cancelled by ann/)
    await resume(both.parent)
    assert.equal((await bench.ended(both.parent)).status, 'FAILED')
  })

  test('end when the time of their action is over', async () => {
    await begin()
    const both = await ask({ timeoutSeconds: 1 })
    assert.equal((await bench.ended(both.parent)).statusReason, 'timed out after 1 s')
    await hasStayed(both, /which asked for it, has ended or was cancelled/)
  })

  test('end when the cluster is deleted that they wait for', async () => {
    await begin()
    const both = await ask()
    await held(both.join)
    await bench.ended(await bench.ask('CLUSTER_DELETE', { poolId: null }))
    const ended = await bench.ended(both.join)
    assert.equal(ended.status, 'FAILED', ended.statusReason)
    assert.deepEqual(ids(await standalone()), [spare.id])
  })

  test('that wait are not forgotten by an engine that is killed, nor is a word that came while nobody ran', async () => {
    await begin()
    const both = await ask()
    await held(both.join)
    await bench.crash('go on')
    await held(both.join)
    bench.machine.die()
    await resume(both.parent)
    await bench.crash('go on')
    await hasJoined(both)
  })

  // Simulation, seed 70138.
  test('do not go ahead when they were cancelled while nobody ran them', async () => {
    await begin()
    bench.machine.die()
    const said = { by: 'ann', at: Date.now(), force: true }
    const both = await ask(
      { control: null },
      { status: 'RUNNING', startedAt: Date.now(), control: { ...NO_CONTROL, cancellation: said } },
    )
    await bench.store.write((tx) => patchNode(tx, spare.id, { actionId: both.join.id }))
    await bench.crash('go on')
    await hasStayed(both, /did not join: cancelled by ann/)
    assert.match((await bench.ended(both.parent)).statusReason, /cancelled by ann/)
  })

  test('go on when two engines have the two clusters', async () => {
    await begin({ exclusive: false, leaseMs: 600 })
    await bench.join()
    await bench.crash('go on')
    for (const last of ['resume', 'cancel'] as const) {
      const both = await ask()
      await held(both.join)
      if (last === 'cancel') {
        await bench.steer(both.parent.id, { cancellation: { by: 'ann', at: Date.now(), force: true } })
        await hasStayed(both, /has ended or was cancelled/)
        return
      }
      await resume(both.parent)
      await hasJoined(both)
      await bench.ended(await bench.ask('CLUSTER_DEL_NODES', { inputs: { leaving: [spare.id] } }))
    }
  })
})
