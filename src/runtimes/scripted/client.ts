import { LeaseLostError, RuntimeFailedError } from '../../domain/errors.ts'
import type { HealthCheck } from '../../domain/health-check.ts'
import type { Json } from '../../domain/ids.ts'
import { type Clock, sleep } from '../../system/clock.ts'
import {
  isSameStart,
  type NodeRef,
  type Observed,
  type RuntimeContext,
  type Started,
  type Wanted,
} from '../runtime.ts'
import { type Latency, readSettings, type Settings } from './config.ts'
import { drawFailure, drawHealth, drawLatency, drawReadiness } from './translate.ts'
import { isLive, livingOf, type ScriptedNode, type ScriptedThing, type WorldInside } from './world.ts'

/** First port that a node with an endpoint is said to have; its index is added. */
export const FIRST_PORT = 20_000

export interface Deps {
  readonly clock: Clock
  /** From 0 up to but not including 1. */
  readonly random: () => number
  readonly world: WorldInside
}

type Call = 'prepare' | 'start' | 'stop' | 'operate'

/** {@link Runtime.prepare}. */
export async function prepare(deps: Deps, ctx: RuntimeContext, node: NodeRef, wanted: Wanted): Promise<void> {
  const settings = readSettings(wanted.spec.settings)
  enter(deps, ctx, node)
  await pass(deps, ctx, settings.latency.prepareMs)
  const state = enter(deps, ctx, node)
  failIfScripted(deps, node, state, settings, 'prepare')
  deps.world.record(node.id, 'prepared', wanted.key)
}

/** {@link Runtime.start}. The old thing ends before the latency, the new one begins after it. */
export async function start(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
): Promise<Started> {
  const { world, random } = deps
  const settings = readSettings(wanted.spec.settings)
  const before = enter(deps, ctx, node)
  settle(deps, node, before, wanted.key)
  if (liveThing(deps, before)?.key === wanted.key) return toStarted(liveThing(deps, before)!)
  const early = settings.failures.moment === 'before'
  const fails = drawFailure(settings, 'start', node.index, before.failures?.get('start') ?? 0, random)

  end(deps, node, before)
  await pass(deps, ctx, settings.latency.startMs)
  const state = enter(deps, ctx, node)
  if (fails && early) throw fail(deps, node, state, 'start')
  settle(deps, node, state, wanted.key)
  const live = liveThing(deps, state)
  if (live?.key === wanted.key) return toStarted(live)
  end(deps, node, state)
  const thing = makeThing(deps, wanted.key, settings, FIRST_PORT + node.index)
  state.thing = thing
  state.settings = settings
  state.placedRevision = wanted.revisionId
  world.extras.delete(node.id)
  world.record(node.id, 'started', wanted.key)
  if (fails) throw fail(deps, node, state, 'start')
  return toStarted(thing)
}

/** {@link PlacesCode.placeCode}. */
export async function placeCode(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
): Promise<void> {
  await prepare(deps, ctx, node, wanted)
  enter(deps, ctx, node).placedRevision = wanted.revisionId
  deps.world.record(node.id, 'placed', wanted.key)
}

/**
 * What comes before any operation on what runs: fencing, the script's latency and its failures.
 * @throws RuntimeFailedError when nothing runs, or the script says so
 */
export async function beginOperation(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<void> {
  const runs = () => {
    const state = enter(deps, ctx, node)
    if (liveThing(deps, state) !== null && state.settings !== null) return { state, settings: state.settings }
    throw new RuntimeFailedError(`node ${node.name} does not run`)
  }
  // A revision that was made before there were operations says nothing of them.
  await pass(deps, ctx, runs().settings.latency.operateMs ?? 0)
  const { state, settings } = runs()
  failIfScripted(deps, node, state, settings, 'operate')
}

/** {@link Runtime.stop}. */
export async function stop(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<void> {
  const before = enter(deps, ctx, node)
  if (isAnythingLive(deps, before) && before.settings !== null) {
    await pass(deps, ctx, before.settings.latency.stopMs)
    failIfScripted(deps, node, enter(deps, ctx, node), before.settings, 'stop')
  }
  const state = enter(deps, ctx, node)
  endBeside(deps, node, state)
  end(deps, node, state)
  state.thing = null
}

/** {@link Runtime.remove}. Takes as long as a stop, and never fails by script: a node must be removable. */
export async function remove(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<void> {
  const { nodes, removed, record } = deps.world
  ctx.signal.throwIfAborted()
  if (!nodes.has(node.id)) {
    removed.set(node.id, Math.max(ctx.term, removed.get(node.id) ?? 0))
    return
  }
  const before = enter(deps, ctx, node)
  if (isAnythingLive(deps, before) && before.settings !== null) {
    await pass(deps, ctx, before.settings.latency.stopMs)
  }
  const state = enter(deps, ctx, node)
  endBeside(deps, node, state)
  end(deps, node, state)
  nodes.delete(node.id)
  deps.world.extras.delete(node.id)
  removed.set(node.id, ctx.term)
  record(node.id, 'removed', null)
}

/** {@link Runtime.observe}. */
export async function observe(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  handle: Json,
  check: HealthCheck | null,
): Promise<Observed> {
  const { world, clock, random } = deps
  ctx.signal.throwIfAborted()
  const latency = world.nodes.get(node.id)?.settings?.latency.observeMs ?? 0
  await pass(deps, ctx, latency)
  const { thing, settings } = named(deps, world.nodes.get(node.id), handle)
  if (thing === null || settings === null) {
    return { running: false, key: null, detail: 'is stopped', passing: null }
  }
  const { lies } = settings
  const lives = isLive(thing, clock.now())
  if (lives ? lies === 'saysGone' : lies !== 'saysRunning') {
    const endedAt = new Date(thing.endedAt ?? thing.endsAt ?? clock.now()).toISOString()
    const detail = `scripted thing ${thing.pid} ended at ${endedAt}`
    return { running: false, key: thing.key, detail, passing: null }
  }
  const runs = `runs as scripted thing ${thing.pid}`
  if (check === null) return { running: true, key: thing.key, detail: runs, passing: null }
  const passing = drawHealth(settings, thing, node.index, clock.now(), random)
  const seen = { running: true, key: thing.key, passing }
  if (!passing) return { ...seen, detail: `the script fails the ${check.type} check` }
  if (check.readiness === undefined) return { ...seen, detail: runs }
  const ready = drawReadiness(settings, thing, node.index, clock.now(), random)
  return { ...seen, ready, detail: ready ? runs : 'works, but is not ready: the script says so' }
}

/** What a handle names, or what runs on the node. */
export function named(
  { clock }: Deps,
  state: ScriptedNode | undefined,
  handle: Json,
): { readonly thing: ScriptedThing | null; readonly settings: Settings | null } {
  if (state === undefined) return { thing: null, settings: null }
  const { beside } = state
  const { key } = (handle ?? {}) as { readonly key?: string }
  const isBeside = beside !== null && isLive(beside.thing, clock.now()) && beside.thing.key === key
  return isBeside ? beside : state
}

/** The node's state, with this call's term as the one that counts. */
export function enter({ world }: Deps, ctx: RuntimeContext, node: NodeRef): ScriptedNode {
  ctx.signal.throwIfAborted()
  let state = world.nodes.get(node.id)
  const term = state?.term ?? world.removed.get(node.id) ?? 0
  if (term > ctx.term) {
    world.record(node.id, 'refused', null)
    throw new LeaseLostError(`node ${node.name}`)
  }
  if (state === undefined) {
    state = {
      term: ctx.term,
      thing: null,
      settings: null,
      placedRevision: null,
      beside: null,
      failures: null,
    }
    world.nodes.set(node.id, state)
  }
  state.term = ctx.term
  return state
}

/** No time at all costs no timer and no turn of the event loop. */
export async function pass({ clock, random }: Deps, ctx: RuntimeContext, latency: Latency): Promise<void> {
  const delayMs = drawLatency(latency, random)
  if (delayMs > 0) await sleep(clock, delayMs, ctx.signal)
}

export function liveThing({ clock }: Deps, { thing }: ScriptedNode): ScriptedThing | null {
  return thing !== null && isLive(thing, clock.now()) ? thing : null
}

function isAnythingLive({ clock }: Deps, state: ScriptedNode): boolean {
  return livingOf(state, clock.now()).length > 0
}

/** A thing that begins to run now. */
export function makeThing(
  { world, clock }: Deps,
  key: string,
  { exitsAfterMs, port: hasPort }: Settings,
  port: number,
): ScriptedThing {
  const now = clock.now()
  return {
    key,
    pid: world.nextPid(),
    startedAt: now,
    endedAt: null,
    endsAt: exitsAfterMs === null ? null : now + exitsAfterMs,
    health: null,
    ready: null,
    port: hasPort ? port : null,
    drift: null,
  }
}

/** Ends what runs beside, unless it is of this start: then it takes the place of what was there before. */
export function settle(deps: Deps, node: NodeRef, state: ScriptedNode, key: string): void {
  const { beside } = state
  if (beside === null) return
  if (!isSameStart(beside.thing.key, key)) {
    endBeside(deps, node, state)
    return
  }
  end(deps, node, state)
  state.thing = beside.thing
  state.settings = beside.settings
  state.placedRevision = beside.placedRevision
  state.beside = null
  deps.world.extras.delete(node.id)
}

export function endBeside(deps: Deps, node: NodeRef, state: ScriptedNode): void {
  const { beside } = state
  state.beside = null
  if (beside !== null && isLive(beside.thing, deps.clock.now()))
    deps.world.record(node.id, 'stopped', beside.thing.key)
}

export function end(deps: Deps, node: NodeRef, state: ScriptedNode): void {
  const thing = liveThing(deps, state)
  if (thing === null) return
  state.thing = { ...thing, endedAt: deps.clock.now() }
  deps.world.record(node.id, 'stopped', thing.key)
}

function failIfScripted(
  deps: Deps,
  node: NodeRef,
  state: ScriptedNode,
  settings: Settings,
  call: Call,
): void {
  const failedBefore = state.failures?.get(call) ?? 0
  if (drawFailure(settings, call, node.index, failedBefore, deps.random)) throw fail(deps, node, state, call)
}

export function fail({ world }: Deps, node: NodeRef, state: ScriptedNode, call: Call): RuntimeFailedError {
  state.failures ??= new Map()
  state.failures.set(call, (state.failures.get(call) ?? 0) + 1)
  world.record(node.id, 'failed', null)
  return new RuntimeFailedError(`the script of node ${node.name} says that ${call} fails`)
}

export function toStarted({ key, pid, port }: ScriptedThing): Started {
  return {
    handle: { version: 1, key },
    physicalId: String(pid),
    endpoint: port === null ? null : { host: '127.0.0.1', port },
  }
}
