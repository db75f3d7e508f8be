import { DroverError, LeaseLostError, messageOf, TimedOutError } from '../domain/errors.ts'
import { isWorking } from '../domain/health-check.ts'
import type { EpochMs } from '../domain/ids.ts'
import { type HealthState, judgeHealth, nextCheckDelayMs, startingHealth } from '../planner/judge-health.ts'
import {
  type Started,
  supportsAdoption,
  supportsLettingGo,
  supportsOperations,
  supportsPlaceCode,
  type Wanted,
} from '../runtimes/runtime.ts'
import { sleep } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { TimeLimit } from '../system/time-limit.ts'
import { observeNode } from './observe-node.ts'
import { waitPatiently } from './patience.ts'
import { DROPPED, type StepDeps, type StepOrder, type StepOutcome, type StepPhase } from './step-order.ts'
import { putIn, type Traffic, takeAway, takeOut, trafficBeside } from './step-traffic.ts'
import { giveUpNew, retireOld, surgingRuntime } from './surge-step.ts'

/** Whoever breaks off a step that another engine began waits this long at most for what there is to be known. */
const BROKEN_OFF_MS = 30_000

/**
 * Carries out one node action on its runtime. May be run again from the start after a crash: every runtime call is
 * idempotent, and the key makes a repeated start find the first one.
 *
 * Never rejects but when `signal` is aborted: what goes wrong with a node is data. Nor then, if somebody broke it off while
 * the old one was being ended beside a replacement that serves: that one is what the node has from then on; nor a step of a surge that
 * an engine before this one began: its last calls may be done yet, so it is made sure of what there is.
 *
 * @param signal aborted when the engine stops or lost its lease, or when the action was broken off
 * @param hurry aborted with {@link HURRIED} or {@link DROPPED}. A step of an update that has not touched its node yet ends at
 *   once; so does starting and placing what is dropped.
 */
export async function performStep(
  deps: StepDeps,
  order: StepOrder,
  signal: AbortSignal,
  hurry: AbortSignal,
): Promise<StepOutcome> {
  const step = new StepRun(deps, order, signal, hurry)
  try {
    const outcome = await step.run().catch((error: unknown) => {
      if (signal.aborted && !step.isReplaced(signal.reason) && !step.isTakenOver) throw signal.reason
      if (error instanceof LeaseLostError) throw error
      return step.failure(signal.aborted ? signal.reason : error)
    })
    if (outcome.ok || order.keeps === null) return outcome
    // Ending what may be about to start would be overtaken by it.
    if (step.hasGivenUp && outcome.phase !== 'prepare') return outcome
    if (!step.isTakenOver) return await giveUpNew(deps, order, outcome, signal)
    return await giveUpNew(deps, order, outcome, deps.closing, signal.aborted ? BROKEN_OFF_MS : undefined)
  } finally {
    step.end()
  }
}

class StepRun {
  readonly #deps: StepDeps
  readonly #order: StepOrder
  readonly #signal: AbortSignal
  readonly #hurry: AbortSignal
  readonly #limit: TimeLimit
  #deadline: EpochMs
  #phase: StepPhase = 'prepare'
  #started: Started | null = null
  /** What ran before is gone, whatever comes next. */
  #removed = false
  #health: HealthState | null = null
  #givenUp: string | null = null
  /** A call may still be carried out: whatever follows it has to be told apart from it by a higher fencing number. */
  hasGivenUp = false

  constructor(deps: StepDeps, order: StepOrder, signal: AbortSignal, hurry: AbortSignal) {
    this.#deps = deps
    this.#order = order
    this.#signal = signal
    this.#hurry = hurry
    this.#limit = new TimeLimit(deps.clock, signal)
    this.#deadline = deps.clock.now() + order.nodeTimeoutSeconds * 1000
    hurry.addEventListener('abort', this.#onHurry, { once: true })
  }

  async run(): Promise<StepOutcome> {
    const { runtime, node, handle } = this.#order
    switch (this.#order.name) {
      case 'NODE_CREATE':
      case 'NODE_UPDATE':
      case 'NODE_RECOVER':
        if (this.#order.keeps !== null) return this.#surge(this.#order.keeps)
        if (this.#order.checksFirst && (await this.#serves())) return this.#success()
        if (this.#order.recovery === 'RECREATE') {
          await this.#leaveTraffic()
          await this.#call('remove', (ctx) => runtime.remove(ctx, node, handle))
          this.#removed = true
        }
        if (this.#order.adopts !== null) return this.#adopt(this.#order.adopts)
        if (this.#order.recovery !== 'REBOOT')
          await this.#call('prepare', (ctx, wanted) => runtime.prepare(ctx, node, wanted))
        await this.#leaveTraffic()
        this.#leaveUntouched()
        return this.#startAndWait()
      case 'NODE_START':
        return this.#startAndWait()
      case 'NODE_STOP':
        // The code is fetched while the node still serves, so that it is away for as short as can be.
        await this.#call('prepare', (ctx, wanted) => runtime.prepare(ctx, node, wanted))
        await this.#leaveTraffic()
        this.#leaveUntouched()
        await this.#call('stop', (ctx) => runtime.stop(ctx, node, handle))
        return this.#success()
      case 'NODE_PLACE_CODE':
        await this.#call('place', (ctx, wanted) => {
          if (supportsPlaceCode(runtime)) return runtime.placeCode(ctx, node, wanted)
          throw new DroverError(
            'runtime_failed',
            `runtime ${runtime.type} cannot place code without a restart`,
          )
        })
        if (this.#order.wasAvailable) await this.#passGate(this.#order.minReadySeconds)
        return this.#health && this.#health.health !== 'Healthy' ? this.#unhealthy() : this.#success()
      case 'NODE_CHECK':
        // One look more at what is known: a check must not make a node that serves look as if it were starting.
        this.#health = this.#order.health
        await this.#observeOnce('check')
        return this.#success()
      case 'NODE_OPERATION':
        // Many take the node away for a while. It comes back as one that nothing is being done to.
        await this.#leaveTraffic()
        await this.#call('operate', (ctx) => {
          if (supportsOperations(runtime)) return runtime.perform(ctx, node, handle, this.#order.operation!)
          throw new DroverError('runtime_failed', `nodes of type ${runtime.type} have no operations`)
        })
        this.#health = this.#order.health
        await this.#observeOnce('operate')
        return this.#success()
      case 'NODE_DELETE':
        await this.#leaveTraffic()
        await this.#removeOrLetGo()
        await this.#withTraffic(async (deps, traffic) => {
          await takeAway(deps, traffic, this.#signal)
          await takeAway(deps, trafficBeside(traffic), this.#signal)
        })
        return this.#success()
    }
  }

  /** The replacement starts beside what runs, which is not touched before that one has passed its gate. */
  async #surge(kept: string): Promise<StepOutcome> {
    const { node, minReadySeconds } = this.#order
    const runtime = surgingRuntime(this.#order.runtime)
    await this.#call('prepare', (ctx, wanted) => runtime.prepare(ctx, node, wanted))
    this.#leaveUntouched()
    this.#started = await this.#call('start', (ctx, wanted) => runtime.startBeside(ctx, node, wanted, kept))
    await this.#passGate(minReadySeconds)
    if (this.#health?.health !== 'Healthy') return this.#unhealthy()
    this.#phase = 'drain'
    const { endpoint } = this.#started
    if (endpoint)
      await this.#withTraffic((deps, traffic) => putIn(deps, trafficBeside(traffic), endpoint, this.#signal))
    await this.#leaveTraffic()
    this.#phase = 'retire'
    const refused = await retireOld(this.#deps, this.#order, this.#signal)
    if (!refused) return this.#success()
    this.#phase = 'drain'
    throw refused.refusal
  }

  /** To be called after `run`, however it ended. */
  end(): void {
    this.#hurry.removeEventListener('abort', this.#onHurry)
    this.#limit.end()
  }

  readonly #onGivenUp = (): void => {
    this.hasGivenUp = true
    this.#deps.onGivenUp?.()
  }

  /** Breaks off the call that is under way, where that leaves nothing that somebody wants half done. */
  readonly #onHurry = (): void => {
    const isUnwanted = this.#hurry.reason === DROPPED && (this.#phase === 'start' || this.#phase === 'place')
    if (isUnwanted || (this.#phase === 'prepare' && this.#isReplacement))
      this.#limit.abort(this.#hurry.reason)
  }

  /** Whether the replacement has the node already, whatever somebody else than another engine breaks off now. */
  isReplaced(reason: unknown): boolean {
    return this.#phase === 'retire' && !(reason instanceof LeaseLostError)
  }

  /** Whether this engine, which goes on, has a surge of another one in its hands. */
  get isTakenOver(): boolean {
    return this.#order.keeps !== null && this.#order.isRepeated && !this.#deps.closing.aborted
  }

  /** What an update does to a node that serves until then. */
  get #isReplacement(): boolean {
    return this.#order.name === 'NODE_UPDATE' || this.#order.name === 'NODE_STOP'
  }

  /** @throws the reason of the hurry, while the node is still what it was */
  #leaveUntouched(): void {
    if (this.#hurry.aborted && this.#isReplacement) throw this.#hurry.reason
  }

  async #adopt(identity: string): Promise<StepOutcome> {
    const { runtime, node } = this.#order
    this.#started = await this.#call('start', (ctx, wanted) => {
      if (supportsAdoption(runtime)) return runtime.adopt(ctx, node, wanted, identity)
      throw new DroverError('runtime_failed', `nodes of type ${runtime.type} cannot be adopted`)
    })
    await this.#passGate(this.#order.minReadySeconds)
    return this.#health?.health === 'Healthy' ? this.#success() : this.#unhealthy()
  }

  async #removeOrLetGo(): Promise<void> {
    const { runtime, node, handle, force } = this.#order
    try {
      await this.#call('remove', (ctx) => runtime.remove(ctx, node, handle))
    } catch (error) {
      if (!force || !supportsLettingGo(runtime)) throw error
      if (this.#signal.aborted || error instanceof LeaseLostError) throw error
      const left = await this.#call('remove', (ctx) => runtime.letGo(ctx, node))
      this.#givenUp = `given up: ${messageOf(error)}; ${left}`
    }
  }

  async #startAndWait(): Promise<StepOutcome> {
    const { runtime, node } = this.#order
    this.#started = await this.#call('start', (ctx, wanted) => runtime.start(ctx, node, wanted))
    await this.#passGate(this.#order.minReadySeconds)
    if (this.#health?.health !== 'Healthy') return this.#unhealthy()
    const { endpoint } = this.#started
    if (endpoint) await this.#withTraffic((deps, traffic) => putIn(deps, traffic, endpoint, this.#signal))
    return this.#success()
  }

  async #leaveTraffic(): Promise<void> {
    await this.#withTraffic((deps, traffic) => {
      this.#phase = 'drain'
      return takeOut(deps, traffic, this.#signal)
    })
    const { hasStray, keeps } = this.#order
    if (hasStray && keeps === null)
      await this.#withTraffic((deps, traffic) => takeOut(deps, trafficBeside(traffic), this.#signal))
  }

  async #withTraffic(work: (deps: StepDeps, traffic: Traffic) => Promise<void>): Promise<void> {
    const { traffic } = this.#order
    if (!traffic) return
    const { clock } = this.#deps
    const begunAt = clock.now()
    await work(this.#deps, traffic)
    // What the balancer takes has a limit of its own.
    this.#deadline += clock.now() - begunAt
  }

  /** Watches the node until it was healthy for long enough, is unhealthy, or time is over. */
  async #passGate(minReadySeconds: number): Promise<void> {
    this.#phase = 'gate'
    const { clock } = this.#deps
    this.#health = startingHealth(clock.now())
    while (true) {
      await this.#observeOnce('gate')
      const health = this.#health
      const now = clock.now()
      if (health.health === 'Unhealthy') return
      const readyAt = health.availableSince === null ? null : health.availableSince + minReadySeconds * 1000
      if (readyAt !== null && now >= readyAt) return
      const isYetToServe = health.health === 'Starting' || health.health === 'NotReady'
      if (isYetToServe && now >= this.#deadline) {
        throw new TimedOutError(`not healthy within ${this.#order.nodeTimeoutSeconds} s: ${health.detail}`)
      }
      if (this.#hurry.aborted) throw this.#hurry.reason
      const pause = nextCheckDelayMs(health, this.#order.healthCheck, now)
      const until = readyAt ?? this.#deadline
      await sleep(
        clock,
        Math.min(pause, Math.max(0, until - now)),
        AbortSignal.any([this.#signal, this.#hurry]),
      )
    }
  }

  /** Whether what ran before the step serves: as often as its check wants it, it has to pass. */
  async #serves(): Promise<boolean> {
    const { clock } = this.#deps
    const { isRepeated, healthCheck } = this.#order
    this.#health = { ...startingHealth(clock.now()), health: 'Unknown' }
    if (isRepeated) {
      // The engine before may have begun to start it anew: then that has to be seen to its end.
      await this.#observeOnce('check')
      if (this.#health.passesInARow > 0) return false
    }
    this.#health = { ...startingHealth(clock.now()), health: 'Unknown' }
    while (true) {
      await this.#observeOnce('check', null)
      // One that works and is not ready has its reasons: killing it would not make it ready.
      if (isWorking(this.#health.health)) return true
      if (this.#health.passesInARow === 0) break
      await sleep(clock, (healthCheck.intervalSeconds ?? 5) * 1000, this.#signal)
    }
    this.#health = null
    this.#phase = 'prepare'
    return false
  }

  /** @param startKey of the start that is to be running; null: whichever */
  async #observeOnce(phase: StepPhase, startKey = this.#order.wanted?.key ?? null): Promise<void> {
    this.#phase = phase
    const { runtime, node, healthCheck: check, term } = this.#order
    const { clock, log } = this.#deps
    const handle = this.#started?.handle ?? this.#order.handle
    const observed = await observeNode(this.#limit, { runtime, node, handle, check, startKey }, { term, log })
    const now = clock.now()
    this.#health = judgeHealth(this.#health ?? startingHealth(now), check, observed, now)
  }

  /** One runtime call in its slot and within the step's time. */
  async #call<T>(
    phase: StepPhase,
    call: (ctx: { signal: AbortSignal; term: number; log: Log }, wanted: Wanted) => Promise<T>,
  ): Promise<T> {
    this.#phase = phase
    const { clock, log, slots, trust } = this.#deps
    if (this.#hurry.aborted) this.#onHurry()
    const askedAt = clock.now()
    if (!trust.isFresh) await trust.wait(this.#signal)
    const release = await slots.take(this.#signal)
    if (this.#limit.isBrokenOff) {
      release()
      throw this.#limit.signal.reason
    }
    // Standing in line is the engine's time, not the node's.
    this.#deadline += clock.now() - askedAt
    // Stopping and removing have a limit of their own, so that a node that took all its time can still be stopped.
    const fresh = phase === 'stop' || phase === 'remove'
    const limitMs = fresh ? this.#order.nodeTimeoutSeconds * 1000 : this.#deadline - clock.now()
    const late = () => new TimedOutError(`${phase} took longer than ${this.#order.nodeTimeoutSeconds} s`)
    const { term, wanted } = this.#order
    return this.#limit
      .run(limitMs, late, (signal) =>
        waitPatiently(clock, signal, call({ signal, term, log }, wanted as Wanted), this.#onGivenUp),
      )
      .finally(release)
  }

  #success(): StepOutcome {
    const givenUp = this.#givenUp === null ? {} : { givenUp: this.#givenUp }
    return { ok: true, started: this.#started, health: this.#health, ...givenUp }
  }

  #unhealthy(): StepOutcome {
    return this.failure(new DroverError('runtime_failed', this.#health?.detail ?? 'unhealthy'))
  }

  /** That preparing or draining failed says that the old revision still serves, but only the first time. */
  #failedPhase(): StepPhase {
    const untouched = this.#phase === 'prepare' || this.#phase === 'drain'
    if (!untouched || !(this.#order.isRepeated || this.#removed)) return this.#phase
    return this.#order.name === 'NODE_STOP' ? 'stop' : 'start'
  }

  failure(error: unknown): StepOutcome {
    const known = error instanceof DroverError
    if (!known)
      this.#deps.log.error({ err: error, node: this.#order.node.name }, 'a node step failed unexpectedly')
    const code = known ? error.code : 'internal'
    return {
      ok: false,
      phase: this.#failedPhase(),
      code,
      message: messageOf(error),
      started: this.#started,
      health: this.#health,
    }
  }
}
