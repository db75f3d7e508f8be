import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidRequestError } from '../domain/errors.ts'
import { resolveMaxUnavailable } from './limits.ts'

for (const [given, size, want] of [
  [2, 6, 2],
  [20, 6, 20],
  ['25%', 10, 2],
  ['10%', 3, 1],
  ['1%', 0, 1],
  ['100%', 7, 7],
  ['50%', 7, 3],
] as const) {
  test(`maxUnavailable ${given} of ${size} nodes is ${want}`, () => {
    assert.equal(resolveMaxUnavailable(given, size), want)
  })
}

for (const given of [
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '0%',
  '101%',
  '1.5%',
  '-5%',
  '5',
  '%',
  ' 5%',
  '',
]) {
  test(`maxUnavailable ${JSON.stringify(given)} is refused, and named`, () => {
    assert.throws(
      () => resolveMaxUnavailable(given, 10),
      (error) => error instanceof InvalidRequestError && error.field === 'params.maxUnavailable',
    )
  })
}

test('a percentage never takes more than its share, but always lets one move', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(100_000), (percent, size) => {
      const nodes = resolveMaxUnavailable(`${percent}%`, size)
      assert.ok(nodes >= 1)
      assert.ok(nodes === 1 || nodes * 100 <= size * percent)
      assert.ok((nodes + 1) * 100 > size * percent)
    }),
  )
})
