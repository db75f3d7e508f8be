import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsFault } from './fault.ts'
import { formatArn, parseArn, readQuery, toEpochSeconds, toOptionalEpochSeconds } from './values.ts'

test('times are seconds with a fraction', () => {
  assert.equal(toEpochSeconds(1_700_000_000_123), 1_700_000_000.123)
  assert.equal(toOptionalEpochSeconds(null), undefined)
  assert.equal(toOptionalEpochSeconds(5000), 5)
})

test('an ARN comes apart as it was put together', () => {
  const arn = { service: 'eks', region: 'eu-west-1', accountId: '123456789012', resource: 'cluster/web:1/x' }
  assert.equal(formatArn(arn), 'arn:aws:eks:eu-west-1:123456789012:cluster/web:1/x')
  assert.deepEqual(parseArn(formatArn(arn)), arn)
  for (const wrong of [
    '',
    'arn:aws:eks',
    'arn:aws:eks:eu-west-1:1234:cluster/web',
    'arn:aws:eks:eu:123456789012:',
  ]) {
    assert.equal(parseArn(wrong), undefined, wrong)
  }
})

test('a query is read by the types of its members', () => {
  const query = new URLSearchParams('tagKeys=a&tagKeys=b&maxResults=5&all=true&name=x&name=y')
  const types = { tagKeys: 'list', maxResults: 'integer', all: 'boolean' } as const
  assert.deepEqual(readQuery(query, types), { tagKeys: ['a', 'b'], maxResults: 5, all: true, name: 'y' })
  for (const wrong of ['maxResults=x', 'maxResults=', 'maxResults=1.5', 'all=yes']) {
    assert.throws(() => readQuery(new URLSearchParams(wrong), types), AwsFault, wrong)
  }
})
