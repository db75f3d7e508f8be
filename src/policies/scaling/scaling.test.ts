import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { PolicyFacts, PolicyTarget } from '../policy.ts'
import { facts, members } from '../test-facts.ts'
import { secondsToCooldown } from './cooldown.ts'
import { scalingPolicy } from './index.ts'

interface Case {
  readonly name: string
  readonly adjustment: object
  readonly event?: PolicyTarget
  readonly size?: number
  readonly with?: Partial<PolicyFacts>
  readonly want: number | RegExp
}

const ask = (event: PolicyTarget, adjustment: object, given: PolicyFacts) =>
  scalingPolicy.ask(scalingPolicy.parse('1.0', { event, adjustment } as never), given)

const count = (given: number) => ({ change: { count: given, isCountGiven: true, nodes: null } })
const bounds = (minSize: number, maxSize: number | null) => ({ bounds: { minSize, maxSize } })

const cases: readonly Case[] = [
  { name: 'one by default', adjustment: {}, want: 1 },
  { name: 'a number', adjustment: { number: 3 }, want: 3 },
  { name: 'to an exact size', adjustment: { type: 'EXACT_CAPACITY', number: 5 }, size: 3, want: 2 },
  { name: 'not down', adjustment: { type: 'EXACT_CAPACITY', number: 2 }, size: 3, want: /nothing to do/ },
  {
    name: 'to an exact smaller size',
    adjustment: { type: 'EXACT_CAPACITY', number: 2 },
    event: 'CLUSTER_SCALE_IN',
    size: 5,
    want: -3,
  },
  { name: 'a share', adjustment: { type: 'CHANGE_IN_PERCENTAGE', number: 25 }, size: 10, want: 2 },
  {
    name: 'a share, at least the smallest step',
    adjustment: { type: 'CHANGE_IN_PERCENTAGE', number: 5, minStep: 2 },
    size: 10,
    want: 2,
  },
  { name: 'what the caller says', adjustment: { number: 3 }, with: count(2), want: 2 },
  { name: 'not over a bound', adjustment: { number: 3 }, with: bounds(0, 4), want: /maxSize 4 leaves 1/ },
  {
    name: 'up to a bound with best effort',
    adjustment: { number: 3, bestEffort: true },
    with: bounds(0, 4),
    want: 1,
  },
  {
    name: 'not at a bound',
    adjustment: { number: 3, bestEffort: true },
    with: bounds(0, 3),
    want: /maxSize 3 leaves 0/,
  },
  {
    name: 'down to a bound with best effort',
    adjustment: { number: 3, bestEffort: true },
    event: 'CLUSTER_SCALE_IN',
    with: bounds(2, null),
    want: -1,
  },
  {
    name: 'not in the cooldown',
    adjustment: { cooldown: 60 },
    with: { memory: { lastOperationAt: 1_000_000 - 59_500, data: {} } },
    want: /cooldown of 60 s after the last scaling goes on for 1 s/,
  },
  {
    name: 'after the cooldown',
    adjustment: { cooldown: 60 },
    with: { memory: { lastOperationAt: 1_000_000 - 60_000, data: {} } },
    want: 1,
  },
  {
    name: 'by the smaller of two steps',
    adjustment: { number: 5 },
    with: { decided: { count: 2 } },
    want: 2,
  },
]
for (const { name, adjustment, event = 'CLUSTER_SCALE_OUT', size = 3, with: given, want } of cases) {
  test(`a cluster scales ${name}`, () => {
    const action = { name: event, inputs: {} }
    const verdict = ask(event, adjustment, facts({ action, members: members(size), ...given }))
    if (typeof want === 'number') {
      assert.deepEqual(verdict.kind === 'narrow' && verdict.decisions, { count: want }, verdict.because)
    } else {
      assert.equal(verdict.kind, 'deny')
      assert.match(verdict.because, want)
    }
  })
}

test('a policy for one direction has nothing to say about the other', () => {
  const verdict = ask('CLUSTER_SCALE_IN', { cooldown: 60 }, facts())
  assert.equal(verdict.kind, 'allow')
})

test('a step never leaves the bounds, and is never nothing', () => {
  const arbitrary = fc.record({
    isOut: fc.boolean(),
    type: fc.constantFrom('EXACT_CAPACITY', 'CHANGE_IN_CAPACITY', 'CHANGE_IN_PERCENTAGE'),
    number: fc.integer({ min: 1, max: 200 }),
    bestEffort: fc.boolean(),
    minSize: fc.nat(20),
    room: fc.nat(20),
    above: fc.nat(20),
  })
  fc.assert(
    fc.property(arbitrary, ({ isOut, type, number, bestEffort, minSize, room, above }) => {
      const size = minSize + Math.min(above, room)
      const maxSize = minSize + room
      const event = isOut ? 'CLUSTER_SCALE_OUT' : 'CLUSTER_SCALE_IN'
      const given = facts({
        action: { name: event, inputs: {} },
        members: members(size),
        ...bounds(minSize, maxSize),
      })
      const verdict = ask(event, { type, number, bestEffort }, given)
      assert.notEqual(verdict.kind, 'allow')
      if (verdict.kind !== 'narrow') return
      const step = verdict.decisions.count as number
      assert.equal(Math.sign(step), isOut ? 1 : -1)
      assert.ok(size + step >= minSize && size + step <= maxSize, `${size} + ${step}`)
    }),
  )
})

test('only a scaling of its own kind that succeeded begins the cooldown', () => {
  const spec = scalingPolicy.parse('1.0', { event: 'CLUSTER_SCALE_OUT' })
  const memory = { lastOperationAt: null, data: {} }
  const tell = (name: PolicyTarget, hasSucceeded: boolean) =>
    scalingPolicy.tell?.(spec, { now: 7, name, hasSucceeded, memory })
  assert.deepEqual(tell('CLUSTER_SCALE_OUT', true), { lastOperationAt: 7, data: {} })
  assert.equal(tell('CLUSTER_SCALE_OUT', false), null)
  assert.equal(tell('CLUSTER_SCALE_IN', true), null)
})

test('the rest of a cooldown is rounded up, so that a client that waits for it is not early', () => {
  assert.equal(secondsToCooldown(60, null, 0), 0)
  assert.equal(secondsToCooldown(60, 1000, 1001), 60)
  assert.equal(secondsToCooldown(60, 1000, 60_999), 1)
  assert.equal(secondsToCooldown(60, 1000, 61_000), 0)
})
