import { DroverError, messageOf, RuntimeFailedError } from '../../domain/errors.ts'
import type { NodeRef, RuntimeContext, Wanted } from '../runtime.ts'
import type { Leftover } from './directory.ts'
import { routeOf, type Target, targetOf } from './inventory.ts'
import { readSettings } from './settings.ts'
import { type Deps, runStep, type Site, settle } from './site.ts'

/**
 * The node's host, free of what nodes left there that were given up: two of them must not run side by side because one was
 * away for a while. Only what the node's own user could have started is its to stop.
 * @throws as {@link settle}; RuntimeFailedError if something is left that cannot be stopped
 */
export async function arrive(deps: Deps, ctx: RuntimeContext, node: NodeRef, wanted: Wanted): Promise<Site> {
  const site = await settle(deps, ctx, node, wanted)
  const { target } = site
  const place = { route: routeOf(target), login: loginOf(target) }
  for (const leftover of await deps.directory.leftovers(node.id, place))
    await clear(deps, ctx, site, leftover)
  return site
}

/** {@link LetsGo.letGo}. */
export async function letGo(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<string> {
  ctx.signal.throwIfAborted()
  const before = await deps.directory.findLeftover(node.id)
  if (before) return describe(before)
  const known = await deps.directory.find(node.id)
  if (known?.host == null || !known.isReached || known.settings === null) {
    await deps.directory.release(node.id, ctx.term)
    return known?.host != null && known.isReached
      ? `what ${node.name} runs may still run on host ${known.host}, and nothing is kept of how it is reached`
      : 'nothing of it is on any host'
  }
  const settings = readSettings(known.settings)
  const target = targetOf(settings, known.host)
  const { folder, service } = settings
  const place = { name: node.name, route: routeOf(target), login: loginOf(target), folder, service }
  await deps.directory.giveUp(node.id, ctx.term, place)
  return describe({ ...place, nodeId: node.id })
}

async function clear(deps: Deps, ctx: RuntimeContext, site: Site, leftover: Leftover): Promise<void> {
  const { nodeId, name, folder, service, term } = leftover
  const node = { ...site.node, id: nodeId, name }
  const left: Site = { node, target: site.target, settings: { ...site.settings, folder, service } }
  await deps.turns.take(node, ctx.signal, async () => {
    try {
      await runStep(deps, { signal: ctx.signal, term }, left, 'remove', { on: site })
    } catch (error) {
      if (!(error instanceof DroverError) || ctx.signal.aborted) throw error
      throw new RuntimeFailedError(
        `host ${site.target.id} is not free of node ${name}, which was given up: ${messageOf(error)}`,
        { cause: error },
      )
    }
    await deps.directory.noteCleared(nodeId)
  })
  ctx.log.info({ host: site.target.id, node: name }, 'stopped what a node had left that was given up')
}

function describe({ nodeId, name, route, login, folder }: Omit<Leftover, 'term' | 'service'>): string {
  return (
    `what ${name} runs may still run on host ${route}, as user ${login} in ${folder}/nodes/${nodeId}, until a node ` +
    'that logs in there as this user stops it'
  )
}

function loginOf({ sudo, host }: Target): string {
  return sudo ? 'root' : host.user
}
