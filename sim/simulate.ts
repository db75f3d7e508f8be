import { messageOf } from '../src/domain/errors.ts'
import { createScriptedWorld, type WorldInside } from '../src/runtimes/scripted/world.ts'
import { createSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { createBalancerWorld } from './balancer.ts'
import { createActionsCheck } from './checks/actions.ts'
import { createAuditCheck } from './checks/audit.ts'
import { createBudgetCheck } from './checks/budget.ts'
import type { Check, Effect, Guarantee, Scene } from './checks/check.ts'
import { explainDeployments } from './checks/deployments.ts'
import { createDrainedCheck } from './checks/drained.ts'
import { createDriftCheck } from './checks/drift.ts'
import { createForceCheck } from './checks/force.ts'
import { createGateCheck } from './checks/gate.ts'
import { createMovesCheck } from './checks/moves.ts'
import { createPoliciesCheck } from './checks/policies.ts'
import { createRetentionCheck } from './checks/retention.ts'
import { createRolloutCheck } from './checks/rollout.ts'
import { createRunnerCheck } from './checks/runner.ts'
import { createUpdatesCheck } from './checks/updates.ts'
import { createVersionsCheck } from './checks/versions.ts'
import { Client } from './client.ts'
import { type RowChanges, SimDatabase } from './database.ts'
import { drawDeploymentRequest, prepareDeployments } from './deployment-requests.ts'
import { describeCommit } from './describe-commit.ts'
import { endWhatWaits } from './end-what-waits.ts'
import { drawFaults, type FaultRates, NO_FAULTS } from './faults.ts'
import { Ledger, type Writer } from './ledger.ts'
import { drawMore, prepareMore } from './more-requests.ts'
import { type Making, makeSpecs, writeFirstRows } from './prepare.ts'
import { drawMoreProfiles, drawProfiles } from './profiles.ts'
import { Random } from './random.ts'
import { drawRequest } from './requests.ts'
import { createServer, type Server, type ServerDeps } from './server.ts'
import { explainUnsettled } from './settled.ts'
import { Timeline } from './timeline.ts'
import { Trace } from './trace.ts'
import { drawVariant, type Variant } from './variant.ts'
import { Weather } from './weather.ts'

export interface SimOptions {
  readonly seed: number
  /** Ends the run at this step of its trace. */
  readonly steps?: number
  /** Each step, as it happens. */
  readonly print?: (line: string) => void
}

export interface SimResult {
  readonly seed: number
  /** Of the trace. */
  readonly steps: number
  readonly commits: number
  readonly virtualMs: number
  /** Two runs are the same if theirs are. */
  readonly digest: string
  readonly violation: {
    readonly guarantee: Guarantee
    readonly message: string
    readonly step: number
  } | null
  readonly lastSteps: readonly string[]
}

const START = Date.UTC(2030, 0, 1)
/** Everything must have ended this long after the last fault, in virtual time. */
const SETTLES_WITHIN_MS = 40 * 60_000

/** Runs the true planner, engine, verbs and store through one story that the seed determines. */
export async function simulate(options: SimOptions): Promise<SimResult> {
  const run = new Run(options)
  const onUnhandled = (error: unknown) => run.surprised('nobody waited for', error)
  process.on('unhandledRejection', onUnhandled)
  try {
    await run.tell()
  } finally {
    process.off('unhandledRejection', onUnhandled)
    run.database.close()
  }
  return run.result()
}

class Run {
  readonly database = new SimDatabase()
  readonly #options: SimOptions
  readonly #random: Random
  readonly #timeline = new Timeline(START)
  readonly #trace: Trace
  readonly #ledger = new Ledger()
  readonly #world: WorldInside
  readonly #balancer = createBalancerWorld()
  readonly #scene: Scene
  readonly #checks: Check[]
  readonly #rates: FaultRates
  readonly #variant: Variant
  readonly #server: Omit<ServerDeps, 'name' | 'random'>
  readonly #slots: (Server | null)[]
  #faults: FaultRates
  #violation: SimResult['violation'] = null
  #commits = 0
  #boots = 0

  constructor(options: SimOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#variant = drawVariant(options.seed)
    this.#trace = new Trace(options.print)
    const timeline = this.#timeline
    this.#world = createScriptedWorld({ now: () => timeline.now, historyLimit: 100 }) as WorldInside
    this.#scene = {
      ledger: this.#ledger,
      world: this.#world,
      now: () => timeline.now,
      fail: (guarantee, message) => this.#fail(guarantee, message),
    }
    const scene = this.#scene
    this.#checks = [
      createAuditCheck(scene),
      createActionsCheck(scene),
      createRunnerCheck(scene),
      createMovesCheck(scene),
      createBudgetCheck(scene),
      createForceCheck(scene),
      createUpdatesCheck(scene),
      createRolloutCheck(scene),
      createGateCheck(scene),
      createPoliciesCheck(scene),
      createDriftCheck(scene),
      createDrainedCheck(scene, this.#balancer),
      createVersionsCheck(scene),
    ]
    this.#rates = drawFaults(this.#random.fork())
    this.#faults = this.#rates
    const { kept } = this.#variant
    if (kept) this.#checks.push(createRetentionCheck(scene, kept, this.#rates))
    const random = this.#random.fork()
    const slots = random.int(1, 3)
    const leaseMs = random.pick([3000, 10_000])
    this.#slots = Array.from({ length: slots }, () => null)
    const disk = random.fork()
    this.#server = {
      timeline,
      database: this.database,
      store: createSqliteStore(this.database, { yieldTurn: () => timeline.wait(disk.next() * 3) }),
      world: this.#world,
      balancer: this.#balancer,
      faults: () => this.#faults,
      isRemote: random.chance(0.4),
      exclusive: slots === 1 && random.chance(0.5),
      leaseMs,
      pollMs: leaseMs / 2,
      variant: this.#variant,
      watcher: {
        onCall: (call) => this.#tellChecks((check) => check.onCall?.(call)),
        onCallEnd: (call) => this.#tellChecks((check) => check.onCallEnd?.(call)),
        onEffect: (effect) => this.#onEffect(effect),
        onObserved: (call, observed, health) =>
          this.#tellChecks((check) => check.onObserved?.(call, observed, health)),
      },
      committed: (writer, changes, owners) => this.#onCommit(writer, changes, owners),
      onDeath: (server, why) => this.#onDeath(server, why),
      surprised: (message, error) => this.surprised(message, error),
    }
  }

  async tell(): Promise<void> {
    const random = this.#random.fork()
    const bundles = await this.#prepare(random)
    for (const slot of this.#slots.keys()) this.#boot(slot)
    const { deployments, more } = this.#variant
    const profiles = [...drawProfiles(random), ...(more ? drawMoreProfiles(more) : [])]
    const asker = { random, ledger: this.#ledger, profiles, bundles, largest: random.pick([2, 4, 6, 12]) }
    const servers = () => this.#slots.filter((server) => server !== null)
    const trace = (line: string) => this.#note(line)
    const surprised = (message: string, error: unknown) => this.surprised(message, error)
    const client = new Client({
      scene: this.#scene,
      timeline: this.#timeline,
      random: this.#random.fork(),
      servers,
      trace,
      surprised,
    })
    await this.#make([
      ...makeSpecs(profiles),
      ...(deployments ? prepareDeployments(deployments, profiles) : []),
      ...(more ? prepareMore() : []),
    ])
    const weather = new Weather({
      timeline: this.#timeline,
      random: this.#random.fork(),
      rates: this.#rates,
      world: this.#world,
      database: this.database,
      leaseMs: this.#server.leaseMs,
      servers,
      died: (nodeId, key) =>
        this.#onEffect({
          at: this.#timeline.now,
          nodeId,
          what: 'died',
          key,
          term: null,
          machine: null,
          call: null,
        }),
      restart: (server) => this.#restart(server),
      trace,
    })
    const requests = Number(random.weighted({ 15: 4, 30: 6, 60: 2, 150: 0.5 }))
    const paceMs = random.pick([100, 400, 1500])
    for (let count = 0; count < requests && !this.#isOver; count += 1) {
      void client.ask(drawRequest(asker))
      if (deployments?.chance(0.5)) {
        void client.ask(drawDeploymentRequest({ random: deployments, profiles }))
      }
      if (more?.chance(0.5)) void client.ask(drawMore({ ...asker, random: more }))
      await this.#runUntil(this.#timeline.now + random.next() * 2 * paceMs)
    }
    await this.#runUntil(this.#timeline.now + 5000)
    this.#note('= calm')
    this.#faults = NO_FAULTS
    weather.calm()
    await this.#settle(true, client)
    await this.#settle(false, client)
    if (deployments && !this.#isOver) await this.#lookAtDeployments()
  }

  result(): SimResult {
    return {
      seed: this.#options.seed,
      steps: this.#trace.steps,
      commits: this.#commits,
      virtualMs: this.#timeline.now - START,
      digest: this.#trace.digest(),
      violation: this.#violation,
      lastSteps: this.#trace.last(60),
    }
  }

  surprised(message: string, error: unknown): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const { cause } = (error ?? {}) as { cause?: unknown }
    this.#fail(
      'no surprises',
      `${message}: ${detail}${cause === undefined ? '' : `, because ${messageOf(cause)}`}`,
    )
  }

  get #isOver(): boolean {
    return this.#violation !== null || this.#trace.steps >= (this.#options.steps ?? Number.POSITIVE_INFINITY)
  }

  /** What was there before anybody asked for anything. */
  async #prepare(random: Random): Promise<readonly string[]> {
    const writing = this.#server.store.write(async (tx) => {
      const bundles = await writeFirstRows(tx, random, START)
      this.database.takeChanges()
      return bundles
    })
    await this.#runUntil(START + 10)
    return writing
  }

  async #make(all: readonly Making[]): Promise<void> {
    const faults = this.#faults
    this.#faults = NO_FAULTS
    const [server] = this.#slots
    for (const make of server ? all : []) {
      make(server!.control).catch((error: unknown) => this.surprised('what was to be there', error))
      await this.#runUntil(this.#timeline.now + 20)
    }
    this.#faults = faults
  }

  async #lookAtDeployments(): Promise<void> {
    const looking = this.#server.store.read((tx) => explainDeployments(tx, this.#ledger))
    await this.#runUntil(this.#timeline.now + 1000)
    const wrong = await looking
    if (wrong !== undefined) this.#fail('rows agree', wrong)
  }

  #boot(slot: number): void {
    this.#boots += 1
    const name = `e${slot + 1}.${this.#boots}`
    const server = createServer({ ...this.#server, name, random: this.#random.fork() })
    this.#slots[slot] = server
    this.#note(`+ ${name} starts as engine ${server.engine.id}`)
    server.engine.start().catch((error: unknown) => {
      this.#note(`- ${name} could not start: ${messageOf(error)}`)
      server.machine.die('it could not start')
    })
  }

  #onDeath(server: Server, why: string): void {
    const slot = this.#slots.indexOf(server)
    this.#note(`- ${server.machine.name} died ${why}`)
    if (slot < 0) return
    this.#slots[slot] = null
    const delayMs = this.#random.chance(0.5) ? this.#random.int(1, 500) : this.#random.int(500, 30_000)
    this.#timeline.after(delayMs, () => this.#boot(slot))
  }

  /** An orderly stop, as for an upgrade; what it takes long for is killed. */
  #restart(server: Server): void {
    const { machine, engine } = server
    this.#note(`~ ${machine.name} is told to stop`)
    const leave = () => machine.die('at its end')
    this.#timeline.after(15_000, leave)
    engine.stop().then(() => {
      machine.stopping = true
      this.#timeline.after(2000, leave)
    }, leave)
  }

  async #settle(pausedMayWait: boolean, client: Client): Promise<void> {
    const until = this.#timeline.now + SETTLES_WITHIN_MS
    let unsettled: string | undefined = 'not looked at'
    while (!this.#isOver && this.#timeline.now < until) {
      await this.#runUntil(this.#timeline.now + 1000)
      unsettled =
        client.open > 0
          ? `${client.open} requests are open`
          : explainUnsettled(
              this.#ledger,
              { world: this.#world, balancer: this.#balancer },
              this.#timeline.now,
              pausedMayWait,
            )
      if (!pausedMayWait && client.open === 0) endWhatWaits(this.#ledger, client)
      if (unsettled === undefined) {
        this.#note(`= settled${pausedMayWait ? ' but for what is paused' : ''}`)
        return
      }
    }
    if (this.#isOver) return
    const isLie = / is said | and .* runs | serves$|no such node|differs/.test(unsettled ?? '')
    this.#fail(
      isLie ? 'rows agree' : 'it ends',
      `after ${SETTLES_WITHIN_MS / 60_000} minutes without faults: ${unsettled}`,
    )
  }

  /** Lets everything happen up to that moment. */
  async #runUntil(until: number): Promise<void> {
    while (!this.#isOver && this.#timeline.step(until))
      await new Promise<void>((resolve) => setImmediate(resolve))
    this.#timeline.now = Math.max(this.#timeline.now, Math.round(until))
  }

  #onCommit(writer: Writer, changes: RowChanges, owners: ReadonlyMap<string, string | null>): void {
    this.#commits += 1
    const commit = this.#ledger.apply(changes, { writer, at: this.#timeline.now, owners })
    this.#note(describeCommit(commit))
    this.#tellChecks((check) => check.onCommit?.(commit))
  }

  #onEffect(effect: Effect): void {
    const name = this.#ledger.nodes.get(effect.nodeId)?.name ?? effect.nodeId
    const by = effect.machine === null ? '' : ` by ${effect.machine} term ${effect.term}`
    this.#note(`* ${name} ${effect.what} ${effect.key ?? ''}${by}`)
    this.#tellChecks((check) => check.onEffect?.(effect))
  }

  #tellChecks(tell: (check: Check) => void): void {
    if (this.#violation === null) for (const check of this.#checks) tell(check)
  }

  #note(line: string): void {
    if (!this.#isOver) this.#trace.add((this.#timeline.now - START) / 1000, line)
  }

  #fail(guarantee: Guarantee, message: string): void {
    this.#violation ??= { guarantee, message, step: this.#trace.steps }
  }
}
