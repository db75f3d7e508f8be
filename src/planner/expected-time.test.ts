import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeTime } from '../domain/forecast.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { expectTime, toNodeTime } from './expected-time.ts'
import type { PlannedNode } from './plan-batches.ts'

const FOUR_SECONDS: NodeTime = { samples: 6, medianMs: 4000, slowMs: 6000 }

function plan(sizes: readonly number[], holds: readonly number[] = [], blocked = 0) {
  const nodes = (size: number) => Array.from({ length: size }, () => ({}) as PlannedNode)
  const atCheckpoints = holds.map((afterBatches, at) => ({ checkpoint: at + 1, afterBatches }))
  return { batches: sizes.map(nodes), holds: atCheckpoints, blocked: nodes(blocked) }
}

const cases: readonly {
  readonly name: string
  readonly sizes?: readonly number[]
  readonly holds?: readonly number[]
  readonly blocked?: number
  readonly params?: Partial<UpdateParams>
  readonly perNode?: NodeTime | null
  /** Seconds. */
  readonly want: readonly [typical: number | null, slow: number | null, waits: number]
  readonly persons?: number
  readonly because: RegExp
}[] = [
  {
    name: 'adds up batches',
    want: [12, 18, 0],
    because: /^6 nodes in 3 batches, 4 s for each by the median/,
  },
  {
    name: 'adds minReadySeconds to each',
    params: { minReadySeconds: 1 },
    want: [15, 21, 3],
    because: /3 s of/,
  },
  {
    name: 'counts pauses between batches',
    params: { batchPauseSeconds: 10 },
    want: [32, 38, 20],
    because: /20 s of/,
  },
  {
    name: 'counts a hold, while which a pause passes, and the bake',
    holds: [1],
    params: { batchPauseSeconds: 10, holdSeconds: 60, bakeSeconds: 5 },
    want: [87, 93, 75],
    because: /75 s of/,
  },
  {
    name: 'counts holds before the first batch and after the last',
    holds: [0, 3],
    params: { holdSeconds: 30 },
    want: [72, 78, 60],
    because: /60 s of/,
  },
  {
    name: 'says where it waits for a person',
    holds: [1, 2],
    want: [12, 18, 0],
    persons: 2,
    because: /the time until somebody says to go on at 2 checkpoints/,
  },
  {
    name: 'has no pause in FORCE, which has one batch',
    sizes: [6],
    params: { strategy: 'FORCE', batchPauseSeconds: 10 },
    want: [4, 6, 0],
    because: /1 batch,/,
  },
  {
    name: 'says what it does not know',
    perNode: null,
    params: { bakeSeconds: 5 },
    want: [null, null, 5],
    because: /no update of this pool has succeeded yet/,
  },
  {
    name: 'needs no history where nothing moves',
    sizes: [],
    perNode: null,
    params: { bakeSeconds: 5 },
    want: [5, 5, 5],
    because: /^no node has to move, 5 s of/,
  },
  {
    name: 'leaves out nodes that may not move',
    blocked: 2,
    want: [12, 18, 0],
    because: /without 2 nodes that may not/,
  },
]
for (const { name, sizes = [2, 2, 2], holds, blocked, params, perNode = FOUR_SECONDS, ...want } of cases) {
  test(`the expected time ${name}`, () => {
    const all = { ...DEFAULT_UPDATE_PARAMS, ...params }
    const time = expectTime(plan(sizes, holds, blocked), all, perNode)
    const toSeconds = (ms: number | null) => ms && ms / 1000
    assert.deepEqual([time.typicalMs, time.slowMs, time.waitsMs].map(toSeconds), want.want)
    assert.equal(time.waitsForPerson, want.persons ?? 0)
    assert.match(time.because, want.because)
  })
}

test('what past steps say is their median and their slowest tenth, whatever their order', () => {
  assert.deepEqual(toNodeTime([[5, 1, 2, 3, 4]]), { samples: 5, medianMs: 3, slowMs: 5 })
  const tenTo100 = Array.from({ length: 10 }, (_, at) => (10 - at) * 10)
  assert.deepEqual(toNodeTime([tenTo100]), { samples: 10, medianMs: 50, slowMs: 90 })
  assert.deepEqual(toNodeTime([[7]]), { samples: 1, medianMs: 7, slowMs: 7 })
})

test('two steps add up, and both have to be known', () => {
  assert.deepEqual(toNodeTime([[1, 3], [10]]), { samples: 1, medianMs: 11, slowMs: 13 })
  assert.equal(toNodeTime([[1], []]), null)
  assert.equal(toNodeTime([]), null)
})
