import type { NodePool } from '../domain/cluster.ts'
import type { JsonObject, PoolId, UpdateId } from '../domain/ids.ts'
import { isAvailable, isIll, type Node } from '../domain/node.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import {
  DEFAULT_UPDATE_PARAMS,
  NO_PROGRESS,
  NO_UPDATE_CONTROL,
  type Update,
  type UpdateParams,
} from '../domain/update.ts'
import { NO_RECOVERIES, planRecovery, type RecoveryHistory } from '../planner/plan-recovery.ts'
import { planRepair, type RepairFacts, toPossible } from '../planner/plan-repair.ts'
import type { ClusterState } from './cluster-state.ts'
import { batchSizeOf } from './consultation.ts'
import { UpdateInFlight } from './update-in-flight.ts'

/** The pause after the first repair that did not last; each later one is twice as long. */
const PAUSE_SECONDS = 60
/** A node on another revision than the committed one is looked at again after so long: that may have become the committed one. */
const ELSEWHERE_MS = 600_000
/** Nodes of one repair; what differs beside them is for the next one. */
const MOST_NODES = 1000
const MOST_NAMES = 5

/** Why no replacement can start beside nodes of such a spec; null if one can. */
export type WhyNotBeside = (spec: RevisionSpec) => string | null

/** What was tried for a node that drifted. */
interface RepairHistory extends RecoveryHistory {
  /** It was given up because its pool's parameters let no node move. */
  readonly hasNoWay?: boolean
}

/** What decides about the nodes of one pool, of whichever it is about. */
type PoolFacts = Omit<RepairFacts, 'serves'>

/**
 * Starts a repair of each pool that has nodes that drifted, if the cluster says that this needs nobody's word. Only nodes
 * on the committed revision are touched: one that somebody put on another is where somebody wanted it. A node whose drift
 * comes back is repaired ever less often, and in the end left to a person.
 *
 * Costs nothing while nothing differs, and a look at each node that does when its time has come.
 */
export function repairDrift(state: ClusterState, whyNotBeside: WhyNotBeside): void {
  const { driftRepair } = state.cluster
  if (driftRepair !== state.driftRepair) {
    state.driftRepair = driftRepair
    for (const node of state.nodes.values()) if (node.drift !== null) state.drifting.set(node.id, state.now)
  }
  const due = state.drifting.take(state.now, (poolId) => !isTaken(state, poolId))
  if (driftRepair !== 'automatic' || state.cluster.status === 'Deleting') return
  const byPool = new Map<PoolId, Node[]>()
  const known = new Map<PoolId, PoolFacts>()
  const factsOf = (pool: NodePool): PoolFacts => {
    const facts = known.get(pool.id) ?? gatherFacts(state, pool, whyNotBeside)
    known.set(pool.id, facts)
    return facts
  }
  for (const id of due) {
    const node = state.nodes.get(id)
    const tried = node && tryToRepair(state, node, factsOf)
    if (tried) byPool.set(tried.poolId, [...(byPool.get(tried.poolId) ?? []), tried])
  }
  for (const [poolId, nodes] of byPool) {
    const pool = state.pools.get(poolId) as NodePool
    const { params, whyNotBeside: why } = factsOf(pool)
    beginRepair(state, pool, nodes, toPossible(params, why))
  }
}

/** The node as somebody else than the engine has put it right: it begins anew. */
export function withoutRepairs(node: Node): Node {
  if (node.data['driftRepair'] === undefined) return node
  const { driftRepair: _, ...data } = node.data
  return { ...node, data }
}

/** From the counts that are kept anyway; only where a policy decides about batches, the pool's nodes are gone through for it. */
function gatherFacts(state: ClusterState, pool: NodePool, whyNotBeside: WhyNotBeside): PoolFacts {
  const { unavailable, size } = state.tally.countOf(pool.id)
  const committed = state.revisions.get(pool.committedRevisionId)
  return {
    size,
    unavailable,
    params: paramsOf(pool),
    batchSize: batchSizeOf(state, pool),
    whyNotBeside: committed ? whyNotBeside(committed.spec) : null,
  }
}

/** @returns the node with its try noted, if it is to be repaired now */
function tryToRepair(
  state: ClusterState,
  node: Node,
  factsOf: (pool: NodePool) => PoolFacts,
): Node | undefined {
  const pool = state.pools.get(node.poolId)
  if (!pool || node.drift === null || node.actionId !== null || state.waitingByNode.has(node.id))
    return undefined
  if (!['Running', 'Failed'].includes(node.status)) return undefined
  // Before its revision is looked at: what is in flight may commit it.
  if (isTaken(state, pool.id)) {
    state.drifting.wait(node.id, pool.id)
    return undefined
  }
  if (node.revisionId !== pool.committedRevisionId) {
    state.drifting.set(node.id, state.now + ELSEWHERE_MS)
    return undefined
  }
  // What does not work is the health policy's business, if there is one.
  if (state.healthPolicyId !== null && isIll(node)) return undefined
  const { hasNoWay = false, ...before } = historyOf(node)
  const room = planRepair({ ...factsOf(pool), serves: isAvailable(node) })
  if (room.kind === 'wait') {
    state.drifting.set(node.id, state.now + PAUSE_SECONDS * 1000)
    return undefined
  }
  if (room.kind === 'giveUp') {
    if (!before.isGivenUp) giveUp(state, node, { ...before, isGivenUp: true, hasNoWay: true }, room.because)
    // Somebody may say meanwhile that there is one.
    state.drifting.set(node.id, state.now + ELSEWHERE_MS)
    return undefined
  }
  const plan = planRecovery({
    now: state.now,
    intervalSeconds: PAUSE_SECONDS,
    nodeUpdateTimeoutSeconds: 0,
    changedAt: 0,
    suspendedBy: null,
    history: hasNoWay ? { ...before, isGivenUp: false } : before,
  })
  if (plan.kind === 'wait') state.drifting.set(node.id, plan.until)
  if (plan.kind === 'giveUp') giveUp(state, node, plan.history, plan.because)
  return plan.kind === 'recover' ? withHistory(node, plan.history) : undefined
}

function giveUp(state: ClusterState, node: Node, history: RepairHistory, why: string): void {
  state.putNode(withHistory(node, history))
  state.drifting.drop(node.id)
  const because = `${node.name}: ${node.driftReason}; ${why}`
  state.event('node.repairGivenUp', because, { nodeId: node.id, level: 'error' })
}

function beginRepair(state: ClusterState, pool: NodePool, all: readonly Node[], params: UpdateParams): void {
  const nodes = all.slice(0, MOST_NODES)
  for (const { id } of all.slice(MOST_NODES)) state.drifting.set(id, state.now + PAUSE_SECONDS * 1000)
  const updateId = state.nextId<UpdateId>()
  const action = state.newAction({
    name: 'CLUSTER_UPDATE',
    inputs: { poolId: pool.id, updateId },
    createdBy: 'engine',
    poolId: pool.id,
    updateId,
  })
  const because = `drift is repaired automatically: ${describe(nodes)}`
  const update = newRepair(state, pool, { id: updateId, actionId: action.id, nodes, params, because })
  state.changes.begunUpdates.set(updateId, update)
  state.putAction(action)
  for (const node of nodes) state.putNode(node)
  const inFlight = new UpdateInFlight(update, [], state.nodesOf(pool.id), ({ actionId }) =>
    actionId === null ? undefined : state.actions.get(actionId),
  )
  state.updates.set(pool.id, inFlight)
  const data: JsonObject = { pool: pool.name, params: { ...update.params } as unknown as JsonObject }
  state.event('update.accepted', because, { updateId, actionId: action.id, data })
}

function newRepair(
  { cluster, now }: ClusterState,
  pool: NodePool,
  given: Pick<Update, 'id' | 'actionId' | 'params' | 'because'> & { readonly nodes: readonly Node[] },
): Update {
  const { id, actionId, nodes, params, because } = given
  return {
    ...{ id, actionId, projectId: cluster.projectId, clusterId: cluster.id, poolId: pool.id },
    ...{ type: 'Repair', status: 'Pending', because, params, direction: 'forward' },
    selection: nodes.map((node) => node.id),
    fromRevisionId: pool.committedRevisionId,
    toRevisionId: pool.committedRevisionId,
    ...{ control: NO_UPDATE_CONTROL, checkpointsPassed: 0, hold: null, progress: NO_PROGRESS },
    ...{ errors: [], errorsLeftOut: 0, description: because, attributes: {}, createdBy: 'engine' },
    ...{ createdAt: now, startedAt: null, lastProgressAt: null, endedAt: null },
  }
}

/** What the pool's updates use when they do not say, but for what would wait for a person, or stop more than one by one. */
function paramsOf({ updateDefaults }: NodePool): UpdateParams {
  const params = { ...DEFAULT_UPDATE_PARAMS, ...updateDefaults }
  const order = params.order.by === 'list' ? DEFAULT_UPDATE_PARAMS.order : params.order
  return { ...params, order, strategy: 'ROLLING', checkpoints: [], onFailure: 'rollback' }
}

/** An update has the pool, or waits for it: nodes may differ because of that, and one comes after the other. */
function isTaken({ updates, queued }: ClusterState, poolId: PoolId): boolean {
  return updates.has(poolId) || [...queued.values()].some((update) => update.poolId === poolId)
}

function describe(nodes: readonly Node[]): string {
  const named = nodes.slice(0, MOST_NAMES).map(({ name, driftReason }) => `${name}: ${driftReason}`)
  const more = nodes.length > MOST_NAMES ? `; and ${nodes.length - MOST_NAMES} more nodes` : ''
  return `${named.join('; ')}${more}`
}

function historyOf({ data }: Node): RepairHistory {
  return (data['driftRepair'] as unknown as RepairHistory | undefined) ?? NO_RECOVERIES
}

function withHistory(node: Node, history: RepairHistory): Node {
  return { ...node, data: { ...node.data, driftRepair: history as unknown as JsonObject } }
}
