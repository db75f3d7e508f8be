import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortenLists } from './shorten-lists.ts'

test('lists that nobody reads to their end are cut, with the number of all beside them', () => {
  const ids = Array.from({ length: 101 }, (_, at) => `node-${at}`)
  const short = { count: -2, said: [{ because: 'x' }], deletion: { hook: null } }
  assert.deepEqual(shortenLists({ decisions: { remove: ids, ...short } }), {
    decisions: { remove: ids.slice(0, 100), removeCount: 101, ...short },
  })
  assert.deepEqual(shortenLists({ remove: ids.slice(0, 100) }), { remove: ids.slice(0, 100) })
})
