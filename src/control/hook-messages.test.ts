import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Action, NEW_ACTION } from '../domain/action.ts'
import type { ActionId, JsonObject } from '../domain/ids.ts'
import { putActions } from '../store/actions.ts'
import { createBench, createWeb, makeNodes } from './test-bench.ts'

test('a queue has a message for each node that waits for its hook', async (t) => {
  const bench = await createBench()
  t.after(() => bench.close())
  const { control, admin, store, projectId, clock } = bench
  const { cluster, pool } = await createWeb(bench)
  const [first, second, third] = await makeNodes(bench, pool, 3)
  const held = (id: string, node: typeof first, hook: JsonObject, rest: Partial<Action> = {}): Action => ({
    ...NEW_ACTION,
    ...{ id: id as ActionId, projectId, clusterId: cluster.id, poolId: pool.id, nodeId: node!.id },
    ...{ name: 'NODE_DELETE', status: 'WAITING_LIFECYCLE_COMPLETION', inputs: { hook }, createdBy: 'ann' },
    ...{ createdAt: clock.now(), ...rest },
  })
  const queue = { type: 'queue', queue: 'leaving', timeoutSeconds: 60 }
  await store.write((tx) =>
    putActions(tx, [
      held('a', first, queue),
      held('b', second, { ...queue, queue: 'another' }),
      held('c', second, { type: 'webhook', url: 'http://hooks.example/', timeoutSeconds: 60 }),
      held('d', third, queue, { status: 'READY' }),
    ]),
  )
  const now = clock.now()
  const message = {
    actionId: 'a',
    nodeId: first!.id,
    clusterId: cluster.id,
    sentAt: now,
    expiresAt: now + 60_000,
  }
  assert.deepEqual(await control.actions.hookMessages(admin, 'leaving'), [message])
  assert.deepEqual(await control.actions.hookMessages(admin, 'nothing'), [])
})
