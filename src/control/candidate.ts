import type { Attributes } from '../domain/attributes.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import { InvalidRequestError, NotFoundError } from '../domain/errors.ts'
import type { NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Project } from '../domain/principal.ts'
import type { Revision, RevisionSpec } from '../domain/revision.ts'
import type { OnConflict, UpdateParams, UpdateType } from '../domain/update.ts'
import { findRevisionByNumber } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { findPreviousRevision } from '../store/updates.ts'
import { checkAttributes } from './attributes.ts'
import { requireListed, requireNodes } from './chosen-nodes.ts'
import type { ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool, requireRevision } from './find.ts'
import { canonicalJson } from './idempotency.ts'
import type { RollbackInput, StartUpdateInput } from './inputs.ts'
import { loadNextSoftware, makeNextSpec, namesNewSoftware } from './next-software.ts'
import { followCatalogue } from './platform-software.ts'
import { type Asker, requireReadableBundle } from './readable.ts'
import { checkUpdateParams, resolveUpdateParams } from './update-params.ts'
import { checkInteger, checkOneOf, checkText } from './validate.ts'

/** All that an update would be, before anything of it is written. */
export interface Candidate {
  readonly type: UpdateType
  readonly cluster: Cluster
  readonly pool: NodePool
  readonly committed: Revision
  readonly target: Target
  readonly params: UpdateParams
  readonly onConflict: OnConflict
  /** Null: all nodes of the pool. */
  readonly selection: readonly NodeId[] | null
  readonly description: string | null
  readonly attributes: Attributes
}

/** The revision that nodes move to: one that is kept, or one that is yet to get its number. */
export type Target =
  | { readonly kind: 'kept'; readonly revision: Revision }
  | { readonly kind: 'new'; readonly spec: RevisionSpec }

export function specOf(target: Target): RevisionSpec {
  return target.kind === 'kept' ? target.revision.spec : target.spec
}

/** @throws InvalidRequestError, InvalidSpecError, NotFoundError, InvalidStateError */
export async function resolveCandidate(
  deps: ControlDeps,
  asker: Asker,
  clusterRef: string,
  input: StartUpdateInput,
): Promise<Candidate> {
  const { project } = asker
  const bundle = input.code?.bundle
  if (bundle !== undefined) await deps.store.read((tx) => requireReadableBundle({ tx, ...asker }, bundle))
  return await resolveAsGiven(
    deps,
    project,
    clusterRef,
    await followCatalogue(deps, project, clusterRef, input),
  )
}

/** {@link resolveCandidate} of what has been compared with the catalogue of versions already. */
export async function resolveAsGiven(
  deps: ControlDeps,
  project: Project,
  clusterRef: string,
  input: StartUpdateInput,
): Promise<Candidate> {
  const type = checkOneOf('type', input.type ?? 'Update', ['Update', 'Repair'])
  if (namesNewSoftware(input) && (type === 'Repair' || input.revision !== undefined)) {
    const field = type === 'Repair' ? 'type' : 'revision'
    throw new InvalidRequestError(field, 'excludes profile, code, nodeTemplate and version')
  }
  if (type === 'Repair' && input.revision !== undefined) {
    throw new InvalidRequestError('revision', 'a repair goes back to the committed revision')
  }
  const found = await deps.store.read(async (tx) => {
    const base = await loadBase(tx, project, clusterRef, input)
    const nodes: readonly Node[] | null =
      input.nodes === undefined
        ? null
        : await requireNodes(tx, { projectId: project.id, clusterId: base.cluster.id }, input.nodes)
    return {
      base,
      nodes,
      kept: input.revision === undefined ? null : await requireNumbered(tx, base.pool, input.revision),
      software: namesNewSoftware(input) ? await loadNextSoftware(tx, project, base.committed, input) : null,
    }
  })
  const { base, nodes, kept, software } = found
  const stranger = nodes?.find((node) => node.poolId !== base.pool.id)
  if (stranger) {
    throw new InvalidRequestError('nodes', `"${stranger.name}" is not in pool "${base.pool.name}"`)
  }
  return {
    ...base,
    type,
    target: software
      ? toTarget(base.committed, await makeNextSpec(deps, base.committed, software, input))
      : { kind: 'kept', revision: kept ?? base.committed },
    selection: nodes?.map((node) => node.id) ?? null,
  }
}

/** @throws NotFoundError for a revision that is not kept any more */
export async function resolveRollback(
  deps: ControlDeps,
  project: Project,
  clusterRef: string,
  input: RollbackInput,
): Promise<Candidate> {
  return await deps.store.read(async (tx) => {
    // Going back waits for nobody, and does not turn around to what it came from, unless this request says so.
    const params = {
      checkpoints: [],
      onFailure: 'pause' as const,
      ...checkUpdateParams('params', input.params),
    }
    const base = await loadBase(tx, project, clusterRef, { ...input, params })
    const revision =
      input.toRevision === undefined
        ? await requirePrevious(tx, base.pool)
        : await requireNumbered(tx, base.pool, input.toRevision, 'toRevision')
    return { ...base, type: 'Rollback', target: { kind: 'kept', revision }, selection: null }
  })
}

async function loadBase(
  tx: Tx,
  project: Project,
  clusterRef: string,
  input: Pick<StartUpdateInput, 'pool' | 'params' | 'onConflict' | 'description' | 'attributes'>,
) {
  const cluster = await requireLiveCluster(tx, project.id, clusterRef)
  const pool = await requireLivePool(tx, cluster.id, input.pool)
  const params = resolveUpdateParams(checkUpdateParams('params', input.params), pool.updateDefaults)
  return {
    cluster,
    pool,
    committed: await requireRevision(tx, pool.committedRevisionId),
    params: await resolveOrder(tx, cluster, params),
    onConflict: checkOneOf('onConflict', input.onConflict ?? 'refuse', ['refuse', 'queue', 'supersede']),
    description: input.description === undefined ? null : checkText('description', input.description),
    attributes: checkAttributes('attributes', input.attributes ?? {}),
  }
}

/** @throws NotFoundError naming a listed node that is not in the cluster */
async function resolveOrder(tx: Tx, cluster: Cluster, params: UpdateParams): Promise<UpdateParams> {
  const { order } = params
  if (order.by !== 'list') return params
  const scope = { projectId: cluster.projectId, clusterId: cluster.id }
  const nodes = await requireListed(tx, scope, order.nodes)
  return { ...params, order: { by: 'list', nodes: nodes.map((node) => node.id) } }
}

async function requireNumbered(
  tx: Tx,
  pool: NodePool,
  number: number,
  field: string = 'revision',
): Promise<Revision> {
  const revision = await findRevisionByNumber(tx, pool.id, checkInteger(field, number, 1))
  if (!revision) throw new NotFoundError('revision', `${number} of pool ${pool.name}`)
  return revision
}

async function requirePrevious(tx: Tx, pool: NodePool): Promise<Revision> {
  const id = await findPreviousRevision(tx, pool.id, pool.committedRevisionId)
  if (id === undefined) {
    throw new NotFoundError('revision', `before the committed one of pool ${pool.name}`)
  }
  return await requireRevision(tx, id)
}

/**
 * A spec that is the committed one again gets no new number.
 * @throws InvalidRequestError `profile` when it is of another type: what runs could be stopped only by the runtime that started it
 */
export function toTarget(committed: Revision, spec: RevisionSpec): Target {
  const [before, after] = [committed.spec.profile, spec.profile]
  if (before.type !== after.type) {
    throw new InvalidRequestError(
      'profile',
      `"${after.name}" is of type ${after.type}, the cluster's nodes are of type ${before.type}; make another cluster or pool with it`,
    )
  }
  return canonicalJson(spec) === canonicalJson(committed.spec)
    ? { kind: 'kept', revision: committed }
    : { kind: 'new', spec }
}
