import { type Action, isHandover } from '../domain/action.ts'
import { type ClusterLease, isStandaloneClusterId } from '../domain/cluster.ts'
import type { Drift } from '../domain/drift.ts'
import { DroverError, LeaseLostError, TimedOutError } from '../domain/errors.ts'
import type { ActionId, EpochMs, NodeId, PolicyId } from '../domain/ids.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import { whyNotBeside } from '../runtimes/runtime.ts'
import { markIntentSeen } from '../store/leases.ts'
import { BalancerKeeper } from './balancer-keeper.ts'
import { Blame } from './blame.ts'
import { type Changes, persistChanges, type Trace } from './changes.ts'
import type { ClusterState } from './cluster-state.ts'
import { decide } from './decide.ts'
import { DriftMonitor } from './drift-monitor.ts'
import { dueHandovers, handOver, holdReceivers } from './handover.ts'
import { HealthMonitor, type HealthNews } from './health-monitor.ts'
import { heldByHooks, tellHook } from './lifecycle-hooks.ts'
import { checkLease, loadCluster, refreshCluster } from './load-cluster.ts'
import { canBeWatched, type ToOrder, toDriftOrder, toStepOrder, toWatchOrder } from './orders.ts'
import { performStep } from './perform-step.ts'
import { pollOrderOf } from './recovery.ts'
import type { Renewal, RunnerDeps } from './runner-deps.ts'
import { DROPPED, HURRIED, type StepOutcome } from './step-order.ts'
import { isNews } from './sync.ts'
import { UrlPoller } from './url-poller.ts'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000
/** The fence holds the cluster's row, and nothing beside that cluster is written. */
const HELD_BY_FENCE = { guard: 'rows' } as const

/** A node action that is being carried out. */
interface Work {
  readonly action: Action
  readonly stop: AbortController
  readonly hurry: AbortController
  readonly done: Promise<void>
}

/**
 * Runs one cluster for as long as this engine holds its lease.
 *
 * ```
 *   wake ─► look: one transaction {check the lease, read requests, take note, decide, write} ─► carry out ─► …
 *     ▲                                                                                            │
 *     └──────────── a request came · a step ended · health changed · a time was reached ◄──────────┘
 * ```
 * What happens while a look is being committed is taken up by the next one, so commits grow with the load and
 * their number does not. After a failed commit everything in memory is read again from the store; steps that are
 * under way go on, for they were durable before they began.
 */
export class ClusterRunner {
  readonly lease: ClusterLease
  readonly #deps: RunnerDeps
  readonly #monitor: HealthMonitor
  readonly #keeper: BalancerKeeper
  readonly #poller: UrlPoller
  readonly #work = new Map<ActionId, Work>()
  #state: ClusterState | null = null
  #outcomes: (readonly [ActionId, StepOutcome])[] = []
  #news = new Map<NodeId, HealthNews>()
  readonly #drift: DriftMonitor
  #drifts = new Map<NodeId, readonly Drift[]>()
  #takenOut: NodeId[] = []
  #givenUp: NodeId[] = []
  #polled = new Map<NodeId, string | null>()
  /** The health policy that nodes are polled by. */
  #polledBy: PolicyId | null = null
  #looking = false
  #again = false
  #stopped = false
  readonly #closing = new AbortController()
  #retryMs = FIRST_RETRY_MS
  readonly #blame = new Blame()
  #cancelTimer: () => void = () => {}
  #idle: Promise<void> = Promise.resolve()

  constructor(deps: RunnerDeps, lease: ClusterLease) {
    this.#deps = deps
    this.lease = lease
    this.#monitor = new HealthMonitor({
      ...deps,
      slots: deps.checkSlots,
      orderOf: (id) => this.#orderOf(id, toWatchOrder),
      onNews: (id, news) => {
        this.#news.set(id, news)
        this.wake()
      },
    })
    this.#drift = new DriftMonitor({
      ...deps,
      slots: deps.driftSlots,
      intervalMs: deps.driftCheckMs,
      nodes: () => this.#state?.nodes,
      orderOf: (id) => this.#orderOf(id, toDriftOrder),
      onLooked: (id, found) => {
        if (!isNews(this.#state, id, found)) return
        this.#drifts.set(id, found)
        this.wake()
      },
    })
    this.#keeper = new BalancerKeeper({
      ...deps,
      onTakenOut: (id) => {
        this.#takenOut.push(id)
        this.wake()
      },
    })
    this.#poller = new UrlPoller({
      ...deps,
      onJudged: (id, against) => {
        this.#polled.set(id, against)
        this.wake()
      },
    })
  }

  /** Looks at the cluster as soon as the look that is under way, if any, is over. */
  wake(): void {
    this.#again = true
    if (this.#looking || this.#stopped) return
    this.#looking = true
    this.#idle = this.#lookWhileWoken()
  }

  /** Breaks off everything without recording it: the next owner of the lease takes it up again. */
  async stop(reason: Error): Promise<void> {
    this.#stopped = true
    this.#closing.abort(reason)
    this.#cancelTimer()
    this.#monitor.close()
    this.#drift.close()
    this.#poller.close()
    const kept = this.#keeper.close(reason)
    for (const work of this.#work.values()) work.stop.abort(reason)
    await Promise.all([this.#idle, kept, ...[...this.#work.values()].map((work) => work.done)])
  }

  async #lookWhileWoken(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        await this.#look()
        this.#retryMs = FIRST_RETRY_MS
      } catch (error) {
        if (error instanceof LeaseLostError) {
          this.#end()
          break
        }
        this.#retryLater(error)
      }
    }
    this.#looking = false
    // Somebody may have woken us between the last check and now.
    if (this.#again && !this.#stopped) this.wake()
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#deps
    const { clusterId } = this.lease
    const outcomes = this.#outcomes
    const news = this.#news
    const takenOut = this.#takenOut
    const givenUp = this.#givenUp
    const polled = this.#polled
    const drifts = this.#drifts
    this.#outcomes = []
    this.#drifts = new Map()
    this.#takenOut = []
    this.#givenUp = []
    this.#polled = new Map()
    this.#news = new Map()
    this.#cancelTimer()
    let changes: Changes | undefined
    let renewal: Renewal | undefined
    let wakeAt: EpochMs | undefined
    const adopted = this.#state === null
    try {
      await store.write(async (tx) => {
        const due = this.#state === null ? [] : dueHandovers(this.#state)
        // The cluster of the nodes without one is held after all others: see holdReceivers.
        const isLast = isStandaloneClusterId(clusterId)
        if (this.#state && isLast) await holdReceivers(tx, this.#state, due)
        const fence = await checkLease(tx, this.lease)
        if (this.#state && !isLast) await holdReceivers(tx, this.#state, due)
        this.#state ??= await loadCluster(tx, clusterId, fence, this.#deps.ids, this.lease.engineId)
        const state = this.#state
        state.now = clock.now()
        const asked = fence.intent !== state.intent
        if (asked) await refreshCluster(tx, state, fence)
        await handOver(tx, state, due, this.#deps.ids)
        const { makesPools = false } = this.#deps.balancers
        const { recoveryPercent, runtimes } = this.#deps
        const facts = {
          ...{ outcomes, givenUp, news, drifts, takenOut, polled, makesPools, recoveryPercent },
          broken: this.#blame.broken,
          whyNotBeside: (spec: RevisionSpec) => whyNotBeside(runtimes[spec.profile.type], spec),
        }
        wakeAt = decide(state, facts, clock.now())
        changes = state.takeChanges()
        await persistChanges(tx, clusterId, changes, this.#blame.isRefused ? traceOf(state) : undefined)
        if (asked || adopted) await markIntentSeen(tx, clusterId, fence.intent)
        renewal = await this.#deps.renewInLook(tx)
      }, HELD_BY_FENCE)
    } catch (error) {
      this.#blame.note(this.#state?.seeingTo ?? null, error)
      this.#state = null
      this.#outcomes = [...outcomes, ...this.#outcomes]
      this.#news = new Map([...news, ...this.#news])
      this.#takenOut = [...takenOut, ...this.#takenOut]
      this.#givenUp = [...givenUp, ...this.#givenUp]
      this.#polled = new Map([...polled, ...this.#polled])
      this.#drifts = new Map([...drifts, ...this.#drifts])
      throw error
    }
    this.#blame.forget()
    if (renewal) this.#deps.renewed(renewal)
    if (changes) this.#carryOut(changes, adopted)
    // What began to hand its node over is durable now, and needs no more than another look.
    if (this.#state && this.#state.handovers.size > 0) this.#again = true
    if (wakeAt !== undefined && !this.#stopped)
      this.#cancelTimer = clock.after(Math.max(0, wakeAt - clock.now()), () => this.wake())
  }

  /** Everything here was made durable a moment ago. */
  #carryOut(changes: Changes, adopted: boolean): void {
    const state = this.#state as ClusterState
    this.#deps.onCommit(changes)
    for (const id of changes.asked) this.#deps.wake(id)
    if (changes.clusterDeleted) {
      this.#end()
      return
    }
    // What was begun is taken up by the next owner; a watch begun now would never end.
    if (this.#stopped) return
    const gone = changes.handedOver.map(({ id }) => id)
    for (const id of [...changes.deletedNodes, ...gone]) {
      this.#monitor.forget(id)
      this.#drift.forget(id)
      this.#keeper.forget(id)
      this.#poller.forget(id)
    }
    this.#drift.begin()
    const isPolledAnew = state.healthPolicyId !== this.#polledBy
    this.#polledBy = state.healthPolicyId
    if (isPolledAnew) for (const id of state.nodes.keys()) this.#notePoll(id)
    if (adopted) this.#adopt(state, changes)
    else {
      for (const id of changes.arrived) this.#watch(id, true)
      for (const node of changes.nodes.values()) this.#watch(node.id, false)
      for (const action of changes.started) this.#begin(state, action, false)
    }
    for (const action of adopted ? heldByHooks(state) : changes.hooked) this.#tellHook(action)
    for (const id of changes.aborted) this.#work.get(id)?.stop.abort(brokenOff())
    for (const id of changes.expired)
      this.#work.get(id)?.stop.abort(new TimedOutError('took longer than its action may'))
    for (const id of changes.dropped) this.#work.get(id)?.hurry.abort(DROPPED)
    for (const id of changes.hurried) this.#work.get(id)?.hurry.abort(HURRIED)
  }

  /** Takes up what an engine before us, or we before a failed commit, had begun. */
  #adopt(state: ClusterState, changes: Changes): void {
    const fresh = new Set(changes.started.map((action) => action.id))
    for (const [id, work] of this.#work) if (!state.actions.has(id)) work.stop.abort(brokenOff())
    // What ended while this look was being committed is told to the next one; begun again, it would go on beside
    // whatever follows it on its node.
    const ended = new Set(this.#outcomes.map(([id]) => id))
    for (const action of state.actions.values()) {
      if (action.nodeId === null || action.status !== 'RUNNING' || ended.has(action.id)) continue
      if (isHandover(action.name)) continue
      this.#begin(state, action, !fresh.has(action.id))
    }
    for (const id of state.nodes.keys()) this.#watch(id, true)
  }

  #watch(id: NodeId, immediately: boolean): void {
    const node = this.#state?.nodes.get(id)
    if (node) this.#keeper.note(node, immediately ? 'compare' : 'apply')
    this.#notePoll(id)
    const order = this.#orderOf(id, toWatchOrder)
    if (order) this.#monitor.watch(id, order, immediately)
    else {
      this.#monitor.unwatch(id)
      this.#drift.forget(id)
      // It is about what ran before the step that begins now.
      this.#news.delete(id)
      this.#drifts.delete(id)
      this.#polled.delete(id)
    }
  }

  #notePoll(id: NodeId): void {
    const state = this.#state
    const node = state?.nodes.get(id)
    this.#poller.note(id, state && node ? pollOrderOf(state, node) : undefined)
  }

  #orderOf<Order>(id: NodeId, toOrder: ToOrder<Order>): Order | undefined {
    const state = this.#state
    const node = state?.nodes.get(id)
    if (!state || !node || !canBeWatched(node)) return undefined
    try {
      return toOrder(state, node, this.#deps.runtimes, this.lease)
    } catch (error) {
      // A node of a type that this engine has no runtime for must not keep the others from being carried out.
      this.#deps.log.error({ err: error, node: id }, 'a node cannot be watched')
      return undefined
    }
  }

  #begin(state: ClusterState, action: Action, isRepeated: boolean): void {
    if (this.#work.has(action.id) || this.#stopped) return
    const stop = new AbortController()
    const hurry = new AbortController()
    const { clock, log, operationSlots: slots, trust } = this.#deps
    const done = this.#keeper
      .release(action.nodeId as NodeId)
      .then(() =>
        performStep(
          {
            ...{ clock, log, slots, trust, closing: this.#closing.signal },
            onGivenUp: () => this.#givenUp.push(action.nodeId as NodeId),
          },
          toStepOrder(state, action, this.#deps, this.lease, isRepeated),
          stop.signal,
          hurry.signal,
        ),
      )
      .then((outcome) => this.#finish(action, outcome))
      .catch((error: unknown) => this.#fail(action, error))
      .finally(() => this.#work.delete(action.id))
    this.#work.set(action.id, { action, stop, hurry, done })
  }

  #tellHook(action: Action): void {
    tellHook(this.#deps, action, this.#closing.signal).catch((error: unknown) => {
      this.#deps.log.error({ err: error, action: action.id }, 'telling a hook failed')
    })
  }

  #finish(action: Action, outcome: StepOutcome): void {
    if (this.#stopped) return
    this.#outcomes.push([action.id, outcome])
    this.wake()
  }

  #fail(action: Action, error: unknown): void {
    if (this.#stopped) return
    if (error instanceof LeaseLostError) {
      this.#end()
      return
    }
    const message = error instanceof Error ? error.message : String(error)
    const code = error instanceof DroverError ? error.code : 'internal'
    if (code === 'internal') this.#deps.log.error({ err: error, action: action.id }, 'a node action broke')
    this.#finish(action, { ok: false, phase: 'start', code, message, started: null, health: null })
  }

  #retryLater(error: unknown): void {
    if (this.#stopped) return
    this.#deps.log.error(
      { err: error, cluster: this.lease.clusterId, retryMs: this.#retryMs },
      'a look failed; trying again',
    )
    this.#cancelTimer = this.#deps.clock.after(this.#retryMs, () => this.wake())
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2)
  }

  #end(): void {
    if (this.#stopped) return
    void this.stop(new LeaseLostError(`cluster ${this.lease.clusterId}`))
    this.#deps.onEnd(this)
  }
}

function traceOf(state: ClusterState): Trace {
  return {
    now: state.now,
    note: (action) => {
      state.seeingTo = action
    },
  }
}

function brokenOff(): DroverError {
  return new DroverError('cancelled', 'was broken off')
}
