import type { Action } from '../domain/action.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import { AlreadyExistsError, InvalidRequestError, InvalidStateError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { loadOpenActionsNamed } from '../store/actions.ts'
import { getPool } from '../store/clusters.ts'
import { findNodes, isNodeNameTaken, type NodeScope } from '../store/nodes.ts'
import type { Tx } from '../store/store.ts'
import type { Caller, ControlDeps } from './control.ts'
import { checkPoolLives, requireLiveCluster, requireLivePool, requireNode } from './find.ts'
import { performInProject, type Scope } from './perform.ts'
import { writeSizes } from './sizes.ts'
import { checkInteger, checkMetadata, checkName } from './validate.ts'
import type { NodeVerbs } from './verbs.ts'
import type { PoolAction } from './views.ts'

type NodeChangeVerbs = Omit<NodeVerbs, 'list' | 'get' | 'details' | 'logs'>

/** What may be asked of nodes. The engine alone writes nodes; these write what it is to do. */
export function createNodeChangeVerbs(deps: ControlDeps): NodeChangeVerbs {
  return {
    create: (caller, cluster, input) =>
      add(deps, caller, cluster, {
        verb: 'nodes.create',
        pool: input.pool,
        count: 1,
        name: input.name === undefined ? null : () => checkName('name', input.name),
        metadata: () => checkMetadata('metadata', input.metadata ?? {}),
        input,
      }),
    add: (caller, cluster, input) =>
      add(deps, caller, cluster, {
        verb: 'nodes.add',
        pool: input.pool,
        count: input.count,
        name: null,
        metadata: () => ({}),
        input,
      }),
    remove: (caller, cluster, input) => remove(deps, caller, cluster, input.nodes, 'nodes.remove'),
    delete: (caller, cluster, node) => remove(deps, caller, cluster, [node], 'nodes.delete'),
    replace: (caller, cluster, input) => replace(deps, caller, cluster, input.nodes),
    check: (caller, cluster, node) => askOne(deps, caller, cluster, node, 'nodes.check', 'NODE_CHECK'),
    recover: (caller, cluster, node) => askOne(deps, caller, cluster, node, 'nodes.recover', 'NODE_RECOVER'),
  }
}

interface Addition {
  readonly verb: string
  readonly pool: string | undefined
  readonly count: number
  readonly name: (() => string) | null
  readonly metadata: () => JsonObject
  readonly input: unknown
}

function add(deps: ControlDeps, caller: Caller, clusterRef: string, addition: Addition): Promise<PoolAction> {
  return performInProject(deps, caller, {
    verb: addition.verb,
    input: [clusterRef, addition.input],
    work: async (scope) => {
      const count = checkInteger('count', addition.count, 1)
      const name = addition.name?.() ?? null
      const metadata = addition.metadata()
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const before = await requireLivePool(scope.tx, cluster.id, addition.pool)
      if (name !== null) await checkNameIsFree(scope.tx, cluster, name)
      const sizes = { ...before, desiredCapacity: before.desiredCapacity + count }
      const pool = await writeSizes(deps, scope, before, sizes, 'count')
      const inputs = { poolId: pool.id, names: name === null ? null : [name], count, metadata }
      const action = await scope.act({
        name: 'CLUSTER_ADD_NODES',
        clusterId: cluster.id,
        poolId: pool.id,
        inputs,
      })
      const what = name === null ? `${count} more nodes` : `node "${name}"`
      scope.event({
        type: 'node.addRequested',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} asked for ${what} in pool "${pool.name}" of cluster "${cluster.name}"`,
        data: { pool: pool.name, count },
      })
      return { cluster, pool, action }
    },
  })
}

function remove(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  references: readonly string[],
  verb: string,
): Promise<PoolAction> {
  return performInProject(deps, caller, {
    verb,
    input: [clusterRef, references],
    work: async (scope) => {
      const { cluster, pool: before, nodes } = await choose(scope, clusterRef, references)
      await checkStay(scope.tx, cluster, nodes)
      const sizes = { ...before, desiredCapacity: before.desiredCapacity - nodes.length }
      const pool = await writeSizes(deps, scope, before, sizes, 'nodes')
      const action = await actOnNodes(scope, cluster, pool, nodes, 'CLUSTER_DEL_NODES')
      tell(scope, { cluster, pool, action }, nodes, 'node.removeRequested', 'remove')
      return { cluster, pool, action }
    },
  })
}

function replace(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  references: readonly string[],
): Promise<PoolAction> {
  return performInProject(deps, caller, {
    verb: 'nodes.replace',
    input: [clusterRef, references],
    work: async (scope) => {
      const { cluster, pool, nodes } = await choose(scope, clusterRef, references)
      await checkStay(scope.tx, cluster, nodes)
      const action = await actOnNodes(scope, cluster, pool, nodes, 'CLUSTER_REPLACE_NODES')
      tell(scope, { cluster, pool, action }, nodes, 'node.replaceRequested', 'replace')
      return { cluster, pool, action }
    },
  })
}

function askOne(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  nodeRef: string,
  verb: string,
  name: 'NODE_CHECK' | 'NODE_RECOVER',
): Promise<PoolAction> {
  return performInProject(deps, caller, {
    verb,
    input: [clusterRef, nodeRef],
    work: async (scope) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const node = await requireNode(
        scope.tx,
        { projectId: cluster.projectId, clusterId: cluster.id },
        nodeRef,
      )
      const pool = (await getPool(scope.tx, node.poolId))!
      await checkPoolLives(scope.tx, pool)
      await checkStay(scope.tx, cluster, [node])
      const action = await scope.act({
        name,
        clusterId: cluster.id,
        poolId: pool.id,
        nodeId: node.id,
        inputs: {},
      })
      const [type, what] =
        name === 'NODE_CHECK' ? ['node.checkRequested', 'check'] : ['node.recoverRequested', 'recover']
      tell(scope, { cluster, pool, action }, [node], type as string, what as string)
      return { cluster, pool, action }
    },
  })
}

/** @throws NotFoundError for a node that is not in the cluster, InvalidRequestError when they are of several pools */
async function choose(
  scope: Scope,
  clusterRef: string,
  references: readonly string[],
): Promise<{ readonly cluster: Cluster; readonly pool: NodePool; readonly nodes: readonly Node[] }> {
  const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
  const nodes = await requireNodes(
    scope.tx,
    { projectId: cluster.projectId, clusterId: cluster.id },
    references,
  )
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
  return { cluster, pool, nodes }
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
  return [...new Map(nodes.map((node) => [node.id, node])).values()].sort((a, b) => a.index - b.index)
}

/** @throws InvalidStateError if one of the nodes is being removed: its place would be taken away twice */
async function checkStay(tx: Tx, cluster: Cluster, nodes: readonly Node[]): Promise<void> {
  const removals = await loadOpenActionsNamed(tx, cluster.id, 'CLUSTER_DEL_NODES')
  const leaving = new Set(removals.flatMap((action) => action.inputs['nodeIds'] as readonly string[]))
  const gone = nodes.find((node) => node.status === 'Deleting' || leaving.has(node.id))
  if (gone) throw new InvalidStateError(`node "${gone.name}" is being removed already`)
}

/** @throws AlreadyExistsError if a node has that name, or will have it as soon as the engine made it */
async function checkNameIsFree(tx: Tx, cluster: Cluster, name: string): Promise<void> {
  const additions = await loadOpenActionsNamed(tx, cluster.id, 'CLUSTER_ADD_NODES')
  const awaited = additions.some((action) =>
    (action.inputs['names'] as readonly string[] | null)?.includes(name),
  )
  const within = { projectId: cluster.projectId, clusterId: cluster.id }
  if (awaited || (await isNodeNameTaken(tx, within, name))) throw new AlreadyExistsError('node', name)
}

function actOnNodes(
  scope: Scope,
  cluster: Cluster,
  pool: NodePool,
  nodes: readonly Node[],
  name: 'CLUSTER_DEL_NODES' | 'CLUSTER_REPLACE_NODES',
): Promise<Action> {
  return scope.act({
    name,
    clusterId: cluster.id,
    poolId: pool.id,
    inputs: { poolId: pool.id, nodeIds: nodes.map((node) => node.id) },
  })
}

const MOST_NAMES = 10

function tell(
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
