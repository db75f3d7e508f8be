import { type Control, createControl } from '../src/control/control.ts'
import { DroverError } from '../src/domain/errors.ts'
import { Engine } from '../src/engine/engine.ts'
import type { WorldInside } from '../src/runtimes/scripted/world.ts'
import type { Store } from '../src/store/store.ts'
import { createIds } from '../src/system/ids.ts'
import type { Log } from '../src/system/log.ts'
import { type BalancerWorld, createSimBalancers } from './balancer.ts'
import type { SimDatabase } from './database.ts'
import type { FaultRates } from './faults.ts'
import type { Writer } from './ledger.ts'
import { Machine } from './machine.ts'
import { SIM_VERSIONS } from './more-requests.ts'
import type { Random } from './random.ts'
import { createSimRuntime, type SimRuntimeDeps } from './runtime.ts'
import { createSimStore, type SimStoreDeps } from './store.ts'
import type { Timeline } from './timeline.ts'
import type { Variant } from './variant.ts'

export interface ServerDeps {
  readonly name: string
  readonly timeline: Timeline
  readonly random: Random
  readonly database: SimDatabase
  readonly store: Store
  readonly world: WorldInside
  readonly balancer: BalancerWorld
  readonly faults: () => FaultRates
  readonly isRemote: boolean
  /** It alone has the database. */
  readonly exclusive: boolean
  readonly leaseMs: number
  readonly pollMs: number
  readonly variant: Variant
  readonly watcher: SimRuntimeDeps['watcher']
  readonly committed: SimStoreDeps['committed']
  readonly onDeath: (server: Server, why: string) => void
  /** Something went wrong that nobody has foreseen. */
  readonly surprised: (message: string, error: unknown) => void
}

/** One process of Drover, as main.ts would make it: an engine and the verbs over one store. */
export interface Server {
  readonly machine: Machine
  readonly engine: Engine
  readonly control: Control
}

export function createServer(deps: ServerDeps): Server {
  const { timeline, random, faults } = deps
  const machine = new Machine(deps.name, timeline, {
    diesNow: () => random.chance(faults().crash),
    onDeath: (why) => deps.onDeath(server, why),
  })
  const ids = createIds(machine.clock.now, (size) => random.bytes(size))
  const log = createWatchedLog((message, error) => {
    if (!machine.isDead) deps.surprised(`${deps.name}: ${message}`, error)
  })
  const writer: { -readonly [Name in keyof Writer]: Writer[Name] } = {
    machine: deps.name,
    part: 'engine',
    engineId: '',
  }
  const reach = (part: Writer['part']) => {
    const own = part === 'engine' ? writer : { machine: deps.name, part, engineId: '' }
    const rowMs = part === 'engine' ? deps.variant.leasesPerRow * deps.leaseMs : 0
    return createSimStore({ ...deps, machine, writer: own, rowMs })
  }
  const scripted = createSimRuntime({ ...deps, machine, deaf: deps.variant.deaf })
  const runtimes = { scripted }
  const engine = new Engine({
    store: reach('engine'),
    clock: machine.clock,
    ids,
    log,
    random: random.next,
    runtimes,
    balancers: createSimBalancers({ ...deps, machine }),
    host: deps.name,
    pid: 1,
    version: 'sim',
    leaseMs: deps.leaseMs,
    pollMs: deps.pollMs,
    maxOperations: 64,
    maxChecks: 64,
    driftCheckSeconds: 5,
    retention: { ...(deps.variant.kept ?? KEEPS_ALL), pruneBundles: async () => {} },
    exclusive: deps.exclusive,
  })
  writer.engineId = engine.id
  const control = createControl({
    store: reach('control'),
    clock: machine.clock,
    ids,
    log,
    runtimes,
    bundles: noFiles,
    wake: (id) => engine.wake(id),
    forget: () => {},
    platform: { versions: SIM_VERSIONS, rollbackMs: 3600_000 },
  })
  const server: Server = { machine, engine, control }
  return server
}

const KEEPS_ALL = { revisionsPerPool: 10, eventsMs: 1e12, actionsMs: 1e12 }

/** Scripted nodes run no code, so bundles are rows without bytes. */
const noFiles = {
  contains: async () => true,
  receive: refuse,
  receiveFile: refuse,
  inspect: refuse,
  fingerprint: refuse,
  open: refuse,
  archive: refuse,
  delete: refuse,
  digests: refuse,
}

async function refuse(): Promise<never> {
  throw new DroverError('internal', 'the simulator keeps no bundles')
}

/** Drover logs as errors what an operator should see. What it did not foresee is a defect. */
function createWatchedLog(surprised: (message: string, error: unknown) => void): Log {
  const look = (fields: object, message: string) => {
    const { err } = fields as { err?: unknown }
    if (err !== undefined && !isForeseen(err)) surprised(message, err)
  }
  return { debug() {}, info() {}, warn: look, error: look }
}

/** A refusal of Drover's own, and not one behind which the database says that a rule of the schema was broken. */
export function isForeseen(error: unknown): boolean {
  if (!(error instanceof DroverError) || error.code === 'internal') return false
  const { errcode } = (error.cause ?? {}) as { errcode?: number }
  return errcode === undefined || errcode === 13
}
