import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId } from '../domain/ids.ts'
import type { Observed, Runtime } from '../runtimes/runtime.ts'
import { systemClock } from '../system/clock.ts'
import { silentLog } from '../system/log.ts'
import { TimeLimit } from '../system/time-limit.ts'
import { observeNode } from './observe-node.ts'

const node = { id: 'n1' as NodeId, name: 'web-1', index: 1, clusterName: 'web', projectName: 'default' }

/** What the engine makes of a node that runs well under this key. */
function observeKey(key: string | null) {
  const observed: Observed = { running: true, key, passing: true, detail: 'runs as pid 7' }
  const runtime = { observe: async () => observed } as unknown as Runtime
  return observeNode(
    new TimeLimit(systemClock),
    { runtime, node, handle: null, check: { type: 'alive' }, startKey: 'n1/r2/5' },
    { term: 1, log: silentLog },
  )
}

// Simulation, seed 1: a start on the way back got lost, and the node was said to serve on a revision it did not run.
test('a node that runs what was there before its last start is not taken for one that runs', async () => {
  const seen = await observeKey('n1/r1/4')
  assert.equal(seen.running, false)
  assert.match(seen.detail, /another start than the last one runs as pid 7/)
})

test('code that was placed under a node since its start makes no other start of it', async () => {
  assert.equal((await observeKey('n1/r1/5')).running, true)
  assert.equal((await observeKey('n1/r2/5')).running, true)
})

test('a runtime that does not know what was started is believed', async () => {
  assert.equal((await observeKey(null)).running, true)
})
