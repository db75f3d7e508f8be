import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ListRules, readListQuery } from './list-query.ts'

const rules: ListRules = {
  filters: { name: {}, type: { values: ['webhook'] }, user: { since: 4 } },
  sort: { name: 'name', created_at: 'createdAt' },
  defaultSort: 'name',
}

function read(query: string, minor = 14) {
  return readListQuery({ query: new URLSearchParams(query), minor }, rules)
}

test('several keys sort one after the other, each in its direction', () => {
  const cases = [
    ['', 'name'],
    ['sort=', 'name'],
    ['sort=created_at', 'createdAt'],
    ['sort=created_at:desc,name:asc', '-createdAt,name'],
    ['sort=created_at:', 'createdAt'],
  ] as const
  for (const [query, sort] of cases) assert.equal(read(query).sort, sort, query)
})

test('a sort that has an empty, a strange or an ambiguous part is refused, and the part is named', () => {
  const cases = [
    ['name,', "Missing sort key for 'sort'."],
    [',name', "Missing sort key for 'sort'."],
    ['bogus', "Unsupported sort key 'bogus' for 'sort'."],
    [' name', "Unsupported sort key ' name' for 'sort'."],
    ['name:up', "Unsupported sort dir 'up' for 'sort'."],
    ['name:asc:desc', "Unsupported sort dir 'asc:desc' for 'sort'."],
  ] as const
  for (const [sort, message] of cases) {
    assert.throws(() => read(`sort=${encodeURIComponent(sort)}`), { status: 400, message }, sort)
  }
})

test('a limit may have blanks around it, and is no fraction and not below zero', () => {
  assert.deepEqual(
    [read('limit=%202').limit, read('limit=0').limit, read('limit=').limit, read('').limit],
    [2, 0, 0, 0],
  )
  for (const limit of ['x', '1.5', '-1', '9'.repeat(20)]) {
    assert.throws(() => read(`limit=${limit}`), { status: 400, type: 'HTTPBadRequest' }, limit)
  }
})

test('a filter of a later microversion is dropped, and one that is not known at all is refused', () => {
  assert.deepEqual(read('user=x', 3).filters['user'], undefined)
  assert.deepEqual(read('user=x', 4).filters['user'], ['x'])
  assert.throws(() => read('bogus=x'), { status: 400, message: 'Invalid parameter bogus' })
  assert.throws(() => read('type=bogus'), { status: 400, message: 'Field value bogus is invalid' })
})

test('a flag without a value is as one that was not given', () => {
  assert.equal(read('global_project=').isGlobal, false)
  assert.throws(() => read('global_project=x'), { status: 400 })
})
