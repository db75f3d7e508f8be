import { type Action, type ActionName, NEW_ACTION } from '../domain/action.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import type {
  ActionId,
  ClusterId,
  EngineId,
  EpochMs,
  JsonObject,
  NodeId,
  PoolId,
  ProjectId,
  RevisionId,
  UpdateId,
} from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Revision } from '../domain/revision.ts'
import {
  isEnded,
  NO_PROGRESS,
  NO_UPDATE_CONTROL,
  type Update,
  type UpdateControl,
  type UpdateParams,
} from '../domain/update.ts'
import type { HealthState } from '../planner/judge-health.ts'
import { createIds } from '../system/ids.ts'
import { isSurge } from './begin-step.ts'
import type { Changes } from './changes.ts'
import { ClusterState } from './cluster-state.ts'
import { decide } from './decide.ts'
import type { HealthNews } from './health-monitor.ts'
import { orderUnfinishedBreakOffs } from './load-cluster.ts'
import type { StepOutcome } from './step-order.ts'
import { UpdateInFlight } from './update-in-flight.ts'

export const FROM = 'revision-from' as RevisionId
export const TO = 'revision-to' as RevisionId
export const OTHER = 'revision-other' as RevisionId
const POOL = 'pool' as PoolId
const CLUSTER = 'cluster' as ClusterId
const PROJECT = 'project' as ProjectId
const UPDATE = 'update' as UpdateId
const ENGINE = 'engine' as EngineId

/**
 * How a step of the model ends; `early` is before it touched what runs. Of a surge, `late` is when the old one is gone and
 * nobody knows of the new one.
 */
export type Ending = 'ok' | 'early' | 'late' | 'gate'

export interface ModelNode {
  readonly revisionId: RevisionId
  readonly health: 'Healthy' | 'Unhealthy'
  readonly status: 'Running' | 'Failed' | 'Stopped'
  readonly data?: JsonObject
  readonly zone?: string
}

/** What one look did. */
export interface Look {
  readonly changes: Changes
  /** The nodes as they were before the look. */
  readonly before: ReadonlyMap<NodeId, Node>
  readonly wakeAt: EpochMs | undefined
}

/**
 * A pool with an update in flight, without any I/O: the real `decide` over rows kept in memory, with made-up
 * outcomes. Its rows stand for the store, so a look can be lost and the state can be read afresh.
 */
export class PoolModel {
  now = 1_000_000
  readonly nodes = new Map<NodeId, Node>()
  readonly actions = new Map<ActionId, Action>()
  /** The node actions that are being carried out, oldest first. */
  readonly running = new Map<ActionId, { hurried: boolean; aborted: boolean }>()
  update: Update
  pool: NodePool
  cluster: Cluster
  clusterDeleted = false
  state: ClusterState
  #ids = createIds(
    () => this.now,
    (size) => new Uint8Array(size),
  )
  #outcomes: (readonly [ActionId, StepOutcome])[] = []
  #news = new Map<NodeId, HealthNews>()

  constructor(options: {
    readonly nodes: readonly ModelNode[]
    readonly params: UpdateParams
    readonly selection: readonly number[] | null
    readonly toRevisionId?: RevisionId
  }) {
    this.cluster = { id: CLUSTER, projectId: PROJECT, name: 'web', status: 'Active', config: {} } as Cluster
    this.pool = {
      id: POOL,
      clusterId: CLUSTER,
      projectId: PROJECT,
      name: 'DefaultPool',
      minSize: 0,
      desiredCapacity: options.nodes.length,
      committedRevisionId: FROM,
      nextNodeIndex: options.nodes.length + 1,
    } as NodePool
    for (const [at, node] of options.nodes.entries()) {
      const id = nodeId(at)
      this.nodes.set(id, this.#newNode(id, at + 1, node))
    }
    const action = this.#newAction('CLUSTER_UPDATE', { updateId: UPDATE })
    this.actions.set(action.id, action)
    this.update = newUpdate(action.id, options)
    this.state = this.#load()
  }

  get ended(): boolean {
    return isEnded(this.update.status)
  }
  get isPaused(): boolean {
    return this.update.control.paused !== null
  }

  /** The state as an engine would read it that takes the cluster over now. */
  reload(): void {
    this.state = this.#load()
    const { changes } = this.state
    for (const id of [...changes.dropped, ...changes.hurried]) this.#hurry(id)
  }

  /** An update in flight as it would be built from the rows alone. */
  recount(): UpdateInFlight {
    return this.#load().updates.get(POOL) as UpdateInFlight
  }

  control(patch: Partial<UpdateControl>): void {
    if (this.ended) return
    this.update = { ...this.update, control: { ...this.update.control, ...patch } }
    const inFlight = this.state.updates.get(POOL)
    if (inFlight) inFlight.update = { ...inFlight.update, control: this.update.control }
  }

  resize(desiredCapacity: number): void {
    this.pool = { ...this.pool, desiredCapacity }
    this.state.pools.set(POOL, { ...(this.state.pools.get(POOL) as NodePool), desiredCapacity })
    this.ask('CLUSTER_RESIZE')
  }

  ask(name: ActionName, fields: Partial<Action> = {}): Action {
    const action = this.#newAction(name, fields)
    this.actions.set(action.id, action)
    this.state.loadAction(action)
    return action
  }

  endStep(id: ActionId, ending: Ending): void {
    const work = this.running.get(id)
    const action = this.actions.get(id)
    if (!work || !action) return
    this.running.delete(id)
    const node = this.nodes.get(action.nodeId as NodeId)
    const nothingRuns = node?.status === 'Stopped' || node?.handle === null
    // A step of an update that is hurried before it has touched its node ends at once.
    const isLeft = work.hurried && ending === 'early' && ['NODE_UPDATE', 'NODE_STOP'].includes(action.name)
    const how = isLeft
      ? 'left'
      : work.aborted
        ? 'aborted'
        : action.name === 'NODE_CHECK' && nothingRuns
          ? 'gate'
          : ending
    this.#outcomes.push([id, outcomeOf(action, how, this.now)])
  }

  /** Only nodes that nothing is done to and that were started are watched. */
  tellHealth(id: NodeId, health: 'Healthy' | 'Unhealthy', running: boolean): void {
    const node = this.nodes.get(id)
    if (!node || node.actionId !== null || node.handle === null) return
    if (node.status !== 'Running' && node.status !== 'Failed') return
    if (node.health === health) return
    this.#news.set(id, { running, health: healthState(health, this.now) })
  }

  look(): Look {
    const before = new Map(this.nodes)
    const wakeAt = decide(this.state, { outcomes: this.#outcomes, news: this.#news, takenOut: [] }, this.now)
    const changes = this.state.takeChanges()
    this.#outcomes = []
    this.#news = new Map()
    this.#commit(changes)
    return { changes, before, wakeAt }
  }

  /** A look whose commit fails: everything in memory is read again, what happened is not forgotten. */
  loseLook(): void {
    decide(this.state, { outcomes: this.#outcomes, news: this.#news, takenOut: [] }, this.now)
    this.reload()
  }

  #commit(changes: Changes): void {
    for (const [id, node] of changes.nodes) this.nodes.set(id, node)
    for (const id of changes.deletedNodes) this.nodes.delete(id)
    for (const [id, action] of changes.actions) this.actions.set(id, action)
    this.update = { ...this.update, ...changes.updates.get(UPDATE) }
    this.pool = { ...this.pool, ...changes.pools.get(POOL) }
    this.cluster = { ...this.cluster, ...changes.cluster }
    this.clusterDeleted = changes.clusterDeleted
    for (const action of changes.started) this.running.set(action.id, { hurried: false, aborted: false })
    for (const id of [...changes.dropped, ...changes.hurried]) this.#hurry(id)
    for (const id of changes.aborted) {
      const work = this.running.get(id)
      if (work) work.aborted = true
    }
  }

  #hurry(id: ActionId): void {
    const work = this.running.get(id)
    if (work) work.hurried = true
  }

  #load(): ClusterState {
    const state = new ClusterState(this.cluster, 'project', 1, this.#ids, ENGINE)
    state.now = this.now
    state.pools.set(POOL, this.pool)
    for (const [number, id] of [FROM, TO, OTHER].entries())
      state.revisions.set(id, { id, number } as unknown as Revision)
    for (const node of this.nodes.values()) state.loadNode(node)
    const all = [...this.actions.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    for (const action of all) if (action.endedAt === null) state.loadAction(action)
    for (const action of all) {
      if (action.endedAt !== null || action.nodeId !== null || action.status !== 'RUNNING') continue
      const children = all.filter((child) => child.parentId === action.id && child.status === 'FAILED')
      state.fanoutOf(action.id).failed = children.length
    }
    if (!this.ended) {
      const steps = all.filter(
        ({ updateId, nodeId, startedAt, endedAt }) =>
          updateId === UPDATE && nodeId !== null && startedAt !== null && endedAt !== null,
      )
      const actionOf = (node: Node) => (node.actionId === null ? undefined : state.actions.get(node.actionId))
      state.updates.set(POOL, new UpdateInFlight(this.update, steps, state.nodesOf(POOL), actionOf))
    }
    orderUnfinishedBreakOffs(state)
    return state
  }

  #newAction(name: ActionName, fields: Partial<Action>): Action {
    return {
      ...NEW_ACTION,
      id: this.#ids.next<ActionId>(),
      projectId: PROJECT,
      clusterId: CLUSTER,
      poolId: POOL,
      name,
      inputs: {},
      createdBy: 'test',
      createdAt: this.now,
      ...fields,
    }
  }

  #newNode(id: NodeId, index: number, { revisionId, health, status, data = {}, zone }: ModelNode): Node {
    const serves = health === 'Healthy' && status === 'Running'
    return {
      id,
      projectId: PROJECT,
      clusterId: CLUSTER,
      poolId: POOL,
      name: `web-${index}`,
      index,
      status,
      statusReason: '',
      health: status === 'Running' ? health : status === 'Stopped' ? 'Unknown' : 'Unhealthy',
      revisionId,
      attempt: 1,
      actionId: null,
      physicalId: 'one',
      endpoint: null,
      handle: { version: 1 },
      metadata: zone === undefined ? {} : { zone },
      data,
      drift: null,
      driftReason: null,
      driftAt: null,
      availableSince: serves ? this.now : null,
      role: '',
      tainted: false,
      createdBy: 'test',
      firstReadyAt: null,
      moves: 0,
      writtenAtIntent: 0,
      createdAt: this.now,
      updatedAt: this.now,
    }
  }
}

export function nodeId(at: number): NodeId {
  return `node-${String(at).padStart(3, '0')}` as NodeId
}

function newUpdate(
  actionId: ActionId,
  options: {
    readonly params: UpdateParams
    readonly selection: readonly number[] | null
    readonly toRevisionId?: RevisionId
  },
): Update {
  return {
    id: UPDATE,
    projectId: PROJECT,
    clusterId: CLUSTER,
    poolId: POOL,
    actionId,
    type: 'Update',
    status: 'Pending',
    because: 'accepted',
    params: options.params,
    selection: options.selection?.map(nodeId) ?? null,
    fromRevisionId: FROM,
    toRevisionId: options.toRevisionId ?? TO,
    direction: 'forward',
    control: NO_UPDATE_CONTROL,
    checkpointsPassed: 0,
    hold: null,
    progress: NO_PROGRESS,
    errors: [],
    errorsLeftOut: 0,
    attributes: {},
    description: null,
    createdBy: 'test',
    createdAt: 0,
    startedAt: null,
    lastProgressAt: null,
    endedAt: null,
  }
}

function healthState(health: HealthState['health'], now: EpochMs): HealthState {
  return {
    health,
    passesInARow: 0,
    failuresInARow: 0,
    unreadyInARow: 0,
    startedAt: now,
    availableSince: health === 'Healthy' ? now : null,
    detail: `is ${health}`,
  }
}

function outcomeOf(action: Action, ending: Ending | 'aborted' | 'left', now: EpochMs): StepOutcome {
  const { name } = action
  const starts = ['NODE_CREATE', 'NODE_UPDATE', 'NODE_START', 'NODE_RECOVER'].includes(name)
  const started = starts ? { handle: { version: 1 }, physicalId: 'one', endpoint: null } : null
  const failure = { ok: false, code: 'runtime_failed', message: 'says the model' } as const
  if (isSurge(action) && ending !== 'ok' && ending !== 'aborted') {
    const code = ending === 'left' ? 'cancelled' : failure.code
    const phase = ending === 'gate' ? 'gate' : ending === 'late' ? 'start' : 'prepare'
    if (ending === 'late') return { ...failure, phase, started: null, health: null, old: 'gone' }
    return { ...failure, code, phase, started: null, health: healthState('Healthy', now), old: 'serves' }
  }
  if (ending === 'left')
    return { ...failure, code: 'cancelled', phase: 'prepare', started: null, health: null }
  if (ending === 'aborted')
    return { ...failure, code: 'cancelled', phase: 'start', started: null, health: null }
  if (ending === 'ok') {
    const observed = starts || name === 'NODE_PLACE_CODE' || name === 'NODE_CHECK'
    return { ok: true, started, health: observed ? healthState('Healthy', now) : null }
  }
  if (ending === 'gate' && (starts || name === 'NODE_PLACE_CODE'))
    return { ...failure, phase: 'gate', started, health: healthState('Unhealthy', now) }
  const early = ending === 'early'
  if (name === 'NODE_PLACE_CODE') return { ...failure, phase: 'place', started: null, health: null }
  if (name === 'NODE_DELETE') return { ...failure, phase: 'remove', started: null, health: null }
  if (name === 'NODE_CHECK') return { ok: true, started: null, health: healthState('Unhealthy', now) }
  if (name === 'NODE_STOP')
    return { ...failure, phase: early ? 'prepare' : 'stop', started: null, health: null }
  const phase = early && name !== 'NODE_START' ? 'prepare' : 'start'
  return { ...failure, phase, started: null, health: null }
}
