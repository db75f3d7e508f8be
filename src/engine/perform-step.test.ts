import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StepName } from '../domain/action.ts'
import { LeaseLostError, RuntimeFailedError } from '../domain/errors.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { NodeId } from '../domain/ids.ts'
import type { Observed, Runtime, RuntimeContext, Wanted } from '../runtimes/runtime.ts'
import { sleep } from '../system/clock.ts'
import { silentLog } from '../system/log.ts'
import { Slots } from '../system/slots.ts'
import { performStep } from './perform-step.ts'
import { DROPPED, HURRIED, type StepOrder } from './step-order.ts'
import { jumpingClock, TRUSTED } from './test-machine.ts'

const passing: Observed = { running: true, key: null, detail: 'runs', passing: true }
const started = { handle: null, physicalId: 'one', endpoint: null }

function bench(runtime: Partial<Runtime>, order: Partial<StepOrder> = {}) {
  const clock = jumpingClock()
  const slots = new Slots(1)
  const calm = {
    prepare: async () => {},
    start: async () => started,
    stop: async () => {},
    remove: async () => {},
    observe: async () => passing,
    ...runtime,
  } as Partial<Runtime> as Runtime
  const run = (name: StepName, hurry = new AbortController().signal) =>
    performStep(
      { clock, log: silentLog, slots, trust: TRUSTED, closing: new AbortController().signal },
      {
        name,
        runtime: calm,
        node: { id: 'n' as NodeId, name: 'web-1', index: 1, clusterName: 'web', projectName: 'default' },
        handle: null,
        wanted: { key: 'k' } as Wanted,
        operation: null,
        recovery: null,
        adopts: null,
        keeps: null,
        hasStray: false,
        checksFirst: false,
        force: false,
        healthCheck: { type: 'alive' },
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
        ...order,
      },
      new AbortController().signal,
      hurry,
    )
  return { clock, slots, run }
}

const slow: HealthCheck = { type: 'alive', healthyThreshold: 3, unhealthyThreshold: 3, intervalSeconds: 1 }

test('a runtime that never answers a look does not hold the step for ever', async () => {
  const hang = (ctx: RuntimeContext) =>
    new Promise<Observed>((_, reject) =>
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)),
    )
  const outcome = await bench({ observe: hang }).run('NODE_UPDATE')
  assert.ok(!outcome.ok)
  assert.equal(outcome.code, 'timed_out')
  assert.match(outcome.message, /did not answer a look/)
})

test('a node that works is given until its time is over to be ready', async () => {
  let looks = 0
  const unready = { ...passing, ready: false, detail: 'works, but is not ready' }
  const observe = async () => (++looks > 3 ? { ...passing, ready: true } : unready)
  const outcome = await bench({ observe }).run('NODE_UPDATE')
  assert.deepEqual([outcome.ok, outcome.health?.health, looks], [true, 'Healthy', 4])
  const never = await bench({ observe: async () => unready }).run('NODE_UPDATE')
  assert.ok(!never.ok)
  assert.deepEqual([never.code, never.phase], ['timed_out', 'gate'])
  assert.equal(never.message, 'not healthy within 10 s: works, but is not ready')
})

test('a node that is not ready any more while it is observed has not passed its gate', async () => {
  let looks = 0
  const observe = async () => ({ ...passing, ready: ++looks === 1 })
  const healthCheck: HealthCheck = { type: 'alive', unhealthyThreshold: 1, intervalSeconds: 1 }
  const outcome = await bench({ observe }, { healthCheck, minReadySeconds: 5 }).run('NODE_UPDATE')
  assert.deepEqual([outcome.ok, outcome.health?.health], [false, 'NotReady'])
})

test('a node that works and is not ready is not started anew by a recovery that looks first', async () => {
  const start = async () => assert.fail('it was started')
  const observe = async () => ({ ...passing, ready: false })
  const outcome = await bench({ observe, start }, { checksFirst: true }).run('NODE_RECOVER')
  assert.deepEqual([outcome.ok, outcome.health?.health], [true, 'NotReady'])
})

test('the time in line for a slot is not taken from the node', async () => {
  const b: ReturnType<typeof bench> = bench({ prepare: (ctx) => sleep(b.clock, 1000, ctx.signal) })
  const release = await b.slots.take(new AbortController().signal)
  b.clock.after(60_000, release)
  const outcome = await b.run('NODE_UPDATE')
  assert.ok(outcome.ok)
  assert.ok(b.clock.now() >= 60_000)
})

test('one check does not make a healthy node look as if it were starting', async () => {
  const outcome = await bench({}, { healthCheck: slow }).run('NODE_CHECK')
  assert.equal(outcome.health?.health, 'Healthy')
  const once = { ...passing, passing: false }
  const failed = await bench({ observe: async () => once }, { healthCheck: slow }).run('NODE_CHECK')
  assert.equal(failed.health?.health, 'Healthy')
  const gone = { ...passing, running: false, passing: null }
  const dead = await bench({ observe: async () => gone }, { healthCheck: slow }).run('NODE_CHECK')
  assert.equal(dead.health?.health, 'Unhealthy')
})

test('a node passes its gate after it was healthy for minReadySeconds', async () => {
  const b = bench({}, { minReadySeconds: 30, healthCheck: slow })
  const outcome = await b.run('NODE_START')
  assert.ok(outcome.ok)
  assert.ok(b.clock.now() >= 30_000)
})

test('a node that falls over before minReadySeconds are over has failed, with what was started', async () => {
  let looks = 0
  const observe = async () => (++looks > 3 ? { ...passing, running: false, detail: 'exited' } : passing)
  const outcome = await bench({ observe }, { minReadySeconds: 30 }).run('NODE_UPDATE')
  assert.ok(!outcome.ok)
  assert.equal(outcome.phase, 'gate')
  assert.equal(outcome.message, 'exited')
  assert.equal(outcome.started, started)
})

test('a node that is not healthy in time has failed, and the message says what it was waiting for', async () => {
  const observe = async () => ({ ...passing, passing: false, detail: 'connection refused' })
  const outcome = await bench({ observe }, { healthCheck: { type: 'alive', startPeriodSeconds: 600 } }).run(
    'NODE_CREATE',
  )
  assert.ok(!outcome.ok)
  assert.equal(outcome.code, 'timed_out')
  assert.match(outcome.message, /within 10 s: connection refused/)
})

test('a hurried step stops waiting for health and says that it was broken off', async () => {
  const hurry = new AbortController()
  const observe = async () => {
    hurry.abort(new Error('was broken off'))
    return { ...passing, passing: false }
  }
  const outcome = await bench({ observe }).run('NODE_UPDATE', hurry.signal)
  assert.ok(!outcome.ok)
  assert.equal(outcome.phase, 'gate')
  assert.equal(outcome.message, 'was broken off')
})

/** A call that ends when it is told to, as a hook that hangs. */
const hang = (ctx: RuntimeContext) =>
  new Promise<never>((_, reject) => {
    if (ctx.signal.aborted) reject(ctx.signal.reason)
    ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))
  })

for (const { name, call, reason, phase } of [
  { name: 'NODE_UPDATE', call: 'prepare', reason: HURRIED, phase: 'prepare' },
  { name: 'NODE_UPDATE', call: 'start', reason: DROPPED, phase: 'start' },
  { name: 'NODE_STOP', call: 'prepare', reason: HURRIED, phase: 'prepare' },
  { name: 'NODE_START', call: 'start', reason: DROPPED, phase: 'start' },
] as const) {
  test(`${name} that hangs in ${call} ends at once when it is told: ${reason.message}`, async () => {
    const hurry = new AbortController()
    const begun = (ctx: RuntimeContext) => {
      queueMicrotask(() => hurry.abort(reason))
      return hang(ctx)
    }
    const { run, clock } = bench({ [call]: begun })
    const before = clock.now()
    const outcome = await run(name, hurry.signal)
    assert.ok(!outcome.ok)
    assert.deepEqual([outcome.phase, outcome.code], [phase, 'cancelled'])
    assert.ok(clock.now() - before < 10_000)
  })
}

test('a step that was hurried before it touched its node leaves it alone', async () => {
  const hurry = new AbortController()
  let touched = false
  const prepare = async () => hurry.abort(HURRIED)
  const start = async () => {
    touched = true
    return started
  }
  const outcome = await bench({ prepare, start }).run('NODE_UPDATE', hurry.signal)
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.phase, outcome.code, touched], ['prepare', 'cancelled', false])
})

test('a start that is only hurried is finished', async () => {
  const hurry = new AbortController()
  const start = async () => {
    hurry.abort(HURRIED)
    return started
  }
  const observe = async () => ({ ...passing, passing: false })
  const outcome = await bench({ start, observe }).run('NODE_UPDATE', hurry.signal)
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.phase, outcome.started], ['gate', started])
})

for (const { name, call, phase } of [
  { name: 'NODE_UPDATE', call: 'prepare', phase: 'prepare' },
  { name: 'NODE_START', call: 'start', phase: 'start' },
  { name: 'NODE_STOP', call: 'prepare', phase: 'prepare' },
  { name: 'NODE_STOP', call: 'stop', phase: 'stop' },
  { name: 'NODE_DELETE', call: 'remove', phase: 'remove' },
] as const) {
  test(`${name} says that it failed in phase ${phase} when ${call} throws`, async () => {
    const outcome = await bench({
      [call]: () => {
        throw new TypeError('oops')
      },
    }).run(name)
    assert.ok(!outcome.ok)
    assert.deepEqual([outcome.phase, outcome.code, outcome.message], [phase, 'internal', 'oops'])
  })
}

test('placing code is refused by a runtime that cannot', async () => {
  const outcome = await bench({}).run('NODE_PLACE_CODE')
  assert.ok(!outcome.ok)
  assert.match(outcome.message, /cannot place code without a restart/)
})

// Simulation, seed 1259: the new revision was running already, and the node was said to serve on the old one.
test('a step that was begun before says nothing of what runs when it cannot prepare', async () => {
  const prepare = async () => {
    throw new RuntimeFailedError('the request got lost')
  }
  const phaseOf = async (name: StepName, isRepeated: boolean) => {
    const outcome = await bench({ prepare }, { isRepeated }).run(name)
    return outcome.ok ? 'ok' : outcome.phase
  }
  assert.equal(await phaseOf('NODE_UPDATE', false), 'prepare')
  assert.equal(await phaseOf('NODE_UPDATE', true), 'start')
  assert.equal(await phaseOf('NODE_STOP', true), 'stop')
})

for (const { title, force, canLetGo, want } of [
  { title: 'fails', force: false, canLetGo: true, want: 'the host is away' },
  {
    title: 'is given up by force',
    force: true,
    canLetGo: true,
    want: 'given up: the host is away; it may run on h:22',
  },
  {
    title: 'fails even by force if nobody can let go of it',
    force: true,
    canLetGo: false,
    want: 'the host is away',
  },
]) {
  test(`a node that cannot be removed ${title}`, async () => {
    const remove = async () => {
      throw new RuntimeFailedError('the host is away')
    }
    const letGo = async () => 'it may run on h:22'
    const outcome = await bench({ remove, ...(canLetGo && { letGo }) }, { force }).run('NODE_DELETE')
    assert.equal(outcome.ok, force && canLetGo)
    assert.equal(outcome.ok ? outcome.givenUp : outcome.message, want)
  })
}

test('who lost the lease gives up nothing', async () => {
  const remove = async () => {
    throw new LeaseLostError('node n')
  }
  const letGo = async () => assert.fail('it let go')
  await assert.rejects(bench({ remove, letGo } as never, { force: true }).run('NODE_DELETE'), LeaseLostError)
})
