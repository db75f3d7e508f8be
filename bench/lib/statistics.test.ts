import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, percentile } from './statistics.ts'

test('the median is the middle, whatever the order', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.equal(median([7]), 7)
  assert.throws(() => median([]), RangeError)
})

test('a percentile lies between its neighbours', () => {
  const hundred = Array.from({ length: 101 }, (_, value) => value)
  assert.equal(percentile(hundred, 99), 99)
  assert.equal(percentile(hundred, 0), 0)
  assert.equal(percentile(hundred, 100), 100)
  assert.equal(percentile([10, 20], 75), 17.5)
})
