import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidRequestError } from '../domain/errors.ts'
import type { Strategy } from '../domain/update.ts'
import { resolveLimits, resolveMaxSurge, resolveMaxUnavailable } from './limits.ts'

for (const [strategy, maxUnavailable, maxSurge, size, want] of [
  ['ROLLING', 2, 0, 6, [2, 0]],
  ['ROLLING', 20, 0, 6, [20, 0]],
  ['ROLLING', '25%', 0, 10, [2, 0]],
  ['ROLLING', '10%', 0, 3, [1, 0]],
  ['ROLLING', '1%', 0, 0, [1, 0]],
  ['ROLLING', '100%', '0%', 7, [7, 0]],
  ['ROLLING', '50%', 0, 7, [3, 0]],
  ['ROLLING', 0, 0, 7, [1, 0]],
  ['ROLLING', '25%', '25%', 10, [2, 3]],
  ['ROLLING', '10%', '10%', 3, [0, 1]],
  ['ROLLING', 0, 2, 3, [0, 2]],
  ['ROLLING', '0%', '100%', 3, [0, 3]],
  ['NO_RESTART', 0, 2, 3, [1, 0]],
  ['NO_RESTART', '50%', '50%', 4, [2, 0]],
  ['FORCE', 1, 1, 6, [6, 0]],
] as const) {
  test(`${strategy} with maxUnavailable ${maxUnavailable} and maxSurge ${maxSurge} of ${size} nodes is ${want}`, () => {
    const limits = resolveLimits({ strategy, maxUnavailable, maxSurge }, size)
    assert.deepEqual([limits.maxUnavailable, limits.maxSurge], want)
  })
}

for (const given of [
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '101%',
  '1.5%',
  '-5%',
  '5',
  '%',
  ' 5%',
  '',
]) {
  for (const [field, resolve] of [
    ['params.maxUnavailable', resolveMaxUnavailable],
    ['params.maxSurge', resolveMaxSurge],
  ] as const) {
    test(`${field} ${JSON.stringify(given)} is refused, and named`, () => {
      assert.throws(
        () => resolve(given, 10),
        (error) => error instanceof InvalidRequestError && error.field === field,
      )
    })
  }
}

test('a percentage never takes away more than its share, surges by at least its share, and always lets one move', () => {
  const percentage = fc.integer({ min: 0, max: 100 })
  const strategy = fc.constantFrom<Strategy[]>('ROLLING', 'NO_RESTART', 'FORCE')
  fc.assert(
    fc.property(
      strategy,
      percentage,
      percentage,
      fc.integer({ min: 1, max: 100_000 }),
      (how, away, extra, size) => {
        const given = { strategy: how, maxUnavailable: `${away}%`, maxSurge: `${extra}%` }
        const { maxUnavailable, maxSurge } = resolveLimits(given, size)
        assert.ok(maxUnavailable + maxSurge >= 1)
        if (how === 'FORCE') return
        assert.ok(maxUnavailable === 1 || maxUnavailable * 100 <= size * away)
        assert.ok((maxUnavailable + 1) * 100 > size * away)
        if (how === 'NO_RESTART') return assert.equal(maxSurge, 0)
        assert.ok(maxSurge * 100 >= size * extra && (maxSurge - 1) * 100 < size * extra)
      },
    ),
  )
})
