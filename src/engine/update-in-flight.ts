import type { Action, NodeActionName } from '../domain/action.ts'
import type { EpochMs, NodeId } from '../domain/ids.ts'
import { hasStray, isAvailable, isCodeUnknown, type Node, zoneOf } from '../domain/node.ts'
import type { Update } from '../domain/update.ts'
import { resolveAllowance, resolveLimits } from '../planner/limits.ts'
import { createOrder, type OrderedNode, type Turn } from '../planner/node-order.ts'
import { nextCheckpoint } from '../planner/plan-hold.ts'
import { MAX_NODES_PER_STEP, mostInFlight } from '../planner/plan-steps.ts'
import { type NodeView, PoolTally, type Step, type StepEnd, type StepResult } from '../planner/pool-tally.ts'
import type { Checkpoint, UpdateLimits, UpdateSnapshot } from '../planner/update-snapshot.ts'
import { isSurge } from './begin-step.ts'

export const ACTION_OF_STEP = {
  update: 'NODE_UPDATE',
  stop: 'NODE_STOP',
  start: 'NODE_START',
  place: 'NODE_PLACE_CODE',
} as const satisfies Record<Step, NodeActionName>

const STEP_OF_ACTION: Readonly<Record<string, Step>> = Object.fromEntries(
  Object.entries(ACTION_OF_STEP).map(([step, action]) => [action, step as Step]),
)

/** An update that is under way, with the tally that its planner is shown. */
export class UpdateInFlight {
  update: Update
  /** Its steps have been told not to wait for health. */
  hurried = false
  /** At this look: all is done, and what it is part of may commit it. */
  isReady = false
  #tally: PoolTally
  /** The last one noted: nodes whose steps end in the same look share it. */
  #lastEnd: StepEnd = { result: 'updated', at: 0 }
  #selection: ReadonlySet<NodeId> | null
  readonly #turnOf: (node: OrderedNode) => Turn
  /** When a step in the present direction ended last. */
  #lastEndedAt: EpochMs | null = null
  /** The last word to go on that was taken into account. */
  #forgivenUntil: EpochMs

  /** @param endedSteps of this update, oldest first @param nodes all of the pool, by index */
  constructor(
    update: Update,
    endedSteps: Iterable<Action>,
    nodes: Iterable<Node>,
    actionOf: (node: Node) => Action | undefined,
  ) {
    this.update = update
    this.#selection = update.selection && new Set(update.selection)
    this.#turnOf = createOrder(update.params.order)
    this.#forgivenUntil = update.control.resumedAt ?? 0
    const ends = new Map<NodeId, StepEnd>()
    for (const action of endedSteps) {
      const end = this.#noteResult(action)
      if (end) ends.set(action.nodeId as NodeId, end)
    }
    this.#tally = this.#tallyAfresh(ends, nodes, actionOf)
  }

  put(node: Node, action: Action | undefined | null): void {
    this.#tally.put(this.#view(node, action ?? undefined))
  }

  remove(id: NodeId): void {
    this.#tally.remove(id)
  }

  /** Notes the end of one of this update's steps; a step in the other direction than the present says nothing. */
  noteEnd(ended: Action): void {
    const end = this.#noteResult(ended)
    if (end) this.#tally.setEnd(ended.nodeId as NodeId, end)
  }

  /** Counts anew after the direction changed: what happened on the way forward is no failure of the way back. */
  turnBack(nodes: Iterable<Node>, actionOf: (node: Node) => Action | undefined): void {
    this.#lastEndedAt = null
    this.#tally = this.#tallyAfresh([], nodes, actionOf)
  }

  /** Somebody said go on, and it was not taken into account yet. */
  get isToForgive(): boolean {
    return (this.update.control.resumedAt ?? 0) !== this.#forgivenUntil
  }

  /** Counts anew when somebody said go on: what failed, or fell over, before then is tried again. */
  forgive(nodes: Iterable<Node>, actionOf: (node: Node) => Action | undefined): void {
    const resumedAt = this.update.control.resumedAt ?? 0
    this.#forgivenUntil = resumedAt
    if ((this.#lastEndedAt ?? 0) <= resumedAt) this.#lastEndedAt = null
    const later = [...this.#tally.ends()].filter(([, { at }]) => at > resumedAt)
    this.#tally = this.#tallyAfresh(later, nodes, actionOf)
  }

  /** Whether the node counts as failed now. */
  hasFailed(id: NodeId): boolean {
    return this.#tally.hasFailed(id)
  }

  /** @param isPart whether something larger commits it */
  snapshot(now: EpochMs, isPart = false): UpdateSnapshot {
    const { update } = this
    const tally = this.#tally
    const own =
      tally.inFlight('update') + tally.inFlight('stop') + tally.inFlight('start') + tally.inFlight('place')
    const limits = this.#limits()
    const heads = new Map<NodeId, string>()
    const most = Math.min(MAX_NODES_PER_STEP, Math.max(1, mostInFlight(limits) - tally.count('inFlight')))
    const queue = (bucket: 'down' | 'up' | 'stopped') => {
      const first = tally.first(bucket, most)
      for (const { id, domain } of first) heads.set(id, domain)
      return { count: tally.count(bucket), first: first.map(({ id }) => id) }
    }
    const last = update.errors.find((error) => error.at >= (update.control.resumedAt ?? 0))
    return {
      now,
      strategy: update.params.strategy,
      direction: update.direction,
      onFailure: update.params.onFailure,
      limits,
      batches:
        update.params.batchPauseSeconds == null
          ? null
          : { pauseMs: update.params.batchPauseSeconds * 1000, lastEndedAt: this.#lastEndedAt },
      checkpoint: this.#checkpoint(),
      domains: update.params.order.by === 'zone' ? { inFlight: tally.domainsInFlight, of: heads } : null,
      paused: update.control.paused,
      superseded: update.control.supersededBy,
      cancellation: update.control.cancellation,
      canGoBack: update.fromRevisionId !== update.toRevisionId,
      isPart,
      lastProgressAt: update.lastProgressAt ?? now,
      progressDeadlineMs: update.params.progressDeadlineSeconds * 1000,
      bakeMs: update.params.bakeSeconds * 1000,
      firstFailure: last?.message ?? null,
      nodes: {
        size: tally.size,
        unavailable: tally.unavailable,
        unhealthy: tally.unhealthy,
        surging: tally.surging,
        inFlight: tally.count('inFlight'),
        inFlightAlone: tally.inFlightAlone,
        stopping: tally.inFlight('stop'),
        inFlightOther: tally.count('inFlight') - own,
        updated: tally.count('done'),
        failed: tally.count('failed') + tally.count('notStopped'),
        notStopped: tally.count('notStopped'),
        fallen: tally.count('fallen'),
        down: queue('down'),
        up: queue('up'),
        stopped: queue('stopped'),
      },
    }
  }

  #limits(): UpdateLimits {
    const { params } = this.update
    const { size } = this.#tally
    const selected = this.#selected
    const allow = (name: 'maxFailures' | 'maxUnhealthyUpdated' | 'maxUnhealthy', of: number) =>
      resolveAllowance(`params.${name}`, params[name] ?? 0, of)
    return {
      ...resolveLimits(params, size),
      maxFailures: allow('maxFailures', selected),
      maxUnhealthyUpdated:
        params.maxUnhealthyUpdated === null ? null : allow('maxUnhealthyUpdated', selected),
      maxUnhealthy: params.maxUnhealthy === null ? null : allow('maxUnhealthy', size),
    }
  }

  #checkpoint(): Checkpoint | null {
    const { params, checkpointsPassed, hold, control } = this.update
    if (params.strategy === 'FORCE') return null
    const next = nextCheckpoint(params.checkpoints, checkpointsPassed, this.#selected)
    if (next === null) return null
    const continued = control.continued.find(({ checkpoint }) => checkpoint === next.number)
    return {
      ...next,
      heldSince: hold?.since ?? null,
      holdMs: params.holdSeconds === null ? null : params.holdSeconds * 1000,
      afterHold: params.afterHold,
      continuedBy: continued?.by ?? null,
    }
  }

  /** Nodes that it is about. */
  get #selected(): number {
    return this.#tally.size - this.#tally.count('unselected')
  }

  #toEnd(result: StepResult, at: EpochMs): StepEnd {
    if (this.#lastEnd.result !== result || this.#lastEnd.at !== at) this.#lastEnd = { result, at }
    return this.#lastEnd
  }

  #tallyAfresh(
    ends: Iterable<readonly [NodeId, StepEnd]>,
    nodes: Iterable<Node>,
    actionOf: (node: Node) => Action | undefined,
  ): PoolTally {
    const { direction, fromRevisionId, toRevisionId } = this.update
    const target = direction === 'forward' ? toRevisionId : fromRevisionId
    const tally = new PoolTally({ target, direction, selection: this.#selection }, ends)
    for (const node of nodes) tally.put(this.#view(node, actionOf(node)))
    return tally
  }

  #view(node: Node, action: Action | undefined): NodeView {
    const own = action?.updateId === this.update.id && action.inputs['direction'] === this.update.direction
    return {
      id: node.id,
      // Its code has to be put in place whatever the node is said to run, or what is left beside it has to go.
      revisionId: isCodeUnknown(node) || hasStray(node) || this.#isToRepair(node) ? null : node.revisionId,
      available: isAvailable(node),
      busy: node.actionId !== null,
      step: own ? (STEP_OF_ACTION[action.name] ?? null) : null,
      surging: action !== undefined && isSurge(action),
      stopped: node.status === 'Stopped',
      turn: this.#turnOf({ id: node.id, index: node.index, zone: zoneOf(node) }),
    }
  }

  /** What differs from its revision is made anew on the way forward; going back touches nothing that is on its revision. */
  #isToRepair({ drift }: Node): boolean {
    return drift !== null && this.update.direction === 'forward'
  }

  #noteResult(ended: Action): StepEnd | undefined {
    const result = this.#resultOf(ended)
    if (result) this.#lastEndedAt = Math.max(this.#lastEndedAt ?? 0, ended.endedAt ?? 0)
    return result && this.#toEnd(result, ended.endedAt ?? 0)
  }

  /**
   * A step that was forgiven, that was broken off or that went the other way counts for nothing; a stop that worked
   * is half a step. An engine that reads the steps from the store has to come to the same counts as the one that
   * saw them end.
   */
  #resultOf({ name, status, inputs, endedAt }: Action): StepResult | undefined {
    if (inputs['direction'] !== this.update.direction) return undefined
    if ((endedAt ?? 0) <= this.#forgivenUntil || status === 'CANCELLED') return undefined
    if (status === 'SUCCEEDED') return name === 'NODE_STOP' ? undefined : 'updated'
    return name === 'NODE_STOP' ? 'notStopped' : 'failed'
  }
}
