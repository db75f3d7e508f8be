import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compareVersions,
  isPlatformVersion,
  type PlatformVersion,
  stepOf,
  supportOf,
} from './platform-version.ts'

test('a platform version has a major and a minor number', () => {
  for (const text of ['1.34', '0.1', '12.0']) assert.ok(isPlatformVersion(text), text)
  for (const text of ['1', '1.34.1', 'v1.34', '1.034', '', '1.x', '1.1234567']) {
    assert.ok(!isPlatformVersion(text), text)
  }
})

test('versions are compared as numbers', () => {
  assert.ok(compareVersions('1.9', '1.10') < 0)
  assert.ok(compareVersions('2.0', '1.34') > 0)
  assert.equal(compareVersions('1.33', '1.33'), 0)
})

test('a step leads one minor version up or down', () => {
  const cases = [
    ['1.33', '1.34', 'up'],
    ['1.33', '1.32', 'down'],
    ['1.33', '1.33', 'same'],
    ['1.33', '1.35', 'far'],
    ['1.33', '2.33', 'far'],
  ] as const
  for (const [from, to, want] of cases) assert.equal(stepOf(from, to), want, `${from} to ${to}`)
})

test('support ends when its dates have passed, and never without them', () => {
  const version = (standard: number | null, extended: number | null) =>
    ({ standardSupportEndsAt: standard, extendedSupportEndsAt: extended }) as PlatformVersion
  assert.equal(supportOf(version(null, null), 10), 'standard')
  assert.equal(supportOf(version(10, 20), 9), 'standard')
  assert.equal(supportOf(version(10, 20), 10), 'extended')
  assert.equal(supportOf(version(10, 20), 20), 'unsupported')
  assert.equal(supportOf(version(10, null), 99), 'extended')
})
