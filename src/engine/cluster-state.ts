import { type Action, type ActionStatus, hasBegun, isHandover, NEW_ACTION } from '../domain/action.ts'
import { type Cluster, type NodePool, standaloneClusterId } from '../domain/cluster.ts'
import type { DriftRepair } from '../domain/drift.ts'
import type { EventLevel, NewEvent } from '../domain/event.ts'
import type {
  ActionId,
  ClusterId,
  EngineId,
  EpochMs,
  JsonObject,
  NodeId,
  PolicyId,
  PoolId,
  RevisionId,
  UpdateId,
} from '../domain/ids.ts'
import { isAvailable, isIll, type Node } from '../domain/node.ts'
import { withoutSecrets } from '../domain/operation.ts'
import type { AttachedPolicy, Policy } from '../domain/policy.ts'
import type { Revision } from '../domain/revision.ts'
import type { Update } from '../domain/update.ts'
import type { Ids } from '../system/ids.ts'
import { Alarms } from './alarms.ts'
import { type Changes, emptyChanges } from './changes.ts'
import { DriftQueue } from './drift-queue.ts'
import { type Fanout, NO_WORK } from './fanout.ts'
import { hookOf } from './hook-of.ts'
import { NodeTally } from './node-tally.ts'
import { RecoveryQueue } from './recovery-queue.ts'
import type { UpdateInFlight } from './update-in-flight.ts'

/**
 * What an engine knows of one cluster it runs: a copy of the store's rows that only it may change, and what it has
 * changed since the last commit. Every method costs the same however many nodes there are.
 *
 * It is thrown away and read again whenever a commit fails, so nothing in it need ever be undone.
 */
export class ClusterState {
  cluster: Cluster
  readonly projectName: string
  /** The number of the last request that was read. */
  intent: number
  readonly pools = new Map<PoolId, NodePool>()
  readonly nodes = new Map<NodeId, Node>()
  readonly nodeNames = new Set<string>()
  /** How many nodes each pool has. */
  readonly #poolSizes = new Map<PoolId, number>()
  readonly revisions = new Map<RevisionId, Revision>()
  /** Actions that have not ended. */
  readonly actions = new Map<ActionId, Action>()
  readonly fanouts = new Map<ActionId, Fanout>()
  /** Node actions that are about to hand their node over. */
  readonly handovers = new Set<ActionId>()
  /** By the action that asked for it: node actions of another cluster that are to hand a node over to this one. */
  readonly awaited = new Map<ActionId, Set<ActionId>>()
  readonly updates = new Map<PoolId, UpdateInFlight>()
  /** By the actions that carry them: updates whose turn has not come. */
  readonly queued = new Map<ActionId, Update>()
  /** Those that are attached. */
  readonly policies = new Map<PolicyId, AttachedPolicy>()
  /** Those that waiting actions are about to attach. */
  readonly attachable = new Map<PolicyId, Policy>()
  /** Cluster actions that wait to be admitted, oldest first. */
  readonly waitingClusterActions = new Set<ActionId>()
  /** Node actions that wait for their node, oldest first. */
  readonly waitingByNode = new Map<NodeId, ActionId[]>()
  /** Nodes that became free, or whose first waiting action is new: those to be admitted at this look. */
  readonly freed = new Set<NodeId>()
  /** Open actions of which people asked something since they were accepted. */
  readonly steered = new Set<ActionId>()
  /** What running actions were told: not to wait for health any more, or to break off. */
  readonly told = new Map<ActionId, 'hurry' | 'breakOff'>()
  /** When nodes that do not work are to be looked at, for the health policy. */
  readonly recoveries = new Alarms<NodeId>()
  /** Whom that policy brings back, and who waits for it. */
  readonly recoveryQueue = new RecoveryQueue()
  /** Nodes that drifted, for who repairs them. */
  readonly drifting = new DriftQueue()
  /** The cluster's word about that, as far as it was taken into account. */
  driftRepair: DriftRepair = 'manual'
  /** What speaks against nodes at the addresses that the health policy polls. Not stored: who takes over asks anew. */
  readonly polled = new Map<NodeId, string>()
  /** The enabled health policy, as far as it was taken into account. */
  healthPolicyId: PolicyId | null = null
  /** When actions that wait for a lifecycle hook begin without an answer. */
  readonly hooks = new Alarms<ActionId>()
  /** When removals begin whose nodes are let be for some time. */
  readonly graces = new Alarms<ActionId>()
  /** When running actions have taken as long as they may. */
  readonly deadlines = new Alarms<ActionId>()
  /** Nodes that this engine has not looked at yet: new ones, and those that came from elsewhere. */
  newcomers: NodeId[] = []
  /** The load-balance policy that the nodes were last settled by, in {@link followBalancer}'s words. */
  balancedBy: string | null = null
  /** Running actions that could not be taken up, with why. */
  readonly unreadable = new Map<ActionId, string>()
  /** The action that is being seen to: the one at fault if that breaks. */
  seeingTo: ActionId | null = null
  available = 0
  readonly tally = new NodeTally()
  changes: Changes = emptyChanges()
  readonly #ids: Ids
  readonly #engineId: EngineId
  /** The time of this look. */
  now: EpochMs = 0

  constructor(cluster: Cluster, projectName: string, intent: number, ids: Ids, engineId: EngineId) {
    this.cluster = cluster
    this.projectName = projectName
    this.intent = intent
    this.#ids = ids
    this.#engineId = engineId
  }

  /** Null for the cluster that holds the nodes without one. */
  get shownId(): ClusterId | null {
    return this.cluster.kind === 'standalone' ? null : this.cluster.id
  }

  takeChanges(): Changes {
    const { changes } = this
    this.changes = emptyChanges()
    return changes
  }

  /** Takes a node in as it is stored. */
  loadNode(node: Node): void {
    const before = this.nodes.get(node.id)
    this.nodes.set(node.id, node)
    if (before && before.name !== node.name) this.nodeNames.delete(before.name)
    this.nodeNames.add(node.name)
    if (before) this.tally.remove(before)
    this.tally.add(node)
    this.available += Number(isAvailable(node)) - Number(before !== undefined && isAvailable(before))
    if (!before) this.newcomers.push(node.id)
    if (before && before.poolId !== node.poolId) this.#leavePool(before)
    if (before?.poolId !== node.poolId) this.#poolSizes.set(node.poolId, this.poolSize(node.poolId) + 1)
    if (node.actionId !== null) this.polled.delete(node.id)
    if (!isIll(node)) this.recoveries.drop(node.id)
    else if (!this.recoveries.has(node.id)) this.recoveries.set(node.id, this.now)
    if (node.drift === null || node.actionId !== null) this.drifting.drop(node.id)
    else if (!this.drifting.has(node.id)) this.drifting.set(node.id, this.now)
    if (node.actionId === null && this.waitingByNode.has(node.id)) this.freed.add(node.id)
    this.updates.get(node.poolId)?.put(node, node.actionId === null ? null : this.actions.get(node.actionId))
  }

  putNode(node: Node): void {
    const firstReadyAt = node.firstReadyAt ?? (isAvailable(node) ? this.now : null)
    const changed = { ...node, firstReadyAt, updatedAt: this.now }
    this.changes.nodes.set(node.id, changed)
    this.loadNode(changed)
  }

  removeNode(node: Node): void {
    this.#forget(node)
    this.changes.deletedNodes.push(node.id)
  }

  /** The node is another cluster's from now on, as it is given here. */
  handNodeOver(node: Node): void {
    this.#forget(this.nodes.get(node.id) as Node)
    this.changes.handedOver.push({ ...node, updatedAt: this.now })
    this.changes.asked.add(node.clusterId)
  }

  /** What waits for the node finds at the next admission that it is gone. */
  #forget(node: Node): void {
    if (!this.nodes.delete(node.id)) return
    this.nodeNames.delete(node.name)
    this.#leavePool(node)
    this.tally.remove(node)
    if (isAvailable(node)) this.available -= 1
    this.recoveries.drop(node.id)
    this.drifting.drop(node.id)
    this.polled.delete(node.id)
    if (this.waitingByNode.has(node.id)) this.freed.add(node.id)
    this.changes.nodes.delete(node.id)
  }

  #leavePool(node: Node): void {
    this.#poolSizes.set(node.poolId, this.poolSize(node.poolId) - 1)
    this.updates.get(node.poolId)?.remove(node.id)
  }

  /** Takes an open action in as it is stored. */
  loadAction(action: Action): void {
    const isNew = !this.actions.has(action.id)
    this.actions.set(action.id, action)
    // A node's way into a cluster is counted there, by the cluster that asked for it.
    if (isNew && action.parentId && action.name !== 'NODE_JOIN') this.fanoutOf(action.parentId).open += 1
    if (action.control) this.steered.add(action.id)
    if (hasBegun(action)) {
      this.recoveryQueue.noteBegun(action)
      if (isHandover(action.name)) this.handovers.add(action.id)
      const { startedAt, timeoutSeconds } = action
      if (timeoutSeconds !== null && startedAt !== null)
        this.deadlines.set(action.id, startedAt + timeoutSeconds * 1000)
      return
    }
    if (action.status === 'WAITING_LIFECYCLE_COMPLETION')
      this.hooks.set(action.id, action.createdAt + (hookOf(action)?.timeoutSeconds ?? 0) * 1000)
    if (action.nodeId === null) this.waitingClusterActions.add(action.id)
    else if (isNew) {
      const queue = this.waitingByNode.get(action.nodeId)
      if (queue) queue.push(action.id)
      else this.waitingByNode.set(action.nodeId, [action.id])
      this.freed.add(action.nodeId)
    }
  }

  /** Adds an action, or writes one over. */
  putAction(action: Action): void {
    this.changes.actions.set(action.id, action)
    this.loadAction(action)
  }

  newAction(fields: Pick<Action, 'name' | 'inputs' | 'createdBy'> & Partial<Action>): Action {
    return {
      ...NEW_ACTION,
      id: this.#ids.next<ActionId>(),
      projectId: this.cluster.projectId,
      clusterId: this.cluster.id,
      cause: fields.parentId ? 'derived' : 'engine',
      createdAt: this.now,
      ...fields,
    }
  }

  /** Marks an action as begun; a node action's work starts once this is durable. */
  startAction(action: Action, because: string): Action {
    const running: Action = {
      ...action,
      status: 'RUNNING',
      statusReason: because,
      ownerId: this.#engineId,
      startedAt: this.now,
    }
    this.waitingClusterActions.delete(action.id)
    if (action.nodeId !== null) this.#leaveQueue(action.nodeId, action.id)
    this.putAction(running)
    if (running.nodeId !== null && !isHandover(running.name)) this.changes.started.push(running)
    return running
  }

  endAction(
    action: Action,
    status: Extract<ActionStatus, 'SUCCEEDED' | 'FAILED' | 'CANCELLED'>,
    because: string,
    outputs: JsonObject = action.outputs,
  ): void {
    this.changes.actions.set(action.id, {
      ...action,
      status,
      statusReason: because,
      inputs: withoutSecrets(action.inputs),
      outputs,
      endedAt: this.now,
    })
    this.actions.delete(action.id)
    this.steered.delete(action.id)
    this.told.delete(action.id)
    this.recoveryQueue.noteEnded(action)
    this.deadlines.drop(action.id)
    this.hooks.drop(action.id)
    this.graces.drop(action.id)
    this.waitingClusterActions.delete(action.id)
    if (action.nodeId !== null) this.#leaveQueue(action.nodeId, action.id)
    this.fanouts.delete(action.id)
    this.handovers.delete(action.id)
    const awaited = this.awaited.get(action.id)
    this.awaited.delete(action.id)
    // They may be waiting for its word, and find now that nobody wants them any more.
    if (awaited?.size) this.changes.asked.add(standaloneClusterId(this.cluster.projectId))
    if (action.name === 'NODE_JOIN') this.changes.asked.add(action.inputs['clusterId'] as ClusterId)
    if (!action.parentId) return
    const fanout = this.fanouts.get(action.parentId)
    if (!fanout) return
    fanout.open -= 1
    // Its parent was ended by force, and waits for nothing any more.
    if (fanout.open === 0 && !this.actions.has(action.parentId)) this.fanouts.delete(action.parentId)
    if (status === 'CANCELLED' && action.control?.cancellation) fanout.cancelled += 1
    if (status !== 'FAILED') return
    fanout.failed += 1
    fanout.firstFailure ??= because
  }

  /** Notes that this engine runs what another one began. */
  takeOverActions(): void {
    for (const action of [...this.actions.values()]) {
      if (hasBegun(action) && action.ownerId !== this.#engineId)
        this.putAction({ ...action, ownerId: this.#engineId })
    }
  }

  fanoutOf(parentId: ActionId): Fanout {
    const known = this.fanouts.get(parentId)
    if (known) return known
    const fresh = { open: 0, failed: 0, cancelled: 0, firstFailure: null, rest: NO_WORK }
    this.fanouts.set(parentId, fresh)
    return fresh
  }

  patchUpdate(inFlight: UpdateInFlight, patch: Partial<Update>): void {
    inFlight.update = { ...inFlight.update, ...patch }
    this.changes.updates.set(inFlight.update.id, {
      ...this.changes.updates.get(inFlight.update.id),
      ...patch,
    })
  }

  patchPool(id: PoolId, patch: Partial<NodePool>): void {
    const pool = this.pools.get(id)
    if (!pool) return
    this.pools.set(id, { ...pool, ...patch })
    this.changes.pools.set(id, { ...this.changes.pools.get(id), ...patch })
  }

  putPolicy(attached: AttachedPolicy): void {
    this.policies.set(attached.policy.id, attached)
    this.changes.bindings.set(attached.binding.id, attached.binding)
  }

  removePolicy({ policy, binding }: AttachedPolicy): void {
    this.policies.delete(policy.id)
    this.changes.bindings.delete(binding.id)
    this.changes.deletedBindings.push(binding.id)
  }

  /** Somebody else may have written nodes: their numbers are to be written again. */
  forgetCounts(): void {
    this.tally.forgetStored()
  }

  /** Has the numbers of nodes written, if the store does not have them. */
  putCounts(): void {
    this.changes.counts = this.tally.takeNews()
  }

  patchCluster(patch: Partial<Cluster>): void {
    this.cluster = { ...this.cluster, ...patch }
    this.changes.cluster = { ...this.changes.cluster, ...patch }
  }

  event(
    type: string,
    because: string,
    subject: {
      readonly level?: EventLevel
      /** Default: this one, unless it is the one that nobody sees. */
      readonly clusterId?: ClusterId | null
      readonly nodeId?: NodeId | null
      readonly updateId?: UpdateId | null
      readonly actionId?: ActionId | null
      readonly principal?: string
      readonly data?: JsonObject
    } = {},
  ): void {
    const event: NewEvent = {
      id: this.#ids.next(),
      at: this.now,
      level: subject.level ?? 'info',
      type,
      projectId: this.cluster.projectId,
      clusterId: subject.clusterId === undefined ? this.shownId : subject.clusterId,
      nodeId: subject.nodeId ?? null,
      updateId: subject.updateId ?? null,
      actionId: subject.actionId ?? null,
      principal: subject.principal ?? 'engine',
      because,
      data: subject.data ?? {},
    }
    this.changes.events.push(event)
  }

  nextId<Id extends string>(): Id {
    return this.#ids.next<Id>()
  }

  /** Goes through all nodes of the cluster: not for what is done once for each node. */
  nodesOf(poolId: PoolId): Node[] {
    return [...this.nodes.values()].filter((node) => node.poolId === poolId)
  }

  poolSize(poolId: PoolId): number {
    return this.#poolSizes.get(poolId) ?? 0
  }

  #leaveQueue(nodeId: NodeId, actionId: ActionId): void {
    const queue = this.waitingByNode.get(nodeId)?.filter((id) => id !== actionId)
    if (queue === undefined) return
    if (queue.length === 0) this.waitingByNode.delete(nodeId)
    else this.waitingByNode.set(nodeId, queue)
  }
}
