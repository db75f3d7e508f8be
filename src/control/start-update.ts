import type { Action } from '../domain/action.ts'
import { ConflictError } from '../domain/errors.ts'
import type { ActionId, RevisionId, UpdateId } from '../domain/ids.ts'
import type { Project } from '../domain/principal.ts'
import type { Revision } from '../domain/revision.ts'
import { NO_PROGRESS, NO_UPDATE_CONTROL, type Update } from '../domain/update.ts'
import { getPool, patchPool } from '../store/clusters.ts'
import { isUniqueViolation } from '../store/errors.ts'
import { listRunningRevisions } from '../store/nodes.ts'
import { getRevision, insertRevision } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { findUpdateInFlight, insertUpdate } from '../store/updates.ts'
import { type Candidate, specOf } from './candidate.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool, requireRevision } from './find.ts'
import { checkNoRestart } from './no-restart.ts'
import { OutdatedPreparation, performInProject, type Scope } from './perform.ts'
import { requireRuntime } from './revision-spec.ts'
import { checkReferences } from './software-input.ts'
import type { StartedUpdate } from './views.ts'

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
): Promise<StartedUpdate> {
  let candidate: Candidate | undefined
  try {
    return await performInProject(deps, caller, {
      verb: request.verb,
      input: request.input,
      prepare: async (project) => {
        candidate = await request.resolve(project)
        return candidate
      },
      work: (scope, prepared) => writeUpdate(deps, scope, prepared),
    })
  } catch (error) {
    // Two starts at once on a database that lets both look before either has written.
    const { pool } = candidate ?? {}
    if (!pool || !isUniqueViolation(error)) throw error
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
  const inFlight = await findUpdateInFlight(tx, pool.id)
  if (inFlight) throw new ConflictError(inFlight.id)
  if (pool.committedRevisionId !== candidate.committed.id) throw new OutdatedPreparation()
  if (candidate.params.strategy === 'NO_RESTART') await checkStrategy(deps, tx, candidate)
  const revision = await writeTarget(scope, candidate)
  const actionId = ids.next<ActionId>()
  const update: Update = {
    id: ids.next<UpdateId>(),
    projectId: project.id,
    clusterId: cluster.id,
    poolId: pool.id,
    actionId,
    type: candidate.type,
    status: 'Pending',
    because: 'accepted',
    params: candidate.params,
    selection: candidate.selection,
    fromRevisionId: candidate.committed.id,
    toRevisionId: revision.id,
    direction: 'forward',
    control: NO_UPDATE_CONTROL,
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
export async function checkStrategy(deps: ControlDeps, tx: Tx, candidate: Candidate): Promise<void> {
  if (candidate.params.strategy !== 'NO_RESTART') return
  const { pool, committed, target } = candidate
  const running = await listRunningRevisions(tx, pool.id)
  const others = running.filter((id) => id !== committed.id)
  const revisions = await Promise.all(others.map((id) => getRevision(tx, id)))
  const spec = specOf(target)
  checkNoRestart(
    requireRuntime(deps.runtimes, spec.profile.type),
    [committed, ...revisions.filter((revision) => revision !== undefined)],
    spec,
  )
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
