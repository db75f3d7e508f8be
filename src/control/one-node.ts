import type { NodeActionName } from '../domain/action.ts'
import { type Cluster, isStandaloneClusterId, type NodePool } from '../domain/cluster.ts'
import { InvalidStateError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { findOpenNodeAction } from '../store/actions.ts'
import { getCluster, getPool } from '../store/clusters.ts'
import { checkStay, removeFrom } from './chosen-nodes.ts'
import type { Caller, ControlDeps } from './control.ts'
import { checkPoolLives, requireLiveCluster, requireNode } from './find.ts'
import type { DeleteNodeInput } from './node-inputs.ts'
import { performInProject, type Scope } from './perform.ts'
import type { NodeAction } from './views.ts'

/** A node, and where it is. */
export interface NodeTarget {
  readonly node: Node
  /** Also the one of the nodes without a cluster, which is shown to nobody. */
  readonly cluster: Cluster
  readonly pool: NodePool
}

/**
 * A node that may be changed.
 * @param clusterRef null: wherever it is
 * @throws NotFoundError, AmbiguousError, InvalidStateError while it is being removed, or its pool or cluster
 */
export async function requireTarget(
  { tx, project }: Scope,
  clusterRef: string | null,
  nodeRef: string,
): Promise<NodeTarget> {
  const within = clusterRef === null ? undefined : await requireLiveCluster(tx, project.id, clusterRef)
  const scope = { projectId: project.id, ...(within && { clusterId: within.id }) }
  const node = await requireNode(tx, scope, nodeRef)
  const cluster = within ?? (await clusterOf({ tx, project } as Scope, node))
  const pool = (await getPool(tx, node.poolId))!
  await checkPoolLives(tx, pool)
  await checkStay(tx, cluster, [node])
  if (await findOpenNodeAction(tx, node, 'NODE_DELETE')) {
    throw new InvalidStateError(`node "${node.name}" is being removed already`)
  }
  return { node, cluster, pool }
}

async function clusterOf({ tx, project }: Scope, node: Node): Promise<Cluster> {
  if (!isStandaloneClusterId(node.clusterId)) return requireLiveCluster(tx, project.id, node.clusterId)
  return (await getCluster(tx, node.clusterId))!
}

/** What is shown of where a node is. */
export function shownPlace({ cluster, pool }: NodeTarget): Pick<NodeAction, 'cluster' | 'pool'> {
  return cluster.kind === 'standalone' ? { cluster: null, pool: null } : { cluster, pool }
}

/** `node "web-1" of cluster "web"`. */
export function describeTarget({ node, cluster }: NodeTarget): string {
  return `node "${node.name}"${cluster.kind === 'standalone' ? '' : ` of cluster "${cluster.name}"`}`
}

/** Writes an action on one node, with the event that tells of it. */
export async function actOnNode(
  scope: Scope,
  target: NodeTarget,
  asked: {
    readonly name: NodeActionName
    readonly inputs: JsonObject
    /** Of the event. */
    readonly type: string
    /** `check`, as in "ann asked to check node …". */
    readonly what: string
  },
): Promise<NodeAction> {
  const { node, cluster, pool } = target
  const action = await scope.act({
    name: asked.name,
    clusterId: cluster.id,
    poolId: pool.id,
    nodeId: node.id,
    inputs: asked.inputs,
  })
  scope.event({
    type: asked.type,
    ...(cluster.kind === 'cluster' && { clusterId: cluster.id }),
    nodeId: node.id,
    actionId: action.id,
    because: `${scope.principal.name} asked to ${asked.what} ${describeTarget(target)}`,
    data: cluster.kind === 'cluster' ? { pool: pool.name } : {},
  })
  return { node, action, ...shownPlace(target) }
}

/** The verbs that ask one thing of one node. */
export function askOne(
  deps: ControlDeps,
  caller: Caller,
  cluster: string | null,
  node: string,
  asked: { readonly verb: string; readonly input?: unknown } & Parameters<typeof actOnNode>[2],
): Promise<NodeAction> {
  return performInProject(deps, caller, {
    verb: asked.verb,
    input: [cluster, node, ...(asked.input === undefined ? [] : [asked.input])],
    work: async (scope) => actOnNode(scope, await requireTarget(scope, cluster, node), asked),
  })
}

/** Removes a member from its cluster, or deletes a node without one. */
export function deleteNode(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string | null,
  nodeRef: string,
  { force = false }: DeleteNodeInput = {},
): Promise<NodeAction> {
  const inputs: JsonObject = force ? { force } : {}
  return performInProject(deps, caller, {
    verb: 'nodes.delete',
    input: [clusterRef, nodeRef, ...(force ? [{ force }] : [])],
    work: async (scope) => {
      const target = await requireTarget(scope, clusterRef, nodeRef)
      const { node, cluster } = target
      if (cluster.kind === 'cluster')
        return { node, ...(await removeFrom(deps, scope, cluster, [node.id], inputs)) }
      const asked = { name: 'NODE_DELETE', inputs, type: 'node.removeRequested', what: 'delete' } as const
      return await actOnNode(scope, target, asked)
    },
  })
}
