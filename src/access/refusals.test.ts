import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listEvents } from '../store/events.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { createIds } from '../system/ids.ts'
import { silentLog } from '../system/log.ts'
import { createRefusals } from './refusals.ts'

test('the first refusal of a caller is told at once, those that follow as one, and callers apart', async (t) => {
  const store = await openSqliteStore({ path: ':memory:' })
  t.after(() => store.close())
  const timers: (() => void)[] = []
  const clock = {
    now: () => 1000,
    after(_delayMs: number, callback: () => void) {
      timers.push(callback)
      return () => {}
    },
  }
  const refusals = createRefusals({ store, clock, ids: createIds(clock.now), log: silentLog })
  for (const address of ['10.0.0.1', '10.0.0.1', '10.0.0.2', '10.0.0.1']) refusals.note(address)
  for (const fire of timers.splice(0)) fire()
  refusals.note('10.0.0.1')

  const page = await store.read((tx) =>
    listEvents(tx, { type: ['access.refused'] }, { limit: 10, sort: 'sequence' }),
  )
  assert.deepEqual(
    page.items.map(({ principal, data }) => [principal, data['address'], data['count']]),
    [
      ['unknown', '10.0.0.1', 1],
      ['unknown', '10.0.0.2', 1],
      ['unknown', '10.0.0.1', 2],
      ['unknown', '10.0.0.1', 1],
    ],
  )
})
