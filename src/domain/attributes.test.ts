import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patchAttributes, TAGS, tagsOf } from './attributes.ts'

test('a patch of attributes changes the members it names, of one key', () => {
  const before = { finspace: { azMode: 'SINGLE', kept: 1 }, eks: { kept: true } }
  assert.deepEqual(patchAttributes(before, 'finspace', { azMode: 'MULTI' }), {
    finspace: { azMode: 'MULTI', kept: 1 },
    eks: { kept: true },
  })
})

test('null takes a member of attributes away, and the key with the last one', () => {
  const before = { [TAGS]: { team: 'quotes', tier: '1' } }
  assert.deepEqual(patchAttributes(before, TAGS, { tier: null }), { tags: { team: 'quotes' } })
  assert.deepEqual(patchAttributes(before, TAGS, { tier: null, team: null }), {})
})

test('what has no tags has none to show', () => {
  assert.deepEqual(tagsOf({ attributes: {} }), {})
  assert.deepEqual(tagsOf({ attributes: { tags: { team: 'quotes' } } }), { team: 'quotes' })
})
