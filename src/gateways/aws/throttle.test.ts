import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AwsFault } from './fault.ts'
import { createThrottle } from './throttle.ts'

const refusal = (error: unknown) =>
  error instanceof AwsFault && error.kind.type === 'ThrottlingException' && error.kind.status === 429

test('a key may do at once what it saved up, and then as much as it earns', () => {
  const throttle = createThrottle({ perSecond: 2, burst: 3 })
  for (let index = 0; index < 3; index += 1) throttle('A', 1000)
  assert.throws(() => throttle('A', 1000), refusal)
  throttle('B', 1000)
  assert.throws(() => throttle('A', 1499), refusal)
  throttle('A', 1500)
  assert.throws(() => throttle('A', 1500), refusal)
  for (let index = 0; index < 3; index += 1) throttle('A', 1_000_000)
  assert.throws(() => throttle('A', 1_000_000), refusal)
})

test('a clock that is set back neither earns nor costs anything', () => {
  const throttle = createThrottle({ perSecond: 1, burst: 1 })
  throttle('A', 10_000)
  assert.throws(() => throttle('A', 0), refusal)
  throttle('A', 1000)
})

test('without a rate there is no limit', () => {
  const throttle = createThrottle({ perSecond: 0, burst: 1 })
  for (let index = 0; index < 1000; index += 1) throttle('A', 0)
})

test('over any time, no more is let through than was saved and earned', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 200 }),
      (perSecond, burst, pauses) => {
        const throttle = createThrottle({ perSecond, burst })
        let now = 0
        let passed = 0
        for (const pause of pauses) {
          now += pause
          try {
            throttle('A', now)
            passed += 1
          } catch (error) {
            assert.ok(refusal(error))
          }
        }
        assert.ok(passed <= burst + (now / 1000) * perSecond + 1e-6)
      },
    ),
  )
})
