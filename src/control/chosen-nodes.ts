import type { Action } from '../domain/action.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import { InvalidRequestError, InvalidStateError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { loadOpenActionsNamed } from '../store/actions.ts'
import { getPool } from '../store/clusters.ts'
import { findNodes, type NodeScope } from '../store/nodes.ts'
import type { Tx } from '../store/store.ts'
import type { ControlDeps } from './control.ts'
import { checkPoolLives, requireNode } from './find.ts'
import type { Scope } from './perform.ts'
import { writeSizes } from './sizes.ts'
import { timeLimitOf } from './time-limit.ts'
import type { PoolAction } from './views.ts'

/** @throws NotFoundError for a node that is not in the cluster, InvalidRequestError when they are of several pools */
export async function choose(
  scope: Scope,
  cluster: Cluster,
  references: readonly string[],
): Promise<{ readonly pool: NodePool; readonly nodes: readonly Node[] }> {
  const within = { projectId: cluster.projectId, clusterId: cluster.id }
  const nodes = await requireNodes(scope.tx, within, references)
  const [first] = nodes
  const other = nodes.find((node) => node.poolId !== first?.poolId)
  if (other) {
    throw new InvalidRequestError(
      'nodes',
      `"${first?.name}" and "${other.name}" are of different pools; ask for each pool by itself`,
    )
  }
  const pool = (await getPool(scope.tx, first!.poolId))!
  await checkPoolLives(scope.tx, pool)
  return { pool, nodes }
}

/**
 * Each node once, in the order of their indexes.
 * @throws InvalidRequestError if none is named, NotFoundError for the first one that is not in the cluster
 */
export async function requireNodes(
  tx: Tx,
  scope: NodeScope,
  references: readonly string[],
): Promise<readonly Node[]> {
  const nodes = await requireListed(tx, scope, references)
  return [...nodes].sort((a, b) => a.index - b.index)
}

/** The same, in the order in which they are named. */
export async function requireListed(
  tx: Tx,
  scope: NodeScope,
  references: readonly string[],
): Promise<readonly Node[]> {
  if (!Array.isArray(references) || references.length === 0) {
    throw new InvalidRequestError('nodes', 'name at least one node, by id or name')
  }
  const found = await findNodes(tx, scope, references)
  const byId = new Map(found.map((node): [string, Node] => [node.id, node]))
  const byName = Map.groupBy(found, (node) => node.name)
  const nodes: Node[] = []
  for (const reference of references) {
    const named = byName.get(reference)
    // The seldom ones, by the beginning of an id or by the name of several, each with a search of its own.
    const one = byId.get(reference) ?? (named?.length === 1 ? named[0] : undefined)
    nodes.push(one ?? (await requireNode(tx, scope, reference)))
  }
  return [...new Map(nodes.map((node) => [node.id, node])).values()]
}

/** @throws InvalidStateError if one of the nodes is being removed, or leaves: its place would be taken away twice */
export async function checkStay(tx: Tx, cluster: Cluster, nodes: readonly Node[]): Promise<void> {
  const removals = await loadOpenActionsNamed(tx, cluster.id, 'CLUSTER_DEL_NODES')
  const leaving = new Set(
    removals.flatMap(({ inputs }) => (inputs['nodeIds'] ?? inputs['leaving'] ?? []) as readonly string[]),
  )
  const gone = nodes.find((node) => node.status === 'Deleting' || leaving.has(node.id))
  if (gone) throw new InvalidStateError(`node "${gone.name}" is being removed already`)
}

/** Writes that these nodes are to go, and the pool's size with it. */
export async function removeFrom(
  deps: ControlDeps,
  scope: Scope,
  cluster: Cluster,
  references: readonly string[],
  more: JsonObject = {},
): Promise<PoolAction> {
  const { pool: before, nodes } = await choose(scope, cluster, references)
  await checkStay(scope.tx, cluster, nodes)
  const sizes = { ...before, desiredCapacity: before.desiredCapacity - nodes.length }
  const pool = await writeSizes(deps, scope, before, sizes, 'nodes')
  const action = await actOnNodes(scope, cluster, pool, nodes, 'CLUSTER_DEL_NODES', more)
  tell(scope, { cluster, pool, action }, nodes, 'node.removeRequested', 'remove')
  return { cluster, pool, action }
}

/** Writes an action on chosen nodes of a pool. @param more of its inputs */
export function actOnNodes(
  scope: Scope,
  cluster: Cluster,
  pool: NodePool,
  nodes: readonly Node[],
  name: 'CLUSTER_DEL_NODES' | 'CLUSTER_REPLACE_NODES',
  more: JsonObject = {},
): Promise<Action> {
  return scope.act({
    name,
    clusterId: cluster.id,
    poolId: pool.id,
    inputs: { poolId: pool.id, nodeIds: nodes.map((node) => node.id), ...more },
    ...timeLimitOf(cluster),
  })
}

const MOST_NAMES = 10

/** The event of a request about nodes of a cluster. */
export function tell(
  scope: Scope,
  { cluster, pool, action }: PoolAction,
  nodes: readonly Node[],
  type: string,
  what: string,
): void {
  const names = nodes.slice(0, MOST_NAMES).map((node) => `"${node.name}"`)
  const more = nodes.length > MOST_NAMES ? ` and ${nodes.length - MOST_NAMES} more` : ''
  scope.event({
    type,
    clusterId: cluster.id,
    actionId: action.id,
    ...(nodes.length === 1 && nodes[0] && { nodeId: nodes[0].id }),
    because: `${scope.principal.name} asked to ${what} ${names.join(', ')}${more} of cluster "${cluster.name}"`,
    data: { pool: pool.name, count: nodes.length },
  })
}
