import type { NodeId } from '../src/domain/ids.ts'
import type { WorldInside } from '../src/runtimes/scripted/world.ts'
import type { SimDatabase } from './database.ts'
import type { FaultRates } from './faults.ts'
import type { Random } from './random.ts'
import type { Server } from './server.ts'
import type { Timeline } from './timeline.ts'

export interface WeatherDeps {
  readonly timeline: Timeline
  readonly random: Random
  readonly rates: FaultRates
  readonly world: WorldInside
  readonly database: SimDatabase
  readonly leaseMs: number
  readonly servers: () => readonly Server[]
  readonly died: (id: NodeId, key: string | null) => void
  readonly restart: (server: Server) => void
  readonly trace: (line: string) => void
}

/** What goes wrong by itself, now and then, for a while: machines, clocks, the database, the nodes. */
export class Weather {
  readonly #deps: WeatherDeps
  #isCalm = false
  readonly #sick = new Set<NodeId>()

  constructor(deps: WeatherDeps) {
    this.#deps = deps
    const { rates } = deps
    this.#recur(rates.pauseEveryMs, () => this.#pause())
    this.#recur(rates.restartEveryMs, () => this.#onServer((server) => deps.restart(server)))
    this.#recur(rates.jumpEveryMs, () => this.#jump())
    this.#recur(rates.fullDiskEveryMs, () => this.#fillDisk())
    this.#recur(rates.cutOffEveryMs, () => this.#cutOff())
    this.#recur(rates.nodeDiesEveryMs, () => this.#killNode())
    this.#recur(rates.nodeFlapsEveryMs, () => this.#flapNode())
    this.#recur(rates.nodeDriftsEveryMs, () => this.#driftNode())
  }

  /** From now on nothing goes wrong any more, and what went wrong is put right. Clocks stay as they are. */
  calm(): void {
    this.#isCalm = true
    this.#deps.database.full = false
    for (const { machine } of this.#deps.servers()) {
      machine.cutOff = false
      machine.resume()
    }
    for (const id of this.#sick) this.#deps.world.setHealth(id, null)
  }

  #recur(everyMs: number, happen: () => void): void {
    if (everyMs === 0) return
    const { timeline, random } = this.#deps
    const again = () => {
      timeline.after(1 - Math.log(1 - random.next()) * everyMs, () => {
        if (this.#isCalm) return
        happen()
        again()
      })
    }
    again()
  }

  #onServer(happen: (server: Server) => void): void {
    const servers = this.#deps.servers()
    if (servers.length > 0) happen(this.#deps.random.pick(servers))
  }

  /** For a moment, or for longer than its lease. */
  #pause(): void {
    const { random, timeline, leaseMs, trace } = this.#deps
    this.#onServer(({ machine }) => {
      if (machine.isPaused) return
      const forMs = random.chance(0.5) ? random.int(1, 2000) : random.int(leaseMs / 2, leaseMs * 2)
      trace(`~ ${machine.name} sleeps for ${forMs} ms`)
      machine.pause()
      timeline.after(forMs, () => machine.resume())
    })
  }

  #jump(): void {
    const { random, timeline, trace } = this.#deps
    this.#onServer(({ machine }) => {
      const byMs = random.chance(0.7) ? random.int(-500, 500) : random.int(-8000, 8000)
      trace(`~ the clock of ${machine.name} jumps by ${byMs} ms`)
      machine.skewMs += byMs
      machine.jumpedAt = timeline.now
    })
  }

  #fillDisk(): void {
    const { random, timeline, database, trace } = this.#deps
    trace('~ the disk is full')
    database.full = true
    timeline.after(random.int(100, 6000), () => {
      database.full = false
    })
  }

  #cutOff(): void {
    const { random, timeline, leaseMs, trace } = this.#deps
    this.#onServer(({ machine }) => {
      const forMs = random.int(100, leaseMs * 2)
      trace(`~ ${machine.name} cannot reach the database for ${forMs} ms`)
      machine.cutOff = true
      timeline.after(forMs, () => {
        machine.cutOff = false
      })
    })
  }

  #killNode(): void {
    const { random, world, timeline, died } = this.#deps
    const living = [...world.nodes].filter(([, { thing }]) => thing?.endedAt === null)
    if (living.length === 0) return
    const [id, { thing }] = random.pick(living)
    if (thing?.endsAt != null && thing.endsAt <= timeline.now) return
    world.kill(id)
    died(id, thing?.key ?? null)
  }

  /** Somebody changes what is there behind Drover's back; now and then it is put back the same way. */
  #driftNode(): void {
    const { random, world, trace } = this.#deps
    const ids = [...world.nodes.keys()]
    if (ids.length === 0) return
    const id = random.pick(ids)
    const kind = random.pick(['files', 'command', 'unknown-process'] as const)
    const isBack = random.chance(0.2)
    trace(`~ node ${id} ${isBack ? 'is as it was' : `has another ${kind}`}`)
    world.drift(id, isBack ? null : { kind, because: `its ${kind} was changed` })
  }

  #flapNode(): void {
    const { random, world, timeline, trace } = this.#deps
    const ids = [...world.nodes.keys()]
    if (ids.length === 0) return
    const id = random.pick(ids)
    const forMs = random.int(500, 10_000)
    trace(`~ node ${id} fails its checks for ${forMs} ms`)
    world.setHealth(id, false)
    this.#sick.add(id)
    timeline.after(forMs, () => world.setHealth(id, null))
  }
}
