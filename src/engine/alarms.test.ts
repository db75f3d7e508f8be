import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Alarms } from './alarms.ts'

test('an alarm comes once, at its moment, and never if it was dropped', () => {
  const alarms = new Alarms<string>()
  assert.equal(alarms.next, undefined)
  alarms.set('late', 30)
  alarms.set('soon', 10)
  alarms.set('dropped', 5)
  alarms.drop('dropped')
  assert.deepEqual(alarms.take(9), [])
  assert.equal(alarms.next, 10)
  assert.deepEqual(alarms.take(10), ['soon'])
  assert.deepEqual(alarms.take(10), [])
  assert.equal(alarms.next, 30)
  alarms.drop('late')
  assert.equal(alarms.next, undefined)
})

test('whatever is set, moved and dropped, exactly what is due is taken', () => {
  const step = fc.record({ key: fc.nat(5), at: fc.nat(20), drop: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step), fc.nat(20), (steps, now) => {
      const alarms = new Alarms<number>()
      const model = new Map<number, number>()
      for (const { key, at, drop } of steps) {
        if (drop) alarms.drop(key)
        else alarms.set(key, at)
        if (drop) model.delete(key)
        else model.set(key, at)
      }
      const due = [...model].filter(([, at]) => at <= now).map(([key]) => key)
      assert.deepEqual(alarms.take(now).sort(), due.sort())
      const left = [...model.values()].filter((at) => at > now)
      if (left.length === 0) assert.equal(alarms.next, undefined)
      // What is awaited may be looked for too early, never too late.
      else assert.ok((alarms.next as number) <= Math.min(...left))
    }),
  )
})
