import { ConflictError } from '../domain/errors.ts'
import type { ActionId, RevisionId } from '../domain/ids.ts'
import { getPool, patchPool } from '../store/clusters.ts'
import { findUpdateInFlight } from '../store/updates.ts'
import type { Candidate } from './candidate.ts'
import { OutdatedPreparation, type Scope } from './perform.ts'
import { writeTarget } from './start-update.ts'

/**
 * Nodes that come from now on run the candidate; those that are there stay as they are, and show as drifted.
 * @param actionId the action that the request is answered with, if there is one
 * @returns what the pool's committed revision is now
 * @throws ConflictError while an update holds the pool
 */
export async function commitForNewNodes(
  scope: Scope,
  candidate: Candidate,
  actionId?: ActionId,
): Promise<RevisionId> {
  const { cluster, pool, committed } = candidate
  const inFlight = await findUpdateInFlight(scope.tx, pool.id)
  if (inFlight) throw new ConflictError(inFlight.id)
  const now = await getPool(scope.tx, pool.id)
  if (now?.committedRevisionId !== committed.id) throw new OutdatedPreparation()
  const revision = await writeTarget(scope, candidate)
  await patchPool(scope.tx, pool.id, { committedRevisionId: revision.id, updatedAt: scope.now })
  scope.event({
    type: 'pool.changed',
    clusterId: cluster.id,
    ...(actionId && { actionId }),
    because:
      `${scope.principal.name} asked that new nodes of pool "${pool.name}" of cluster "${cluster.name}" ` +
      `run revision ${revision.number}; those that are there stay as they are`,
    data: { pool: pool.name, fromRevision: committed.number, toRevision: revision.number },
  })
  return revision.id
}
