import type { Action } from '../domain/action.ts'
import { type Cluster, DEFAULT_POOL, type NodePool } from '../domain/cluster.ts'
import { ConflictError, InvalidRequestError, InvalidStateError, NotReadyError } from '../domain/errors.ts'
import { compareVersions, type PlatformVersion, stepOf } from '../domain/platform-version.ts'
import type { Project } from '../domain/principal.ts'
import type { Revision } from '../domain/revision.ts'
import { findOpenAction } from '../store/actions.ts'
import { listPools, patchCluster, patchPool } from '../store/clusters.ts'
import { countNodesByPool } from '../store/node-counts.ts'
import { loadOpenUpdates } from '../store/updates.ts'
import { type Candidate, resolveAsGiven } from './candidate.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireRevision } from './find.ts'
import { OutdatedPreparation, performInProject, type Scope } from './perform.ts'
import { checkSupport, nextProfile, requireVersion } from './platform-software.ts'
import { writeTarget, writeUpdate } from './start-update.ts'
import { checkInteger } from './validate.ts'
import type { ChangeVersionInput } from './version-verbs.ts'
import type { ClusterAction } from './views.ts'

const DEFAULT_NODE_PHASE_SECONDS = 12 * 3600
const MOST_NODE_PHASE_SECONDS = 30 * 24 * 3600
const DEFAULT_ROLLBACK_MS = 7 * 24 * 3600_000

/** All that a change would be, before anything of it is written. */
interface Prepared {
  readonly from: string
  readonly to: PlatformVersion
  readonly isUp: boolean
  readonly pools: readonly { readonly pool: NodePool; readonly committed: Revision }[]
  /** Of the pools that go along. */
  readonly candidates: readonly Candidate[]
}

/**
 * Moves a cluster one version up or down. Up, the cluster's version changes at once, and its pools follow when somebody
 * updates them. Down, nodes go first and the cluster's version last: the action is carried by one update for each pool.
 */
export function changeVersion(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: ChangeVersionInput,
): Promise<ClusterAction> {
  const nodePhaseSeconds = checkInteger(
    'nodePhaseSeconds',
    input.nodePhaseSeconds ?? DEFAULT_NODE_PHASE_SECONDS,
    1,
    MOST_NODE_PHASE_SECONDS,
  )
  return performInProject(deps, caller, {
    verb: 'versions.change',
    input: [ref, input],
    prepare: (project) => prepare(deps, project, ref, input),
    work: async (scope, prepared) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, ref)
      if (cluster.platform?.version !== prepared.from) throw new OutdatedPreparation()
      await checkIdle(scope, cluster)
      if (!prepared.isUp) checkCanGoBack(deps, cluster, prepared, scope.now)
      if (input.force !== true) await checkReadiness(scope, cluster, prepared)
      return prepared.isUp
        ? await moveUp(scope, cluster, prepared)
        : await beginReturn(deps, scope, cluster, prepared, nodePhaseSeconds)
    },
  })
}

/** @throws InvalidStateError while the cluster goes back to an earlier version */
export async function checkNoReturn({ tx }: Scope, cluster: Cluster): Promise<void> {
  const action = await findOpenAction(tx, cluster.id, 'CLUSTER_CHANGE_VERSION')
  if (!action) return
  throw new InvalidStateError(
    `cluster "${cluster.name}" goes back to version ${action.inputs['to']} (action ${action.id}); wait for it, or cancel it first`,
  )
}

async function prepare(
  deps: ControlDeps,
  project: Project,
  ref: string,
  input: ChangeVersionInput,
): Promise<Prepared> {
  const to = requireVersion(deps, input.version, 'version')
  const { cluster, pools } = await deps.store.read(async (tx) => {
    const cluster = await requireLiveCluster(tx, project.id, ref)
    const found = await listPools(tx, cluster.id)
    const withRevision = found.map(async (pool) => ({
      pool,
      committed: await requireRevision(tx, pool.committedRevisionId),
    }))
    return { cluster, pools: await Promise.all(withRevision) }
  })
  const from = cluster.platform?.version
  if (from === undefined) {
    throw new InvalidStateError(`cluster "${cluster.name}" is on no version of the catalogue`)
  }
  const step = stepOf(from, to.version)
  if (step === 'same') throw new InvalidStateError(`cluster "${cluster.name}" is on version ${from} already`)
  if (step === 'far') {
    throw new InvalidStateError(
      `cluster "${cluster.name}" cannot go from ${from} to ${to.version}: it moves one minor version at a time`,
    )
  }
  checkSupport(deps, to, 'version')
  const isUp = step === 'up'
  if (isUp && input.nodePhaseSeconds !== undefined) {
    throw new InvalidRequestError('nodePhaseSeconds', 'is only for the way to an earlier version')
  }
  const going = pools.filter(({ pool, committed }) =>
    // Nobody could see an empty DefaultPool move, so it need not be told to.
    isUp ? pool.name === DEFAULT_POOL : isAbove(committed, to.version),
  )
  const candidates = going.map(async ({ pool, committed }): Promise<Candidate> => {
    const profile = await nextProfile(deps, project, to, committed.spec)
    const update = { pool: pool.id, version: to.version, ...profile }
    const candidate = await resolveAsGiven(deps, project, cluster.id, update)
    return { ...candidate, type: isUp ? 'Update' : 'Rollback' }
  })
  return { from, to, isUp, pools, candidates: await Promise.all(candidates) }
}

function isAbove({ spec }: Revision, version: string): boolean {
  return spec.version !== null && compareVersions(spec.version, version) > 0
}

/** @throws ConflictError, InvalidStateError */
async function checkIdle(scope: Scope, cluster: Cluster): Promise<void> {
  const [inFlight] = await loadOpenUpdates(scope.tx, cluster.id)
  if (inFlight) throw new ConflictError(inFlight.id)
  await checkNoReturn(scope, cluster)
}

function checkCanGoBack(deps: ControlDeps, cluster: Cluster, { from, to }: Prepared, now: number): void {
  const { upgradedFrom = null, upgradedAt = null } = cluster.platform ?? {}
  if (upgradedFrom !== to.version) {
    throw new InvalidStateError(
      `cluster "${cluster.name}" did not come to ${from} by an upgrade from ${to.version}, so it cannot go back there`,
    )
  }
  const limitMs = deps.platform?.rollbackMs ?? DEFAULT_ROLLBACK_MS
  if (now - (upgradedAt ?? now) <= limitMs) return
  throw new InvalidStateError(
    `cluster "${cluster.name}" was upgraded to ${from} more than ${Math.floor(limitMs / 3600_000)} hours ago; that cannot be taken back any more`,
  )
}

/** What `force` passes over. @throws NotReadyError, OutdatedPreparation */
async function checkReadiness(
  { tx }: Scope,
  cluster: Cluster,
  { from, isUp, pools }: Prepared,
): Promise<void> {
  const counts = await countNodesByPool(tx, [cluster.id])
  for (const { pool, committed } of pools) {
    const { total, available } = counts.get(pool.id) ?? { total: 0, available: 0 }
    if (total > available) {
      throw new NotReadyError(`${total - available} of ${total} nodes of pool "${pool.name}" do not serve`)
    }
    const { version } = committed.spec
    const isBehind = version !== null && compareVersions(version, from) < 0
    if (isUp && isBehind && (total > 0 || pool.desiredCapacity > 0)) {
      throw new NotReadyError(`pool "${pool.name}" is on ${version} still, the cluster on ${from}`)
    }
  }
}

async function moveUp(
  scope: Scope,
  cluster: Cluster,
  { from, to, candidates }: Prepared,
): Promise<ClusterAction> {
  const platform = { version: to.version, upgradedFrom: from, upgradedAt: scope.now }
  const patch = { platform, updatedAt: scope.now, version: cluster.version + 1 }
  await patchCluster(scope.tx, cluster.id, patch)
  const counts = await countNodesByPool(scope.tx, [cluster.id])
  for (const candidate of candidates) {
    const { pool, committed } = candidate
    if ((counts.get(pool.id)?.total ?? 0) > 0 || pool.desiredCapacity > 0) continue
    const revision = await writeTarget(scope, candidate)
    if (pool.committedRevisionId !== committed.id) throw new OutdatedPreparation()
    await patchPool(scope.tx, pool.id, { committedRevisionId: revision.id, updatedAt: scope.now })
  }
  await scope.ask(cluster.id)
  const because = `the cluster is on ${to.version}; its pools follow by updates of their own`
  const inputs = { type: 'Upgrade', from, to: to.version, build: to.build }
  const action = await scope.record(
    { name: 'CLUSTER_CHANGE_VERSION', clusterId: cluster.id, inputs },
    because,
  )
  tell(
    scope,
    cluster,
    action,
    'cluster.versionChanged',
    `moved cluster "${cluster.name}" from ${from} to ${to.version}`,
  )
  return { cluster: { ...cluster, ...patch }, action }
}

async function beginReturn(
  deps: ControlDeps,
  scope: Scope,
  cluster: Cluster,
  { from, to, candidates }: Prepared,
  nodePhaseSeconds: number,
): Promise<ClusterAction> {
  const poolIds = candidates.map(({ pool }) => pool.id)
  const inputs = { type: 'Rollback', from, to: to.version, build: to.build, poolIds, nodePhaseSeconds }
  const action = await scope.begin({ name: 'CLUSTER_CHANGE_VERSION', clusterId: cluster.id, inputs })
  for (const candidate of candidates) await writeUpdate(deps, scope, candidate, action.id)
  const what = `asked that cluster "${cluster.name}" go back from ${from} to ${to.version}, its nodes first`
  tell(scope, cluster, action, 'cluster.versionRequested', what)
  return { cluster, action }
}

function tell(scope: Scope, cluster: Cluster, action: Action, type: string, what: string): void {
  scope.event({
    type,
    clusterId: cluster.id,
    actionId: action.id,
    because: `${scope.principal.name} ${what}`,
    data: { from: action.inputs['from'] as string, version: action.inputs['to'] as string },
  })
}
