import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { KyselyPlugin } from 'kysely'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { type Bench, createBench, setBenchStore } from './test-bench.ts'

const SIZE = 10
const LEASE_MS = 200
const SLOW = { latency: { startMs: 100 } }

const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

/** While true, nothing else in this process runs for longer than a lease while an engine reads all nodes. */
let isBusy = false
const cell = new Int32Array(new SharedArrayBuffer(4))
const slowReads: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  async transformResult({ result }) {
    if (isBusy && result.rows.length >= SIZE) Atomics.wait(cell, 0, 0, LEASE_MS * 1.5)
    return result
  },
}

setBenchStore(async () => {
  const store = await openSqliteStore({ path: ':memory:' })
  const slow: Store = {
    read: (work) => store.read(work),
    write: (work, options) =>
      store.write((tx) => work(options?.guard === 'rows' ? tx.withPlugin(slowReads) : tx), options),
    close: () => store.close(),
  }
  return slow
})

for (const { name, exclusive } of [
  { name: 'the only engine', exclusive: true },
  { name: 'one of two engines', exclusive: false },
]) {
  test(`${name} gets on with an update though reading its nodes takes longer than its lease`, async () => {
    isBusy = false
    const b = await createBench({ size: SIZE, properties: SLOW, leaseMs: LEASE_MS, pollMs: 20, exclusive })
    benches.push(b)
    if (!exclusive) await b.join()
    const update = await b.update(await b.revision(SLOW), { maxUnavailable: 2 })
    await b.until(update, (now) => now.progress.updated >= 2)
    isBusy = true
    await b.restart()
    const done = await b.finished(update)
    assert.equal(done.status, 'Successful', done.because)
    assert.equal(b.world.living(), SIZE)
  })
}
