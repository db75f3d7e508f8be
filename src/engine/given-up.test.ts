import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isAvailable } from '../domain/node.ts'
import { type Bench, createBench } from './test-bench.ts'

const benches: Bench[] = []
after(async () => {
  for (const bench of benches) await bench.close()
})

// Simulation, seed 334: such a call ended what had been started after it.
test('a start that does not heed its signal, and is done late, changes nothing any more', async () => {
  const b = await createBench({ size: 2 })
  benches.push(b)
  const { clock } = b.machine
  const later = clock.after.bind(clock)
  // For that long a call is waited for that does not heed its signal.
  clock.after = (delayMs, callback) => later(delayMs === 10_000 ? 20 : delayMs, callback)
  const bad = await b.revision({})
  const start = b.runtime.start.bind(b.runtime)
  const goOn = Promise.withResolvers<void>()
  const late: Promise<unknown>[] = []
  b.runtime.start = (ctx, node, wanted) => {
    if (wanted.revisionId !== bad.id) return start(ctx, node, wanted)
    const heedless = { ...ctx, signal: new AbortController().signal }
    const call = goOn.promise.then(() => start(heedless, node, wanted))
    late.push(call)
    return call
  }
  const done = await b.finished(await b.update(bad, { nodeTimeoutSeconds: 0.1 }))
  assert.equal(done.status, 'Failed', done.because)
  const nodes = await b.nodes()
  assert.ok(nodes.every(isAvailable))
  // Whoever reads it next has to know.
  assert.deepEqual(nodes.map(({ moves }) => moves).sort(), [0, 1])
  const running = () => nodes.map(({ id }) => b.world.node(id)?.thing?.key)
  const before = running()
  goOn.resolve()
  const ends = await Promise.allSettled(late)
  assert.deepEqual(
    ends.map((end) => end.status === 'rejected' && (end.reason as { code?: string }).code),
    ['lease_lost'],
  )
  assert.deepEqual(running(), before)
})
