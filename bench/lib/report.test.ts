import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toTable, withUnit } from './report.ts'
import { isReached, medianResult, type Result } from './result.ts'

const speed: Omit<Result, 'value'> = {
  row: 'speed',
  measured: 'nodes moved',
  unit: '/s',
  samples: [4000, 6000, 5500],
  beside: 'bare writes: 20,000 /s',
  target: { atLeast: 5000 },
}

test('a result is the median of its samples, and is reached when it is within its target', () => {
  const result = medianResult(speed)
  assert.equal(result.value, 5500)
  assert.equal(isReached(result), true)
  assert.equal(isReached({ value: 1.2, target: { atMost: 1.15 } }), false)
  assert.equal(isReached({ value: 1.1, target: { atMost: 1.15, atLeast: 1 } }), true)
  assert.equal(isReached({ value: 1, target: null }), null)
})

test('the table has one line for each result and says which target was missed', () => {
  const missed = medianResult({ ...speed, row: 'slow', samples: [10] })
  const lines = toTable([medianResult(speed), missed]).split('\n')
  assert.equal(lines.length, 4)
  assert.match(lines[2]!, /\| speed \| nodes moved \| 5,500 \/s \| ≥ 5,000 \/s \| yes /)
  assert.match(lines[3]!, /\*\*no\*\*/)
  assert.equal(new Set(lines.map((line) => line.length)).size, 1)
})

test('numbers are shown with the digits that count', () => {
  assert.equal(withUnit(12345.6, 'ms'), '12,346 ms')
  assert.equal(withUnit(12.345, 'ms'), '12.3 ms')
  assert.equal(withUnit(1.1449, ''), '1.14')
})
