import type { NodePool } from '../domain/cluster.ts'
import { InvalidRequestError } from '../domain/errors.ts'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { formatNodeName, memberNamePattern } from '../domain/node-name.ts'
import type { Revision, RevisionSpec } from '../domain/revision.ts'
import { patchPool } from '../store/clusters.ts'
import { putNodes } from '../store/nodes.ts'
import { insertRevision } from '../store/revisions.ts'
import { findSameRevision } from '../store/same-revision.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool, requireRevision } from './find.ts'
import { loadNextSoftware, makeNextSpec } from './next-software.ts'
import { checkNodeNameIsFree } from './node-changes.ts'
import type { CreateMemberInput } from './node-inputs.ts'
import { OutdatedPreparation, performInProject, type Scope } from './perform.ts'
import { writeSizes } from './sizes.ts'
import { checkReferences } from './software-input.ts'
import { makeStray } from './stray-node.ts'
import { checkMetadata, checkName, checkText } from './validate.ts'
import type { CreatedNode } from './views.ts'

/** Makes one more node in a cluster. It is there at once, named by the cluster's pattern, and is started by an action of its own. */
export function createMember(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  input: CreateMemberInput,
): Promise<CreatedNode> {
  return performInProject(deps, caller, {
    verb: 'nodes.createMember',
    input: [clusterRef, input],
    prepare: async (project) => {
      const base = await deps.store.read(async (tx) => {
        const cluster = await requireLiveCluster(tx, project.id, clusterRef)
        const pool = await requireLivePool(tx, cluster.id, input.pool)
        const revision = await requireRevision(tx, pool.committedRevisionId)
        const { profile, nodeTemplate } = input
        const wanted = {
          ...(profile !== undefined && { profile }),
          ...(nodeTemplate !== undefined && { nodeTemplate }),
        }
        return { revision, wanted, software: await loadNextSoftware(tx, project, revision, wanted) }
      })
      const { revision, wanted, software } = base
      const { type } = revision.spec.profile
      if (software.profile.type !== type) {
        const given = `"${input.profile}" is of type ${software.profile.type}`
        throw new InvalidRequestError('profile', `${given}, and the cluster's nodes are of type ${type}`)
      }
      return { committed: revision, spec: await makeNextSpec(deps, revision, software, wanted) }
    },
    work: async (scope, { committed, spec }) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const before = await requireLivePool(scope.tx, cluster.id, input.pool)
      if (before.committedRevisionId !== committed.id) throw new OutdatedPreparation()
      const name = input.name === undefined ? null : checkName('name', input.name)
      if (name !== null) await checkNodeNameIsFree(scope.tx, cluster, name)
      const [size, limit] = [before.desiredCapacity + 1, before.maxSize]
      if (input.straysAboveMaxSize && limit !== null && size > limit)
        return await makeStray(scope, cluster, spec, input, { size, limit })
      const sizes = { ...before, desiredCapacity: size }
      const pool = await writeSizes(deps, scope, before, sizes, 'cluster')
      const revision = await writeRevision(scope, pool, committed, spec, input)
      const id = scope.ids.next<NodeId>()
      const index = pool.nextNodeIndex
      await patchPool(scope.tx, pool.id, { nextNodeIndex: index + 1 })
      const pattern = memberNamePattern(cluster.config) ?? `${cluster.name}-$I`
      const node: Node = {
        ...{ id, projectId: scope.project.id, clusterId: cluster.id, poolId: pool.id, index },
        name: name ?? formatNodeName(pattern, index, id.replaceAll('-', '')),
        ...{ status: 'Creating', statusReason: 'accepted', health: 'Unknown', revisionId: revision.id },
        ...{ attempt: 0, actionId: null, physicalId: null, endpoint: null, handle: null, data: {} },
        role: checkText('role', input.role ?? ''),
        metadata: checkMetadata('metadata', input.metadata ?? {}),
        ...{ drift: null, driftReason: null, driftAt: null },
        ...{ tainted: false, availableSince: null, firstReadyAt: null, moves: 0 },
        ...{ createdAt: scope.now, createdBy: scope.principal.name, updatedAt: scope.now },
        writtenAtIntent: await scope.ask(cluster.id),
      }
      await putNodes(scope.tx, [node])
      const action = await scope.act({
        name: 'NODE_CREATE',
        clusterId: cluster.id,
        poolId: pool.id,
        nodeId: id,
        inputs: {},
      })
      scope.event({
        type: 'node.createRequested',
        clusterId: cluster.id,
        nodeId: id,
        actionId: action.id,
        because: `${caller.principal.name} asked for node "${node.name}" in cluster "${cluster.name}"`,
        data: { pool: pool.name, profile: spec.profile.name },
      })
      return { node, action }
    },
  })
}

/** The pool's committed revision, or one beside it for a profile or a template of the node's own. */
async function writeRevision(
  scope: Scope,
  pool: NodePool,
  committed: Revision,
  spec: RevisionSpec,
  input: CreateMemberInput,
): Promise<Revision> {
  const isTheirs = input.nodeTemplate === undefined && spec.profile.id === committed.spec.profile.id
  if (isTheirs) return committed
  await checkReferences(scope.tx, scope.project, spec)
  const same = await findSameRevision(scope.tx, pool, spec)
  if (same) return same
  const revision: Revision = {
    id: scope.ids.next<RevisionId>(),
    poolId: pool.id,
    number: pool.nextRevisionNumber,
    spec,
    description: null,
    createdAt: scope.now,
    createdBy: scope.principal.name,
  }
  await insertRevision(scope.tx, revision)
  await patchPool(scope.tx, pool.id, { nextRevisionNumber: pool.nextRevisionNumber + 1 })
  return revision
}
