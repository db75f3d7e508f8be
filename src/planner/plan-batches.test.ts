import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Strategy, UpdateOrder } from '../domain/update.ts'
import { resolveCheckpoint } from './limits.ts'
import { type BatchInput, planBatches } from './plan-batches.ts'

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
    return {
      id,
      index: at + 1,
      status: 'Running',
      health,
      revisionId,
      metadata,
      data: {},
      drift: null,
    } as unknown as Node
  })
}

const cases: readonly {
  readonly name: string
  readonly shape: string
  readonly max: number
  readonly surge?: number
  readonly strategy?: Strategy
  readonly order?: UpdateOrder
  readonly selection?: readonly string[]
  readonly checkpoints?: readonly (number | string)[]
  readonly maxUnhealthy?: number
  readonly batches: readonly string[]
  /** `2@1`: at the second checkpoint, after one batch. */
  readonly holds?: string
  readonly blocked?: string
  readonly skipped: string
}[] = [
  { name: 'moves so many at a time', shape: 'ooooo', max: 2, batches: ['o1 o2', 'o3 o4', 'o5'], skipped: '' },
  {
    name: 'adds those whose replacement starts first',
    shape: 'oooooo',
    max: 1,
    surge: 2,
    batches: ['o1 o2 o3', 'o4 o5 o6'],
    skipped: '',
  },
  {
    name: 'takes nobody away where none may be',
    shape: 'xoo',
    max: 0,
    surge: 1,
    batches: ['x1 o2', 'o3'],
    skipped: '',
  },
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
    blocked: 'o2',
    skipped: 'x1',
  },
  {
    name: 'ends its batches at checkpoints, several of which may be one',
    shape: 'oooooo',
    max: 3,
    checkpoints: [1, '10%', 4, '100%'],
    batches: ['o1', 'o2 o3 o4', 'o5 o6'],
    holds: '1@1 3@2 4@3',
    skipped: '',
  },
  {
    name: 'holds before anything moves where enough nodes are there already',
    shape: 'nno',
    max: 1,
    checkpoints: [2],
    batches: ['o3'],
    holds: '1@0',
    skipped: 'n1 n2',
  },
  {
    name: 'takes nothing that serves before so many are well that maxUnhealthy lets it',
    shape: 'xxoo',
    max: 3,
    maxUnhealthy: 0,
    batches: ['x1 x2 o3', 'o4'],
    skipped: '',
  },
  {
    name: 'never moves what maxUnhealthy forbids for good',
    shape: 'xoo',
    max: 3,
    maxUnhealthy: 0,
    selection: ['o2', 'o3'],
    batches: [],
    blocked: 'o2 o3',
    skipped: 'x1',
  },
  {
    name: 'FORCE knows no checkpoints',
    shape: 'oo',
    max: 1,
    strategy: 'FORCE',
    checkpoints: [1],
    batches: ['o1 o2'],
    skipped: '',
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
for (const one of cases) {
  const { name, shape, max, batches, skipped } = one
  test(`a plan ${name}`, () => {
    const plan = planBatches({
      nodes: pool(shape),
      toRevisionId: NEW,
      maxUnavailable: max,
      maxSurge: one.surge ?? 0,
      maxUnhealthy: one.maxUnhealthy ?? null,
      strategy: one.strategy ?? 'ROLLING',
      isStrict: false,
      order: one.order ?? { by: 'index' },
      checkpoints: one.checkpoints ?? [],
      selection: (one.selection ?? null) as readonly NodeId[] | null,
    })
    assert.deepEqual(
      plan.batches.map((batch) => batch.map(({ id }) => id).join(' ')),
      batches,
    )
    assert.equal(plan.skipped.map(({ id }) => id).join(' '), skipped)
    assert.equal(plan.blocked.map(({ id }) => id).join(' '), one.blocked ?? '')
    assert.equal(plan.holds.map((at) => `${at.checkpoint}@${at.afterBatches}`).join(' '), one.holds ?? '')
    assert.ok(
      [...plan.blocked, ...plan.skipped, ...plan.batches.flat()].every(({ because }) => because !== ''),
    )
  })
}

const arbitraryInput: fc.Arbitrary<BatchInput> = fc
  .record({
    shape: fc.string({ unit: fc.constantFrom('o', 'n', 'x', 'y'), maxLength: 20 }),
    maxUnavailable: fc.integer({ min: 1, max: 6 }),
    maxSurge: fc.integer({ min: 0, max: 3 }),
    maxUnhealthy: fc.option(fc.integer({ min: 0, max: 4 })),
    strategy: fc.constantFrom('ROLLING', 'FORCE', 'NO_RESTART'),
    isStrict: fc.boolean(),
    by: fc.constantFrom('index', 'reverse-index', 'zone'),
    checkpoints: fc.subarray([1, 3, 7] as (number | string)[]),
    share: fc.option(fc.constantFrom('10%', '50%', '100%')),
    chosen: fc.option(fc.array(fc.integer({ min: 0, max: 19 }))),
    isNew: fc.boolean(),
  })
  .map(({ shape, by, checkpoints, share, chosen, isNew, ...rest }) => {
    const nodes = pool(shape)
    const selection = chosen && nodes.filter((_, at) => chosen.includes(at)).map(({ id }) => id)
    const points = share === null ? checkpoints : [...checkpoints, share]
    return { ...rest, nodes, selection, order: { by }, checkpoints: points, toRevisionId: isNew ? null : NEW }
  })

test('a plan names each node of the pool exactly once, and each chosen one as moved, blocked or right', () => {
  fc.assert(
    fc.property(arbitraryInput, (input) => {
      const plan = planBatches(input)
      const moved = plan.batches.flat()
      const all = [...moved, ...plan.blocked, ...plan.skipped].map(({ id }) => id)
      assert.deepEqual([...all].sort(), input.nodes.map(({ id }) => id).sort())
      const left = new Set(plan.skipped.filter(({ because }) => because === 'not chosen').map(({ id }) => id))
      for (const { id } of input.nodes) assert.equal(left.has(id), input.selection?.includes(id) === false)
    }),
  )
})

test('no batch of a plan takes more away than the update may, and none goes past a checkpoint', () => {
  fc.assert(
    fc.property(arbitraryInput, (input) => {
      const plan = planBatches(input)
      if (input.strategy === 'FORCE') return
      const selected = input.selection?.length ?? input.nodes.length
      let updated = plan.skipped.filter(({ because }) => because !== 'not chosen').length
      for (const [at, batch] of plan.batches.entries()) {
        assert.ok(batch.length > 0 && batch.length <= input.maxUnavailable + input.maxSurge)
        const held = plan.holds.filter(({ afterBatches }) => afterBatches <= at).length
        const passed = held === 0 ? 0 : (plan.holds[held - 1]?.checkpoint ?? 0)
        updated += batch.length
        const points = input.checkpoints.map((point) => resolveCheckpoint('checkpoints', point, selected))
        const next = points.slice(passed).find((nodes) => nodes > (points[passed - 1] ?? 0))
        assert.ok(next === undefined || updated <= next)
      }
    }),
  )
})

test('no node runs a revision that is yet to be made', () => {
  const limits = {
    maxUnavailable: 9,
    maxSurge: 0,
    maxUnhealthy: null,
    isStrict: false,
    checkpoints: [],
    selection: null,
  }
  const input = { ...limits, strategy: 'ROLLING', order: { by: 'index' } } as const
  const nodes = [...pool('on'), { ...(pool('x')[0] as Node), id: 'fresh' as NodeId, revisionId: null }]
  assert.equal(planBatches({ ...input, nodes, toRevisionId: null }).batches.flat().length, 3)
})
