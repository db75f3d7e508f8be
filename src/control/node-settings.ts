import type { Action } from '../domain/action.ts'
import { AlreadyExistsError, ConflictError, InvalidRequestError } from '../domain/errors.ts'
import type { ActionId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Revision, RevisionSpec } from '../domain/revision.ts'
import { getPool, patchPool } from '../store/clusters.ts'
import { isNodeNameTaken, patchNode } from '../store/nodes.ts'
import { insertRevision } from '../store/revisions.ts'
import { findSameRevision } from '../store/same-revision.ts'
import { findUpdateInFlight } from '../store/updates.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireNode, requireRevision } from './find.ts'
import { loadNextSoftware, makeNextSpec } from './next-software.ts'
import type { NodeChanges } from './node-inputs.ts'
import { actOnNode, describeTarget, type NodeTarget, requireTarget, shownPlace } from './one-node.ts'
import { OutdatedPreparation, performInProject, type Scope } from './perform.ts'
import { checkReferences } from './software-input.ts'
import { checkMetadata, checkName, checkText } from './validate.ts'
import type { UpdatedNode } from './views.ts'

/** Changes what a node's owner says of it, and with a profile what it runs: the node alone, not its pool. */
export function updateNode(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string | null,
  nodeRef: string,
  changes: NodeChanges,
): Promise<UpdatedNode> {
  return performInProject(deps, caller, {
    verb: 'nodes.update',
    input: [clusterRef, nodeRef, changes],
    prepare: async (project) => {
      const { profile } = changes
      if (profile === undefined) return null
      const base = await deps.store.read(async (tx) => {
        const node = await requireNode(tx, { projectId: project.id }, nodeRef)
        const pool = (await getPool(tx, node.poolId))!
        const revision = await requireRevision(tx, node.revisionId ?? pool.committedRevisionId)
        return { revision, software: await loadNextSoftware(tx, project, revision, { profile }) }
      })
      const { type } = base.revision.spec.profile
      if (base.software.profile.type !== type) {
        const given = `"${profile}" is of type ${base.software.profile.type}`
        throw new InvalidRequestError('profile', `${given}, and the node is of type ${type}`)
      }
      return {
        base: base.revision,
        spec: await makeNextSpec(deps, base.revision, base.software, { profile }),
      }
    },
    work: async (scope, next) => {
      const target = await requireTarget(scope, clusterRef, nodeRef)
      const patch = checkChanges(changes)
      if (Object.keys(patch).length === 0 && next === null) {
        throw new InvalidRequestError('changes', 'give a name, a role, metadata, tainted or a profile')
      }
      const { node, cluster } = target
      if (patch.name !== undefined && patch.name !== node.name && !changes.allowDuplicateName) {
        const within = { projectId: node.projectId, clusterId: cluster.id }
        if (await isNodeNameTaken(scope.tx, within, patch.name))
          throw new AlreadyExistsError('node', patch.name)
      }
      const action = next === null && changes.asAction ? await recordChange(scope, target) : null
      const changed = await write(scope, target, patch, action?.id)
      if (next === null) return { node: changed, action, ...shownPlace(target) }
      return await putOn(scope, { ...target, node: changed }, next)
    },
  })
}

function checkChanges({ name, role, metadata, tainted, wideName = false }: NodeChanges): Partial<Node> {
  if (tainted !== undefined && typeof tainted !== 'boolean') {
    throw new InvalidRequestError('tainted', 'must be true or false')
  }
  return {
    ...(name !== undefined && { name: checkName('name', name, { wideName }) }),
    ...(role !== undefined && { role: checkText('role', role) }),
    ...(metadata !== undefined && { metadata: checkMetadata('metadata', metadata) }),
    ...(tainted !== undefined && { tainted }),
  }
}

async function write(
  scope: Scope,
  target: NodeTarget,
  patch: Partial<Node>,
  actionId?: ActionId,
): Promise<Node> {
  const { node, cluster } = target
  if (Object.keys(patch).length === 0) return node
  const written = { ...patch, updatedAt: scope.now, writtenAtIntent: await scope.ask(cluster.id) }
  await patchNode(scope.tx, node.id, written)
  const renamed = patch.name === undefined || patch.name === node.name ? '' : `, now "${patch.name}"`
  scope.event({
    type: 'node.changed',
    ...(cluster.kind === 'cluster' && { clusterId: cluster.id }),
    nodeId: node.id,
    ...(actionId && { actionId }),
    because: `${scope.principal.name} changed ${describeTarget(target)}${renamed}`,
    data: { changed: Object.keys(patch) },
  })
  return { ...node, ...written }
}

function recordChange(scope: Scope, { node, cluster, pool }: NodeTarget): Promise<Action> {
  const about = { clusterId: cluster.id, poolId: pool.id, nodeId: node.id }
  return scope.record({ name: 'NODE_UPDATE', ...about, inputs: {} }, 'nothing had to be done to what runs')
}

/** A revision that only this node runs, and the action that puts it there. */
async function putOn(
  scope: Scope,
  target: NodeTarget,
  { base, spec }: { readonly base: Revision; readonly spec: RevisionSpec },
): Promise<UpdatedNode> {
  const { node, pool } = target
  const inFlight = await findUpdateInFlight(scope.tx, pool.id)
  if (inFlight) throw new ConflictError(inFlight.id)
  if ((node.revisionId ?? pool.committedRevisionId) !== base.id) throw new OutdatedPreparation()
  await checkReferences(scope.tx, scope.project, spec)
  let revision = await findSameRevision(scope.tx, pool, spec)
  if (!revision) {
    revision = {
      id: scope.ids.next<RevisionId>(),
      poolId: pool.id,
      number: pool.nextRevisionNumber,
      spec,
      description: null,
      createdAt: scope.now,
      createdBy: scope.principal.name,
    }
    await insertRevision(scope.tx, revision)
    await patchPool(scope.tx, pool.id, { nextRevisionNumber: revision.number + 1 })
  }
  return await actOnNode(scope, target, {
    name: 'NODE_UPDATE',
    inputs: { revisionId: revision.id },
    type: 'node.updateRequested',
    what: `put profile "${spec.profile.name}" on`,
  })
}
