import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesInTime } from './bounded-match.ts'

test('a text is searched for a regular expression', () => {
  assert.equal(matchesInTime('"status": *"(ok|up)"', '{"status": "up"}'), true)
  assert.equal(matchesInTime('^ok$', 'not ok'), false)
})

test('an expression that would take years is given up', () => {
  assert.equal(matchesInTime('^(a+)+$', `${'a'.repeat(60)}!`), null)
})
