import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../system/clock.ts'
import { waitPatiently } from './patience.ts'

/** A clock that is turned by hand. */
function createClock() {
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  let now = 0
  const clock: Clock = {
    now: () => now,
    after(delayMs, callback) {
      const timer = { at: now + delayMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  const turn = (ms: number) => {
    now += ms
    for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.callback()
  }
  return { clock, turn, timers }
}

test('a call that does not heed its signal is given up some time after it', async () => {
  const { clock, turn, timers } = createClock()
  const stop = new AbortController()
  let told = 0
  const waiting = waitPatiently(clock, stop.signal, new Promise(() => {}), () => {
    told += 1
  })
  turn(3_600_000)
  stop.abort(new Error('enough'))
  assert.deepEqual([timers.size, told], [1, 0])
  turn(60_000)
  await assert.rejects(waiting, /enough/)
  assert.deepEqual([timers.size, told], [0, 1])
})

test('a call that comes back in time is waited for, and leaves no timer', async () => {
  const { clock, turn, timers } = createClock()
  const stop = new AbortController()
  const { promise, resolve } = Promise.withResolvers<number>()
  const waiting = waitPatiently(clock, stop.signal, promise)
  stop.abort(new Error('enough'))
  turn(5)
  resolve(7)
  assert.equal(await waiting, 7)
  assert.equal(timers.size, 0)
  await assert.rejects(waitPatiently(clock, stop.signal, Promise.reject(new Error('no'))), /no/)
  assert.equal(timers.size, 0)
})
