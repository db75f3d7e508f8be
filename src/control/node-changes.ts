import type { Cluster } from '../domain/cluster.ts'
import { AlreadyExistsError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import { loadOpenActionsNamed } from '../store/actions.ts'
import { isNodeNameTaken } from '../store/nodes.ts'
import type { Tx } from '../store/store.ts'
import { actOnNodes, checkStay, choose, removeFrom, tell } from './chosen-nodes.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool } from './find.ts'
import { askOne, deleteNode } from './one-node.ts'
import { performInProject } from './perform.ts'
import { writeSizes } from './sizes.ts'
import { timeLimitOf } from './time-limit.ts'
import { checkInteger, checkMetadata, checkName } from './validate.ts'
import type { NodeVerbs } from './verbs.ts'
import type { PoolAction } from './views.ts'

type NodeChangeVerbs = Pick<NodeVerbs, 'create' | 'add' | 'remove' | 'delete' | 'replace' | 'check'>

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
    delete: (caller, cluster, node, input) => deleteNode(deps, caller, cluster, node, input),
    replace: (caller, cluster, input) => replace(deps, caller, cluster, input.nodes),
    check: (caller, cluster, node) =>
      askOne(deps, caller, cluster, node, {
        verb: 'nodes.check',
        name: 'NODE_CHECK',
        inputs: {},
        type: 'node.checkRequested',
        what: 'check',
      }),
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
      if (name !== null) await checkNodeNameIsFree(scope.tx, cluster, name)
      const sizes = { ...before, desiredCapacity: before.desiredCapacity + count }
      const pool = await writeSizes(deps, scope, before, sizes, 'count')
      const inputs = { poolId: pool.id, names: name === null ? null : [name], count, metadata }
      const action = await scope.act({
        name: 'CLUSTER_ADD_NODES',
        clusterId: cluster.id,
        poolId: pool.id,
        inputs,
        ...timeLimitOf(cluster),
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
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      return await removeFrom(deps, scope, cluster, references)
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
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const { pool, nodes } = await choose(scope, cluster, references)
      await checkStay(scope.tx, cluster, nodes)
      const action = await actOnNodes(scope, cluster, pool, nodes, 'CLUSTER_REPLACE_NODES')
      tell(scope, { cluster, pool, action }, nodes, 'node.replaceRequested', 'replace')
      return { cluster, pool, action }
    },
  })
}

/** @throws AlreadyExistsError if a node has that name, or will have it as soon as the engine made it */
export async function checkNodeNameIsFree(tx: Tx, cluster: Cluster, name: string): Promise<void> {
  const additions = await loadOpenActionsNamed(tx, cluster.id, 'CLUSTER_ADD_NODES')
  const awaited = additions.some((action) =>
    (action.inputs['names'] as readonly string[] | null)?.includes(name),
  )
  const within = { projectId: cluster.projectId, clusterId: cluster.id }
  if (awaited || (await isNodeNameTaken(tx, within, name))) throw new AlreadyExistsError('node', name)
}
