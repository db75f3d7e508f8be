import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NodeId } from '../domain/ids.ts'
import { isAvailable, isCodeUnknown, type Node } from '../domain/node.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { resolveMaxUnavailable } from '../planner/limits.ts'
import { type Ending, FROM, type Look, type ModelNode, nodeId, OTHER, PoolModel, TO } from './test-model.ts'

/** One thing that happens to a pool while it is updated. `at` picks a node or a step, whatever their number. */
type Happening =
  | { readonly kind: 'stepEnds'; readonly at: number; readonly ending: Ending }
  | { readonly kind: 'falls' | 'dies' | 'recovers'; readonly at: number }
  | { readonly kind: 'recover' | 'check' | 'delete'; readonly at: number }
  | { readonly kind: 'pause' | 'resume' | 'restart' | 'lostLook' }
  | { readonly kind: 'cancel'; readonly mode: 'roll-back' | 'stop-here' }
  | { readonly kind: 'resize'; readonly size: number }
  | { readonly kind: 'wait'; readonly ms: number }

interface Story {
  readonly nodes: readonly ModelNode[]
  readonly params: UpdateParams
  readonly selection: readonly number[] | null
  readonly repair: boolean
  readonly happenings: readonly Happening[]
}

const at = fc.nat(60)
const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Ending>('ok') },
  { weight: 1, arbitrary: fc.constantFrom<Ending>('early', 'late', 'gate') },
)
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('stepEnds' as const), at, ending }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('falls', 'dies', 'recovers'), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('recover', 'check', 'delete'), at }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('pause', 'resume', 'restart', 'lostLook') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      mode: fc.constantFrom('roll-back', 'stop-here'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), size: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
)
const modelNode: fc.Arbitrary<ModelNode> = fc.record({
  revisionId: fc.oneof(
    { weight: 5, arbitrary: fc.constant(FROM) },
    { weight: 1, arbitrary: fc.constantFrom(TO, OTHER) },
  ),
  health: fc.oneof(
    { weight: 4, arbitrary: fc.constant('Healthy' as const) },
    { weight: 1, arbitrary: fc.constant('Unhealthy' as const) },
  ),
  status: fc.oneof(
    { weight: 8, arbitrary: fc.constant('Running' as const) },
    { weight: 1, arbitrary: fc.constantFrom('Failed' as const, 'Stopped' as const) },
  ),
})
const params: fc.Arbitrary<UpdateParams> = fc.record({
  strategy: fc.constantFrom('ROLLING', 'ROLLING', 'FORCE', 'NO_RESTART'),
  maxUnavailable: fc.constantFrom(1, 2, 3, '25%', '50%'),
  batchPauseSeconds: fc.constantFrom(null, 0),
  minReadySeconds: fc.constant(0),
  maxFailures: fc.constantFrom(0, 0, 1, 2),
  onFailure: fc.constantFrom('rollback', 'pause', 'continue'),
  progressDeadlineSeconds: fc.constant(10),
  nodeTimeoutSeconds: fc.constant(DEFAULT_UPDATE_PARAMS.nodeTimeoutSeconds),
})
const story: fc.Arbitrary<Story> = fc.record({
  nodes: fc.array(modelNode, { minLength: 0, maxLength: 8 }),
  params,
  selection: fc.option(fc.uniqueArray(fc.nat(7), { maxLength: 6 }), { freq: 3 }),
  repair: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
  happenings: fc.array(happening, { maxLength: 60 }),
})

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
    const taken = ownSteps.filter((a) => a.inputs['wasAvailable'] && a.name === 'NODE_UPDATE')
    if (taken.length > 0 && update.params.strategy !== 'FORCE') {
      const away = [...model.nodes.values()].filter((n) => !isAvailable(n) && !others.has(n.id)).length
      const limit = resolveMaxUnavailable(update.params.maxUnavailable, model.nodes.size)
      assert.ok(away <= limit, `${away} do not serve after ${taken.length} were taken, ${limit} may`)
    }
    if (update.params.strategy === 'NO_RESTART')
      assert.ok(taken.length === 0, 'NO_RESTART restarted a node that served')

    for (const step of ownSteps) {
      const node = before.get(step.nodeId as NodeId) ?? (model.nodes.get(step.nodeId as NodeId) as Node)
      const back = step.inputs['direction'] === 'back'
      assert.ok(this.#isSelected(node.id), 'a node that was not chosen was moved')
      assert.notEqual(this.#cancelled, 'stop-here', 'a node started moving after it was told to stop here')
      if (this.#cancelled) assert.ok(back, 'a node started moving forward after the cancel')
      // A rollback tolerates none: one that leaves a node behind has not converged.
      const tolerated = back ? 0 : update.params.maxFailures
      if (back || update.params.onFailure !== 'continue')
        assert.ok(this.#countFailed(before) <= tolerated, 'it went on after too many failures')
      const now = model.nodes.get(node.id) as Node
      if (back) {
        // Whose code is in place where placing it failed, nobody knows.
        const stays = now.revisionId === FROM && !this.#stopped.has(node.id) && !isCodeUnknown(now)
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
      assert.ok(bad.length <= update.params.maxFailures, `${bad.length} nodes are not updated`)
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
    if (changes.events.some(({ type }) => type === 'update.resumed')) this.#failed.clear()
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
