import { RuntimeFailedError } from '../src/domain/errors.ts'
import type { HealthCheck } from '../src/domain/health-check.ts'
import type { NodeId } from '../src/domain/ids.ts'
import type {
  DetectsDrift,
  NodeRef,
  Observed,
  PlacesCode,
  Runtime,
  RuntimeContext,
  StartsBeside,
} from '../src/runtimes/runtime.ts'
import { createScriptedRuntime } from '../src/runtimes/scripted/index.ts'
import type { WorldInside } from '../src/runtimes/scripted/world.ts'
import { type Clock, sleep } from '../src/system/clock.ts'
import type { Effect, RuntimeCall } from './checks/check.ts'
import { type FaultRates, NO_FAULTS } from './faults.ts'
import { type Machine, never } from './machine.ts'
import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'

export interface SimRuntimeDeps {
  readonly machine: Machine
  readonly timeline: Timeline
  readonly world: WorldInside
  readonly random: Random
  readonly faults: () => FaultRates
  /** What a call has begun goes on when its process dies or sleeps, as it does in an engine on another host. */
  readonly isRemote: boolean
  /** Which calls do not heed their signal, and are done late; null: none. */
  readonly deaf: Random | null
  readonly watcher: {
    onCall(call: RuntimeCall): void
    onCallEnd(call: RuntimeCall): void
    onEffect(effect: Effect): void
    onObserved(call: RuntimeCall, observed: Observed, check: HealthCheck | null): void
  }
}

type Scripted = Runtime & PlacesCode & DetectsDrift & StartsBeside
type Fault = 'refused' | 'answer lost' | 'hangs' | 'repeated' | 'slow' | 'crash before' | 'crash after'

const LATE_MS = 4000
/** Later than any limit, and than the time for which a call is waited for after it was told to stop. */
const VERY_LATE_MS = 60_000
const DEAF_SHARE = 0.06

/** The scripted runtime as one process reaches it: requests and answers get lost, come late, or are done twice. */
export function createSimRuntime(deps: SimRuntimeDeps): Scripted {
  const { machine, timeline, watcher } = deps
  // One world has one time; only the timers of a call can belong to the process that made it.
  const clock: Clock = {
    now: () => timeline.now,
    after: deps.isRemote ? (delay, callback) => timeline.after(delay, callback) : machine.clock.after,
  }
  const random = deps.random.next
  const plain = createScriptedRuntime({ clock, random, world: deps.world })

  const call = async <T>(
    what: RuntimeCall['what'],
    ctx: RuntimeContext,
    node: NodeRef,
    run: (runtime: Scripted, ctx: RuntimeContext) => Promise<T>,
  ): Promise<T> => {
    if (machine.isDead) return never
    const made: RuntimeCall = { what, nodeId: node.id, term: ctx.term, signal: ctx.signal, machine }
    watcher.onCall(made)
    const world: WorldInside = {
      ...deps.world,
      record(nodeId, did, key) {
        deps.world.record(nodeId, did, key)
        watcher.onEffect({
          at: timeline.now,
          nodeId,
          what: did,
          key,
          term: ctx.term,
          machine: machine.name,
          call: made,
        })
      },
    }
    const runtime = createScriptedRuntime({ clock, random, world })
    try {
      const { deaf } = deps
      if (deaf === null || what === 'observe' || deps.faults() === NO_FAULTS || !deaf.chance(DEAF_SHARE))
        return await carryOut(deps, what, ctx, () => run(runtime, ctx))
      const heedless = { ...ctx, signal: new AbortController().signal }
      const lateMs = deaf.int(100, VERY_LATE_MS)
      if (deaf.chance(0.7)) await sleep(clock, lateMs)
      const answer = await run(runtime, heedless)
      await sleep(clock, lateMs)
      await machine.arrive()
      return answer
    } finally {
      watcher.onCallEnd(made)
    }
  }
  const { onChange } = plain as { onChange?: (listener: (id: NodeId) => void) => () => void }
  return {
    ...plain,
    // What a runtime tells by itself reaches a process as everything else does.
    ...(onChange && {
      onChange: (listener: (id: NodeId) => void) =>
        onChange((id) => void machine.arrive().then(() => listener(id))),
    }),
    prepare: (ctx, node, wanted) =>
      call('prepare', ctx, node, (runtime, ctx) => runtime.prepare(ctx, node, wanted)),
    start: (ctx, node, wanted) =>
      call('start', ctx, node, (runtime, ctx) => runtime.start(ctx, node, wanted)),
    startBeside: (ctx, node, wanted, kept) =>
      call('startBeside', ctx, node, (runtime, ctx) => runtime.startBeside(ctx, node, wanted, kept)),
    retire: (ctx, node, kept) => call('retire', ctx, node, (runtime, ctx) => runtime.retire(ctx, node, kept)),
    stop: (ctx, node, handle) => call('stop', ctx, node, (runtime, ctx) => runtime.stop(ctx, node, handle)),
    remove: (ctx, node, handle) =>
      call('remove', ctx, node, (runtime, ctx) => runtime.remove(ctx, node, handle)),
    placeCode: (ctx, node, wanted) =>
      call('placeCode', ctx, node, (runtime, ctx) => runtime.placeCode(ctx, node, wanted)),
    findDrift: (ctx, node, handle, wanted) =>
      call('findDrift', ctx, node, (runtime, ctx) => runtime.findDrift(ctx, node, handle, wanted)),
    observe: async (ctx, node, handle, check) => {
      const observed = await call('observe', ctx, node, (runtime, ctx) =>
        runtime.observe(ctx, node, handle, check),
      )
      const made = { what: 'observe', nodeId: node.id, term: ctx.term, signal: ctx.signal, machine } as const
      watcher.onObserved(made, observed, check)
      return observed
    },
  }
}

async function carryOut<T>(
  deps: SimRuntimeDeps,
  what: RuntimeCall['what'],
  ctx: RuntimeContext,
  run: () => Promise<T>,
): Promise<T> {
  const { machine } = deps
  const fault = drawFault(deps)
  if (fault === 'refused') throw new RuntimeFailedError(`${what}: the request got lost`)
  if (fault === 'crash before') {
    machine.die(`before ${what}`)
    return never
  }
  try {
    const first = run()
    if (fault === 'repeated') await Promise.allSettled([first, run()])
    const answer = await first
    if (fault === 'repeated') await run()
    if (fault === 'crash after') machine.die(`after ${what}`)
    if (fault === 'slow') await sleep(machine.clock, deps.random.int(1, LATE_MS), ctx.signal)
    if (fault === 'answer lost') throw new RuntimeFailedError(`${what}: the answer got lost`)
    if (fault === 'hangs') await untilAborted(ctx.signal)
    await machine.arrive()
    return answer
  } catch (error) {
    await machine.arrive()
    throw error
  }
}

function drawFault({ random, faults }: SimRuntimeDeps): Fault | null {
  const rates = faults()
  if (random.chance(rates.callRefused)) return 'refused'
  if (random.chance(rates.callLosesAnswer)) return 'answer lost'
  if (random.chance(rates.callHangs)) return 'hangs'
  if (random.chance(rates.callRepeats)) return 'repeated'
  if (random.chance(rates.callSlow)) return 'slow'
  if (random.chance(rates.callCrash)) return random.pick(['crash before', 'crash after'])
  return null
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
