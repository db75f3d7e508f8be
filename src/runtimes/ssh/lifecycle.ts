import { RuntimeFailedError } from '../../domain/errors.ts'
import type { NodeRef, RuntimeContext, Started, Wanted } from '../runtime.ts'
import { arrive } from './leftovers.ts'
import {
  type Entry,
  linkChecks,
  listRelease,
  packShipment,
  planRepair,
  planShipment,
  type Shipment,
  sumsOf,
} from './release.ts'
import { pieceOf } from './script.ts'
import { type Deps, find, noteReached, ReleaseError, runStep, type Site } from './site.ts'
import { buildLaunch, commandOf, launchPrefixOf } from './translate.ts'

/** {@link Runtime.prepare}: the code is brought, mended and checked while the old process serves. */
export async function prepare(deps: Deps, ctx: RuntimeContext, node: NodeRef, wanted: Wanted): Promise<void> {
  const site = await arrive(deps, ctx, node, wanted)
  await deps.turns.take(node, ctx.signal, async () => {
    await bringCode(deps, ctx, site, wanted)
    await runStep(deps, ctx, site, 'prepare', { values: launchValues(site, wanted) })
  })
}

/** {@link Runtime.start}. */
export async function start(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
): Promise<Started> {
  const site = await arrive(deps, ctx, node, wanted)
  return await deps.turns.take(node, ctx.signal, async () => {
    const go = () => runStep(deps, ctx, site, 'start', { values: launchValues(site, wanted) })
    await noteReached(deps, ctx, site, wanted.revisionId)
    const answer = await go().catch(async (error: unknown) => {
      // Nobody prepared it, or somebody removed what was brought.
      if (!(error instanceof ReleaseError)) throw error
      await bringCode(deps, ctx, site, wanted)
      return await go()
    })
    const { settings, target } = site
    const launch = answer.first('launch') as string
    return {
      handle: { version: 1, key: wanted.key, launch, host: target.id },
      physicalId: `${target.id}/${answer.first('pid')}`,
      endpoint:
        settings.servicePort === null ? null : { host: target.host.address, port: settings.servicePort },
    }
  })
}

/** {@link PlacesCode.placeCode}. */
export async function placeCode(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
): Promise<void> {
  const site = await arrive(deps, ctx, node, wanted)
  await deps.turns.take(node, ctx.signal, async () => {
    await bringCode(deps, ctx, site, wanted)
    await runStep(deps, ctx, site, 'place', { values: launchValues(site, wanted) })
  })
}

/** {@link Runtime.stop}. A failing preStop leaves the node running, unless its profile says otherwise. */
export async function stop(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<void> {
  ctx.signal.throwIfAborted()
  const site = await find(deps, node)
  if (site === null) return
  await deps.turns.take(node, ctx.signal, () => runStep(deps, ctx, site, 'stop'))
}

/** {@link Runtime.remove}. A failing preStop does not matter: a node must be removable whatever its hooks do. */
export async function remove(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<void> {
  ctx.signal.throwIfAborted()
  const site = await find(deps, node)
  if (site === null && (await deps.directory.findLeftover(node.id)))
    throw new RuntimeFailedError(`node ${node.name} was given up already`)
  await deps.turns.take(node, ctx.signal, async () => {
    if (site !== null) await runStep(deps, ctx, site, 'remove')
    // Only now: while anything of it is there, nobody else gets the host.
    await deps.directory.release(node.id, ctx.term)
  })
}

/** Sees to it that the revision's code is on the host, whole. Sends what is not there yet. */
async function bringCode(deps: Deps, ctx: RuntimeContext, site: Site, wanted: Wanted): Promise<void> {
  const { code } = wanted.spec
  await noteReached(deps, ctx, site, wanted.revisionId)
  if (code === null) return
  const folder = await deps.code.unpacked(code.digest, ctx.signal)
  const entries = await listRelease(folder, ctx.signal)
  const said = await runStep(deps, ctx, site, 'release', {
    values: { d_digest: code.digest },
    functions: linkChecks(entries),
  })
  const send = (shipment: Shipment, isRepair: boolean) =>
    runStep(deps, ctx, site, 'install', {
      values: {
        ...{ d_digest: code.digest, d_basis: shipment.basis ?? '-', d_mend: isRepair ? 1 : 0 },
        d_stale: shipment.stale.join('\n'),
      },
      payload: () => packShipment(folder, shipment, sumsOf(entries), ctx.signal),
    })
  if (said.first('state') === 'present') {
    if (said.all('bad').length > 0) await send(planRepair(entries, said), true)
    return
  }
  await send(planShipment(entries, said), false).catch((error: unknown) => {
    // What was to be taken over is not what it was said to be: everything is sent.
    if (!(error instanceof ReleaseError)) throw error
    return send(everything(entries), false)
  })
}

function everything(entries: readonly Entry[]): Shipment {
  return { entries, basis: null, stale: [] }
}

function launchValues({ node, settings, target }: Site, wanted: Wanted): Record<string, string> {
  const [program = ''] = commandOf(settings, wanted)
  return {
    d_digest: wanted.spec.code?.digest ?? '-',
    d_prefix: launchPrefixOf(wanted.key),
    d_program: program,
    d_launch_text: buildLaunch(node, wanted, settings, target.host.address),
    d_launcher_text: pieceOf('launcher'),
    d_hook_text: pieceOf('hook-runner'),
    d_description: `Drover node ${node.name}`.replaceAll(/[^\x20-\x7e]|%/g, '?'),
  }
}
