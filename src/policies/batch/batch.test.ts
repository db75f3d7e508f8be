import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { facts, members } from '../test-facts.ts'
import { batchPolicy, batchSize } from './index.ts'

const cases = [
  { nodes: 10, minInService: 1, maxBatchSize: -1, want: 9 },
  { nodes: 10, minInService: 4, maxBatchSize: -1, want: 6 },
  { nodes: 10, minInService: 4, maxBatchSize: 3, want: 3 },
  { nodes: 3, minInService: 5, maxBatchSize: -1, want: 2 },
  { nodes: 4, minInService: 4, maxBatchSize: -1, want: 2 },
  { nodes: 1, minInService: 1, maxBatchSize: -1, want: 1 },
  { nodes: 0, minInService: 1, maxBatchSize: 5, want: 1 },
]
for (const { nodes, minInService, maxBatchSize, want } of cases) {
  test(`of ${nodes} nodes with ${minInService} in service, ${want} are updated at once (most: ${maxBatchSize})`, () => {
    assert.equal(batchSize(nodes, minInService, maxBatchSize), want)
  })
}

test('a batch is never empty, and never larger than allowed', () => {
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.nat(1000),
      fc.constantFrom(-1, 1, 2, 10, 500),
      (nodes, minInService, most) => {
        const size = batchSize(nodes, minInService, most)
        assert.ok(size >= 1 && (most === -1 || size <= most))
        if (nodes > minInService) assert.ok(nodes - size >= minInService)
      },
    ),
  )
})

test('an update is told its batch and the time between two', () => {
  const given = facts({ action: { name: 'CLUSTER_UPDATE', inputs: {} }, members: members(10) })
  const verdict = batchPolicy.ask(batchPolicy.parse('1.0', { maxBatchSize: 2, pauseTime: 3 }), given)
  assert.deepEqual(verdict, {
    kind: 'narrow',
    decisions: { batch: { size: 2, pauseSeconds: 3 } },
    because: '10 nodes are updated 2 at a time, with 3 s in between',
  })
})

test('batches of no node are refused', () => {
  assert.throws(() => batchPolicy.parse('1.0', { maxBatchSize: 0 }), /maxBatchSize: must be -1 or at least 1/)
})
