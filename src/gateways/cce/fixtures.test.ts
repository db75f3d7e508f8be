import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Client, start } from './test-client.ts'

interface Recording {
  readonly client: string
  readonly exchanges: readonly Exchange[]
}

interface Exchange {
  /** The client's method. */
  readonly call: string
  readonly method: string
  /** Below the project. `{cluster}`, `{pool}`, `{node}` and `{job}` stand for ids, here and in the body. */
  readonly path: string
  readonly body?: unknown
  readonly status: number
}

const recordings: readonly Recording[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/huaweicloudsdkcce.json'), 'utf8'),
)

/** What they leave behind stands in no other's way. */
const READS = ['create_cluster', 'create_node_pool', 'list', 'show']

for (const { client, exchanges } of recordings) {
  test(`what ${client} sends is understood and answered as it was`, async (t) => {
    const made = await start(t)
    const common = await makeScene(made, 'common')
    for (const [at, { call, method, path, body, status }] of exchanges.entries()) {
      const isRead = READS.some((beginning) => call.startsWith(beginning))
      const scene = isRead ? common : await makeScene(made, `shop-${at}`)
      const isAlone = (path + JSON.stringify(body ?? '')).includes('DefaultPool')
      const [node, other] = isAlone ? scene.alone : scene.inPool
      const ids: Record<string, string | undefined> = { ...scene.ids, node, 'other node': other }
      const fill = (text: string) =>
        text.replace(/\{(cluster|pool|node|job|other node)\}/g, (_, name: string) => ids[name]!)
      const filled = body && JSON.parse(fill(JSON.stringify(body)))
      // A pool is called as it was when it was made.
      if (call === 'update_node_pool') filled.metadata.name = 'own'
      const answer = await made.ask(method, fill(path), filled)
      assert.equal(answer.status, status, `${call}: ${answer.text}`)
    }
  })
}

/** A cluster with a pool of two nodes, and two in none. */
async function makeScene({ ask, makeCluster, makePool, until, nodesOf }: Client, name: string) {
  const cluster = await makeCluster(name)
  const pool = await makePool(cluster, 'own', 2)
  const spec = { flavor: 'c7.large.2', az: 'az1', rootVolume: { size: 40, volumetype: 'SAS' }, count: 2 }
  const made = await ask('POST', `/clusters/${cluster}/nodes`, { spec })
  const job = made.body.status.jobID
  const isUp = ({ status: { phase } }: { status: { phase: string } }) => phase === 'Active'
  await until(`/clusters/${cluster}/nodes`, ({ items }) => items.length === 4 && items.every(isUp))
  const nodes = await nodesOf(cluster)
  const idsOf = (isAlone: boolean): string[] =>
    nodes
      .filter(({ metadata }) => isAlone === (metadata.ownerReferences === undefined))
      .map(({ metadata }) => metadata.uid)
  return { ids: { cluster, pool, job }, alone: idsOf(true), inPool: idsOf(false) }
}
