import type { Action } from '../domain/action.ts'
import { ConflictError, LimitExceededError } from '../domain/errors.ts'
import type { ActionId, RevisionId, UpdateId } from '../domain/ids.ts'
import type { Project } from '../domain/principal.ts'
import type { Revision } from '../domain/revision.ts'
import { NO_PROGRESS, NO_UPDATE_CONTROL, type Update } from '../domain/update.ts'
import { surges } from '../planner/limits.ts'
import { findOpenAction } from '../store/actions.ts'
import { getPool, patchPool } from '../store/clusters.ts'
import { isUniqueViolation } from '../store/errors.ts'
import { listRunningRevisions } from '../store/nodes.ts'
import { getRevision, insertRevision } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { findUpdateInFlight, insertUpdate, listOpenUpdates, patchUpdate } from '../store/updates.ts'
import { type Candidate, specOf } from './candidate.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool, requireRevision } from './find.ts'
import { forewarn } from './foresee-update.ts'
import { checkNoRestart } from './no-restart.ts'
import { OutdatedPreparation, performInProject, type Scope } from './perform.ts'
import { requireRuntime } from './revision-spec.ts'
import { checkReferences } from './software-input.ts'
import { checkSurge } from './surge.ts'
import type { ForewarnedUpdate, StartedUpdate } from './views.ts'

/** Updates of a pool that may wait for their turn. */
const MOST_QUEUED = 20
/** More of them cannot have steps in flight, but by somebody who asks faster than a node does anything. */
const MOST_SUPERSEDED = 20

/**
 * Starts the update that `resolve` makes out of a request.
 * @throws ConflictError with the id of the update that holds the pool
 */
export async function startUpdate(
  deps: ControlDeps,
  caller: Caller,
  request: {
    readonly verb: string
    readonly input: unknown
    resolve(project: Project): Promise<Candidate>
  },
): Promise<ForewarnedUpdate> {
  let candidate: Candidate | undefined
  try {
    return await performInProject(deps, caller, {
      verb: request.verb,
      input: request.input,
      prepare: async (project) => {
        candidate = await request.resolve(project)
        return { candidate, warnings: await forewarn(deps, candidate) }
      },
      work: async (scope, prepared) => ({
        ...(await writeUpdate(deps, scope, prepared.candidate)),
        warnings: prepared.warnings,
      }),
    })
  } catch (error) {
    // Two starts at once on a database that lets both look before either has written.
    const { pool } = candidate ?? {}
    if (!pool || !isUniqueViolation(error)) throw error
    // Now it is there to be seen, and can be queued behind or taken over from.
    if (candidate?.onConflict !== 'refuse') return startUpdate(deps, caller, request)
    const inFlight = await deps.store.read((tx) => findUpdateInFlight(tx, pool.id))
    throw inFlight ? new ConflictError(inFlight.id, { cause: error }) : error
  }
}

/**
 * Writes the update, its revision and its action.
 * @param parentId the action that it is a part of, which commits it
 * @throws ConflictError, InvalidStateError
 */
export async function writeUpdate(
  deps: ControlDeps,
  scope: Scope,
  candidate: Candidate,
  parentId?: ActionId,
): Promise<StartedUpdate> {
  const { tx, project, principal, now, ids } = scope
  const cluster = await requireLiveCluster(tx, project.id, candidate.cluster.id)
  const pool = await requireLivePool(tx, cluster.id, candidate.pool.id)
  const ahead = await listOpenUpdates(tx, pool.id)
  await checkPlace(tx, candidate, ahead)
  if (pool.committedRevisionId !== candidate.committed.id) throw new OutdatedPreparation()
  await checkStrategy(deps, tx, candidate, ahead)
  const revision = await writeTarget(scope, candidate)
  const actionId = ids.next<ActionId>()
  const isFirst = ahead.length === 0
  const takesOver = candidate.onConflict === 'supersede' && !isFirst
  const update: Update = {
    id: ids.next<UpdateId>(),
    projectId: project.id,
    clusterId: cluster.id,
    poolId: pool.id,
    actionId,
    type: candidate.type,
    status: isFirst ? 'Pending' : 'Queued',
    because: isFirst ? 'accepted' : `${takesOver ? 'takes over from' : 'waits for'} update ${ahead[0]?.id}`,
    params: candidate.params,
    selection: candidate.selection,
    fromRevisionId: candidate.committed.id,
    toRevisionId: revision.id,
    direction: 'forward',
    control: { ...NO_UPDATE_CONTROL, supersedes: takesOver ? supersededBy(ahead) : [] },
    checkpointsPassed: 0,
    hold: null,
    progress: NO_PROGRESS,
    errors: [],
    errorsLeftOut: 0,
    description: candidate.description,
    attributes: candidate.attributes,
    createdBy: principal.name,
    createdAt: now,
    startedAt: null,
    lastProgressAt: null,
    endedAt: null,
  }
  await insertUpdate(tx, update)
  if (takesOver) for (const older of ahead) await supersede(scope, older, update)
  const action = await scope.act({
    id: actionId,
    name: 'CLUSTER_UPDATE',
    clusterId: cluster.id,
    poolId: pool.id,
    updateId: update.id,
    ...(parentId && { parentId }),
    inputs: { poolId: pool.id, updateId: update.id },
  })
  tell(scope, candidate, update, action, revision)
  return {
    update,
    cluster: cluster.name,
    pool: pool.name,
    fromRevision: candidate.committed.number,
    toRevision: revision.number,
    action,
    revision,
  }
}

/** @throws InvalidRequestError when the strategy cannot make this change */
export async function checkStrategy(
  deps: ControlDeps,
  tx: Tx,
  candidate: Candidate,
  ahead: readonly Update[] = [],
): Promise<void> {
  const { pool, committed, target, params } = candidate
  if (surges(params)) {
    const spec = specOf(target)
    checkSurge(requireRuntime(deps.runtimes, spec.profile.type), params, [committed.spec, spec])
  }
  if (params.strategy !== 'NO_RESTART') return
  // Nodes may run by then what the updates before this one move them to.
  const running = [
    ...(await listRunningRevisions(tx, pool.id)),
    ...ahead.map((update) => update.toRevisionId),
  ]
  const others = running.filter((id) => id !== committed.id)
  const revisions = await Promise.all(others.map((id) => getRevision(tx, id)))
  const spec = specOf(target)
  checkNoRestart(
    requireRuntime(deps.runtimes, spec.profile.type),
    [committed, ...revisions.filter((revision) => revision !== undefined)],
    spec,
  )
}

/** @throws ConflictError, LimitExceededError when so many wait already */
async function checkPlace(
  tx: Tx,
  { onConflict, cluster, pool }: Candidate,
  ahead: readonly Update[],
): Promise<void> {
  const [first] = ahead
  if (!first) return
  if (onConflict === 'refuse') throw new ConflictError(first.id)
  // Its pools go back together or not at all, and what is asked for now would be made from what they leave.
  if (await findOpenAction(tx, cluster.id, 'CLUSTER_CHANGE_VERSION')) throw new ConflictError(first.id)
  if (onConflict === 'supersede') return
  if (ahead.length <= MOST_QUEUED) return
  throw new LimitExceededError(
    `${MOST_QUEUED} updates of pool "${pool.name}" wait already; cancel some of them, or start this one with onConflict "supersede"`,
    { field: 'onConflict' },
  )
}

/** The newest updates whose steps may still be in flight when these are taken over from. */
function supersededBy(ahead: readonly Update[]): UpdateId[] {
  const all = ahead.flatMap(({ id, control }) => [...control.supersedes, id])
  return all.sort().slice(-MOST_SUPERSEDED)
}

async function supersede(scope: Scope, older: Update, newer: Update): Promise<void> {
  const by = scope.principal.name
  const control = { ...older.control, supersededBy: { by, at: scope.now, updateId: newer.id } }
  await patchUpdate(scope.tx, older.id, { control })
  scope.event({
    type: 'update.supersedeRequested',
    clusterId: older.clusterId,
    updateId: older.id,
    actionId: older.actionId,
    because: `${by} asked for update ${newer.id}, which takes over from update ${older.id}`,
  })
}

/** Writes the candidate's revision, if it is a new one. */
export async function writeTarget(
  scope: Scope,
  { pool: { id: poolId }, target, description }: Candidate,
): Promise<Revision> {
  const { tx, project, principal, now, ids } = scope
  // Kept a moment ago does not mean kept now.
  if (target.kind === 'kept') return await requireRevision(tx, target.revision.id)
  await checkReferences(tx, project, target.spec)
  const pool = (await getPool(tx, poolId))!
  const revision: Revision = {
    id: ids.next<RevisionId>(),
    poolId,
    number: pool.nextRevisionNumber,
    spec: target.spec,
    description,
    createdAt: now,
    createdBy: principal.name,
  }
  await insertRevision(tx, revision)
  await patchPool(tx, poolId, { nextRevisionNumber: pool.nextRevisionNumber + 1 })
  return revision
}

function tell(
  scope: Scope,
  { cluster, pool, committed, params, selection }: Candidate,
  update: Update,
  action: Action,
  revision: Revision,
): void {
  const what = { Update: 'an update', Rollback: 'a rollback', Repair: 'a repair' }[update.type]
  const which = selection ? `${selection.length} chosen nodes` : 'all nodes'
  scope.event({
    type: 'update.accepted',
    clusterId: cluster.id,
    updateId: update.id,
    actionId: action.id,
    because:
      `${scope.principal.name} asked for ${what} of ${which} of pool "${pool.name}" of cluster "${cluster.name}" ` +
      `from revision ${committed.number} to ${revision.number}, strategy ${params.strategy}`,
    data: {
      pool: pool.name,
      fromRevision: committed.number,
      toRevision: revision.number,
      bundle: revision.spec.code?.bundle ?? null,
      profile: revision.spec.profile.name,
      params: { ...params },
    },
  })
}
