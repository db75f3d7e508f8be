import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterLease } from '../domain/cluster.ts'
import { DroverError } from '../domain/errors.ts'
import type { EngineId } from '../domain/ids.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { claimClusters, putEngine } from '../store/leases.ts'
import type { Store } from '../store/store.ts'
import { systemClock as clock } from '../system/clock.ts'
import { createIds } from '../system/ids.ts'
import { silentLog } from '../system/log.ts'
import { createOutbound } from '../system/outbound.ts'
import { Slots } from '../system/slots.ts'
import { ClusterRunner } from './cluster-runner.ts'
import { createBench } from './test-bench.ts'
import { TRUSTED } from './test-machine.ts'

const ids = createIds(clock.now)

// Simulation, seed 1027: the second run of a step went on beside whatever followed it on its node.
test('a step that ends while everything is read anew is not begun a second time', async () => {
  const bench = await createBench({ size: 2 })
  await bench.engine.stop()
  const update = await bench.update(await bench.revision({}), { maxUnavailable: 2 })
  const prepared: string[] = []
  const release = new Map<string, () => void>()
  const runtime: Runtime = {
    ...bench.runtime,
    async prepare(_ctx, node) {
      prepared.push(node.name)
      await new Promise<void>((resolve) => release.set(node.name, resolve))
    },
  }
  let writes = 0
  const store: Store = {
    read: (work) => bench.store.read(work),
    close: async () => {},
    async write(work, options) {
      writes += 1
      if (writes === 2) throw new DroverError('store_unavailable', 'the disk is gone', { retryable: true })
      const answer = await bench.store.write(work, options)
      if (writes === 3) {
        // The look that reads everything anew is durable, and before its engine hears of that, the step ends.
        release.get('web-2')?.()
        await wait(20)
      }
      return answer
    },
  }
  const runner = new ClusterRunner(
    {
      store,
      clock,
      ids,
      log: silentLog,
      random: Math.random,
      runtimes: { scripted: runtime },
      balancers: { at: () => null },
      trust: TRUSTED,
      renewInLook: async () => undefined,
      renewed: () => {},
      driftSlots: new Slots(8),
      driftCheckMs: 0,
      operationSlots: new Slots(8),
      checkSlots: new Slots(8),
      pollSlots: new Slots(8),
      onCommit: () => {},
      wake: () => {},
      onEnd: () => {},
      outbound: createOutbound(['any']),
      recoveryPercent: 100,
      postJson: async () => {},
    },
    await claim(bench.store),
  )
  runner.wake()
  for (let tries = 0; tries < 500 && release.size < 2; tries += 1) await wait(5)
  release.get('web-1')?.()
  assert.equal((await bench.finished(update)).status, 'Successful')
  assert.deepEqual(prepared.sort(), ['web-1', 'web-2'])
  await runner.stop(new Error('the test is over'))
  await bench.store.close()
})

async function claim(store: Store): Promise<ClusterLease> {
  const now = clock.now()
  const id = ids.next<EngineId>()
  const engine = { id, host: 'test', pid: 1, version: '0', startedAt: now, heartbeatAt: now }
  const [lease] = await store.write(async (tx) => {
    await putEngine(tx, { ...engine, leaseUntil: now + 60_000 })
    return await claimClusters(tx, id, now, 10)
  })
  return lease as ClusterLease
}
