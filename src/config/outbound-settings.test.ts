import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OUTBOUND_SETTINGS } from './outbound-settings.ts'

const parse = (raw: unknown) => OUTBOUND_SETTINGS.allow.parse(raw, { folder: '/' })

test('what may be connected to is a list of names, networks and sockets', () => {
  assert.deepEqual(parse('any, 10.0.0.0/8,*.example,/run/haproxy/'), [
    ...['any', '10.0.0.0/8', '*.example', '/run/haproxy/'],
  ])
  assert.deepEqual(parse(['hooks.example', '::1', 'fd00::/8']), ['hooks.example', '::1', 'fd00::/8'])
  assert.deepEqual(parse([]), [])
})

test('what was meant to be a network is not taken for a name', () => {
  for (const wrong of ['10.0.0.0/33', '10.0.0', 'http://host', 'a b', '*', ''])
    assert.equal(parse(wrong), undefined, wrong)
  assert.equal(parse([7]), undefined)
})
