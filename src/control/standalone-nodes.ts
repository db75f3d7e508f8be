import { standaloneClusterId } from '../domain/cluster.ts'
import { AlreadyExistsError } from '../domain/errors.ts'
import type { NodeId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import { patchPool } from '../store/clusters.ts'
import { lockFence } from '../store/leases.ts'
import { isNodeNameTaken, putNodes } from '../store/nodes.ts'
import { insertRevision } from '../store/revisions.ts'
import { findSameRevision } from '../store/same-revision.ts'
import { ensureStandaloneCluster, ensureStandalonePool } from '../store/standalone.ts'
import type { Caller, ControlDeps } from './control.ts'
import type { CreateStandaloneNodeInput } from './node-inputs.ts'
import { performInProject, type Scope } from './perform.ts'
import { checkReferences, resolveSoftware } from './software-input.ts'
import { checkMetadata, checkName, checkText } from './validate.ts'
import type { CreatedNode } from './views.ts'

/** Makes a node that belongs to no cluster. It is there at once, and is started by an action. */
export function createStandaloneNode(
  deps: ControlDeps,
  caller: Caller,
  input: CreateStandaloneNodeInput,
): Promise<CreatedNode> {
  return performInProject(deps, caller, {
    verb: 'nodes.createStandalone',
    input,
    prepare: async (project) => ({
      name: checkName('name', input.name, input),
      role: checkText('role', input.role ?? ''),
      metadata: checkMetadata('metadata', input.metadata ?? {}),
      spec: await resolveSoftware(deps, { project, principal: caller.principal }, input),
    }),
    work: async (scope, { spec, ...said }) => {
      const { project, principal } = scope
      const clusterId = standaloneClusterId(project.id)
      if (!input.allowDuplicateName) {
        const within = { projectId: project.id, clusterId }
        if (await isNodeNameTaken(scope.tx, within, said.name))
          throw new AlreadyExistsError('node', said.name)
      }
      const node = await insertStandaloneNode(scope, spec, said)
      const action = await scope.act({
        name: 'NODE_CREATE',
        clusterId,
        poolId: node.poolId,
        nodeId: node.id,
        inputs: {},
      })
      scope.event({
        type: 'node.createRequested',
        nodeId: node.id,
        actionId: action.id,
        because: `${principal.name} asked for node "${node.name}" of profile "${spec.profile.name}", in no cluster`,
        data: { profile: spec.profile.name },
      })
      return { node, action }
    },
  })
}

/** Writes the node, of which nothing runs yet, and asks the engine to take it in. */
export async function insertStandaloneNode(
  scope: Scope,
  spec: RevisionSpec,
  said: Pick<Node, 'name' | 'role' | 'metadata'> & Partial<Node>,
): Promise<Node> {
  const { tx, project, principal, now, ids } = scope
  await checkReferences(tx, project, spec)
  const need = { projectId: project.id, ids, now, createdBy: principal.name }
  const clusterId = await ensureStandaloneCluster(tx, need)
  await lockFence(tx, clusterId)
  const pool = await ensureStandalonePool(tx, need, spec)
  let revision = await findSameRevision(tx, pool, spec)
  const isNew = revision === undefined
  revision ??= {
    id: ids.next<RevisionId>(),
    poolId: pool.id,
    number: pool.nextRevisionNumber,
    spec,
    description: null,
    createdAt: now,
    createdBy: principal.name,
  }
  if (isNew) await insertRevision(tx, revision)
  await patchPool(tx, pool.id, {
    nextNodeIndex: pool.nextNodeIndex + 1,
    nextRevisionNumber: pool.nextRevisionNumber + Number(isNew),
  })
  const node: Node = {
    id: ids.next<NodeId>(),
    projectId: project.id,
    clusterId,
    poolId: pool.id,
    index: pool.nextNodeIndex,
    status: 'Creating',
    statusReason: 'accepted',
    health: 'Unknown',
    revisionId: revision.id,
    attempt: 0,
    actionId: null,
    physicalId: null,
    endpoint: null,
    handle: null,
    tainted: false,
    data: {},
    drift: null,
    driftReason: null,
    driftAt: null,
    availableSince: null,
    createdAt: now,
    createdBy: principal.name,
    firstReadyAt: null,
    updatedAt: now,
    moves: 0,
    ...said,
    writtenAtIntent: await scope.ask(clusterId),
  }
  await putNodes(tx, [node])
  return node
}
