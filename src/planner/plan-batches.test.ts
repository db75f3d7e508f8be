import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Strategy, UpdateOrder } from '../domain/update.ts'
import { planBatches } from './plan-batches.ts'

const OLD = 'old' as RevisionId
const NEW = 'new' as RevisionId

/** `o` serves on the old revision, `n` on the new; `x` is broken on the old, `y` on the new. Odd ones are in zone a, others in b. */
function pool(shape: string): Node[] {
  return [...shape].map((kind, at) => {
    const serves = kind === 'o' || kind === 'n'
    const revisionId = kind === 'o' || kind === 'x' ? OLD : NEW
    const health = serves ? 'Healthy' : 'Unhealthy'
    const metadata = { zone: at % 2 === 0 ? 'a' : 'b' }
    const id = `${kind}${at + 1}` as NodeId
    return { id, index: at + 1, status: 'Running', health, revisionId, metadata, data: {} } as unknown as Node
  })
}

const cases: readonly {
  readonly name: string
  readonly shape: string
  readonly max: number
  readonly strategy?: Strategy
  readonly order?: UpdateOrder
  readonly selection?: readonly string[]
  readonly batches: readonly string[]
  readonly skipped: string
}[] = [
  { name: 'moves so many at a time', shape: 'ooooo', max: 2, batches: ['o1 o2', 'o3 o4', 'o5'], skipped: '' },
  { name: 'leaves out what is there already', shape: 'ono', max: 1, batches: ['o1', 'o3'], skipped: 'n2' },
  {
    name: 'moves broken nodes first, which count',
    shape: 'oxo',
    max: 2,
    batches: ['x2 o1', 'o3'],
    skipped: '',
  },
  { name: 'starts a broken node on the target afresh', shape: 'yn', max: 1, batches: ['y1'], skipped: 'n2' },
  {
    name: 'takes nothing that serves while too many do not',
    shape: 'xxxo',
    max: 1,
    batches: ['x1', 'x2', 'x3', 'o4'],
    skipped: '',
  },
  {
    name: 'leaves out what was not chosen',
    shape: 'ooo',
    max: 2,
    selection: ['o2'],
    batches: ['o2'],
    skipped: 'o1 o3',
  },
  {
    name: 'ends where broken nodes that were not chosen leave no room',
    shape: 'xo',
    max: 1,
    selection: ['o2'],
    batches: [],
    skipped: 'x1',
  },
  {
    name: 'keeps to the order that was asked for, broken nodes first',
    shape: 'ooxo',
    max: 2,
    order: { by: 'reverse-index' },
    batches: ['x3 o4', 'o2 o1'],
    skipped: '',
  },
  {
    name: 'moves nodes of one zone at a time',
    shape: 'oooxo',
    max: 2,
    order: { by: 'zone' },
    batches: ['x4', 'o1 o3', 'o5', 'o2'],
    skipped: '',
  },
  { name: 'has nothing to do in an empty pool', shape: '', max: 1, batches: [], skipped: '' },
  {
    name: 'FORCE moves all at once',
    shape: 'oxn',
    max: 1,
    strategy: 'FORCE',
    batches: ['x2 o1'],
    skipped: 'n3',
  },
  {
    name: 'FORCE has no batch for nothing',
    shape: 'n',
    max: 1,
    strategy: 'FORCE',
    batches: [],
    skipped: 'n1',
  },
  {
    name: 'NO_RESTART does not mind that others do not serve',
    shape: 'xoo',
    max: 1,
    strategy: 'NO_RESTART',
    selection: ['o2', 'o3'],
    batches: ['o2', 'o3'],
    skipped: 'x1',
  },
]
for (const { name, shape, max, strategy = 'ROLLING', order, selection = null, batches, skipped } of cases) {
  test(`a plan ${name}`, () => {
    const plan = planBatches({
      nodes: pool(shape),
      toRevisionId: NEW,
      maxUnavailable: max,
      strategy,
      order: order ?? { by: 'index' },
      selection: selection as readonly NodeId[] | null,
    })
    assert.deepEqual(
      plan.batches.map((batch) => batch.map(({ id }) => id).join(' ')),
      batches,
    )
    assert.equal(plan.skipped.map(({ id }) => id).join(' '), skipped)
    assert.ok([...plan.skipped, ...plan.batches.flat()].every(({ because }) => because !== ''))
  })
}

test('no node runs a revision that is yet to be made', () => {
  const input = { maxUnavailable: 9, strategy: 'ROLLING', order: { by: 'index' }, selection: null } as const
  const nodes = [...pool('on'), { ...(pool('x')[0] as Node), id: 'fresh' as NodeId, revisionId: null }]
  assert.equal(planBatches({ ...input, nodes, toRevisionId: null }).batches.flat().length, 3)
})
