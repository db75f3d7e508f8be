import type { Attributes } from '../domain/attributes.ts'
import type { NodePool } from '../domain/cluster.ts'
import type { ClusterId, PoolId, RevisionId } from '../domain/ids.ts'
import type { Revision, RevisionSpec } from '../domain/revision.ts'
import type { UpdateParams } from '../domain/update.ts'
import { insertPool } from '../store/clusters.ts'
import { insertRevision } from '../store/revisions.ts'
import type { Scope } from './perform.ts'
import { checkReferences } from './software-input.ts'
import type { Sizes } from './validate.ts'

/** Writes a pool and its first revision, which is committed from the start. Nodes come by an action. */
export async function insertNewPool(
  scope: Scope,
  input: {
    readonly clusterId: ClusterId
    readonly name: string
    readonly sizes: Sizes
    readonly updateDefaults: Partial<UpdateParams>
    readonly spec: RevisionSpec
    readonly attributes: Attributes
  },
): Promise<{ readonly pool: NodePool; readonly revision: Revision }> {
  const { tx, project, principal, now, ids } = scope
  await checkReferences(tx, project, input.spec)
  const revision: Revision = {
    id: ids.next<RevisionId>(),
    poolId: ids.next<PoolId>(),
    number: 1,
    spec: input.spec,
    description: null,
    createdAt: now,
    createdBy: principal.name,
  }
  const pool: NodePool = {
    id: revision.poolId,
    clusterId: input.clusterId,
    projectId: project.id,
    name: input.name,
    ...input.sizes,
    committedRevisionId: revision.id,
    updateDefaults: input.updateDefaults,
    attributes: input.attributes,
    nextNodeIndex: 1,
    nextRevisionNumber: 2,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  await insertPool(tx, pool)
  await insertRevision(tx, revision)
  return { pool, revision }
}
