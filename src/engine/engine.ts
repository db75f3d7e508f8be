import type { Balancers } from '../balancers/balancer.ts'
import type { ClusterLease } from '../domain/cluster.ts'
import type { Engine as EngineRecord } from '../domain/engine.ts'
import { LeaseLostError } from '../domain/errors.ts'
import type { ClusterId, EngineId, EpochMs } from '../domain/ids.ts'
import {
  claimClusters,
  expireOtherEngines,
  findAskedClusters,
  giveBackClusters,
  listHeldClusters,
  nextLeaseEndMs,
  pruneEngines,
  putEngine,
  releaseEngine,
} from '../store/leases.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Ids } from '../system/ids.ts'
import type { Log } from '../system/log.ts'
import { createOutbound, type Outbound } from '../system/outbound.ts'
import { createPostJson } from '../system/post-json.ts'
import { Slots } from '../system/slots.ts'
import type { Changes } from './changes.ts'
import { ClusterRunner } from './cluster-runner.ts'
import type { PostJson } from './lifecycle-hooks.ts'
import type { Runtimes } from './orders.ts'
import { applyRetention, type Retention } from './retention.ts'
import type { Renewal, RunnerDeps } from './runner-deps.ts'
import { Trust } from './trust.ts'

const CLAIMS_AT_ONCE = 200
/** They read many files, and nobody waits for them. */
const DRIFT_LOOKS_AT_ONCE = 8
const RETENTION_INTERVAL_MS = 60_000
const FORGET_ENGINES_AFTER_MS = 24 * 3600_000
/** A lease is over when its last millisecond has passed. */
const AFTER_LEASE_MS = 2
/** What an engine writes of leases needs no more than the rows themselves; a heartbeat must wait for nobody. */
const OWN_ROWS = { guard: 'rows' } as const

export interface EngineOptions {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** 0 to 1; spreads health checks. */
  readonly random: () => number
  readonly runtimes: Runtimes
  /** Default: none. */
  readonly balancers?: Balancers
  readonly host: string
  readonly pid: number
  readonly version: string
  /** How long the others wait before they take over what this engine holds. */
  readonly leaseMs: number
  readonly pollMs: number
  /** Runtime calls under way at once. */
  readonly maxOperations: number
  /** Health checks under way at once; so many addresses of health policies are polled at once, too. */
  readonly maxChecks: number
  readonly retention: Retention
  /** Only one process can have this database open, so whoever held leases before us is dead. */
  readonly exclusive: boolean
  /** How many nodes of a hundred of a pool a health policy brings back at once, at least one. Default: all. */
  readonly recoveryPercent?: number
  /** In about so many seconds each node is looked at closely, whether it is what its revision says. Default 0: never. */
  readonly driftCheckSeconds?: number
  /** What may be connected to because policies name it. Default: what needs no name of its own. */
  readonly outbound?: Outbound
  /** Tells webhooks. Default: over the network. */
  readonly postJson?: PostJson
  readonly onCommit?: (changes: Changes) => void
}

/**
 * A worker: proves by a heartbeat that it lives, takes the clusters that nobody runs, and runs each in a
 * `ClusterRunner`. Wake-ups only make it faster; it polls, and polling is the guarantee.
 */
export class Engine {
  readonly id: EngineId
  readonly #options: EngineOptions
  readonly #record: EngineRecord
  readonly #runnerDeps: RunnerDeps
  readonly #runners = new Map<ClusterId, ClusterRunner>()
  /** Leases that nobody of this engine runs any more, and that the store may still count as its own. */
  #unused: ClusterLease[] = []
  /** A claim failed: it may have been written all the same, and only its answer have been lost. */
  #claimIsUncertain = false
  readonly #trust: Trust
  #lastRetention: EpochMs = 0
  #stopped = false
  #cancelTimers: (() => void)[] = []
  #cancelLeaseTimer: () => void = () => {}
  #polling: Promise<void> = Promise.resolve()
  #pollAgain = false

  constructor(options: EngineOptions) {
    this.#options = options
    this.id = options.ids.next<EngineId>()
    const now = options.clock.now()
    const { host, pid, version } = options
    this.#record = { id: this.id, host, pid, version, startedAt: now, heartbeatAt: now, leaseUntil: now }
    this.#trust = new Trust(options.clock, options.leaseMs)
    const outbound = options.outbound ?? createOutbound(['any'])
    this.#runnerDeps = {
      ...options,
      operationSlots: new Slots(options.maxOperations),
      checkSlots: new Slots(options.maxChecks),
      pollSlots: new Slots(options.maxChecks),
      driftSlots: new Slots(DRIFT_LOOKS_AT_ONCE),
      driftCheckMs: (options.driftCheckSeconds ?? 0) * 1000,
      onCommit: options.onCommit ?? (() => {}),
      trust: this.#trust,
      renewInLook: async (tx) => (this.#trust.isDue ? this.#renew(tx) : undefined),
      renewed: (renewal) => this.#renewed(renewal),
      balancers: options.balancers ?? { at: () => null },
      outbound,
      recoveryPercent: options.recoveryPercent ?? 100,
      postJson: options.postJson ?? createPostJson(outbound),
      wake: (clusterId) => this.wake(clusterId),
      onEnd: (runner) => this.#drop(runner),
    }
  }

  /** Joins the others. @throws DroverError `store_unavailable` */
  async start(): Promise<void> {
    await this.#heartbeat()
    if (this.#options.exclusive)
      await this.#options.store.write((tx) => expireOtherEngines(tx, this.id), OWN_ROWS)
    await this.#poll()
    this.#every(this.#options.leaseMs / 3, () => this.#heartbeat())
    this.#every(this.#options.pollMs, () => this.#poll())
  }

  /** Somebody asked something of a cluster. */
  wake(clusterId: ClusterId): void {
    const runner = this.#runners.get(clusterId)
    if (runner) runner.wake()
    else this.#pollSoon()
  }

  /** Whether the last heartbeat was written in time, for /readyz. */
  get isLive(): boolean {
    return !this.#stopped && this.#trust.isFresh
  }

  /** Breaks off what is under way, gives the leases back, and touches nothing that runs. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const cancel of this.#cancelTimers) cancel()
    await this.#polling
    this.#cancelLeaseTimer()
    await this.#stopRunners(new LeaseLostError('every cluster: this engine is stopping'))
    try {
      await this.#options.store.write((tx) => releaseEngine(tx, this.id), OWN_ROWS)
    } catch (error) {
      // The others take over when the lease is over.
      this.#options.log.warn({ err: error }, 'the leases could not be given back')
    }
  }

  async #heartbeat(): Promise<void> {
    const { store, log } = this.#options
    // A database that is cut off may take long to say so, and the others wait no longer than they were told.
    const cancelDrop = this.#trust.onOver(() => void this.#dropRunners())
    try {
      this.#renewed(await store.write((tx) => this.#renew(tx), OWN_ROWS))
    } catch (error) {
      log.error({ err: error }, 'the heartbeat could not be written')
      if (!this.#trust.isFresh) void this.#dropRunners()
    } finally {
      cancelDrop()
    }
  }

  /** Renews the lease in a transaction, and finds out what is left of it if the others may have taken over. */
  async #renew(tx: Tx): Promise<Renewal> {
    const { clock, leaseMs } = this.#options
    const isLate = !this.#trust.isFresh && this.#runners.size > 0
    const at = clock.now()
    await putEngine(tx, { ...this.#record, heartbeatAt: at, leaseUntil: at + leaseMs })
    return { at, held: isLate ? await listHeldClusters(tx, this.id) : null }
  }

  #renewed({ at, held }: Renewal): void {
    const terms = held && new Map(held.map(({ clusterId, term }) => [clusterId, term]))
    for (const runner of terms ? [...this.#runners.values()] : []) {
      const { clusterId, term } = runner.lease
      if (terms?.get(clusterId) === term) continue
      this.#drop(runner)
      void runner.stop(new LeaseLostError(`cluster ${clusterId}`))
    }
    this.#trust.renew(at)
  }

  async #stopRunners(reason: Error): Promise<void> {
    const runners = [...this.#runners.values()]
    this.#runners.clear()
    await Promise.all(runners.map((runner) => runner.stop(reason)))
  }

  async #dropRunners(): Promise<void> {
    for (const { lease } of this.#runners.values()) this.#unused.push(lease)
    await this.#stopRunners(new LeaseLostError('every cluster: no heartbeat'))
  }

  #drop(runner: Pick<ClusterRunner, 'lease'>): void {
    const { lease } = runner
    if (this.#runners.get(lease.clusterId) === runner) this.#runners.delete(lease.clusterId)
    this.#unused.push(lease)
  }

  #pollSoon(): void {
    if (this.#pollAgain || this.#stopped) return
    this.#pollAgain = true
    this.#polling = this.#polling.then(() => {
      this.#pollAgain = false
      return this.#poll()
    })
  }

  async #poll(): Promise<void> {
    if (!this.isLive) return
    const { store, log } = this.#options
    try {
      await this.#giveBackUnused()
      let leases: ClusterLease[]
      do {
        leases = await this.#claim()
        for (const lease of leases) this.#run(lease)
      } while (leases.length === CLAIMS_AT_ONCE)
      const asked = await store.read((tx) => findAskedClusters(tx, this.id))
      for (const id of asked) this.#runners.get(id)?.wake()
      await this.#awaitLeaseEnd()
      await this.#applyRetention()
    } catch (error) {
      log.error({ err: error }, 'polling failed; trying again')
    }
  }

  /** If another engine does not renew its lease, what it held is taken over at once, not only at the next poll. */
  async #awaitLeaseEnd(): Promise<void> {
    const { clock, exclusive, pollMs, store } = this.#options
    if (exclusive) return
    const leftMs = await store.read((tx) => nextLeaseEndMs(tx, this.id, clock.now()))
    this.#cancelLeaseTimer()
    if (leftMs === undefined || leftMs >= pollMs || this.#stopped) return
    this.#cancelLeaseTimer = clock.after(leftMs + AFTER_LEASE_MS, () => this.#pollSoon())
  }

  async #claim(): Promise<ClusterLease[]> {
    const { clock, store } = this.#options
    try {
      return await store.write((tx) => claimClusters(tx, this.id, clock.now(), CLAIMS_AT_ONCE), OWN_ROWS)
    } catch (error) {
      this.#claimIsUncertain = true
      throw error
    }
  }

  #run(lease: ClusterLease): void {
    void this.#runners.get(lease.clusterId)?.stop(new LeaseLostError(`cluster ${lease.clusterId}`))
    const runner = new ClusterRunner(this.#runnerDeps, lease)
    this.#runners.set(lease.clusterId, runner)
    runner.wake()
  }

  /** What this engine holds without running it, nobody would ever run. */
  async #giveBackUnused(): Promise<void> {
    if (this.#claimIsUncertain) {
      const held = await this.#options.store.read((tx) => listHeldClusters(tx, this.id))
      this.#unused.push(
        ...held.filter((lease) => this.#runners.get(lease.clusterId)?.lease.term !== lease.term),
      )
      this.#claimIsUncertain = false
    }
    const leases = [...this.#unused]
    if (leases.length === 0) return
    await this.#options.store.write((tx) => giveBackClusters(tx, leases), OWN_ROWS)
    this.#unused = this.#unused.slice(leases.length)
  }

  async #applyRetention(): Promise<void> {
    const { clock, store, retention } = this.#options
    const now = clock.now()
    if (now - this.#lastRetention < RETENTION_INTERVAL_MS) return
    this.#lastRetention = now
    await store.write((tx) => pruneEngines(tx, now, FORGET_ENGINES_AFTER_MS), OWN_ROWS)
    await applyRetention(store, retention, now)
  }

  /** Repeats `work` with a pause between its end and its next beginning. */
  #every(pauseMs: number, work: () => Promise<void>): void {
    const slot = this.#cancelTimers.length
    const again = (): void => {
      if (this.#stopped) return
      this.#cancelTimers[slot] = this.#options.clock.after(pauseMs, () => {
        const run = work().then(again)
        this.#polling = Promise.all([this.#polling, run]).then(() => {})
      })
    }
    this.#cancelTimers.push(() => {})
    again()
  }
}
