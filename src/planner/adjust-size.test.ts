import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ADJUSTMENT_TYPES } from '../domain/adjustment.ts'
import { type PresentSizes, planSizes, type SizeAdjustment } from './adjust-size.ts'

const NOTHING: SizeAdjustment = {
  adjustmentType: null,
  number: null,
  minSize: null,
  maxSize: null,
  minStep: null,
  strict: true,
}
const POOL: PresentSizes = { size: 10, minSize: 2, maxSize: 20, desiredCapacity: 10, limit: 1000 }
const exact = (number: number) => ({ adjustmentType: 'EXACT_CAPACITY', number }) as const
const by = (number: number) => ({ adjustmentType: 'CHANGE_IN_CAPACITY', number }) as const
const percent = (number: number, minStep: number | null = null) =>
  ({ adjustmentType: 'CHANGE_IN_PERCENTAGE', number, minStep }) as const
const loosely = { strict: false }

interface Case {
  readonly name: string
  readonly wanted: Partial<SizeAdjustment>
  readonly pool?: Partial<PresentSizes>
  /** Desired capacity, smallest, largest; or the field that is refused. */
  readonly want: readonly [number, number, number | null] | string
}

const cases: readonly Case[] = [
  { name: 'to a number', wanted: exact(4), want: [4, 2, 20] },
  { name: 'by a number', wanted: by(-3), want: [7, 2, 20] },
  { name: 'by a share, cut towards zero', wanted: percent(25), want: [12, 2, 20] },
  { name: 'by a share, cut towards zero downwards', wanted: percent(-25), want: [8, 2, 20] },
  { name: 'by at least one node', wanted: percent(1), want: [11, 2, 20] },
  { name: 'by at least one node downwards', wanted: percent(-1), want: [9, 2, 20] },
  { name: 'by a share of nothing', wanted: percent(0), want: [9, 2, 20] },
  { name: 'by at least the step', wanted: percent(20, 5), want: [15, 2, 20] },
  { name: 'by at least the step downwards', wanted: percent(-15, 4), want: [6, 2, 20] },
  { name: 'by a step that is smaller', wanted: percent(50, 2), want: [15, 2, 20] },
  { name: 'by a step and a share of nothing', wanted: percent(0, 3), want: [7, 2, 20] },
  { name: 'the step is for shares only', wanted: { ...by(1), minStep: 5 }, want: [11, 2, 20] },
  { name: 'above what any pool may have', wanted: { ...exact(1001), ...loosely }, want: 'number' },
  { name: 'a bound above what any pool may have', wanted: { maxSize: 1001 }, want: 'maxSize' },
  {
    name: 'below the bound that comes with it',
    wanted: { ...exact(3), minSize: 4, ...loosely },
    want: 'number',
  },
  {
    name: 'above the bound that comes with it',
    wanted: { ...exact(9), maxSize: 8, ...loosely },
    want: 'number',
  },
  { name: 'below the own bound', wanted: exact(1), want: 'number' },
  { name: 'below the own bound, cut', wanted: { ...exact(1), ...loosely }, want: [2, 2, 20] },
  { name: 'below nothing, cut', wanted: { ...by(-30), ...loosely }, want: [2, 2, 20] },
  { name: 'above the own bound', wanted: exact(21), want: 'number' },
  { name: 'above the own bound, cut', wanted: { ...exact(21), ...loosely }, want: [20, 2, 20] },
  { name: 'below the own bound, which moves', wanted: { ...exact(1), minSize: 0 }, want: [1, 0, 20] },
  {
    name: 'above the own bound, which is lifted',
    wanted: { ...exact(30), maxSize: -1 },
    want: [30, 2, null],
  },
  {
    name: 'bounds that contradict each other',
    wanted: { minSize: 6, maxSize: 5, ...loosely },
    want: 'minSize',
  },
  { name: 'above the other bound', wanted: { minSize: 21, ...loosely }, want: 'minSize' },
  { name: 'below the other bound', wanted: { maxSize: 1, ...loosely }, want: 'maxSize' },
  { name: 'a bound above the size', wanted: { minSize: 12 }, want: 'minSize' },
  { name: 'a bound above the size, followed', wanted: { minSize: 12, ...loosely }, want: [12, 12, 20] },
  { name: 'a bound below the size', wanted: { maxSize: 8 }, want: 'maxSize' },
  { name: 'a bound below the size, followed', wanted: { maxSize: 8, ...loosely }, want: [8, 2, 8] },
  { name: 'bounds that hold already', wanted: { minSize: 1, maxSize: 30 }, want: [10, 1, 30] },
  { name: 'nodes that are missing', wanted: by(1), pool: { size: 4 }, want: [5, 2, 20] },
]
for (const { name, wanted, pool, want } of cases) {
  test(`sizes: ${name}`, () => {
    const plan = planSizes({ ...NOTHING, ...wanted }, { ...POOL, ...pool })
    if (typeof want === 'string') assert.equal(plan.kind === 'refuse' && plan.field, want)
    else {
      assert.ok(plan.kind === 'sizes', plan.kind === 'refuse' ? plan.because : '')
      const { desiredCapacity, minSize, maxSize } = plan.sizes
      assert.deepEqual([desiredCapacity, minSize, maxSize], want)
    }
  })
}

test('whatever is asked for, sizes that come of it keep to their bounds', () => {
  const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
  const wanted = fc.record({
    adjustmentType: orNull(fc.constantFrom(...ADJUSTMENT_TYPES)),
    number: orNull(fc.double({ min: -300, max: 300, noNaN: true })),
    minSize: orNull(fc.nat(30)),
    maxSize: orNull(fc.integer({ min: -1, max: 30 })),
    minStep: orNull(fc.nat(10)),
    strict: fc.boolean(),
  })
  fc.assert(
    fc.property(wanted, fc.nat(20), fc.nat(10), fc.nat(10), (adjustment, size, minSize, room) => {
      const maxSize = minSize + room
      const desiredCapacity = Math.min(Math.max(size, minSize), maxSize)
      const plan = planSizes(adjustment, { size, minSize, maxSize, desiredCapacity, limit: 1000 })
      if (plan.kind === 'refuse') return
      const { sizes } = plan
      assert.ok(Number.isInteger(sizes.desiredCapacity))
      assert.ok(sizes.desiredCapacity >= sizes.minSize)
      assert.ok(sizes.maxSize === null || sizes.desiredCapacity <= sizes.maxSize)
    }),
  )
})
