import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DroverError, LeaseLostError, RuntimeFailedError } from '../domain/errors.ts'
import type { Json, NodeId } from '../domain/ids.ts'
import type { Runtime, RuntimeContext, StartsBeside, Wanted } from '../runtimes/runtime.ts'
import { sleep } from '../system/clock.ts'
import { silentLog } from '../system/log.ts'
import { Slots } from '../system/slots.ts'
import { performStep } from './perform-step.ts'
import { HURRIED, type StepOrder } from './step-order.ts'
import { jumpingClock, TRUSTED } from './test-machine.ts'

const OLD = 'n/r1/1'
const NEW = 'n/r2/2'

test('the old one is retired once the replacement has passed', async () => {
  const b = bench()
  const outcome = await b.run()
  assert.ok(outcome.ok)
  assert.deepEqual(b.calls, ['prepare', `start ${NEW} beside ${OLD}`, `retire all but ${NEW}`])
  assert.deepEqual(outcome.started?.handle, { key: NEW })
})

test('a replacement that does not pass is retired, and the old one is looked at', async () => {
  const b = bench({ passing: (key) => key === OLD })
  const outcome = await b.run()
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.phase, outcome.old, outcome.health?.health], ['gate', 'serves', 'Healthy'])
  assert.equal(b.calls.at(-1), `retire all but ${OLD}`)
})

test('a step that could not be prepared has touched nothing', async () => {
  const b = bench({ prepare: async () => Promise.reject(new RuntimeFailedError('no code')) })
  const outcome = await b.run()
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.phase, outcome.old, b.calls], ['prepare', 'serves', []])
})

// Simulation, seed 1208: else it goes on as what runs beside something.
test('where the old one is gone, the replacement is let be and has the node', async () => {
  const b = bench({ running: (key) => key !== OLD, passing: () => false })
  const outcome = await b.run()
  assert.ok(!outcome.ok)
  assert.equal(outcome.old, 'gone')
  assert.deepEqual(
    b.calls.filter((call) => call.startsWith('retire')),
    [`retire all but ${NEW}`],
  )
})

test('an answer that got lost does not make the replacement go: retiring is asked for again', async () => {
  let asked = 0
  const b = bench({
    retire: async () => {
      asked += 1
      if (asked < 4) throw new RuntimeFailedError('the answer got lost')
    },
  })
  assert.ok((await b.run()).ok)
  assert.equal(asked, 4)
})

test('an old one that refuses to go, and runs, keeps its node', async () => {
  const b = bench({
    retire: async (_ctx, kept) => {
      if (kept === NEW) throw new RuntimeFailedError('preStop exited with code 3')
    },
  })
  const outcome = await b.run()
  assert.ok(!outcome.ok)
  assert.deepEqual(
    [outcome.phase, outcome.old, outcome.message],
    ['drain', 'serves', 'preStop exited with code 3'],
  )
  assert.equal(b.calls.at(-1), `retire all but ${OLD}`)
})

test('where retiring never answers, the replacement stays and the step fails', async () => {
  const b = bench({ retire: (ctx) => sleep(b.clock, 3600_000, ctx.signal) })
  const outcome = await b.run()
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.phase, outcome.code, outcome.old], ['retire', 'timed_out', undefined])
  assert.deepEqual(outcome.started?.handle, { key: NEW })
})

// Simulation, seed 281: the row went on naming the old one, and nobody knew of what served.
test('a step that is broken off while the old one is being ended leaves the replacement in its place', async () => {
  const stop = new AbortController()
  const b = bench({
    retire: async (ctx) => {
      stop.abort(new DroverError('cancelled', 'was broken off'))
      await sleep(b.clock, 3600_000, ctx.signal)
    },
  })
  const outcome = await b.run({}, undefined, stop.signal)
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.phase, outcome.code, outcome.old], ['retire', 'cancelled', undefined])
  assert.deepEqual([outcome.started?.handle, outcome.health?.health], [{ key: NEW }, 'Healthy'])
})

test('a step whose engine has lost its lease while the old one is being ended says nothing', async () => {
  const stop = new AbortController()
  const b = bench({
    retire: async (ctx) => {
      stop.abort(new LeaseLostError('cluster web'))
      await sleep(b.clock, 3600_000, ctx.signal)
    },
  })
  await assert.rejects(b.run({}, undefined, stop.signal), LeaseLostError)
})

// Simulation, seed 1866: what the engine before had asked for was done later, and the row named what that ended.
test('a step that was taken over and is broken off at once ends what may have been started beside the old one', async () => {
  const b = bench()
  const outcome = await b.run({ isRepeated: true }, undefined, brokenOff())
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.code, outcome.old, outcome.health?.health], ['cancelled', 'serves', 'Healthy'])
  assert.deepEqual(b.calls, [`retire all but ${OLD}`])
})

test('where the engine before has ended the old one, a step that is broken off leaves the replacement in its place', async () => {
  const b = bench({ running: (key) => key === NEW, keyAlone: NEW })
  const outcome = await b.run({ isRepeated: true }, undefined, brokenOff())
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.phase, outcome.code, outcome.old], ['retire', 'cancelled', undefined])
  assert.deepEqual([outcome.started?.handle, outcome.health?.health], [{ key: NEW }, 'Healthy'])
  assert.deepEqual(b.calls, [`start ${NEW} beside ${OLD}`])
})

test('where neither lives, a step that was taken over and is broken off starts nothing', async () => {
  const b = bench({ running: () => false, keyAlone: OLD })
  const outcome = await b.run({ isRepeated: true }, undefined, brokenOff())
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.old, b.calls], ['gone', []])
})

test('who breaks off a step that was taken over waits for some seconds where the runtime does not answer', async () => {
  const b = bench({ retire: (ctx) => sleep(b.clock, 3600_000, ctx.signal) })
  const from = b.clock.now()
  const outcome = await b.run({ isRepeated: true, nodeTimeoutSeconds: 3600 }, undefined, brokenOff())
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.code, outcome.old], ['cancelled', undefined])
  assert.ok(b.clock.now() - from <= 60_000, `${b.clock.now() - from} ms`)
})

test('an engine that stops asks nothing more of a step that it took over', async () => {
  const b = bench()
  const stop = brokenOff()
  await assert.rejects(b.run({ isRepeated: true }, undefined, stop, stop), { code: 'cancelled' })
  assert.deepEqual(b.calls, [])
})

test('where the replacement cannot be ended either, the step says so and leaves both', async () => {
  const b = bench({
    passing: (key) => key === OLD,
    retire: async () => Promise.reject(new RuntimeFailedError('not now')),
  })
  const outcome = await b.run()
  assert.ok(!outcome.ok)
  assert.equal(outcome.old, undefined)
  assert.match(outcome.message, /what was started beside it could not be ended/)
})

test('a step that nobody waits for gives its replacement up', async () => {
  const hurry = new AbortController()
  const b = bench({
    passing: (key) => {
      if (key === NEW) hurry.abort(HURRIED)
      return true
    },
  })
  const outcome = await b.run({ minReadySeconds: 5 }, hurry.signal)
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.code, outcome.old], ['cancelled', 'serves'])
  assert.equal(b.calls.at(-1), `retire all but ${OLD}`)
})

test('a step that is taken over goes on from what is there', async () => {
  const b = bench()
  assert.ok((await b.run({ isRepeated: true })).ok)
  const failing = bench({ prepare: async () => Promise.reject(new RuntimeFailedError('no code')) })
  const outcome = await failing.run({ isRepeated: true })
  assert.ok(!outcome.ok)
  // The engine before may have started it.
  assert.deepEqual([outcome.old, failing.calls], ['serves', [`retire all but ${OLD}`]])
})

test('a runtime that cannot surge fails the step before it touches anything', async () => {
  const b = bench({ canSurge: false })
  const outcome = await b.run()
  assert.ok(!outcome.ok)
  assert.match(outcome.message, /cannot start a replacement first/)
  assert.deepEqual([outcome.old, b.calls], ['serves', []])
})

interface Behaviour {
  readonly canSurge?: boolean
  readonly prepare?: () => Promise<void>
  readonly retire?: (ctx: RuntimeContext, kept: string) => Promise<void>
  readonly running?: (key: string) => boolean
  readonly passing?: (key: string) => boolean
  /** Names what a look without a handle sees. Default: the old one. */
  readonly keyAlone?: string
}

function brokenOff(): AbortSignal {
  return AbortSignal.abort(new DroverError('cancelled', 'was broken off'))
}

function bench(behaviour: Behaviour = {}) {
  const { canSurge = true, running = () => true, passing = () => true, keyAlone = OLD } = behaviour
  const clock = jumpingClock()
  const calls: string[] = []
  const keyOf = (handle: Json) => ((handle ?? {}) as { key?: string }).key ?? keyAlone
  const runtime = {
    type: 'test',
    prepare: async () => {
      await behaviour.prepare?.()
      calls.push('prepare')
    },
    observe: async (_ctx, _node, handle) => {
      const key = keyOf(handle)
      const runs = running(key)
      return { running: runs, key, detail: 'seen', passing: runs ? passing(key) : null }
    },
    ...(canSurge && {
      startBeside: async (_ctx, _node, wanted, kept) => {
        calls.push(`start ${wanted.key} beside ${kept}`)
        return { handle: { key: wanted.key }, physicalId: 'two', endpoint: null }
      },
      retire: async (ctx, _node, kept) => {
        await behaviour.retire?.(ctx, kept)
        calls.push(`retire all but ${kept}`)
      },
    }),
  } as Partial<Runtime & StartsBeside> as Runtime
  const order: StepOrder = {
    name: 'NODE_UPDATE',
    runtime,
    node: { id: 'n' as NodeId, name: 'web-1', index: 1, clusterName: 'web', projectName: 'default' },
    handle: { key: OLD },
    wanted: { key: NEW } as Wanted,
    keeps: OLD,
    hasStray: true,
    operation: null,
    recovery: null,
    adopts: null,
    checksFirst: false,
    force: false,
    healthCheck: { type: 'alive', unhealthyThreshold: 1, startPeriodSeconds: 0 },
    health: {
      health: 'Healthy',
      passesInARow: 0,
      failuresInARow: 0,
      unreadyInARow: 0,
      startedAt: 0,
      availableSince: 0,
      detail: 'runs',
    },
    minReadySeconds: 0,
    traffic: null,
    nodeTimeoutSeconds: 10,
    wasAvailable: true,
    isRepeated: false,
    term: 1,
  }
  const run = (
    given: Partial<StepOrder> = {},
    hurry = new AbortController().signal,
    stop = new AbortController().signal,
    closing = new AbortController().signal,
  ) =>
    performStep(
      { clock, log: silentLog, slots: new Slots(1), trust: TRUSTED, closing },
      { ...order, ...given },
      stop,
      hurry,
    )
  return { clock, calls, run }
}
