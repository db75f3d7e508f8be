import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatNodeName, memberNamePattern } from './node-name.ts'

test('a pattern names members by their index and by chance', () => {
  const random = '0193e1a06c1e70008a3b5f5e0c9d1b2a'
  const cases = [
    { pattern: 'web-$3I', index: 7, name: 'web-007' },
    { pattern: 'N$2I', index: 123, name: 'N123' },
    { pattern: 'n$I', index: 4, name: 'n4' },
    { pattern: 'node-$8R', index: 1, name: 'node-0c9d1b2a' },
    { pattern: '$4R-$4R', index: 1, name: '1b2a-0c9d' },
    { pattern: 'plain', index: 1, name: 'plain' },
  ]
  for (const { pattern, index, name } of cases) assert.equal(formatNodeName(pattern, index, random), name)
})

test('the format that a cluster was given comes before the default', () => {
  const format = { 'node.name.format': 'N$I' }
  const otherwise = { 'node.name.default': 'node-$8R' }
  assert.equal(memberNamePattern({}), undefined)
  assert.equal(memberNamePattern(otherwise), 'node-$8R')
  assert.equal(memberNamePattern({ ...otherwise, ...format }), 'N$I')
})
