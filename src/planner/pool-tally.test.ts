import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import { type NodeView, PoolTally, type StepResult } from './pool-tally.ts'

const TARGET = 'target' as RevisionId
const OTHER = 'other' as RevisionId
const ID = 'n' as NodeId
const BUCKETS = ['unselected', 'inFlight', 'failed', 'fallen', 'done', 'down', 'up', 'stopped'] as const

function view(given: Partial<NodeView> = {}): NodeView {
  const turn = { domain: '', rank: 1 }
  return {
    id: ID,
    revisionId: OTHER,
    available: true,
    busy: false,
    step: null,
    surging: false,
    stopped: false,
    turn,
    ...given,
  }
}

function bucketOf(tally: PoolTally): string[] {
  return BUCKETS.filter((bucket) => tally.count(bucket) > 0)
}

const away = { available: false }
const cases: readonly {
  readonly name: string
  readonly node: Partial<NodeView>
  readonly result?: StepResult
  readonly direction?: 'back'
  readonly chosen?: false
  readonly want: (typeof BUCKETS)[number]
}[] = [
  { name: 'serves on another revision', node: {}, want: 'up' },
  { name: 'does not serve on another revision', node: away, want: 'down' },
  { name: 'never ran anything', node: { ...away, revisionId: null }, want: 'down' },
  { name: 'serves on the target', node: { revisionId: TARGET }, want: 'done' },
  { name: 'does not serve on the target', node: { ...away, revisionId: TARGET }, want: 'down' },
  {
    name: 'does not serve on the target on the way back',
    node: { ...away, revisionId: TARGET },
    direction: 'back',
    want: 'done',
  },
  { name: 'serves on another revision on the way back', node: {}, direction: 'back', want: 'up' },
  { name: 'was stopped', node: { ...away, stopped: true }, want: 'stopped' },
  {
    name: 'was stopped on the target',
    node: { ...away, stopped: true, revisionId: TARGET },
    want: 'stopped',
  },
  {
    name: 'was stopped on the target on the way back',
    node: { ...away, stopped: true, revisionId: TARGET },
    direction: 'back',
    want: 'stopped',
  },
  { name: 'is being worked on', node: { ...away, busy: true, step: 'update' }, want: 'inFlight' },
  {
    name: 'is being worked on although its step had failed',
    node: { busy: true, step: 'update' },
    result: 'failed',
    want: 'inFlight',
  },
  { name: 'failed and is checked by somebody else', node: { busy: true }, result: 'failed', want: 'failed' },
  { name: 'failed its step', node: { ...away, revisionId: TARGET }, result: 'failed', want: 'failed' },
  { name: 'failed its step and serves on the old revision', node: {}, result: 'failed', want: 'failed' },
  { name: 'failed to stop', node: { ...away, stopped: true }, result: 'failed', want: 'failed' },
  { name: 'was updated', node: { revisionId: TARGET }, result: 'updated', want: 'done' },
  {
    name: 'was updated and fell over',
    node: { ...away, revisionId: TARGET },
    result: 'updated',
    want: 'fallen',
  },
  { name: 'was not chosen', node: {}, chosen: false, want: 'unselected' },
  { name: 'was not chosen and is being worked on', node: { busy: true }, chosen: false, want: 'unselected' },
]
for (const { name, node, result, direction = 'forward', chosen = true, want } of cases) {
  test(`a node that ${name} is ${want}`, () => {
    const selection = chosen ? null : new Set(['another' as NodeId])
    const ends = result ? [[ID, { result, at: 1 }] as const] : []
    const tally = new PoolTally({ target: TARGET, direction, selection }, ends)
    tally.put(view(node))
    assert.deepEqual(bucketOf(tally), [want])
    assert.equal(tally.unavailable, node.available === false ? 1 : 0)
    assert.equal(tally.size, 1)
  })
}

/** Every change from any view to any other leaves exactly what the last one alone would give. */
test('a node that changes leaves nothing of what it was before', () => {
  const goal = { target: TARGET, direction: 'forward', selection: null } as const
  for (const { name: from, node: before } of cases) {
    for (const { name: to, node: now } of cases) {
      const changed = new PoolTally(goal)
      changed.put(view(before))
      changed.put(view(now))
      const fresh = new PoolTally(goal)
      fresh.put(view(now))
      const seen = (tally: PoolTally) => [
        bucketOf(tally),
        tally.size,
        tally.unavailable,
        tally.unhealthy,
        [...tally.domainsInFlight],
        (['update', 'stop', 'start', 'place'] as const).map((step) => tally.inFlight(step)),
      ]
      assert.deepEqual(seen(changed), seen(fresh), `${from} → ${to}`)
      changed.remove(ID)
      assert.deepEqual(seen(changed), [[], 0, 0, 0, [], [0, 0, 0, 0]])
    }
  }
})

test('how a step ended counts from the next put, and goes with the node', () => {
  const tally = new PoolTally({ target: TARGET, direction: 'forward', selection: null })
  tally.put(view())
  tally.setEnd(ID, { result: 'failed', at: 1 })
  tally.put(view())
  assert.deepEqual(bucketOf(tally), ['failed'])
  tally.remove(ID)
  tally.put(view())
  assert.deepEqual(bucketOf(tally), ['up'])
})

test('a queue keeps the order of turns, however nodes come and go, and gives no more than asked for', () => {
  const tally = new PoolTally({ target: TARGET, direction: 'forward', selection: null })
  const [a, b, c] = ['a', 'b', 'c'] as [NodeId, NodeId, NodeId]
  const put = (id: NodeId, rank: number, given: Partial<NodeView> = {}) =>
    tally.put(view({ id, turn: { domain: '', rank }, ...given }))
  const first = (limit: number) => tally.first('up', limit).map(({ id }) => id)
  put(c, 3)
  put(a, 1)
  put(b, 2)
  assert.deepEqual(first(10), [a, b, c])
  put(a, 1, { busy: true })
  assert.deepEqual(first(10), [b, c])
  put(a, 1)
  assert.deepEqual(first(2), [a, b])
  assert.deepEqual(first(0), [])
  put(a, 9)
  assert.deepEqual(first(10), [b, c, a])
  tally.remove('unknown' as NodeId)
  assert.equal(tally.size, 3)
})

test('a node is unhealthy unless a step of the update has taken it away, and only such steps hold a domain', () => {
  const tally = new PoolTally({ target: TARGET, direction: 'forward', selection: null })
  const put = (id: string, given: Partial<NodeView>) =>
    tally.put(view({ id: id as NodeId, turn: { domain: `zone-${id}`, rank: 1 }, ...given }))
  put('a', { ...away, busy: true, step: 'update' })
  put('b', { ...away, busy: true })
  put('c', away)
  assert.deepEqual([tally.unavailable, tally.unhealthy], [3, 2])
  assert.deepEqual([...tally.domainsInFlight], ['zone-a'])
})
