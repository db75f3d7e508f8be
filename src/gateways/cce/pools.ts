import type { PoolView } from '../../control/views.ts'
import { OPEN_ACTION_STATUSES } from '../../domain/action.ts'
import { ConflictError } from '../../domain/errors.ts'
import type { ClusterId, JsonObject, PoolId } from '../../domain/ids.ts'
import { type Answer, type Ask, list, ok, type Table } from './ask.ts'
import { Fault, invalid } from './errors.ts'
import { findCluster, findPool, isDefault, requireAvailable } from './find.ts'
import { checkNodeSpec, MOST_NODES } from './node-spec.ts'
import { changePool } from './pool-changes.ts'
import { KEY, specOf } from './present-cluster.ts'
import { presentPool } from './present-pool.ts'
import { profileFor } from './profiles.ts'
import { bodyOf } from './read.ts'
import { synchronise } from './synchronise.ts'
import { maskSecrets, readTemplate } from './templates.ts'

export const poolRoutes: Table = {
  '/clusters/:cluster/nodepools': { GET: listAll, POST: create },
  '/clusters/:cluster/nodepools/:pool': { GET: show, PUT: update, DELETE: remove },
  '/clusters/:cluster/nodepools/:pool/operation/scale': { POST: scale },
  '/clusters/:cluster/nodepools/:pool/operation/upgrade': { POST: synchronise },
}

const NAME = /^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/
const NAME_RULE =
  'must have 1 to 50 lower-case letters, digits and hyphens, begin with a letter, and not end with a hyphen'

async function listAll(ask: Ask): Promise<Answer> {
  const cluster = await findCluster(ask)
  const withDefault = ask.query.get('showDefaultNodePool') === 'true'
  const pools = cluster.pools.filter((view) => withDefault || !isDefault(view))
  const deleting = await deletingPools(ask, cluster.cluster.id)
  return list(pools.map((view) => presentPool(view, { deleting })))
}

async function create(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const body = bodyOf(ask.body, 'NodePool')
  const name = body.at('metadata').at('name').name(NAME, NAME_RULE)
  const spec = body.at('spec')
  const machine = spec.at('nodeTemplate')
  checkNodeSpec(machine)
  const nodeTemplate = readTemplate(machine)
  const size = spec.at('initialNodeCount').optionalInteger(0, MOST_NODES) ?? 0
  const cluster = await findCluster(ask)
  requireAvailable(cluster)
  const profile = await profileFor(ask, machine.at('userTags').json(), specOf(cluster)['clusterTags'])
  const { initialNodeCount: _, ...rest } = spec.object()
  const kept = { ...rest, nodeTemplate: maskSecrets(machine.object()) }
  const { pool } = await control.pools.create(caller, cluster.cluster.id, {
    ...{ name, profile, size, nodeTemplate },
    attributes: { [KEY]: { spec: kept } },
  })
  const view = await control.pools.get(caller, cluster.cluster.id, pool.id)
  return { status: 201, body: presentPool(view, { deleting: new Set() }) }
}

async function show(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const cluster = await findCluster(ask)
  const view = findPool(ask, cluster)
  const deleting = await deletingPools(ask, cluster.cluster.id)
  const about = { cluster: cluster.cluster.id, pool: view.pool.id }
  // The answer to a synchronisation is empty, and one may be over before anybody looks.
  const { items } = await control.updates.list(caller, about, { limit: 1, sort: '-createdAt' })
  const jobId = items[0]?.update.actionId
  return ok(presentPool(view, { deleting, ...(jobId !== undefined && { jobId }) }))
}

async function update(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const cluster = await findCluster(ask)
  requireAvailable(cluster)
  const view = requireOwn(findPool(ask, cluster))
  await changePool(ask, cluster, view)
  const changed = await control.pools.get(caller, cluster.cluster.id, view.pool.id)
  return ok(presentPool(changed, { deleting: new Set() }))
}

async function remove(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const cluster = await findCluster(ask)
  const view = requireOwn(findPool(ask, cluster))
  try {
    const { action } = await control.pools.delete(caller, cluster.cluster.id, view.pool.id)
    return ok(presentPool(view, { deleting: new Set([view.pool.id]), jobId: action.id }))
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    throw new Fault(403, 'CCE.01403003', error.message, { cause: error })
  }
}

async function scale(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const spec = bodyOf(ask.body, 'NodePool').at('spec')
  const desiredCapacity = spec.at('desiredNodeCount').optionalInteger(0, MOST_NODES) ?? 0
  const groups = spec.at('scaleGroups').texts()
  if (groups.length === 0) throw invalid('spec.scaleGroups', 'is required')
  const cluster = await findCluster(ask)
  requireAvailable(cluster)
  const view = requireOwn(findPool(ask, cluster))
  const known = ['default', ...namesOfGroups(view)]
  const unknown = groups.find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid('spec.scaleGroups', `names ${unknown}, which is not in this pool`)
  if (desiredCapacity < view.pool.desiredCapacity && groups.length > 1) {
    throw invalid('spec.scaleGroups', 'must name exactly one to shrink')
  }
  await control.clusters.resize(caller, cluster.cluster.id, { pool: view.pool.id, desiredCapacity })
  return { status: 200 }
}

function namesOfGroups({ pool }: PoolView): readonly string[] {
  const { extensionScaleGroups = [] } = (pool.attributes[KEY]?.['spec'] ?? {}) as {
    readonly extensionScaleGroups?: readonly { readonly metadata?: JsonObject }[]
  }
  return extensionScaleGroups.flatMap(({ metadata }) => (metadata?.['name'] as string | undefined) ?? [])
}

/** @throws Fault 400 for the pool that is there by itself */
function requireOwn(view: PoolView): PoolView {
  if (!isDefault(view)) return view
  throw invalid('nodepool_id', 'is DefaultPool, which has no settings of its own and cannot be deleted')
}

async function deletingPools({ control, caller }: Ask, cluster: ClusterId): Promise<ReadonlySet<PoolId>> {
  const filter = { cluster, name: ['POOL_DELETE'], status: [...OPEN_ACTION_STATUSES] }
  const { items } = await control.actions.list(caller, filter, { limit: 100 })
  return new Set(items.flatMap(({ poolId }) => poolId ?? []))
}
