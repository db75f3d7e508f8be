import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { ProjectId, ReceiverId } from '../domain/ids.ts'
import type { Receiver, ReceiverAction } from '../domain/receiver.ts'
import { insertProject } from './projects.ts'
import {
  findReceiver,
  getReceiver,
  insertReceiver,
  listReceivers,
  replaceReceiverToken,
} from './receivers.ts'
import type { Store } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

const PROJECT = 'p' as ProjectId

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    await store.write((tx) => insertProject(tx, { id: PROJECT, name: 'default', createdAt: 0 }))
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })

  const insert = async (name: string, action: ReceiverAction | null): Promise<Receiver> => {
    const receiver: Receiver = {
      ...{
        id: `id-${name}` as ReceiverId,
        projectId: PROJECT,
        name,
        type: 'message',
        clusterId: null,
        action,
      },
      ...{ actor: { a: 'b' }, params: { count: 1 }, credential: 'token', createdBy: 'ada' },
      ...{ createdAt: 1, updatedAt: 1, version: 1 },
    }
    await store.write((tx) => insertReceiver(tx, receiver, 'hash'))
    return receiver
  }

  test('a receiver is read as it was written, and its hash beside it', async () => {
    const receiver = await insert('mail', 'CLUSTER_CHECK')
    assert.deepEqual(await store.read((tx) => findReceiver(tx, PROJECT, 'mail')), receiver)
    await store.write((tx) => replaceReceiverToken(tx, receiver.id, 'other'))
    const found = await store.read((tx) => getReceiver(tx, receiver.id))
    assert.deepEqual(found, { receiver, tokenHash: 'other' })
  })

  test('receivers without an action come first by action, and no page loses one', async () => {
    for (const [name, action] of [
      ['d', null],
      ['c', 'CLUSTER_CHECK'],
      ['b', null],
      ['a', 'CLUSTER_RESIZE'],
    ] as const) {
      await insert(name, action)
    }
    const names: string[] = []
    let cursor: string | null | undefined
    do {
      const page = await store.read((tx) =>
        listReceivers(
          tx,
          { projectId: PROJECT },
          { limit: 1, sort: 'action,-name', ...(cursor && { cursor }) },
        ),
      )
      names.push(...page.items.map(({ name }) => name))
      cursor = page.nextCursor
    } while (cursor !== null)
    assert.deepEqual(names, ['d', 'b', 'c', 'a'])
    const some = await store.read((tx) =>
      listReceivers(tx, { action: ['CLUSTER_CHECK'], createdBy: 'ada' }, { limit: 10 }),
    )
    assert.deepEqual(
      some.items.map(({ name }) => name),
      ['c'],
    )
  })
})
