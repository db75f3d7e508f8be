import type { JsonObject } from '../../domain/ids.ts'
import type { Clock } from '../../system/clock.ts'
import type {
  DetectsDrift,
  PerformsOperations,
  PlacesCode,
  Runtime,
  StartsBeside,
  TellsChanges,
} from '../runtime.ts'
import { retire, startBeside } from './beside.ts'
import { type Deps, observe, placeCode, prepare, remove, start, stop } from './client.ts'
import { isSteady, propertiesSchema, resolveSettings } from './config.ts'
import { findDrift } from './drift.ts'
import { operations, perform } from './operations.ts'
import type { ScriptedWorld, WorldInside } from './world.ts'

export { createScriptedWorld, type ScriptedWorld } from './world.ts'

export interface ScriptedRuntimeOptions {
  readonly clock: Clock
  /** From 0 up to but not including 1; seeded, so that a run can be repeated. */
  readonly random: () => number
  /** Made with {@link createScriptedWorld}; shared by all engines of one simulation. */
  readonly world: ScriptedWorld
}

/** Nodes that exist in memory only and behave as their profile says: for tests, simulations and trying Drover out. */
export function createScriptedRuntime(
  options: ScriptedRuntimeOptions,
): Runtime & PlacesCode & StartsBeside & DetectsDrift & PerformsOperations & TellsChanges {
  const deps: Deps = { ...options, world: options.world as WorldInside }
  return {
    type: 'scripted',
    versions: ['1.0'],
    propertiesSchema: propertiesSchema as unknown as JsonObject,
    resolve: resolveSettings,
    prepare: (ctx, node, wanted) => prepare(deps, ctx, node, wanted),
    start: (ctx, node, wanted) => start(deps, ctx, node, wanted),
    stop: (ctx, node) => stop(deps, ctx, node),
    remove: (ctx, node) => remove(deps, ctx, node),
    observe: (ctx, node, handle, check) => observe(deps, ctx, node, handle, check),
    whyNotBeside: () => null,
    startBeside: (ctx, node, wanted, kept) => startBeside(deps, ctx, node, wanted, kept),
    retire: (ctx, node, kept) => retire(deps, ctx, node, kept),
    placeCode: (ctx, node, wanted) => placeCode(deps, ctx, node, wanted),
    operations,
    perform: (ctx, node, _handle, request) => perform(deps, ctx, node, request),
    findDrift: (ctx, node, handle, wanted) => findDrift(deps, ctx, node, handle, wanted),
    tellsOf: (id) => isSteady(deps.world.nodes.get(id)?.settings ?? null),
    onChange: (listener) => deps.world.onChange(listener),
  }
}
