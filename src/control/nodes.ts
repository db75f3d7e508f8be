import { isStandaloneClusterId } from '../domain/cluster.ts'
import { InvalidRequestError, InvalidStateError } from '../domain/errors.ts'
import type { ClusterId, ProjectId, RevisionId } from '../domain/ids.ts'
import { supportsLogs } from '../runtimes/runtime.ts'
import { getCluster, getPool, listStandaloneClusterIds } from '../store/clusters.ts'
import type { NodeFilter, NodeScope } from '../store/nodes.ts'
import { listNodes } from '../store/nodes.ts'
import { findProject } from '../store/projects.ts'
import { findRevisionByNumber } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { adoptNode, previewAdoption } from './adoption.ts'
import type { ControlDeps } from './control.ts'
import { createMember } from './create-member.ts'
import { requireCluster, requireNode, requirePool, requireRevision } from './find.ts'
import { createNodeChangeVerbs } from './node-changes.ts'
import { readDetails } from './node-details.ts'
import type { NodeListFilter } from './node-inputs.ts'
import { createNodeMoveVerbs } from './node-moves.ts'
import { operateNode, recoverNode } from './node-operations.ts'
import { updateNode } from './node-settings.ts'
import { viewNodes } from './node-views.ts'
import { look, lookWide } from './perform.ts'
import { requireRuntime } from './revision-spec.ts'
import { createStandaloneNode } from './standalone-nodes.ts'
import type { NodeVerbs } from './verbs.ts'

export function createNodeVerbs(deps: ControlDeps): NodeVerbs {
  return {
    list: (caller, filter, page) =>
      lookWide(deps, caller, 'nodes.list', async (tx, projects) => {
        const resolved = await resolveFilter(tx, projects, filter)
        if (!resolved) return { items: [], nextCursor: null }
        const { items, nextCursor } = await listNodes(tx, resolved, page)
        return { items: await viewNodes(tx, items), nextCursor }
      }),
    get: (caller, cluster, node) =>
      look(deps, caller, 'nodes.get', async (tx, project) => {
        const scope = await scopeOf(tx, project.id, cluster)
        const [view] = await viewNodes(tx, [await requireNode(tx, scope, node)])
        return view!
      }),
    details: (caller, ids) => readDetails(deps, caller, ids),
    ...createNodeChangeVerbs(deps),
    ...createNodeMoveVerbs(deps),
    recover: (caller, cluster, node, input) => recoverNode(deps, caller, cluster, node, input),
    operate: (caller, cluster, node, input) => operateNode(deps, caller, cluster, node, input),
    previewAdoption: (caller, input) => previewAdoption(deps, caller, input),
    adopt: (caller, input) => adoptNode(deps, caller, input),
    update: (caller, cluster, node, changes) => updateNode(deps, caller, cluster, node, changes),
    createMember: (caller, cluster, input) => createMember(deps, caller, cluster, input),
    createStandalone: (caller, input) => createStandaloneNode(deps, caller, input),
    async logs(caller, clusterRef, nodeRef, options) {
      const { node, ref, type } = await look(deps, caller, 'nodes.logs', async (tx, project) => {
        const scope = await scopeOf(tx, project.id, clusterRef)
        const node = await requireNode(tx, scope, nodeRef)
        const cluster = await getCluster(tx, node.clusterId)
        const pool = await getPool(tx, node.poolId)
        const revision = await requireRevision(tx, node.revisionId ?? pool!.committedRevisionId)
        const ref = {
          id: node.id,
          name: node.name,
          index: node.index,
          clusterName: isStandaloneClusterId(node.clusterId) ? '' : cluster!.name,
          projectName: (await findProject(tx, project.id))!.name,
        }
        return { node, ref, type: revision.spec.profile.type }
      })
      const runtime = requireRuntime(deps.runtimes, type)
      if (!supportsLogs(runtime)) {
        throw new InvalidStateError(`nodes of type ${type} keep no logs; look where "${node.name}" runs`)
      }
      return runtime.logs(ref, options)
    },
  }
}

/** @param clusterRef null: the node may be in any cluster, or in none */
async function scopeOf(tx: Tx, projectId: ProjectId, clusterRef: string | null): Promise<NodeScope> {
  if (clusterRef === null) return { projectId }
  return { projectId, clusterId: (await requireCluster(tx, projectId, clusterRef)).id }
}

/** Undefined if nothing can match. */
async function resolveFilter(
  tx: Tx,
  projects: ProjectId | readonly ProjectId[] | undefined,
  filter: NodeListFilter,
): Promise<NodeFilter | undefined> {
  const { cluster: clusterRef, pool: poolRef, revision, ...rest } = filter
  const where = { ...rest, ...(projects && { projectId: projects }) }
  if (clusterRef === undefined || clusterRef === null) {
    if (poolRef !== undefined) throw new InvalidRequestError('pool', 'needs a cluster beside it')
    if (revision !== undefined) throw new InvalidRequestError('revision', 'needs a cluster beside it')
    return clusterRef === null ? { ...where, clusterId: await listStandaloneClusterIds(tx) } : where
  }
  // Over several projects, a cluster is known by its id alone.
  if (typeof projects !== 'string') return { ...where, clusterId: clusterRef as ClusterId }
  const clusterId = (await requireCluster(tx, projects, clusterRef)).id
  const pool =
    poolRef === undefined && revision === undefined ? undefined : await requirePool(tx, clusterId, poolRef)
  if (revision === undefined) {
    return { ...where, clusterId, ...(pool && { poolId: pool.id }) }
  }
  const revisionId: RevisionId | undefined = (await findRevisionByNumber(tx, pool!.id, revision))?.id
  return revisionId && { ...where, clusterId, poolId: pool!.id, revisionId }
}
