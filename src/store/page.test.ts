import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { ClusterId, NodeId, PoolId, ProjectId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { listActions } from './actions.ts'
import { insertEvents, lastEventSequence, listEvents, listEventsAfter } from './events.ts'
import { listNodeKinds } from './node-kinds.ts'
import { listNodes, putNodes } from './nodes.ts'
import type { Page, PageRequest } from './page.ts'
import type { Store, Tx } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  before(async () => {
    database = await create()
    store = await database.open()
    // These tests are about order, not about what belongs to what.
    await store.write(async (tx) => {
      const now = { created_at: 0, updated_at: 0, version: 1 }
      await tx.insertInto('projects').values({ id: 'p', name: 'p', created_at: 0 }).execute()
      await tx
        .insertInto('clusters')
        .values({
          ...{ id: 'c', project_id: 'p', name: 'c', status: 'Active', status_reason: '', metadata: '{}' },
          ...{ engine_id: null, term: 0, intent: 0, seen_intent: 0 },
          ...{
            kind: 'cluster',
            drift_repair: 'manual',
            config: '{}',
            timeout_seconds: null,
            created_by: '',
            first_ready_at: null,
          },
          ...{ environment_id: null, attributes: '{}' },
          ...now,
        })
        .execute()
      await tx
        .insertInto('node_pools')
        .values({
          ...{ id: 'pool', cluster_id: 'c', project_id: 'p', name: 'x', min_size: 0, max_size: null },
          ...{ desired_capacity: 0, committed_revision_id: 'r', update_defaults: '{}', attributes: '{}' },
          ...{ next_node_index: 1, next_revision_number: 1 },
          ...now,
        })
        .execute()
    })
  })
  after(async () => {
    await store.close()
    await database.remove()
  })

  const statuses = ['Running', 'Failed', 'Stopped'] as const

  function node(index: number, name: string, status: (typeof statuses)[number], createdAt: number): Node {
    return {
      id: `n${String(index * 7919).padStart(8, '0')}` as NodeId,
      projectId: 'p' as ProjectId,
      clusterId: 'c' as ClusterId,
      poolId: 'pool' as PoolId,
      name: `${name}${index}`,
      index,
      status,
      statusReason: '',
      health: 'Healthy',
      revisionId: null,
      attempt: 0,
      actionId: null,
      physicalId: null,
      endpoint: null,
      handle: null,
      metadata: {},
      data: {},
      drift: null,
      driftReason: null,
      driftAt: null,
      availableSince: null,
      role: '',
      tainted: false,
      createdBy: 'test',
      firstReadyAt: null,
      moves: 0,
      writtenAtIntent: 0,
      createdAt,
      updatedAt: createdAt,
    }
  }

  const arbitraryNodes = fc
    .array(
      fc.record({
        name: fc.constantFrom('a', 'b', 'ä', '_', 'Z'),
        status: fc.constantFrom(...statuses),
        createdAt: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: 25 },
    )
    .map((some) => some.map(({ name, status, createdAt }, at) => node(at + 1, name, status, createdAt)))

  async function allPages<T>(list: (page: PageRequest) => Promise<Page<T>>, limit: number, sort: string) {
    const items: T[] = []
    let cursor: string | null = null
    for (let pages = 0; ; pages += 1) {
      assert.ok(pages < 100, 'the listing does not end')
      const page: Page<T> = await list({ limit, sort, ...(cursor !== null && { cursor }) })
      assert.ok(page.items.length <= limit)
      items.push(...page.items)
      cursor = page.nextCursor
      if (cursor === null) return items
      assert.equal(page.items.length, limit, 'only the last page is short')
    }
  }

  const keyOf = {
    index: (one: Node) => one.index,
    name: (one: Node) => one.name,
    status: (one: Node) => one.status,
    createdAt: (one: Node) => one.createdAt,
  }

  for (const property of ['index', 'name', 'status', 'createdAt'] as const) {
    for (const sort of [property, `-${property}`]) {
      test(`pages by ${sort} put together are the whole, once each and in order`, async () => {
        await fc.assert(
          fc.asyncProperty(arbitraryNodes, fc.integer({ min: 1, max: 10 }), async (nodes, limit) => {
            const listed = await store.write(async (tx) => {
              await tx.deleteFrom('nodes').execute()
              await putNodes(tx, nodes)
              return await allPages(
                (page) => listNodes(tx, { projectId: 'p' as ProjectId }, page),
                limit,
                sort,
              )
            })
            assert.deepEqual(new Set(listed.map((one) => one.id)), new Set(nodes.map((one) => one.id)))
            assert.equal(listed.length, nodes.length)
            // Bytes, as the database compares; numbers padded, so that their order is the same as bytes.
            const keys = listed.map((one) => {
              const key = keyOf[property](one)
              return Buffer.from(typeof key === 'number' ? String(key).padStart(4) : key)
            })
            const sign = sort.startsWith('-') ? -1 : 1
            const ordered = keys.every(
              (key, at) => at === 0 || sign * Buffer.compare(keys[at - 1]!, key) <= 0,
            )
            assert.ok(ordered, listed.map((one) => String(keyOf[property](one))).join(' '))
          }),
          { numRuns: 25 },
        )
      })
    }
  }

  test('rows that come or go between two pages neither repeat nor hide others', async () => {
    const nodes = Array.from({ length: 10 }, (_, at) => node(at * 10 + 10, 'a', 'Running', 0))
    const listed = await store.write(async (tx) => {
      await tx.deleteFrom('nodes').execute()
      await putNodes(tx, nodes)
      const list = (cursor?: string) =>
        listNodes(tx, { projectId: 'p' as ProjectId }, { limit: 5, sort: 'index', ...(cursor && { cursor }) })
      const first = await list()
      await tx.deleteFrom('nodes').where('node_index', 'in', [20, 50]).execute()
      await putNodes(tx, [node(5, 'new', 'Running', 0), node(55, 'new', 'Running', 0)])
      const second = await list(first.nextCursor!)
      return [...first.items, ...second.items].map((one) => one.index)
    })
    assert.deepEqual(listed, [10, 20, 30, 40, 50, 55, 60, 70, 80, 90])
  })

  test('several sort keys, each in its own direction, give the same rows page by page as at once', async () => {
    const projectId = 'p' as ProjectId
    const compare = (sort: string) => (a: Node, b: Node) => {
      for (const word of sort.split(',')) {
        const key = word.replace('-', '') as keyof typeof keyOf
        const [left, right] = [keyOf[key](a), keyOf[key](b)]
        const order = left < right ? -1 : left > right ? 1 : 0
        if (order !== 0) return word.startsWith('-') ? -order : order
      }
      const order = a.id < b.id ? -1 : 1
      return sort.startsWith('-') ? -order : order
    }
    const sorts = fc.constantFrom('status,-createdAt', '-createdAt,status', 'createdAt,status,index')
    await store.write(async (tx) => {
      await fc.assert(
        fc.asyncProperty(
          arbitraryNodes,
          fc.integer({ min: 1, max: 9 }),
          sorts,
          async (nodes, limit, sort) => {
            await tx.deleteFrom('nodes').execute()
            await putNodes(tx, nodes)
            const paged = await allPages((page) => listNodes(tx, { projectId }, page), limit, sort)
            const wanted = [...nodes].sort(compare(sort)).map((one) => one.id)
            assert.deepEqual(
              paged.map((one) => one.id),
              wanted,
            )
            const [marker] = wanted.slice(-2)
            const rest = await listNodes(tx, { projectId }, { limit: 9, sort, ...(marker && { marker }) })
            assert.deepEqual(
              rest.items.map((one) => one.id),
              wanted.slice(-1).filter((id) => id !== marker),
            )
          },
        ),
        { numRuns: 60 },
      )
    })
  })

  test('a marker that is not there counts as none', async () => {
    const projectId = 'p' as ProjectId
    await store.write(async (tx) => {
      await tx.deleteFrom('nodes').execute()
      await putNodes(tx, [node(1, 'a', 'Running', 0)])
      const page = await listNodes(tx, { projectId }, { limit: 10, marker: 'gone' })
      assert.equal(page.items.length, 1)
    })
  })

  test('filters are equality, a list means one of it, an empty list nothing', async () => {
    const count = (tx: Tx, status: readonly string[]) =>
      listNodes(tx, { projectId: 'p' as ProjectId, status }, { limit: 100 }).then((page) => page.items.length)
    await store.write(async (tx) => {
      await tx.deleteFrom('nodes').execute()
      await putNodes(
        tx,
        statuses.map((status, at) => node(at + 1, 'a', status, 0)),
      )
      assert.equal(await count(tx, ['Running']), 1)
      assert.equal(await count(tx, ['Running', 'Failed']), 2)
      assert.equal(await count(tx, []), 0)
    })
  })

  test('nodes of one kind are counted in one row, and among some of them as often as those', async () => {
    await store.write(async (tx) => {
      await tx.deleteFrom('nodes').execute()
      const nodes = Array.from({ length: 250 }, (_, at) =>
        node(at + 1, 'a', at < 3 ? 'Failed' : 'Running', at),
      )
      await putNodes(tx, [...nodes.slice(1), { ...nodes[0]!, metadata: { zone: 'z' } }])
      const pool = { id: 'pool' as PoolId, clusterId: 'c' as ClusterId }
      const counts = async (ids?: readonly NodeId[]) => {
        const kinds = await listNodeKinds(tx, pool, ids)
        const named = kinds.map(({ status, metadata, count }) => ({
          kind: status + JSON.stringify(metadata),
          count,
        }))
        return Map.groupBy(named, ({ kind }) => kind)
          .entries()
          .map(([kind, of]) => `${kind} ${of.reduce((sum, { count }) => sum + count, 0)}`)
          .toArray()
          .toSorted()
      }
      assert.deepEqual(await counts(), ['Failed{"zone":"z"} 1', 'Failed{} 2', 'Running{} 247'])
      assert.deepEqual(await counts(nodes.slice(2).map(({ id }) => id)), ['Failed{} 1', 'Running{} 247'])
      assert.deepEqual(await counts([]), [])
      assert.deepEqual(await listNodeKinds(tx, { ...pool, id: 'another' as PoolId }), [])
    })
  })

  test('an unknown sort, and a cursor of another listing, are refused by name', async () => {
    const projectId = 'p' as ProjectId
    const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const list = (page: Partial<PageRequest>) =>
      store.read((tx) => listNodes(tx, { projectId }, { limit: 10, ...page }))
    await assert.rejects(list({ sort: 'handle' }), { code: 'invalid_request', field: 'sort' })
    await assert.rejects(list({ sort: 'toString' }), { code: 'invalid_request', field: 'sort' })
    const wrong = ['', 'x', cursorOf(null), cursorOf(['name', 'a', 'b']), cursorOf(['index', {}, 'b'])]
    for (const cursor of wrong) {
      await assert.rejects(list({ sort: 'index', cursor }), { code: 'invalid_request', field: 'cursor' })
    }
    assert.deepEqual(await store.read((tx) => listActions(tx, { projectId }, { limit: 1 })), {
      items: [],
      nextCursor: null,
    })
  })

  test('a stream of events goes on where it was, oldest first', async () => {
    const sequences = await store.write(async (tx) => {
      const event = (at: number) => ({
        ...{
          id: `e${at}` as never,
          at,
          level: 'info' as const,
          type: 'test.done',
          projectId: 'p' as ProjectId,
        },
        ...{ clusterId: null, nodeId: null, updateId: null, actionId: null },
        ...{ principal: 'test', because: '', data: { at } },
      })
      await insertEvents(
        tx,
        Array.from({ length: 7 }, (_, at) => event(at)),
      )
      const last = await lastEventSequence(tx)
      const filter = { projectIds: ['p' as ProjectId] }
      const first = await listEventsAfter(tx, filter, last - 7, 4)
      const second = await listEventsAfter(tx, filter, first.at(-1)!.sequence, 4)
      assert.deepEqual(await listEventsAfter(tx, filter, last, 4), [])
      const all = await allPages((page) => listEvents(tx, filter, page), 2, '-sequence')
      assert.deepEqual(
        all.map((one) => one.data['at']),
        [6, 5, 4, 3, 2, 1, 0],
      )
      return [...first, ...second].map((one) => one.data['at'])
    })
    assert.deepEqual(sequences, [0, 1, 2, 3, 4, 5, 6])
  })
})
