import { type NodePool, standaloneClusterId } from '../domain/cluster.ts'
import type { ClusterId, EpochMs, PoolId, ProfileId, ProjectId, RevisionId } from '../domain/ids.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import { findPool, insertPool } from './clusters.ts'
import { insertRevision } from './revisions.ts'
import { clusterRows } from './rows.ts'
import type { Tx } from './store.ts'

interface Need {
  readonly projectId: ProjectId
  /** Makes new ids. */
  readonly ids: { next<Id extends string>(): Id }
  readonly now: EpochMs
  readonly createdBy: string
}

/** Makes the cluster that holds a project's nodes without a cluster, unless it is there. */
export async function ensureStandaloneCluster(
  tx: Tx,
  { projectId, now, createdBy }: Omit<Need, 'ids'>,
): Promise<ClusterId> {
  const id = standaloneClusterId(projectId)
  const row = clusterRows.toRow({
    id,
    projectId,
    kind: 'standalone',
    environmentId: null,
    platform: null,
    name: 'standalone',
    status: 'Active',
    statusReason: 'holds the nodes without a cluster',
    metadata: {},
    config: {},
    attributes: {},
    driftRepair: 'manual',
    timeoutSeconds: null,
    createdAt: now,
    createdBy,
    firstReadyAt: now,
    updatedAt: now,
    version: 1,
  })
  await tx
    .insertInto('clusters')
    .values({ ...row, engine_id: null, term: 0, intent: 1, seen_intent: 0 })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
  return id
}

/**
 * The pool of a project's nodes without a cluster that have the profile of `spec`, made if it is not there: then `spec`
 * is its committed revision. The cluster must be there, and held by the caller.
 */
export async function ensureStandalonePool(tx: Tx, need: Need, spec: RevisionSpec): Promise<NodePool> {
  const { projectId, ids, now, createdBy } = need
  const clusterId = standaloneClusterId(projectId)
  const name = spec.profile.id
  const known = await findPool(tx, clusterId, name)
  if (known) return known
  const poolId = ids.next<PoolId>()
  const revision = {
    id: ids.next<RevisionId>(),
    poolId,
    number: 1,
    spec,
    description: null,
    createdAt: now,
    createdBy,
  }
  const pool: NodePool = {
    id: poolId,
    clusterId,
    projectId,
    name,
    minSize: 0,
    maxSize: null,
    desiredCapacity: 0,
    committedRevisionId: revision.id,
    updateDefaults: {},
    attributes: {},
    nextNodeIndex: 1,
    nextRevisionNumber: 2,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  await insertPool(tx, pool)
  await insertRevision(tx, revision)
  return pool
}

/**
 * Forgets what nodes without a cluster once ran and none runs any more, of one profile: such history serves nobody, and
 * would keep the profile from being deleted. The standalone cluster must be held by the caller.
 */
export async function forgetStandaloneHistory(
  tx: Tx,
  projectId: ProjectId,
  profileId: ProfileId,
): Promise<void> {
  const clusterId = standaloneClusterId(projectId)
  const pools = await tx
    .selectFrom('node_pools')
    .select('id')
    .where('cluster_id', '=', clusterId)
    .where('name', '=', profileId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('nodes').select('nodes.id').whereRef('nodes.pool_id', '=', 'node_pools.id'))),
    )
    .execute()
  const empty = pools.map(({ id }) => id)
  if (empty.length > 0) {
    await tx.deleteFrom('revisions').where('pool_id', 'in', empty).execute()
    await tx.deleteFrom('node_pools').where('id', 'in', empty).execute()
  }
  const kept = tx.selectFrom('node_pools').where('cluster_id', '=', clusterId)
  await tx
    .deleteFrom('revisions')
    .where('profile_id', '=', profileId)
    .where('pool_id', 'in', kept.select('id'))
    .where('id', 'not in', kept.select('committed_revision_id'))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('nodes').select('nodes.id').whereRef('nodes.revision_id', '=', 'revisions.id'))),
    )
    .execute()
}
