import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Action } from '../domain/action.ts'
import type { NodeId } from '../domain/ids.ts'
import { hasStray, isAvailable, isCodeUnknown, type Node, zoneOf } from '../domain/node.ts'
import type { Update } from '../domain/update.ts'
import { resolveAllowance, resolveCheckpoint, resolveLimits } from '../planner/limits.ts'
import { comesBefore, createOrder } from '../planner/node-order.ts'
import { isSurge } from './begin-step.ts'
import { FROM, type Look, nodeId, PoolModel } from './test-model.ts'
import { type Happening, type Story, story } from './test-story.ts'

test('every guarantee of an update holds whatever happens in whatever order', () => {
  fc.assert(
    fc.property(story, (s) => {
      const run = new Run(s)
      run.look()
      for (const one of s.happenings) run.happen(one)
      run.calmDown()
    }),
    { numRuns: 1500 },
  )
})

/** Tells a story to the model and watches every look of it. */
class Run {
  readonly #story: Story
  readonly #model: PoolModel
  /** How this update's last step on a node ended, in the present direction; told by nobody but the outcomes. */
  readonly #failed = new Set<NodeId>()
  /** How many of its checkpoints were passed, and since when it holds at the next. */
  #passed = 0
  #heldSince: number | null = null
  /** When a step ended last, it was resumed, or it went on. */
  #lastMovedAt = 0
  /** Nodes that were stopped and have not been told to start since. */
  readonly #stopped = new Set<NodeId>()
  #cancelled: 'roll-back' | 'stop-here' | null = null
  #committed = FROM
  #endedAt: number | null = null
  #wakeAt: number | undefined

  constructor(s: Story) {
    this.#story = s
    this.#model = new PoolModel({ ...s, ...(s.repair ? { toRevisionId: FROM } : {}) })
    for (const node of this.#model.nodes.values()) if (node.status === 'Stopped') this.#stopped.add(node.id)
  }

  happen(one: Happening): void {
    const model = this.#model
    switch (one.kind) {
      case 'stepEnds': {
        const id = pick([...model.running.keys()], one.at)
        if (id) model.endStep(id, one.ending)
        break
      }
      case 'falls':
      case 'dies':
      case 'recovers': {
        const id = pick([...model.nodes.keys()], one.at)
        if (id) model.tellHealth(id, one.kind === 'recovers' ? 'Healthy' : 'Unhealthy', one.kind !== 'dies')
        break
      }
      case 'recover':
      case 'check':
      case 'delete': {
        const id = pick([...model.nodes.keys()], one.at)
        const name = ({ recover: 'NODE_RECOVER', check: 'NODE_CHECK', delete: 'NODE_DELETE' } as const)[
          one.kind
        ]
        if (id) model.ask(name, { nodeId: id })
        break
      }
      case 'pause':
        model.control({ paused: { by: 'ann', at: model.now, reason: 'lunch' } })
        break
      case 'resume':
        if (model.isPaused) model.control({ paused: null, resumedAt: model.now })
        break
      case 'continue':
        this.#sayContinue()
        break
      case 'restart':
        model.reload()
        break
      case 'lostLook':
        model.loseLook()
        break
      case 'cancel':
        if (model.update.control.cancellation?.mode !== 'stop-here') {
          model.control({ cancellation: { by: 'ann', at: model.now, mode: one.mode, reason: null } })
          if (!model.ended) this.#cancelled = one.mode
        }
        break
      case 'resize':
        model.resize(one.size)
        break
      case 'wait':
        model.now += one.ms
        break
    }
    this.look()
  }

  look(): void {
    const model = this.#model
    model.now += 1
    const directionBefore = model.update.direction
    const look = model.look()
    this.#wakeAt = look.wakeAt
    this.#noteFailures(look, directionBefore)
    this.#checkLook(look)
    if (model.ended && this.#endedAt === null) {
      this.#endedAt = model.now
      this.#checkEnd(look)
    }
  }

  /** No more faults, and somebody resumes what waits for a person: then it ends. */
  calmDown(): void {
    const model = this.#model
    const looks = 60 + 20 * model.nodes.size
    for (let count = 0; count < looks && !(model.ended && model.running.size === 0); count += 1) {
      if (model.isPaused) model.control({ paused: null, resumedAt: model.now })
      this.#sayContinue()
      for (const id of model.nodes.keys()) model.tellHealth(id, 'Healthy', true)
      // What the update may not touch and nothing runs in is brought back by somebody.
      for (const { id, handle, status, actionId } of model.nodes.values()) {
        const lost = handle === null || (status === 'Stopped' && !this.#isSelected(id))
        if (lost && actionId === null) model.ask('NODE_RECOVER', { nodeId: id })
      }
      const [id] = model.running.keys()
      if (id) model.endStep(id, 'ok')
      else if (this.#wakeAt !== undefined) model.now = Math.max(model.now, this.#wakeAt)
      this.look()
    }
    assert.ok(model.ended, `it never ends: ${model.update.status}, ${model.update.because}`)
    assert.equal(model.running.size, 0)
  }

  #sayContinue(): void {
    const { update, now } = this.#model
    const { hold, control } = update
    if (!hold || control.continued.some(({ checkpoint }) => checkpoint === hold.checkpoint)) return
    const said = { by: 'ann', at: now, checkpoint: hold.checkpoint }
    this.#model.control({ continued: [...control.continued, said] })
  }

  #checkLook({ changes, before }: Look): void {
    const model = this.#model
    const { update } = model
    assert.notEqual(update.because, '')
    const ownSteps = changes.started.filter(({ updateId }) => updateId === update.id)

    // One at a time: whoever works on a node is the only one.
    const holders = new Map([...model.running.keys()].map((id) => [model.actions.get(id)?.nodeId, id]))
    assert.equal(holders.size, model.running.size, 'two actions work on one node')
    for (const node of model.nodes.values()) assert.equal(node.actionId, holders.get(node.id) ?? null)

    if (!update.endedAt) this.#checkCounts()

    // Budget: a node that served is taken only while the limit allows it.
    const others = new Set(changes.started.filter((a) => a.updateId !== update.id).map((a) => a.nodeId))
    const taken = ownSteps.filter((a) => a.inputs['wasAvailable'] && a.name === 'NODE_UPDATE' && !isSurge(a))
    if (taken.length > 0 && update.params.strategy !== 'FORCE') {
      const away = [...model.nodes.values()].filter((n) => !isAvailable(n) && !others.has(n.id)).length
      const limit = resolveLimits(update.params, model.nodes.size).maxUnavailable
      assert.ok(away <= limit, `${away} do not serve after ${taken.length} were taken, ${limit} may`)
    }
    if (update.params.strategy === 'NO_RESTART')
      assert.ok(taken.length === 0, 'NO_RESTART restarted a node that served')

    this.#checkHold(ownSteps)
    this.#checkOrder(ownSteps, before)
    this.#checkIll(ownSteps, others)
    for (const step of ownSteps) {
      const node = before.get(step.nodeId as NodeId) ?? (model.nodes.get(step.nodeId as NodeId) as Node)
      const back = step.inputs['direction'] === 'back'
      assert.ok(this.#isSelected(node.id), 'a node that was not chosen was moved')
      assert.notEqual(this.#cancelled, 'stop-here', 'a node started moving after it was told to stop here')
      if (this.#cancelled) assert.ok(back, 'a node started moving forward after the cancel')
      // A rollback tolerates none: one that leaves a node behind has not converged.
      const tolerated = back ? 0 : this.#tolerated
      if (back || update.params.onFailure !== 'continue')
        assert.ok(this.#countFailed(before) <= tolerated, 'it went on after too many failures')
      const now = model.nodes.get(node.id) as Node
      if (back) {
        // Whose code is in place where placing it failed, nobody knows.
        const stays =
          now.revisionId === FROM && !this.#stopped.has(node.id) && !isCodeUnknown(now) && !hasStray(node)
        assert.ok(!stays, 'the rollback touched a node that is where it belongs')
      }
    }
    for (const { name, nodeId: id } of changes.started)
      if (name !== 'NODE_CHECK') this.#stopped.delete(id as NodeId)
    if (ownSteps.some(({ name }) => name === 'NODE_START')) this.#checkForce()
    assert.ok(!(update.params.strategy === 'FORCE' && ownSteps.some(({ name }) => name === 'NODE_UPDATE')))

    // Commit point: the revision changes when the update succeeds, and never else.
    const committed = model.pool.committedRevisionId
    const succeeds = changes.updates.get(update.id)?.status === 'Successful'
    assert.equal(committed, succeeds ? update.toRevisionId : this.#committed)
    this.#committed = committed
  }

  get #selectedCount(): number {
    return [...this.#model.nodes.keys()].filter((id) => this.#isSelected(id)).length
  }

  get #tolerated(): number {
    return resolveAllowance('maxFailures', this.#story.params.maxFailures, this.#selectedCount)
  }

  /** Checkpoints: no more nodes move than the next one lets pass, and none while it holds. */
  #checkHold(ownSteps: readonly Action[]): void {
    const { update, now } = this.#model
    const { checkpoints, strategy, holdSeconds, afterHold } = update.params
    const forward = ownSteps.filter(({ inputs }) => inputs['direction'] === 'forward')
    if (forward.length > 0 && strategy !== 'FORCE') {
      assert.equal(update.hold, null, 'a node started moving while it holds')
      const next = checkpoints[update.checkpointsPassed]
      const limit = next === undefined ? Infinity : resolveCheckpoint('', next, this.#selectedCount)
      const { nodes, actions, running } = this.#model
      // What a step of the update is done to, and what runs the candidate and did not fail.
      const own = [...running.keys()].map((id) => actions.get(id) as Action).filter(isOwn(update))
      const there = [...nodes.values()].filter(
        (node) =>
          this.#isSelected(node.id) &&
          node.actionId === null &&
          node.revisionId === update.toRevisionId &&
          isAvailable(node) &&
          !this.#failed.has(node.id),
      )
      const moved = own.length + there.length
      assert.ok(moved <= limit, `${moved} nodes moved before the checkpoint at ${limit}`)
    }
    if (update.checkpointsPassed > this.#passed) {
      const said = update.control.continued.some(({ checkpoint }) => checkpoint === this.#passed + 1)
      const since = this.#heldSince ?? now
      const isOver = holdSeconds !== null && afterHold === 'continue' && now >= since + holdSeconds * 1000
      assert.ok(said || isOver, 'it went past a checkpoint that nobody let it pass')
      this.#lastMovedAt = now
    }
    this.#passed = update.checkpointsPassed
    this.#heldSince = update.hold?.since ?? null
  }

  /** Order: among the nodes that serve, none is passed over; and only one zone is on the move. */
  #checkOrder(ownSteps: readonly Action[], before: ReadonlyMap<NodeId, Node>): void {
    const { nodes, actions, running, update } = this.#model
    const { order, strategy } = update.params
    if (strategy === 'FORCE' || ownSteps.length === 0) return
    if (order.by === 'zone') {
      const moving = [...running.keys()].map((id) => actions.get(id) as Action).filter(isOwn(update))
      const zones = new Set(moving.map(({ nodeId: id }) => zoneOf(nodes.get(id as NodeId) as Node)))
      assert.ok(zones.size <= 1, `nodes of zones ${[...zones].join(' and ')} move together`)
      return
    }
    const turnOf = createOrder(order)
    const turn = (node: Node) => ({ ...turnOf({ ...node, zone: zoneOf(node) }), id: node.id })
    const target = update.direction === 'forward' ? update.toRevisionId : update.fromRevisionId
    const taken = new Set(ownSteps.map(({ nodeId: id }) => id))
    const serving = ownSteps.filter(({ inputs }) => inputs['wasAvailable'] === true)
    const last = serving.map(({ nodeId: id }) =>
      turn(before.get(id as NodeId) ?? (nodes.get(id as NodeId) as Node)),
    )
    for (const node of nodes.values()) {
      const waits = isAvailable(node) && node.actionId === null && node.revisionId !== target
      if (!waits || !this.#isSelected(node.id) || taken.has(node.id) || this.#failed.has(node.id)) continue
      if (isCodeUnknown(node)) continue
      assert.ok(!last.some((other) => comesBefore(turn(node), other)), `${node.name} was passed over`)
    }
  }

  /** Budget: no node that serves is touched while more of the pool than allowed do not. */
  #checkIll(ownSteps: readonly Action[], others: ReadonlySet<NodeId | null>): void {
    const { nodes, actions, update } = this.#model
    const { maxUnhealthy, strategy } = update.params
    const taken = ownSteps.filter((a) => a.inputs['wasAvailable'] && a.inputs['direction'] === 'forward')
    if (maxUnhealthy === null || strategy === 'FORCE' || taken.length === 0) return
    const ill = [...nodes.values()].filter((node) => {
      const action = node.actionId === null ? undefined : actions.get(node.actionId)
      return !isAvailable(node) && !others.has(node.id) && !(action && isOwn(update)(action))
    })
    assert.ok(ill.length <= resolveAllowance('', maxUnhealthy, nodes.size), `${ill.length} are unhealthy`)
  }

  /** The counts that are kept up step by step are those of a count from the rows alone. */
  #checkCounts(): void {
    const model = this.#model
    const live = [...model.state.updates.values()][0]?.snapshot(model.now)
    const fresh = model.recount().snapshot(model.now)
    assert.ok(live)
    assert.deepEqual(sorted(live), sorted(fresh))
    assert.equal(model.state.available, [...model.nodes.values()].filter(isAvailable).length)
    const { selected, updated, failed, inFlight, pending } = model.update.progress
    assert.equal(updated + failed + inFlight + pending, selected)
  }

  /** No two revisions run together: when one node starts, every other has been stopped or is where it shall be. */
  #checkForce(): void {
    const { update, nodes } = this.#model
    const target = update.direction === 'forward' ? update.toRevisionId : update.fromRevisionId
    for (const node of nodes.values()) {
      if (!this.#isSelected(node.id) || this.#failed.has(node.id)) continue
      if (node.status === 'Stopped') continue
      const holder = node.actionId && this.#model.actions.get(node.actionId)
      if (holder && holder.name === 'NODE_START') continue
      if (holder && holder.createdBy === 'test' && holder.updateId === null) continue
      assert.equal(
        node.revisionId,
        target,
        `${node.name} (${node.status}) was not stopped before others start`,
      )
    }
  }

  #checkEnd({ changes }: Look): void {
    const { update, nodes, running, actions } = this.#model
    // What waited for the end of the update begins in the same look.
    const others = new Set(changes.started.map((action) => action.nodeId))
    for (const id of running.keys())
      assert.notEqual(actions.get(id)?.updateId, update.id, 'a step outlives it')
    const selected = [...nodes.values()].filter(({ id }) => this.#isSelected(id) && !others.has(id))
    if (update.status === 'Successful') {
      const bad = selected.filter((n) => n.revisionId !== update.toRevisionId || !isAvailable(n))
      const { maxUnhealthyUpdated, bakeSeconds } = update.params
      const fallen = resolveAllowance('', maxUnhealthyUpdated ?? 0, this.#selectedCount)
      assert.ok(bad.length <= this.#tolerated + fallen, `${bad.length} nodes are not updated`)
      const bakedFor = this.#model.now - this.#lastMovedAt
      assert.ok(bakedFor >= bakeSeconds * 1000, `committed ${bakedFor} ms after the last node`)
      assert.equal(this.#cancelled, null)
    }
    if (this.#cancelled) assert.equal(update.status, 'Cancelled')
    if (this.#cancelled === 'roll-back' && this.#story.repair === false) {
      const astray = selected.filter((n) => n.revisionId !== FROM && n.status !== 'Failed')
      assert.equal(astray.length, 0, `${astray.length} nodes did not return`)
    }
  }

  #noteFailures({ changes }: Look, directionBefore: 'forward' | 'back'): void {
    const { update } = this.#model
    for (const { name, status, nodeId: id } of changes.actions.values())
      if (name === 'NODE_STOP' && status === 'SUCCEEDED') this.#stopped.add(id as NodeId)
    const isResumed = changes.events.some(({ type }) => type === 'update.resumed')
    const isMoved = [...changes.actions.values()].some(
      (action) => action.endedAt !== null && action.status !== 'CANCELLED' && isOwn(update)(action),
    )
    if (isResumed || isMoved) this.#lastMovedAt = this.#model.now
    if (isResumed) this.#failed.clear()
    if (update.direction !== directionBefore) {
      this.#failed.clear()
      return
    }
    for (const action of changes.actions.values()) {
      if (action.updateId !== update.id || action.nodeId === null || action.endedAt === null) continue
      if (action.inputs['direction'] !== update.direction) continue
      if (action.status === 'FAILED') this.#failed.add(action.nodeId)
      else this.#failed.delete(action.nodeId)
    }
    for (const id of changes.deletedNodes) this.#failed.delete(id)
  }

  /** A failed node that somebody is recovering counts again when that has ended. */
  #countFailed(before: ReadonlyMap<NodeId, Node>): number {
    const { nodes } = this.#model
    return [...this.#failed].filter((id) => !before.get(id)?.actionId && !nodes.get(id)?.actionId).length
  }

  #isSelected(id: NodeId): boolean {
    const { selection } = this.#story
    return selection === null || selection.map(nodeId).includes(id)
  }
}

function isOwn(update: Update): (action: Action) => boolean {
  return ({ updateId, nodeId: id, inputs }) =>
    updateId === update.id && id !== null && inputs['direction'] === update.direction
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from.length === 0 ? undefined : from[at % from.length]
}

function sorted(snapshot: ReturnType<ReturnType<PoolModel['recount']>['snapshot']>) {
  const { nodes, firstFailure: _, ...rest } = snapshot
  const order = ({ count, first }: { count: number; first: readonly NodeId[] }) => ({
    count,
    first: [...first].sort(),
  })
  return {
    ...rest,
    nodes: { ...nodes, down: order(nodes.down), up: order(nodes.up), stopped: order(nodes.stopped) },
  }
}
