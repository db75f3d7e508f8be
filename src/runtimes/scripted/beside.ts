import { isSameStart, type NodeRef, type RuntimeContext, type Started, type Wanted } from '../runtime.ts'
import {
  type Deps,
  end,
  endBeside,
  enter,
  FIRST_PORT,
  fail,
  liveThing,
  makeThing,
  pass,
  settle,
  toStarted,
} from './client.ts'
import { readSettings } from './config.ts'
import { drawFailure } from './translate.ts'
import { isLive, livingOf, type ScriptedNode, type ScriptedThing } from './world.ts'

/** Added to the port of what runs on a node, for what runs beside it. */
const PORT_BESIDE = 10_000

/** {@link StartsBeside.startBeside}. The new thing begins after the latency. */
export async function startBeside(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
  kept: string,
): Promise<Started> {
  const { world, random } = deps
  const settings = readSettings(wanted.spec.settings)
  const before = enter(deps, ctx, node)
  const begun = endOthers(deps, node, before, wanted.key, kept)
  if (begun) return toStarted(begun)
  const early = settings.failures.moment === 'before'
  const fails = drawFailure(settings, 'start', node.index, before.failures?.get('start') ?? 0, random)

  await pass(deps, ctx, settings.latency.startMs)
  const state = enter(deps, ctx, node)
  if (fails && early) throw fail(deps, node, state, 'start')
  const live = endOthers(deps, node, state, wanted.key, kept)
  if (live) return toStarted(live)
  const own = FIRST_PORT + node.index
  const port = state.thing?.port === own ? own + PORT_BESIDE : own
  const thing = makeThing(deps, wanted.key, settings, port)
  state.beside = { thing, settings, placedRevision: wanted.revisionId }
  world.record(node.id, 'started', wanted.key)
  if (fails) throw fail(deps, node, state, 'start')
  return toStarted(thing)
}

/** {@link StartsBeside.retire}. Takes as long as a stop of what ends, and never fails by script. */
export async function retire(deps: Deps, ctx: RuntimeContext, node: NodeRef, kept: string): Promise<void> {
  const { clock } = deps
  const before = enter(deps, ctx, node)
  const isOther = ({ key }: ScriptedThing) => !isSameStart(key, kept)
  const ending = livingOf(before, clock.now()).find(isOther)
  if (ending) {
    const { settings } = ending === before.beside?.thing ? before.beside : before
    await pass(deps, ctx, settings?.latency.stopMs ?? 0)
  }
  const state = enter(deps, ctx, node)
  settle(deps, node, state, kept)
  if (state.thing !== null && isOther(state.thing)) end(deps, node, state)
}

/** @returns what was wanted, if it lives already */
function endOthers(
  deps: Deps,
  node: NodeRef,
  state: ScriptedNode,
  wanted: string,
  kept: string,
): ScriptedThing | null {
  const thing = liveThing(deps, state)
  if (thing?.key === wanted) {
    endBeside(deps, node, state)
    return thing
  }
  if (thing !== null && !isSameStart(thing.key, kept)) end(deps, node, state)
  const { beside } = state
  if (beside?.thing.key === wanted && isLive(beside.thing, deps.clock.now())) return beside.thing
  endBeside(deps, node, state)
  return null
}
