import { type NodePool, standaloneClusterId } from '../domain/cluster.ts'
import type { ClusterId, EpochMs, PoolId, ProjectId, RevisionId } from '../domain/ids.ts'
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
    name: 'standalone',
    status: 'Active',
    statusReason: 'holds the nodes without a cluster',
    metadata: {},
    config: {},
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
