import {
  BalancerFailedError,
  DroverError,
  LeaseLostError,
  messageOf,
  TimedOutError,
} from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import { type HealthState, judgeHealth } from '../planner/judge-health.ts'
import {
  isSameStart,
  type Observed,
  type Runtime,
  type RuntimeContext,
  type StartsBeside,
  supportsSurge,
} from '../runtimes/runtime.ts'
import { sleep } from '../system/clock.ts'
import { TimeLimit } from '../system/time-limit.ts'
import { waitPatiently } from './patience.ts'
import type { StepDeps, StepOrder, StepOutcome } from './step-order.ts'
import { takeAway, takeOut, trafficBeside } from './step-traffic.ts'

const RETRY_MS = 500
/** So often in a row a runtime says that it cannot end the old one, before the new one makes way again. */
const MOST_REFUSALS = 6
/** What one look at the old one may take. */
const LOOK_MS = 10_000

/** A step of a surge, from the moment on at which the new one has passed its gate or is given up. */
interface Ending {
  readonly deps: StepDeps
  readonly order: StepOrder
  readonly kept: string
  readonly runtime: Runtime & StartsBeside
  readonly limit: TimeLimit
  readonly signal: AbortSignal
  readonly until: EpochMs
}

/** @throws DroverError when it can start nothing beside what runs */
export function surgingRuntime(runtime: Runtime): Runtime & StartsBeside {
  if (supportsSurge(runtime)) return runtime
  throw new DroverError('runtime_failed', `runtime ${runtime.type} cannot start a replacement first`)
}

/**
 * Ends the old one, which takes no requests any more. From the first try on nobody can be sure that it still serves, so it is
 * tried again for as long as a node may take.
 *
 * @returns the reason when the runtime refuses again and again, and the old one runs: then nothing has been touched
 * @throws TimedOutError when both may run, or nobody knows
 */
export async function retireOld(
  deps: StepDeps,
  order: StepOrder,
  signal: AbortSignal,
): Promise<{ readonly refusal: unknown } | null> {
  return await ending(deps, order, signal, async (end) => {
    const { wanted } = order
    for (let refusals = 1; ; refusals += 1) {
      try {
        await call(end, (ctx) => end.runtime.retire(ctx, order.node, wanted?.key ?? ''))
        await takeAwayQuietly(end, order.traffic)
        return null
      } catch (error) {
        pass(end, error)
        // One that did not answer may be at it.
        if (error instanceof TimedOutError) refusals = Number.NEGATIVE_INFINITY
        if (refusals >= MOST_REFUSALS && (await look(end)).running) return { refusal: error }
        await pause(end, `the one before could not be ended: ${messageOf(error)}`)
      }
    }
  })
}

/**
 * After a step of a surge that failed: ends the new one, if the old one still runs, and says what there is now. Where neither
 * can be told, both may be left, and the next thing that is done to the node ends all but one.
 * @param mostMs that this may take; default: what the node may
 */
export async function giveUpNew(
  deps: StepDeps,
  order: StepOrder,
  outcome: Extract<StepOutcome, { ok: false }>,
  signal: AbortSignal,
  mostMs?: number,
): Promise<StepOutcome> {
  const { phase } = outcome
  // The new one serves, and the old one could not be ended.
  if (phase === 'retire') return outcome
  if (phase === 'prepare') return { ...outcome, old: 'serves', health: order.health }
  try {
    const giveUp = async (end: Ending): Promise<StepOutcome> => {
      if (!(await look(end)).running) return await withoutOld(end, outcome)
      // Before its gate it was in no balancer, unless an engine before this one came further.
      if (order.traffic && (phase === 'drain' || order.isRepeated)) {
        const beside = trafficBeside(order.traffic)
        await takeOut(deps, beside, signal)
        await takeAway(deps, beside, signal)
      }
      while (!(await isRetired(end))) await pause(end, 'what was started beside it could not be ended')
      const observed = await look(end)
      const health: HealthState = judgeHealth(order.health, order.healthCheck, observed, deps.clock.now())
      return { ...outcome, old: 'serves', health }
    }
    return await ending(deps, order, signal, giveUp, mostMs)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof LeaseLostError) throw error
    deps.log.warn({ err: error, node: order.node.name }, 'a replacement could not be given up')
    return { ...outcome, message: `${outcome.message}; ${messageOf(error)}` }
  }
}

/**
 * Of a step that an engine before this one may have brought as far as to end the old one: what has taken its place, if it runs,
 * is what the node has.
 */
async function withoutOld(end: Ending, outcome: Extract<StepOutcome, { ok: false }>): Promise<StepOutcome> {
  const { deps, order, runtime, kept } = end
  const { node, wanted } = order
  const gone = { ...outcome, old: 'gone' } as const
  if (!wanted) return gone
  if (outcome.started) {
    // It is what there is to the node now, as if it had been started alone.
    while (!(await isRetired(end, wanted.key)) && deps.clock.now() + RETRY_MS <= end.until)
      await sleep(deps.clock, RETRY_MS, end.signal)
    return gone
  }
  if (!order.isRepeated) return gone
  const observed = await look(end, null, wanted.key)
  if (!observed.running) return gone
  // It lives: this asks only where.
  const started = await call(end, (ctx) => runtime.startBeside(ctx, node, wanted, kept))
  const health = judgeHealth(order.health, order.healthCheck, observed, deps.clock.now())
  return { ...outcome, phase: 'retire', started, health }
}

async function ending<T>(
  deps: StepDeps,
  order: StepOrder,
  signal: AbortSignal,
  work: (end: Ending) => Promise<T>,
  mostMs = Number.POSITIVE_INFINITY,
): Promise<T> {
  const limit = new TimeLimit(deps.clock, signal)
  const until = deps.clock.now() + Math.min(mostMs, order.nodeTimeoutSeconds * 1000)
  const { keeps } = order
  const runtime = surgingRuntime(order.runtime)
  try {
    return await work({ deps, order, kept: keeps ?? '', runtime, limit, signal, until })
  } finally {
    limit.end()
  }
}

async function isRetired(end: Ending, kept = end.kept): Promise<boolean> {
  try {
    await call(end, (ctx) => end.runtime.retire(ctx, end.order.node, kept))
    return true
  } catch (error) {
    pass(end, error)
    return false
  }
}

/** What is known of one of the two, the old one unless said otherwise; a runtime that cannot be asked is asked again. */
async function look(end: Ending, handle = end.order.handle, key = end.kept): Promise<Observed> {
  const { order, runtime } = end
  while (true) {
    try {
      const observed = await call(
        end,
        (ctx) => runtime.observe(ctx, order.node, handle, order.healthCheck),
        LOOK_MS,
      )
      const isIt = observed.key === null || isSameStart(observed.key, key)
      return isIt ? observed : { ...observed, running: false, passing: null }
    } catch (error) {
      pass(end, error)
      await pause(end, `it cannot be looked at: ${messageOf(error)}`)
    }
  }
}

/** A server that could not be taken away takes no requests; who keeps the balancer takes it away later. */
async function takeAwayQuietly({ deps, signal }: Ending, traffic: StepOrder['traffic']): Promise<void> {
  try {
    if (traffic) await takeAway(deps, traffic, signal)
  } catch (error) {
    if (!(error instanceof BalancerFailedError)) throw error
    deps.log.warn({ err: error, server: traffic?.server }, 'a server is left in its balancer')
  }
}

async function call<T>(
  { deps, order, limit, signal, until }: Ending,
  run: (ctx: RuntimeContext) => Promise<T>,
  mostMs = Number.POSITIVE_INFINITY,
): Promise<T> {
  const { clock, log, slots, trust } = deps
  if (!trust.isFresh) await trust.wait(signal)
  const release = await slots.take(signal)
  const limitMs = Math.max(1, Math.min(mostMs, until - clock.now()))
  const late = () => new TimedOutError(`the runtime did not answer within ${Math.round(limitMs / 1000)} s`)
  return await limit
    .run(limitMs, late, (inner) =>
      waitPatiently(clock, inner, run({ signal: inner, term: order.term, log }), deps.onGivenUp),
    )
    .finally(release)
}

/** @throws what says that this engine has to let go */
function pass({ signal }: Ending, error: unknown): void {
  if (signal.aborted) throw signal.reason
  if (error instanceof LeaseLostError) throw error
}

/** @throws TimedOutError when there is no time left for another try */
async function pause({ deps, signal, until }: Ending, what: string): Promise<void> {
  if (deps.clock.now() + RETRY_MS > until) throw new TimedOutError(what)
  await sleep(deps.clock, RETRY_MS, signal)
}
