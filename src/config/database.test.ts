import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveConfig } from './config.ts'

const host = { folder: '/srv', home: '/home/me', isRoot: false }
const resolved = (flags: Record<string, string>, env: Record<string, string> = {}) =>
  resolveConfig({ flags, env, file: null, host })

test('the database is a path, or a URL of PostgreSQL', () => {
  assert.equal(resolved({ database: 'a.db' }).database, '/srv/a.db')
  const url = 'postgres://me@db.example:5432/drover'
  assert.equal(resolved({ database: url }).database, url)
  assert.throws(() => resolved({ database: 'mysql://db.example/drover' }), /postgres:\/\/user@host/)
})

test('a password in the URL is taken from a variable, and refused in a flag without repeating it', () => {
  const url = 'postgres://me:pass%20word@db.example/drover'
  assert.equal(resolved({}, { DROVER_DATABASE: url }).database, url)
  assert.throws(
    () => resolved({ database: url }),
    (error: Error) => /PGPASSFILE/.test(error.message) && !/pass%20word/.test(error.message),
  )
})

test('a URL that is none is shown without its password', () => {
  const env = { DROVER_DATABASE: 'mysql://me:p@ss@db.example/drover' }
  assert.throws(
    () => resolved({}, env),
    (error: Error) => /mysql:\/\/me:\*\*\*@db/.test(error.message) && !/p@ss/.test(error.message),
  )
})
