import { type Cluster, isStandaloneClusterId, type NodePool } from '../domain/cluster.ts'
import { InvalidRequestError, LimitExceededError, NotFoundError, type SizeRefusal } from '../domain/errors.ts'
import type { JsonObject, NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { loadClusterNames } from '../store/clusters.ts'
import { getRevision } from '../store/revisions.ts'
import { checkStay, choose, tell } from './chosen-nodes.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool, requireNode, requireRevision } from './find.ts'
import { performInProject, type Scope } from './perform.ts'
import { timeLimitOf } from './time-limit.ts'
import { isObject } from './validate.ts'
import type { NodeVerbs } from './verbs.ts'
import type { PoolAction } from './views.ts'

type NodeMoveVerbs = Pick<NodeVerbs, 'join' | 'leave' | 'replaceWith'>

/** The verbs by which nodes come into a cluster and leave it as they are, without being started or stopped. */
export function createNodeMoveVerbs(deps: ControlDeps): NodeMoveVerbs {
  return {
    join: (caller, cluster, input) =>
      move(deps, caller, cluster, {
        verb: 'nodes.join',
        input,
        work: async (scope, found) => {
          const pool = await requireLivePool(scope.tx, found.id, input.pool)
          const nodes = await requireJoining(scope, pool, references(input.nodes))
          checkRoom(pool, pool.desiredCapacity + nodes.length)
          return {
            pool,
            nodes,
            name: 'CLUSTER_ADD_NODES',
            inputs: { joining: idsOf(nodes) },
            what: 'take in',
          }
        },
      }),
    leave: (caller, cluster, input) =>
      move(deps, caller, cluster, {
        verb: 'nodes.leave',
        input,
        work: async (scope, found) => {
          const { pool, nodes } = await choose(scope, found, references(input.nodes))
          await checkStay(scope.tx, found, nodes)
          checkRoom(pool, pool.desiredCapacity - nodes.length)
          return { pool, nodes, name: 'CLUSTER_DEL_NODES', inputs: { leaving: idsOf(nodes) }, what: 'let go' }
        },
      }),
    replaceWith: (caller, cluster, input) =>
      move(deps, caller, cluster, {
        verb: 'nodes.replaceWith',
        input,
        work: async (scope, found) => {
          if (!isObject(input.nodes) || Object.keys(input.nodes).length === 0) {
            throw new InvalidRequestError('nodes', 'must name at least one node and the one that replaces it')
          }
          const pairs: { readonly old: NodeId; readonly new: NodeId }[] = []
          const old = await choose(scope, found, Object.keys(input.nodes))
          await checkStay(scope.tx, found, old.nodes)
          const coming = await requireJoining(scope, old.pool, Object.values(input.nodes))
          for (const [from, to] of Object.entries(input.nodes)) {
            const within = { projectId: scope.project.id, clusterId: found.id }
            const leaving = await requireNode(scope.tx, within, from)
            const joining = await requireNode(scope.tx, { projectId: scope.project.id }, to)
            pairs.push({ old: leaving.id, new: joining.id })
          }
          if (coming.length < pairs.length || old.nodes.length < pairs.length) {
            throw new InvalidRequestError('nodes', 'must name each node once')
          }
          const inputs = { pairs: pairs as unknown as JsonObject[] }
          return { pool: old.pool, nodes: old.nodes, name: 'CLUSTER_REPLACE_NODES', inputs, what: 'replace' }
        },
      }),
  }
}

interface Move {
  readonly pool: NodePool
  readonly nodes: readonly Node[]
  readonly name: 'CLUSTER_ADD_NODES' | 'CLUSTER_DEL_NODES' | 'CLUSTER_REPLACE_NODES'
  readonly inputs: JsonObject
  readonly what: string
}

function move(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  request: {
    readonly verb: string
    readonly input: unknown
    readonly work: (scope: Scope, cluster: Cluster) => Promise<Move>
  },
): Promise<PoolAction> {
  return performInProject(deps, caller, {
    verb: request.verb,
    input: [clusterRef, request.input],
    work: async (scope) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const { pool, nodes, name, inputs, what } = await request.work(scope, cluster)
      const action = await scope.act({
        name,
        clusterId: cluster.id,
        poolId: pool.id,
        inputs: { poolId: pool.id, ...inputs },
        ...timeLimitOf(cluster),
      })
      tell(
        scope,
        { cluster, pool, action },
        nodes,
        `${request.verb.replace('nodes.', 'node.')}Requested`,
        what,
      )
      return { cluster, pool, action }
    },
  })
}

/**
 * The nodes that are to join a pool.
 * @throws InvalidRequestError that says of each that cannot why it cannot
 */
async function requireJoining(
  scope: Scope,
  pool: NodePool,
  refs: readonly string[],
): Promise<readonly Node[]> {
  const { spec } = await requireRevision(scope.tx, pool.committedRevisionId)
  const found = new Map<NodeId, Node>()
  const obstacles: string[] = []
  for (const ref of refs) {
    const node = await findOrNone(scope, ref)
    if (!node) obstacles.push(`node "${ref}" does not exist`)
    else {
      found.set(node.id, node)
      obstacles.push(...(await obstaclesOf(scope, node, spec.profile.type)))
    }
  }
  if (obstacles.length > 0) throw new InvalidRequestError('nodes', obstacles.join('; '))
  return [...found.values()]
}

async function obstaclesOf(scope: Scope, node: Node, type: string): Promise<string[]> {
  const obstacles: string[] = []
  if (!isStandaloneClusterId(node.clusterId)) {
    const names = await loadClusterNames(scope.tx, [node.clusterId])
    obstacles.push(`node "${node.name}" belongs to cluster "${names.get(node.clusterId)}" already`)
  }
  if (node.status !== 'Running')
    obstacles.push(`node "${node.name}" is ${node.status}, only running nodes join`)
  const own = node.revisionId && (await getRevision(scope.tx, node.revisionId))?.spec.profile.type
  if (own && own !== type) {
    obstacles.push(`node "${node.name}" is of type ${own}, the cluster's nodes are of type ${type}`)
  }
  return obstacles
}

async function findOrNone(scope: Scope, ref: string): Promise<Node | undefined> {
  try {
    return await requireNode(scope.tx, { projectId: scope.project.id }, ref)
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

/** The engine looks again when the action begins. @throws LimitExceededError */
function checkRoom({ minSize, maxSize }: NodePool, size: number): void {
  const capacity = { what: 'capacity', value: size, isGiven: false } as const
  const say = (rule: string, refused: SizeRefusal) =>
    new LimitExceededError(`nodes: ${size} nodes are ${rule}, ${refused.limit}`, {
      field: 'nodes',
      size: refused,
    })
  if (maxSize !== null && size > maxSize) {
    const refused = { ...capacity, relation: 'above', bound: 'maxSize', limit: maxSize } as const
    throw say("more than the pool's maxSize", refused)
  }
  if (size < minSize) {
    const refused = { ...capacity, relation: 'below', bound: 'minSize', limit: minSize } as const
    throw say("fewer than the pool's minSize", refused)
  }
}

function references(value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw new InvalidRequestError('nodes', 'name at least one node, by id or name')
}

function idsOf(nodes: readonly Node[]): NodeId[] {
  return nodes.map((node) => node.id)
}
