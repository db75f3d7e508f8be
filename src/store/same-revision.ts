import { isDeepStrictEqual } from 'node:util'
import type { NodePool } from '../domain/cluster.ts'
import type { Revision, RevisionSpec } from '../domain/revision.ts'
import { getRevision, listRevisionsOfProfile } from './revisions.ts'
import type { Tx } from './store.ts'

/** A revision of the pool that says the same: the committed one before others. */
export async function findSameRevision(
  tx: Tx,
  pool: NodePool,
  spec: RevisionSpec,
): Promise<Revision | undefined> {
  const same = (revision: Revision) => isDeepStrictEqual(revision.spec, spec)
  const committed = await getRevision(tx, pool.committedRevisionId)
  if (committed && same(committed)) return committed
  return (await listRevisionsOfProfile(tx, pool.id, spec.profile.id)).find(same)
}
