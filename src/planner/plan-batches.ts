import type { NodeId, RevisionId } from '../domain/ids.ts'
import { isAvailable, isCodeUnknown, type Node, zoneOf } from '../domain/node.ts'
import type { Strategy, UpdateOrder } from '../domain/update.ts'
import { comesBefore, createOrder, type Turn } from './node-order.ts'
import { nextCheckpoint } from './plan-hold.ts'

export interface PlannedNode {
  readonly id: NodeId
  readonly because: string
}

/** What an update would do, if every node did as it should. Each node of the pool is in it once. */
export interface BatchPlan {
  /** In order; the nodes of one batch are away together. */
  readonly batches: readonly (readonly PlannedNode[])[]
  /** Where it stops at checkpoints, in order. */
  readonly holds: readonly PlannedHold[]
  /** Would have to move, and may not, for too many others do not serve. */
  readonly blocked: readonly PlannedNode[]
  readonly skipped: readonly PlannedNode[]
}

export interface PlannedHold {
  /** Counts from 1. */
  readonly checkpoint: number
  /** So many batches are behind it then; 0: it holds before any node moves. */
  readonly afterBatches: number
}

/** As much of a node as decides when its turn comes. */
export type PlannableNode = Pick<
  Node,
  'id' | 'index' | 'status' | 'health' | 'revisionId' | 'metadata' | 'data' | 'drift' | 'driftReason'
>

export interface BatchInput {
  /** All of the pool. */
  readonly nodes: readonly PlannableNode[]
  /** Null for a revision that is yet to be made, which no node runs. */
  readonly toRevisionId: RevisionId | null
  /** In nodes; this or `maxSurge` is at least 1. */
  readonly maxUnavailable: number
  /** In nodes: whose replacement may start first. */
  readonly maxSurge: number
  /** In nodes. Null: no limit of its own. */
  readonly maxUnhealthy: number | null
  readonly strategy: Strategy
  /** No node of a batch begins before the one before it is done, as `batchPauseSeconds` asks for. */
  readonly isStrict: boolean
  readonly order: UpdateOrder
  readonly checkpoints: readonly (number | string)[]
  readonly selection: readonly NodeId[] | null
}

/**
 * Foretells the batches of an update without starting it. An update has no fixed batches unless they are asked for: the
 * next node follows as soon as one is back, so a batch here is what may be away at the same time.
 */
export function planBatches(input: BatchInput): BatchPlan {
  const turnOf = createOrder(input.order)
  const selection = input.selection && new Set(input.selection)
  const skipped: PlannedNode[] = []
  const queues: Queues = { down: [], up: [] }
  let unavailable = 0
  let right = 0
  for (const node of input.nodes) {
    const { id, index } = node
    const serves = isAvailable(node)
    if (!serves) unavailable += 1
    const turn = turnOf({ id, index, zone: zoneOf(node) })
    const isRight = runs(node, input.toRevisionId)
    if (selection && !selection.has(id)) skipped.push({ id, because: 'not chosen' })
    else if (isRight && serves) {
      right += 1
      skipped.push({ id, because: 'runs this revision already' })
    } else if (serves) queues.up.push({ ...turn, id, because: whyItMoves(node, input.toRevisionId) })
    else {
      const because = `does not serve (${node.status}, ${node.health}), so it goes first`
      queues.down.push({ ...turn, id, because })
    }
  }
  for (const queue of [queues.down, queues.up]) queue.sort((a, b) => (comesBefore(a, b) ? -1 : 1))
  if (input.strategy === 'FORCE') {
    const all = [...queues.down, ...queues.up].map(toPlanned)
    return { batches: all.length === 0 ? [] : [all], holds: [], blocked: [], skipped }
  }
  return { ...toBatches(input, queues, { unavailable, right }), skipped }
}

/** Whether a node is what the revision says, as far as anybody knows: then it has only to serve. */
export function runs(
  node: Pick<PlannableNode, 'revisionId' | 'data' | 'drift'>,
  revisionId: RevisionId | null,
): boolean {
  return isOn(node, revisionId) && !isCodeUnknown(node) && node.drift === null
}

function isOn(node: Pick<PlannableNode, 'revisionId'>, revisionId: RevisionId | null): boolean {
  return node.revisionId !== null && node.revisionId === revisionId
}

function whyItMoves(node: PlannableNode, revisionId: RevisionId | null): string {
  if (!isOn(node, revisionId) || node.drift === null) return 'serves on another revision'
  return `differs from this revision: ${node.driftReason}`
}

interface Waiting extends PlannedNode, Turn {}

interface Queues {
  readonly down: Waiting[]
  readonly up: Waiting[]
}

/** A pool on its way. */
interface Course {
  readonly down: Line
  readonly up: Line
  /** Nodes that do not serve, and are not being moved. */
  unavailable: number
  /** Selected nodes that are where they belong. */
  updated: number
}

/**
 * Lets nodes go until none may, with every node coming back well.
 * @param start.right selected nodes that are where they belong already: checkpoints count them
 */
function toBatches(
  input: BatchInput,
  { down, up }: Queues,
  start: { readonly unavailable: number; readonly right: number },
): Omit<BatchPlan, 'skipped'> {
  const selected = start.right + down.length + up.length
  const course: Course = {
    down: new Line(down),
    up: new Line(up),
    unavailable: start.unavailable,
    updated: start.right,
  }
  const batches: PlannedNode[][] = []
  const holds: PlannedHold[] = []
  let checkpoint = nextCheckpoint(input.checkpoints, 0, selected)
  while (true) {
    while (checkpoint && course.updated >= checkpoint.nodes) {
      holds.push({ checkpoint: checkpoint.number, afterBatches: batches.length })
      checkpoint = nextCheckpoint(input.checkpoints, checkpoint.through, selected)
    }
    const room = checkpoint ? checkpoint.nodes - course.updated : Number.POSITIVE_INFINITY
    const batch = nextBatch(input, course, room)
    // Nodes that do not serve and are not moved block the rest: the plan ends where the update would wait.
    if (batch.length === 0) break
    course.updated += batch.length
    batches.push(batch.map(toPlanned))
  }
  const because = `waits: ${course.unavailable} nodes that are not moved do not serve`
  const blocked = [...course.down.rest(), ...course.up.rest()].map(({ id }) => ({ id, because }))
  return { batches, holds, blocked }
}

/**
 * The nodes that go before any is back, by the rules of `planRolling` and `planNoRestart`: look after look, as those
 * are asked again when the first steps have begun.
 * @param most nodes up to the next checkpoint
 */
function nextBatch(input: BatchInput, course: Course, most: number): Waiting[] {
  const { strategy, isStrict, maxUnavailable, maxSurge, maxUnhealthy } = input
  const { down, up } = course
  const batch: Waiting[] = []
  const alone = Math.max(1, maxUnavailable)
  let surging = 0
  while (true) {
    const slots = Math.min(most - batch.length, alone - (batch.length - surging))
    const heads = Math.max(1, alone + maxSurge - batch.length)
    const { domain } = batch[0] ?? down.head ?? up.head ?? { domain: '' }
    const isIll = maxUnhealthy !== null && course.unavailable > maxUnhealthy
    const broken = down.take({ heads, domain, most: slots })
    const left = most - batch.length - broken.length
    const beside = Math.max(0, Math.min(left, maxSurge - surging))
    const away = course.unavailable + batch.length - surging
    const room =
      strategy === 'NO_RESTART'
        ? broken.length > 0
          ? 0
          : slots
        : beside + Math.max(0, Math.min(left - beside, slots - broken.length, maxUnavailable - away))
    const serving = up.take({ heads, domain, most: isIll ? 0 : room })
    surging += Math.min(serving.length, beside)
    course.unavailable -= broken.length
    batch.push(...broken, ...serving)
    if (isStrict || broken.length + serving.length === 0) return batch
  }
}

/** Nodes in the order of their turn, of which some leave near the front. */
class Line {
  readonly #all: Waiting[]
  #start = 0

  constructor(all: Waiting[]) {
    this.#all = all
  }

  get head(): Waiting | undefined {
    return this.#all[this.#start]
  }

  /** Takes out those of one domain among the first ones. */
  take(which: { readonly heads: number; readonly domain: string; readonly most: number }): Waiting[] {
    if (which.most <= 0 || this.#start === this.#all.length) return []
    const heads = this.#all.slice(this.#start, this.#start + which.heads)
    const taken = heads.filter(({ domain }) => domain === which.domain).slice(0, Math.max(0, which.most))
    const gone = new Set(taken)
    // Those that stay keep their order behind those that go.
    for (const [at, node] of [...taken, ...heads.filter((node) => !gone.has(node))].entries())
      this.#all[this.#start + at] = node
    this.#start += taken.length
    return taken
  }

  rest(): readonly Waiting[] {
    return this.#all.slice(this.#start)
  }
}

function toPlanned({ id, because }: Waiting): PlannedNode {
  return { id, because }
}
