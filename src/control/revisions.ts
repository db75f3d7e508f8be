import { compareFiles, compareSpecs, valueAt } from '../domain/compare-revisions.ts'
import { NotFoundError } from '../domain/errors.ts'
import type { PoolId } from '../domain/ids.ts'
import type { Revision } from '../domain/revision.ts'
import { findRevisionByNumber, listRevisions, loadRevisionsById } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireCluster, requirePool } from './find.ts'
import { hideInRevision } from './hide-secrets.ts'
import { look } from './perform.ts'
import type { RevisionVerbs } from './verbs.ts'
import type { RevisionComparison } from './views.ts'

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
    compare: (caller, cluster, pool, numbers) => compare(deps, caller, { cluster, pool, ...numbers }),
    load: (caller, ids) =>
      look(deps, caller, 'revisions.load', async (tx, project) => {
        const revisions = await loadRevisionsById(tx, project.id, ids)
        return new Map(revisions.map((revision) => [revision.id, hideInRevision(deps.runtimes, revision)]))
      }),
    get: (caller, clusterRef, poolRef, number) =>
      look(deps, caller, 'revisions.get', async (tx, project) => {
        const cluster = await requireCluster(tx, project.id, clusterRef)
        const pool = await requirePool(tx, cluster.id, poolRef)
        const revision = await requireNumber(tx, pool.id, number)
        return {
          revision: hideInRevision(deps.runtimes, revision),
          committed: revision.id === pool.committedRevisionId,
        }
      }),
  }
}

async function compare(
  deps: ControlDeps,
  caller: Caller,
  asked: {
    readonly cluster: string
    readonly pool: string | undefined
    readonly from: number
    readonly to: number
  },
): Promise<RevisionComparison> {
  const { from, to } = await look(deps, caller, 'revisions.compare', async (tx, project) => {
    const cluster = await requireCluster(tx, project.id, asked.cluster)
    const pool = await requirePool(tx, cluster.id, asked.pool)
    return {
      from: await requireNumber(tx, pool.id, asked.from),
      to: await requireNumber(tx, pool.id, asked.to),
    }
  })
  const shown = { from: hideInRevision(deps.runtimes, from), to: hideInRevision(deps.runtimes, to) }
  const differences = compareSpecs(from.spec, to.spec).map((difference) => ({
    path: difference.path,
    from: valueAt(shown.from.spec, difference),
    to: valueAt(shown.to.spec, difference),
  }))
  const isSameCode = from.spec.code?.digest === to.spec.code?.digest
  const files = isSameCode ? [] : compareFiles(await filesOf(deps, from), await filesOf(deps, to))
  return { ...shown, differences, files }
}

async function filesOf(deps: ControlDeps, { spec }: Revision) {
  return spec.code ? await deps.bundles.fingerprint(spec.code.digest) : []
}

async function requireNumber(tx: Tx, poolId: PoolId, number: number): Promise<Revision> {
  const revision = await findRevisionByNumber(tx, poolId, number)
  if (!revision) throw new NotFoundError('revision', String(number))
  return revision
}
