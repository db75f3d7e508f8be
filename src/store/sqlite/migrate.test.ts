import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { readMigrations } from '../migrations.ts'
import { migrate } from './migrate.ts'

const first = { number: 1, name: '0001_a.sql', sql: 'CREATE TABLE a (x INTEGER) STRICT;', breaking: true }
const second = { number: 2, name: '0002_b.sql', sql: 'CREATE TABLE b (x INTEGER) STRICT;', breaking: false }
const third = { number: 3, name: '0003_c.sql', sql: 'CREATE TABLE c (x INTEGER) STRICT;', breaking: true }

function applied(database: DatabaseSync): unknown[] {
  return database
    .prepare('SELECT number, breaking FROM migrations ORDER BY number')
    .all()
    .map((row) => [row['number'], row['breaking']])
}

test('each migration is applied once, in order', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, [first])
  migrate(database, [first, second])
  migrate(database, [first, second])
  assert.deepEqual(applied(database), [
    [1, 1],
    [2, 0],
  ])
  database.close()
})

test('a database with a newer breaking migration is refused and left as it is', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, [first, second, third])
  assert.throws(() => migrate(database, [first, second]), {
    code: 'schema_too_new',
    message: /at schema 3 \(0003_c\.sql\), this program knows 2/,
  })
  assert.equal(applied(database).length, 3)
  database.close()
})

test('a newer migration that breaks nothing is no reason to refuse', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, [first, second])
  migrate(database, [first])
  database.close()
})

test('a migration that fails leaves nothing of itself, and those before it stay', () => {
  const database = new DatabaseSync(':memory:')
  const broken = { ...second, sql: 'CREATE TABLE b (x INTEGER) STRICT; CREATE TABLE a (x INTEGER) STRICT;' }
  assert.throws(() => migrate(database, [first, broken]))
  assert.equal(database.isTransaction, false)
  assert.deepEqual(applied(database), [[1, 1]])
  migrate(database, [first, second])
  assert.equal(applied(database).length, 2)
  database.close()
})

test('each file has a number of its own, the same for every database, and the first one breaks', () => {
  const migrations = readMigrations('sqlite')
  const numbers = migrations.map((migration) => migration.number)
  assert.equal(new Set(numbers).size, numbers.length)
  assert.deepEqual(
    migrations.map(({ name, breaking }) => [name, breaking]),
    readMigrations('postgres').map(({ name, breaking }) => [name, breaking]),
  )
  assert.equal(migrations[0]?.breaking, true)
})
