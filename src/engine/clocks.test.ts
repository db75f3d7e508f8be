import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { lockFence } from '../store/leases.ts'
import { openPostgresStore } from '../store/postgres/postgres-store.ts'
import { onPostgres, testPostgres } from '../store/test-databases.ts'
import { silentLog } from '../system/log.ts'
import { createBench, setBenchStore } from './test-bench.ts'

/** Long enough that a machine with other work to do renews it in time. */
const LEASE_MS = 4000
const HOUR_MS = 3600_000

onPostgres(() => {
  for (const aheadMs of [HOUR_MS, -HOUR_MS]) {
    const where = aheadMs > 0 ? 'ahead' : 'behind'
    test(`an engine whose clock is an hour ${where} waits for the end of another's lease, and no longer`, async () => {
      setBenchStore(async () =>
        openPostgresStore({ url: await (await testPostgres()).createDatabase(), log: silentLog }),
      )
      const b = await createBench({ size: 1, leaseMs: LEASE_MS, pollMs: 20, exclusive: false })
      try {
        const fence = () => b.store.write((tx) => lockFence(tx, b.clusterId))
        const before = await fence()
        assert.equal(before?.engineId, b.engine.id)
        const other = await b.join(aheadMs)
        await wait(LEASE_MS * 1.25)
        assert.deepEqual(await fence(), before)
        b.machine.die()
        const diedAt = performance.now()
        while ((await fence())?.engineId !== other.engine.id) {
          assert.ok(performance.now() - diedAt < LEASE_MS + 20_000, 'nobody took over')
          await wait(20)
        }
        assert.equal((await fence())?.term, before!.term + 1)
      } finally {
        await b.close()
      }
    })
  }
})
