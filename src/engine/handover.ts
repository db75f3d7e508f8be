import { type Action, hasBegun } from '../domain/action.ts'
import { type NodePool, standaloneClusterId } from '../domain/cluster.ts'
import type { ClusterId, NodeId, PoolId, ProfileId, RevisionId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Revision } from '../domain/revision.ts'
import { getAction } from '../store/actions.ts'
import { getCluster, getPool } from '../store/clusters.ts'
import { lockFence } from '../store/leases.ts'
import { getRevision } from '../store/revisions.ts'
import { findSameRevision } from '../store/same-revision.ts'
import { ensureStandaloneCluster, ensureStandalonePool } from '../store/standalone.ts'
import type { Tx } from '../store/store.ts'
import type { Ids } from '../system/ids.ts'
import type { ClusterState } from './cluster-state.ts'

/** Nodes that one look hands over: bounds what one transaction writes. */
const MOST_AT_ONCE = 500

/** The running actions that hand their node over, oldest first, as far as one look takes them on. */
export function dueHandovers(state: ClusterState): Action[] {
  return [...state.handovers].slice(0, MOST_AT_ONCE).map((id) => state.actions.get(id) as Action)
}

/**
 * Holds the clusters that nodes are handed to, until the transaction ends. Everybody takes an ordinary cluster before the
 * one of the nodes without a cluster, and ordinary ones by id, so that no two wait for each other.
 */
export async function holdReceivers(tx: Tx, state: ClusterState, due: readonly Action[]): Promise<void> {
  if (due.some(({ name }) => name === 'NODE_LEAVE')) {
    const { projectId } = state.cluster
    await ensureStandaloneCluster(tx, { projectId, now: state.now, createdBy: 'engine' })
    await lockFence(tx, standaloneClusterId(projectId))
  }
  const receivers = new Set(due.filter(({ name }) => name === 'NODE_JOIN').map(receiverOf))
  for (const id of [...receivers].sort()) await lockFence(tx, id)
}

/**
 * Hands nodes over: each is written as a node of the other cluster, in the transaction that ends its action here and asks
 * the other cluster's engine to look. So at any moment it is in one cluster, and has one engine, whoever is killed.
 * Belongs before the decisions of a look; the receivers must be held.
 */
export async function handOver(tx: Tx, state: ClusterState, due: readonly Action[], ids: Ids): Promise<void> {
  const ways = new Handovers(tx, state, ids)
  for (const action of due) {
    const node = state.nodes.get(action.nodeId as NodeId)
    if (!node) state.endAction(action, 'CANCELLED', 'the node is gone')
    else if (action.name === 'NODE_LEAVE') await ways.leave(action, node)
    else await ways.join(action, node)
  }
}

/** How the action stands that asks for joins; the same for all nodes of one request. */
interface Asker {
  /** Why nobody can join by it; null: they can. */
  readonly obstacle: string | null
  /** Why nobody joins by it now; null: they do. */
  readonly suspension: string | null
}

/** One look's handovers: what they have in common is read once. */
class Handovers {
  readonly #tx: Tx
  readonly #state: ClusterState
  readonly #ids: Ids
  readonly #pools = new Map<PoolId, NodePool>()
  readonly #types = new Map<PoolId, string>()
  /** By profile. */
  readonly #standalone = new Map<ProfileId, NodePool>()
  readonly #askers = new Map<string, Asker>()
  /** By pool and revision: which revision of the pool says the same. */
  readonly #revisions = new Map<string, RevisionId>()

  constructor(tx: Tx, state: ClusterState, ids: Ids) {
    this.#tx = tx
    this.#state = state
    this.#ids = ids
  }

  async leave(action: Action, node: Node): Promise<void> {
    const state = this.#state
    const { projectId, name } = state.cluster
    const spec = this.#revisionOf(node).spec
    let pool = this.#standalone.get(spec.profile.id)
    if (!pool) {
      const need = { projectId, ids: this.#ids, now: state.now, createdBy: action.createdBy }
      pool = await ensureStandalonePool(this.#tx, need, spec)
      this.#standalone.set(spec.profile.id, pool)
    }
    if (action.inputs['resizes'] === true) {
      const own = state.pools.get(node.poolId) as NodePool
      state.patchPool(own.id, { desiredCapacity: Math.max(own.minSize, own.desiredCapacity - 1) })
    }
    await this.#move(action, node, this.#known(pool), 'node.left', `left cluster ${name}`)
  }

  async join(action: Action, node: Node): Promise<void> {
    // Cancelled while it had no engine: whoever takes it over hands over before it follows what people asked.
    const cancellation = action.control?.cancellation
    if (cancellation) {
      const state = this.#state
      const because = `${node.name} did not join: cancelled by ${cancellation.by}`
      state.endAction(action, 'CANCELLED', because)
      state.putNode({ ...node, actionId: null, statusReason: because })
      state.event('action.cancelled', because, { ...about(action), clusterId: receiverOf(action) })
      return
    }
    const asker = await this.#askerOf(action)
    if (asker.obstacle === null && asker.suspension !== null) {
      this.#hold(action, asker.suspension)
      return
    }
    const obstacle = asker.obstacle ?? this.#obstacleIn(action, node, await this.#poolOf(action))
    if (obstacle !== null) {
      const state = this.#state
      const because = `${node.name} did not join: ${obstacle}`
      state.endAction(action, 'FAILED', because)
      state.putNode({ ...node, actionId: null, statusReason: because })
      state.event('node.failed', because, { ...about(action), clusterId: receiverOf(action), level: 'error' })
      return
    }
    const cluster = await getCluster(this.#tx, receiverOf(action))
    const pool = (await this.#poolOf(action)) as NodePool
    if (action.inputs['resizes'] === true) this.#patch(pool.id, { desiredCapacity: pool.desiredCapacity + 1 })
    await this.#move(action, node, pool, 'node.joined', `joined cluster ${cluster?.name}`)
  }

  /**
   * Lets a join wait. It is looked at again with the next request to this cluster: whoever resumes or ends what asked for
   * it makes one in the same transaction, and who takes the cluster over begins with all of them.
   */
  #hold(action: Action, because: string): void {
    if (action.statusReason !== because) this.#state.putAction({ ...action, statusReason: because })
    this.#state.handovers.delete(action.id)
  }

  /** @param pool that the node comes into */
  async #move(action: Action, node: Node, pool: NodePool, type: string, sentence: string): Promise<void> {
    const state = this.#state
    const index = pool.nextNodeIndex
    const because = `${node.name}: ${sentence}`
    const revisionId = await this.#revisionIn(pool, this.#revisionOf(node))
    this.#patch(pool.id, { nextNodeIndex: index + 1 })
    state.endAction(action, 'SUCCEEDED', because)
    const clusterId = type === 'node.joined' ? pool.clusterId : state.cluster.id
    state.event(type, because, { ...about(action), clusterId })
    state.handNodeOver({
      ...node,
      clusterId: pool.clusterId,
      poolId: pool.id,
      index,
      revisionId,
      statusReason: because,
      actionId: null,
      moves: node.moves + 1,
    })
  }

  async #askerOf(action: Action): Promise<Asker> {
    const key = `${action.parentId}/${receiverOf(action)}`
    const known = this.#askers.get(key)
    if (known) return known
    const cluster = await getCluster(this.#tx, receiverOf(action))
    const parent = await getAction(this.#tx, action.parentId ?? '')
    let obstacle: string | null = null
    if (!cluster || !(await this.#poolOf(action))) obstacle = 'the cluster is gone'
    else if (cluster.status === 'Deleting') obstacle = `cluster ${cluster.name} is being deleted`
    else if (!parent || !hasBegun(parent) || parent.control?.cancellation)
      obstacle = `action ${action.parentId}, which asked for it, has ended or was cancelled`
    const by = parent?.control?.suspension?.by
    const suspension = by === undefined ? null : `${parent?.name}, which asked for it, is suspended by ${by}`
    const asker = { obstacle, suspension }
    this.#askers.set(key, asker)
    return asker
  }

  #obstacleIn(action: Action, node: Node, pool: NodePool | undefined): string | null {
    if (node.status !== 'Running') return `it is ${node.status}: ${node.statusReason}`
    const { desiredCapacity = 0, maxSize = null } = pool ?? {}
    if (action.inputs['resizes'] === true && maxSize !== null && desiredCapacity >= maxSize) {
      return `the pool has its maxSize of ${maxSize} nodes`
    }
    const own = this.#revisionOf(node).spec.profile.type
    const wanted = pool && this.#types.get(pool.id)
    return wanted === own ? null : `it is of type ${own}, the cluster's nodes are of type ${wanted}`
  }

  async #poolOf(action: Action): Promise<NodePool | undefined> {
    const id = action.inputs['poolId'] as PoolId
    const known = this.#pools.get(id)
    if (known) return known
    const pool = await getPool(this.#tx, id)
    if (!pool) return undefined
    const committed = await getRevision(this.#tx, pool.committedRevisionId)
    if (committed) this.#types.set(id, committed.spec.profile.type)
    return this.#known(pool)
  }

  /** The revision of that pool that says what this one does; a copy if there is none. */
  async #revisionIn(pool: NodePool, revision: Revision): Promise<RevisionId> {
    const key = `${pool.id}/${revision.id}`
    const known = this.#revisions.get(key)
    if (known) return known
    const found = await findSameRevision(this.#tx, pool, revision.spec)
    const id = found?.id ?? this.#copy(pool, revision)
    this.#revisions.set(key, id)
    return id
  }

  #copy(pool: NodePool, revision: Revision): RevisionId {
    const { nextRevisionNumber: number } = this.#pools.get(pool.id) as NodePool
    this.#patch(pool.id, { nextRevisionNumber: number + 1 })
    const copy = { ...revision, id: this.#ids.next<RevisionId>(), poolId: pool.id, number }
    this.#state.changes.revisions.push(copy)
    return copy.id
  }

  #known(pool: NodePool): NodePool {
    const known = this.#pools.get(pool.id) ?? pool
    this.#pools.set(pool.id, known)
    return known
  }

  #patch(id: PoolId, patch: Partial<NodePool>): void {
    this.#pools.set(id, { ...(this.#pools.get(id) as NodePool), ...patch })
    const { pools } = this.#state.changes
    pools.set(id, { ...pools.get(id), ...patch })
  }

  #revisionOf(node: Node): Revision {
    const state = this.#state
    const id = node.revisionId ?? (state.pools.get(node.poolId) as NodePool).committedRevisionId
    return state.revisions.get(id) as Revision
  }
}

function receiverOf(action: Action): ClusterId {
  return action.inputs['clusterId'] as ClusterId
}

function about(action: Action) {
  return { nodeId: action.nodeId, actionId: action.id, principal: action.createdBy }
}
