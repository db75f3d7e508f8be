import { NotFoundError } from '../domain/errors.ts'
import { findRevisionByNumber, listRevisions, loadRevisionsById } from '../store/revisions.ts'
import type { ControlDeps } from './control.ts'
import { requireCluster, requirePool } from './find.ts'
import { hideInRevision } from './hide-secrets.ts'
import { look } from './perform.ts'
import type { RevisionVerbs } from './verbs.ts'

export function createRevisionVerbs(deps: ControlDeps): RevisionVerbs {
  return {
    list: (caller, clusterRef, poolRef, page) =>
      look(deps, caller, 'revisions.list', async (tx, project) => {
        const cluster = await requireCluster(tx, project.id, clusterRef)
        const pool = await requirePool(tx, cluster.id, poolRef)
        const { items, nextCursor } = await listRevisions(tx, pool.id, page)
        return {
          items: items.map((revision) => ({
            revision: hideInRevision(deps.runtimes, revision),
            committed: revision.id === pool.committedRevisionId,
          })),
          nextCursor,
        }
      }),
    load: (caller, ids) =>
      look(deps, caller, 'revisions.load', async (tx, project) => {
        const revisions = await loadRevisionsById(tx, project.id, ids)
        return new Map(revisions.map((revision) => [revision.id, hideInRevision(deps.runtimes, revision)]))
      }),
    get: (caller, clusterRef, poolRef, number) =>
      look(deps, caller, 'revisions.get', async (tx, project) => {
        const cluster = await requireCluster(tx, project.id, clusterRef)
        const pool = await requirePool(tx, cluster.id, poolRef)
        const revision = await findRevisionByNumber(tx, pool.id, number)
        if (!revision) throw new NotFoundError('revision', String(number))
        return {
          revision: hideInRevision(deps.runtimes, revision),
          committed: revision.id === pool.committedRevisionId,
        }
      }),
  }
}
