import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CompiledQuery, type RootOperationNode, sql } from 'kysely'
import type { ClusterId, PoolId, ProjectId } from '../domain/ids.ts'
import { encodeCursor } from './cursor.ts'
import { getEvent } from './events.ts'
import { listNodes } from './nodes.ts'
import type { Store, Tx } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'
import { loadNewestSuccesses } from './updates.ts'

const PROJECT = 'p' as ProjectId
const OLDEST_FIRST = { limit: 100, sort: 'createdAt' }
const NEXT_PAGE = { ...OLDEST_FIRST, cursor: encodeCursor('createdAt', [1, 'n']) }

const lookups: readonly (readonly [string, string, (tx: Tx) => Promise<unknown>])[] = [
  ['an event by its id', 'events_id', (tx) => getEvent(tx, 'e')],
  [
    'the oldest nodes of a project',
    'nodes_created',
    (tx) => listNodes(tx, { projectId: [PROJECT] }, OLDEST_FIRST),
  ],
  [
    'the newest updates of a pool that succeeded',
    'updates_cluster',
    (tx) => loadNewestSuccesses(tx, { id: 'd' as PoolId, clusterId: 'c' as ClusterId }, 5),
  ],
  ['the page after them', 'nodes_created', (tx) => listNodes(tx, { projectId: PROJECT }, NEXT_PAGE)],
]

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  before(async () => {
    database = await create()
    store = await database.open()
  })
  after(async () => {
    await store.close()
    await database.remove()
  })

  for (const [name, index, lookup] of lookups) {
    test(`${name} comes from the index ${index} as it stands`, async () => {
      const plan = await store.read((tx) => explain(tx, lookup))
      assert.match(plan, new RegExp(`\\b${index}\\b`))
      assert.doesNotMatch(plan, /temp b-tree|sort key/i)
    })
  }
})

/** How the database would find what `lookup` asks for last. */
async function explain(tx: Tx, lookup: (tx: Tx) => Promise<unknown>): Promise<string> {
  let last: CompiledQuery | undefined
  const watched = tx.withPlugin({
    transformQuery: ({ node, queryId }) => {
      last = tx.getExecutor().compileQuery(node as RootOperationNode, queryId)
      return node
    },
    transformResult: async ({ result }) => result,
  })
  await lookup(watched as Tx)
  assert.ok(last)
  const isPostgres = last.sql.includes('$1')
  if (isPostgres) {
    // An empty table is read from end to end, whatever indexes it has.
    await sql`set local enable_seqscan = off`.execute(tx)
    await sql`set local enable_bitmapscan = off`.execute(tx)
  }
  const verb = isPostgres ? 'explain' : 'explain query plan'
  const { rows } = await tx.executeQuery(CompiledQuery.raw(`${verb} ${last.sql}`, [...last.parameters]))
  return JSON.stringify(rows)
}
