import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TimeLimit } from './time-limit.ts'

function handClock() {
  const timers = new Map<() => void, number>()
  return {
    timers,
    ring: () => {
      for (const callback of [...timers.keys()]) callback()
    },
    now: () => 0,
    after(delayMs: number, callback: () => void) {
      timers.set(callback, delayMs)
      return () => void timers.delete(callback)
    },
  }
}

const late = () => new Error('late')

/** A call that ends when its signal does, with an error of its own. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(new Error('gave up'))
    signal.addEventListener('abort', () => reject(new Error('gave up')))
  })
}

test('a call whose time is over fails for that reason, and the next one has time again', async () => {
  const clock = handClock()
  const limit = new TimeLimit(clock)
  const slow = limit.run(50, late, untilAborted)
  assert.deepEqual([...clock.timers.values()], [50])
  clock.ring()
  await assert.rejects(slow, { message: 'late' })
  assert.equal(await limit.run(50, late, async (signal) => signal.aborted), false)
  assert.equal(clock.timers.size, 0)
})

test('calls in time share one signal, and their errors are their own', async () => {
  const clock = handClock()
  const limit = new TimeLimit(clock)
  const first = await limit.run(50, late, async (signal) => signal)
  const second = await limit.run(50, late, async (signal) => signal)
  assert.equal(first, second)
  await assert.rejects(
    limit.run(50, late, () => Promise.reject(new Error('broken'))),
    { message: 'broken' },
  )
  assert.equal(clock.timers.size, 0)
})

test('a parent breaks off the call under way and all later ones, whatever the time', async () => {
  const clock = handClock()
  const parent = new AbortController()
  const limit = new TimeLimit(clock, parent.signal)
  const call = limit.run(50, late, untilAborted)
  parent.abort(new Error('stopped'))
  clock.ring()
  await assert.rejects(call, { message: 'gave up' })
  assert.equal(limit.signal.reason.message, 'stopped')
  await assert.rejects(limit.run(50, late, untilAborted), { message: 'gave up' })
})

test('a parent that was aborted before breaks off from the start, one that was let go of does not', async () => {
  const early = new TimeLimit(handClock(), AbortSignal.abort(new Error('stopped')))
  assert.equal(early.signal.reason.message, 'stopped')
  const parent = new AbortController()
  const limit = new TimeLimit(handClock(), parent.signal)
  limit.end()
  parent.abort()
  assert.equal(limit.signal.aborted, false)
})
