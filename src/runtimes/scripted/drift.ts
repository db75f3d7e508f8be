import type { Drift } from '../../domain/drift.ts'
import type { Json } from '../../domain/ids.ts'
import type { NodeRef, RuntimeContext, Wanted } from '../runtime.ts'
import { type Deps, named, pass } from './client.ts'
import { readSettings } from './config.ts'
import { drawDrift } from './translate.ts'
import { isLive } from './world.ts'

/** {@link DetectsDrift.findDrift}. Sees what was done to the node by hand, and what its script says. */
export async function findDrift(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  handle: Json,
  wanted: Wanted,
): Promise<readonly Drift[]> {
  const { observeMs } = readSettings(wanted.spec.settings).latency
  await pass(deps, ctx, observeMs)
  ctx.signal.throwIfAborted()
  const { thing, settings } = named(deps, deps.world.nodes.get(node.id), handle)
  // What a script lies about, it lies about here, too.
  const lies = settings?.lies ?? 'none'
  if (thing === null || (!isLive(thing, deps.clock.now()) && lies !== 'saysRunning'))
    return [{ kind: 'process', because: 'nothing runs on the node' }]
  const late = drawDrift(readSettings(wanted.spec.settings), thing, node.index, deps.clock.now())
  return [thing.drift, late].filter((one) => one !== null)
}
