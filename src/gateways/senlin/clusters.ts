import { LimitExceededError, type SizeRefusal } from '../../domain/errors.ts'
import { type Answer, type Ask, accepted, ok, type Table } from './ask.ts'
import { collectAttributes } from './attributes.ts'
import { Fault } from './errors.ts'
import { boolean, integer, map, name, readFields, string, unwrap, unwrapUpdate } from './fields.ts'
import { type ListRules, listAll, readFlag, readListQuery } from './list-query.ts'
import { ANY_NAME, replaceConfig, withMemberName } from './naming.ts'
import { presentCluster } from './present.ts'
import { changed, checkIdle, named, readForce } from './refusals.ts'
import { sized } from './sizes.ts'
import { CLUSTER_STATUSES, fromClusterStatuses, toClusterStatus } from './translate.ts'

export const clusterRoutes: Table = {
  '/clusters': { GET: { isRepeatable: true, run: list }, POST: { run: create } },
  '/clusters/:id': {
    GET: { isRepeatable: true, run: show },
    PATCH: { run: update },
    DELETE: { run: remove },
  },
  '/clusters/:id/attrs/*': { GET: { since: 2, run: collectAttributes } },
}

/** The most nodes that a cluster of this API has. */
export const MOST_NODES = 1000

const LIST: ListRules = {
  filters: { name: {}, status: { values: CLUSTER_STATUSES } },
  sort: {
    name: 'name',
    status: 'status',
    init_at: 'createdAt',
    created_at: 'firstReadyAt',
    updated_at: 'updatedAt',
  },
  defaultSort: 'createdAt',
  unknown: (parameter) => `Invalid parameter '${parameter}'`,
}

async function list(ask: Ask): Promise<Answer> {
  const query = readListQuery(ask, LIST)
  const { name: names, status } = query.filters
  const filter = { ...(names && { name: names }), ...(status && { status: fromClusterStatuses(status) }) }
  const views = await listAll(ask, query, (caller, page) =>
    ask.control.clusters.listWithNodes(caller, filter, page),
  )
  return ok(
    'clusters',
    views.map((view) => presentCluster(view, ask)),
  )
}

async function create(ask: Ask): Promise<Answer> {
  const fields = {
    name: { check: name, required: true },
    profile_id: { check: string, required: true },
    min_size: { check: integer(0, MOST_NODES) },
    max_size: { check: integer(-1, MOST_NODES) },
    desired_capacity: { check: integer(0, MOST_NODES) },
    metadata: { check: map },
    timeout: { check: integer(0) },
    config: { check: map, since: 7 },
  } as const
  const given = readFields(unwrap(ask.body, 'cluster'), fields, ask.minor)
  const minSize = given.min_size ?? 0
  const size = given.desired_capacity ?? minSize
  const create = () =>
    ask.control.clusters.create(ask.caller, {
      name: given.name,
      profile: given.profile_id,
      minSize,
      maxSize: given.max_size === undefined || given.max_size < 0 ? null : given.max_size,
      size,
      metadata: given.metadata ?? {},
      ...(given.timeout !== undefined && { timeoutSeconds: given.timeout }),
      config: withMemberName(given.config),
      ...ANY_NAME,
    })
  const created = await named(['profile'], () =>
    withinQuota(() => sized(create, (refused) => asGiven(refused, size, minSize))),
  )
  const view = await ask.control.clusters.getWithNodes(ask.caller, created.cluster.id)
  return accepted(created.action.id, {
    cluster: presentCluster({ ...view, cluster: created.cluster, nodeIds: [], policyIds: [] }, ask),
  })
}

/** A project that is full is a failure of the service here, and none of the request. */
async function withinQuota<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof LimitExceededError) || error.field !== 'project') throw error
    throw new Fault(500, 'OverQuota', error.message, { cause: error })
  }
}

/** All bounds of a new cluster came with it. Of several that are broken, this API tells the one that its size breaks. */
function asGiven(refused: SizeRefusal, size: number, minSize: number): SizeRefusal {
  const isGiven = true
  if (size >= minSize || refused.bound === 'most') return { ...refused, isGiven }
  return { what: 'capacity', value: size, relation: 'below', bound: 'minSize', limit: minSize, isGiven }
}

async function show(ask: Ask): Promise<Answer> {
  return ok(
    'cluster',
    presentCluster(await ask.control.clusters.getWithNodes(ask.caller, ask.params['id']!), ask),
  )
}

/** An attached batch policy says otherwise. Nodes that fail do not stop the others, and nothing is rolled back. */
const ALL_AT_ONCE = { maxUnavailable: '100%', onFailure: 'continue' } as const

async function update(ask: Ask): Promise<Answer> {
  const fields = {
    name: { check: name },
    profile_id: { check: string },
    metadata: { check: map },
    timeout: { check: integer(0) },
    config: { check: map, since: 7 },
    profile_only: { check: boolean, since: 6 },
  } as const
  const given = readFields(unwrapUpdate(ask.body, 'cluster'), fields, ask.minor)
  const before = await ask.control.clusters.getWithNodes(ask.caller, ask.params['id']!)
  if (toClusterStatus(before.cluster) === 'ERROR') {
    const message = `Updating cluster '${before.cluster.id}' is not possible while it is in status ERROR.`
    throw new Fault(409, 'FeatureNotSupported', message)
  }
  const { profile_id: profile, profile_only: profileOnly, timeout, config, ...rest } = given
  // One that was never given shows as the default, and giving that changes nothing.
  const timeoutSeconds = timeout === presentCluster(before, ask)['timeout'] ? undefined : timeout
  const { action } = await changed('cluster', () =>
    ask.control.clusters.change(ask.caller, before.cluster.id, {
      ...rest,
      ...(config && { config: replaceConfig(before.cluster.config, config) }),
      ...(profile !== undefined && { profile }),
      ...(profileOnly !== undefined && { profileOnly }),
      params: ALL_AT_ONCE,
      // As every other action on the cluster: it waits for its turn.
      onConflict: 'queue',
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      ...ANY_NAME,
    }),
  )
  // What is answered is what there was before: the change is the action's.
  return accepted(action.id, { cluster: presentCluster(before, ask) })
}

async function remove(ask: Ask): Promise<Answer> {
  const isForced = readForce(ask, readFlag(ask.query, 'force'))
  const { cluster } = await ask.control.clusters.get(ask.caller, ask.params['id']!)
  checkIdle('cluster', cluster.id, toClusterStatus(cluster), isForced)
  const { action } = await ask.control.clusters.delete(ask.caller, cluster.id)
  return accepted(action.id, null)
}
