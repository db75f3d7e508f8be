import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editDistance, nearest } from './nearest.ts'

test('the nearest known word is what was probably meant', () => {
  const known = ['listen', 'logLevel', 'engine.leaseSeconds']
  const cases = [
    { word: 'listn', meant: 'listen' },
    { word: 'loglevel', meant: 'logLevel' },
    { word: 'engine.leaseSecond', meant: 'engine.leaseSeconds' },
    { word: 'log', meant: 'logLevel' },
    { word: 'colour', meant: undefined },
    { word: 'x'.repeat(65_536), meant: undefined },
  ]
  for (const { word, meant } of cases) assert.equal(nearest(word, known), meant, word.slice(0, 20))
  assert.equal(nearest('anything', []), undefined)
})

test('the distance between two words is the number of letters added, removed or replaced', () => {
  assert.equal(editDistance('same', 'same'), 0)
  assert.equal(editDistance('', 'abc'), 3)
  assert.equal(editDistance('kitten', 'sitting'), 3)
})
