import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Receiver } from '../domain/receiver.ts'
import { endMessage, findNextMessage } from '../store/receiver-messages.ts'
import type { Store } from '../store/store.ts'
import { onEachDatabase, type TestDatabase } from '../store/test-databases.ts'
import { createIds } from '../system/ids.ts'
import { silentLog } from '../system/log.ts'
import { createControl } from './control.ts'
import { createMessageConsumer } from './message-consumer.ts'
import { type Bench, createBench, createWeb } from './test-bench.ts'

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  let bench: Bench
  let receiver: Receiver
  let token: string
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    bench = await createBench({ store, limits: { maxWaitingMessages: 5 } })
    await bench.control.apiKeys.create(bench.admin, {
      name: 'root',
      grants: [{ project: '*', role: 'administrator' }],
    })
    await createWeb(bench)
    const made = await bench.control.receivers.create(bench.admin, { name: 'mail', type: 'message' })
    receiver = made.receiver
    token = made.token as string
  })
  afterEach(async () => {
    await bench.close()
    await database.remove()
  })

  const scaleOut = (count: number) => ({
    body: { cluster: 'web', action: 'CLUSTER_SCALE_OUT', params: { count } },
  })
  const send = (...messages: { body: object; ttlSeconds?: number }[]) =>
    bench.control.receivers.send({ token }, receiver.id, messages as never)
  const notify = () => bench.control.receivers.notify(bench.admin, 'mail')
  /** By how many nodes scalings were asked for, in order. */
  const scalings = async () => {
    const filter = { name: ['CLUSTER_SCALE_OUT'] }
    const page = { limit: 100, sort: 'createdAt' }
    const { items } = await bench.control.actions.list(bench.admin, filter, page)
    return items.map(({ inputs }) => inputs['count'])
  }
  const messages = async () =>
    (await bench.control.receivers.messages(bench.admin, 'mail', {}, { limit: 100 })).items

  test('messages are taken in order, and each becomes one action', async () => {
    await send(scaleOut(1), scaleOut(2))
    await send(scaleOut(1))
    assert.deepEqual(await notify(), { done: 3, refused: 0, expired: 0 })
    assert.deepEqual(await notify(), { done: 0, refused: 0, expired: 0 })
    assert.deepEqual(await scalings(), [1, 2, 1])
    const kept = await messages()
    assert.deepEqual(
      kept.map(({ place, status }) => [place, status]),
      [
        [1, 'Done'],
        [2, 'Done'],
        [3, 'Done'],
      ],
    )
    const events = (await bench.events()).filter(({ type }) => type === 'pool.scaleRequested')
    assert.match(events[1]?.because ?? '', /root asked to scale out .*"web" by 2, through receiver "mail"$/)
    for (const { actionId } of kept) await bench.control.actions.get(bench.admin, actionId as string)
  })

  test('a bad message is put aside with its error and holds up nobody', async () => {
    const bad = [
      { body: { action: 'CLUSTER_CHECK' } },
      { body: { cluster: 'web', action: 'CLUSTER_EXPLODE' } },
      { body: { cluster: 'gone', action: 'CLUSTER_CHECK' } },
      { body: { cluster: 'web', action: 'CLUSTER_RESIZE', params: { desiredCapacity: 1000 } } },
    ]
    await send(...bad, scaleOut(1))
    assert.deepEqual(await notify(), { done: 1, refused: 4, expired: 0 })
    const kept = await messages()
    assert.deepEqual(
      kept.map(({ error }) => error?.code ?? null),
      ['invalid_request', 'invalid_request', 'not_found', 'limit_exceeded', null],
    )
    assert.equal(kept[2]?.error?.message, 'cluster "gone" does not exist')
    assert.deepEqual(await scalings(), [1])
    const aside = (await bench.events()).filter(({ type }) => type === 'message.putAside')
    assert.equal(aside.length, 4)
  })

  test('a message that waited for too long is not taken any more', async () => {
    await send({ ...scaleOut(1), ttlSeconds: 10 }, scaleOut(2))
    bench.turn(10_000)
    assert.deepEqual(await notify(), { done: 1, refused: 0, expired: 1 })
    assert.deepEqual(await scalings(), [2])
  })

  test('many consumers, in several processes, take each message once and in order', async () => {
    const { control } = bench
    const second = await secondControl()
    try {
      await send(scaleOut(1), scaleOut(2), scaleOut(3), scaleOut(4), scaleOut(5))
      const consume = (by: typeof control) => by.consumeMessages(receiver.id)
      const counts = await Promise.all([
        consume(control),
        consume(second.control),
        consume(control),
        consume(second.control),
      ])
      assert.equal(
        counts.reduce((sum, { done }) => sum + done, 0),
        5,
      )
      assert.deepEqual(await scalings(), [1, 2, 3, 4, 5])
    } finally {
      await second.close()
    }
  })

  test('a message that somebody else ended meanwhile leaves no action behind', async () => {
    await send(scaleOut(1))
    const message = await store.read((tx) => findNextMessage(tx, receiver.id))
    const raced: Store = {
      ...store,
      read: (work) => store.read(work),
      close: () => store.close(),
      // Between the look and the write: another consumer.
      async write(work, options) {
        const end = { status: 'Done', endedAt: 1, error: null, actionId: null } as const
        await store.write((tx) => endMessage(tx, message!.id, end))
        return await store.write(work, options)
      },
    }
    const { control } = await controlOver(raced)
    assert.deepEqual(await control.consumeMessages(receiver.id), { done: 0, refused: 0, expired: 0 })
    assert.deepEqual(await scalings(), [])
  })

  test('the consumer takes what a dead process left behind, and what it is told of', async () => {
    await send(scaleOut(1))
    const consumer = createMessageConsumer({
      control: bench.control,
      store,
      clock: bench.clock,
      log: silentLog,
    })
    try {
      await until(async () => (await messages())[0]?.status === 'Done')
      await send(scaleOut(1))
      consumer.wake(receiver.id)
      await until(async () => (await messages())[1]?.status === 'Done')
    } finally {
      await consumer.close()
    }
    await send(scaleOut(1))
    consumer.wake(receiver.id)
    assert.equal((await messages())[2]?.status, 'Waiting')
  })

  test('a queue takes so many messages and no more, of so much and no more', async () => {
    await send(scaleOut(1), scaleOut(1), scaleOut(1), scaleOut(1))
    await assert.rejects(send(scaleOut(1), scaleOut(1)), {
      code: 'limit_exceeded',
      message: /has 4 messages, and 5/,
    })
    assert.equal((await messages()).length, 4)
    await assert.rejects(send(), { code: 'invalid_request', field: 'messages' })
    const big = send({ body: { text: 'x'.repeat(70_000) } })
    await assert.rejects(big, { code: 'invalid_request', field: 'messages[0].body' })
    const long = send({ ...scaleOut(1), ttlSeconds: 15 * 24 * 3600 })
    await assert.rejects(long, { code: 'invalid_request', field: 'messages[0].ttlSeconds' })
  })

  test('only a queue, only with its token or as an operator, under any name that ends with the id', async () => {
    const { receivers } = bench.control
    const one = [scaleOut(1)]
    await receivers.send({ token }, `other-api-${receiver.id}`, one)
    await receivers.send({ principal: bench.as('op', 'operator').principal }, receiver.id, one)
    await assert.rejects(receivers.send({ token: 'wrong' }, receiver.id, one), { code: 'unauthenticated' })
    await assert.rejects(receivers.send({ token }, 'nowhere', one), { code: 'unauthenticated' })
    const viewer = receivers.send({ principal: bench.as('eve', 'viewer').principal }, receiver.id, one)
    await assert.rejects(viewer, { code: 'forbidden' })
    const hook = await receivers.create(bench.admin, {
      name: 'hook',
      type: 'webhook',
      cluster: 'web',
      action: 'CLUSTER_CHECK',
    })
    const misplaced = receivers.send({ token: hook.token as string }, hook.receiver.id, one)
    await assert.rejects(misplaced, { code: 'invalid_state' })
    await assert.rejects(receivers.notify(bench.admin, 'hook'), { code: 'invalid_state' })
    const called = receivers.call({ id: receiver.id, token, inputs: {} })
    await assert.rejects(called, { code: 'invalid_state' })
  })

  test('where the receiver says cluster and action, its messages need not and cannot say others', async () => {
    const { receivers } = bench.control
    const made = await receivers.create(bench.admin, {
      ...{ name: 'fixed', type: 'message', cluster: 'web', action: 'CLUSTER_SCALE_OUT' },
      params: { count: 2 },
    })
    const bodies = [{}, { cluster: 'web' }, { action: 'CLUSTER_DELETE' }, { cluster: 'other' }]
    await receivers.send(
      { token: made.token as string },
      made.receiver.id,
      bodies.map((body) => ({ body })),
    )
    const consumed = await receivers.notify(bench.admin, 'fixed')
    assert.deepEqual(consumed, { done: 2, refused: 2, expired: 0 })
    assert.deepEqual(await scalings(), [2, 2])
  })

  test('messages go with their receiver, and a receiver with a cluster that somebody deletes below us', async () => {
    const made = await bench.control.receivers.create(bench.admin, {
      name: 'bound',
      type: 'message',
      cluster: 'web',
    })
    await bench.control.receivers.send({ token: made.token as string }, made.receiver.id, [{ body: {} }])
    await store.write(async (tx) => {
      for (const table of ['actions', 'revisions', 'node_pools', 'clusters'] as const) {
        await tx.deleteFrom(table).execute()
      }
    })
    assert.equal(await store.read((tx) => findNextMessage(tx, made.receiver.id)), undefined)
    await assert.rejects(bench.control.receivers.get(bench.admin, 'bound'), { code: 'not_found' })
  })

  async function secondControl() {
    const other = await database.open()
    const { control } = await controlOver(other)
    return { control, close: () => other.close() }
  }

  async function controlOver(over: Store) {
    const control = createControl({
      ...{
        store: over,
        clock: bench.clock,
        ids: createIds(Date.now),
        log: silentLog,
        runtimes: {},
        bundles: bench.files,
      },
      ...{ wake() {}, forget() {} },
    })
    return { control }
  }
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not happen within 10 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
