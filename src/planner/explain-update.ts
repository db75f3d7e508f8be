import type { Action } from '../domain/action.ts'
import type { EpochMs, NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { isEnded, type Update } from '../domain/update.ts'

/** What an explanation of an update is made of. */
export interface ExplainFacts {
  readonly now: EpochMs
  readonly update: Update
  /** What is being done to nodes of its pool, by whomever, oldest first; at most some. */
  readonly steps: readonly StepFacts[]
  /** Nodes of the pool that do not serve and that nothing is being done to; at most some. */
  readonly unwell: readonly NodeFacts[]
  /** The open updates of the pool before it. */
  readonly before: readonly Pick<Update, 'id' | 'createdBy' | 'because'>[]
  /** Whether any engine is there. */
  readonly hasEngine: boolean
}

type NodeFacts = Pick<Node, 'id' | 'name' | 'status' | 'health' | 'statusReason'>

export interface StepFacts {
  readonly node: NodeFacts
  readonly action: Pick<Action, 'name' | 'statusReason' | 'createdAt' | 'startedAt' | 'updateId' | 'inputs'>
}

/** Why an update is where it is, in words. */
export interface Explanation {
  readonly summary: string
  /** What it waits for, the longest first. */
  readonly waitsFor: readonly WaitsFor[]
  /** What would move it, or what a person can do; empty once it ended. */
  readonly moves: readonly string[]
}

export interface WaitsFor {
  /** Null: it waits for no node in particular. */
  readonly nodeId: NodeId | null
  readonly node: string | null
  readonly what: string
  readonly since: EpochMs | null
}

/** Says what an update waits for, since when, and what would move it. Pure. */
export function explainUpdate(facts: ExplainFacts): Explanation {
  const { update } = facts
  if (isEnded(update.status)) {
    const took = update.endedAt === null ? '' : ` after ${spell(update.endedAt - update.createdAt)}`
    return { summary: `It ended ${update.status}${took}: ${update.because}.`, waitsFor: [], moves: [] }
  }
  if (!facts.hasEngine) {
    return {
      summary: 'Nothing moves, because no engine is running.',
      waitsFor: [general('an engine', update.lastProgressAt ?? update.createdAt)],
      moves: ['start a server (drover serve): it goes on where the last one was'],
    }
  }
  const situation = explainQueue(facts) ?? explainPause(facts) ?? explainHold(facts)
  const steps = facts.steps.map((step) => explainStep(step, facts))
  if (situation) {
    return { ...situation, waitsFor: [...situation.waitsFor, ...steps.map(({ waitsFor }) => waitsFor)] }
  }
  if (steps.length === 0) return explainRest(facts)
  return {
    summary: summaryOf(update),
    waitsFor: steps.map(({ waitsFor }) => waitsFor),
    moves: [...steps.flatMap(({ moves }) => moves), ...cancelling(update)],
  }
}

function explainQueue({ update, before }: ExplainFacts): Explanation | undefined {
  if (update.status !== 'Queued') return undefined
  const [first] = before
  const what = first ? `update ${first.id}, which ${first.createdBy} started: ${first.because}` : 'its turn'
  const moves = first ? [`that update ends, or is cancelled: drover update cancel ${first.id}`] : []
  return {
    summary: 'It waits for its turn: one update at a time has a pool.',
    waitsFor: [general(what, update.createdAt)],
    moves: [...moves, ...cancelling(update)],
  }
}

function explainPause({ update }: ExplainFacts): Explanation | undefined {
  const { paused } = update.control
  if (update.status !== 'Paused' && !paused) return undefined
  return {
    summary: paused
      ? `${paused.by} paused it: ${paused.reason}.`
      : `It paused by itself, and waits for a person: ${update.because}.`,
    waitsFor: [general('a person', paused?.at ?? update.lastProgressAt)],
    moves: [`drover update resume ${update.id}`, ...cancelling(update)],
  }
}

function explainHold({ update, now }: ExplainFacts): Explanation | undefined {
  const { hold, params } = update
  if (!hold) return undefined
  const { holdSeconds, afterHold, checkpoints } = params
  const then = afterHold === 'continue' ? 'goes on' : 'rolls back'
  const byItself =
    holdSeconds === null
      ? []
      : [`by itself in ${spell(hold.since + holdSeconds * 1000 - now)}: it ${then} then`]
  return {
    summary: `It holds at checkpoint ${hold.checkpoint} of ${checkpoints.length}.`,
    waitsFor: [general('somebody to say that it may go on', hold.since)],
    moves: [`drover update continue ${update.id}`, ...byItself, ...cancelling(update)],
  }
}

const DOING: Partial<Record<Action['name'], string>> = {
  NODE_CREATE: 'to be made',
  NODE_UPDATE: 'to be replaced and healthy',
  NODE_STOP: 'to stop',
  NODE_START: 'to start and be healthy',
  NODE_PLACE_CODE: 'to have the code put in place',
  NODE_CHECK: 'to be checked',
  NODE_RECOVER: 'to recover',
  NODE_DELETE: 'to be deleted',
}

function explainStep(
  { node, action }: StepFacts,
  { update, now }: ExplainFacts,
): { readonly waitsFor: WaitsFor; readonly moves: readonly string[] } {
  const own = action.updateId === update.id
  const since = action.startedAt ?? action.createdAt
  const doing =
    action.inputs['surge'] === true
      ? 'to get a replacement that is healthy, while it serves'
      : (DOING[action.name] ?? `for ${action.name}`)
  const whose = own ? '' : ', which is not this update’s doing'
  const reason = action.statusReason || node.statusReason || node.status
  const waitsFor = {
    nodeId: node.id,
    node: node.name,
    what: `${node.name} ${doing}${whose}: ${reason}`,
    since,
  }
  if (!own) return { waitsFor, moves: [] }
  const { nodeTimeoutSeconds, minReadySeconds } = update.params
  const left = since + (nodeTimeoutSeconds + minReadySeconds) * 1000 - now
  const limit = left > 0 ? `in ${spell(left)} at the latest its step counts as failed` : 'its time is over'
  return { waitsFor, moves: [`${node.name} gets through its step; ${limit}`] }
}

/** Nothing is in flight: it waits for nodes to serve again, for a pause between batches, or for the next look. */
function explainRest({ update, unwell, now }: ExplainFacts): Explanation {
  const { lastProgressAt, startedAt, createdAt, params } = update
  const left = (lastProgressAt ?? startedAt ?? createdAt) + params.progressDeadlineSeconds * 1000 - now
  const byItself =
    unwell.length > 0 && left > 0
      ? [`by itself in ${spell(left)}: without progress until then it counts as failed`]
      : []
  return {
    summary: summaryOf(update),
    waitsFor: unwell.map(({ id, name, status, health, statusReason }) => ({
      nodeId: id,
      node: name,
      what: `${name} is ${status}, ${health}: ${statusReason}`,
      since: null,
    })),
    moves: [...unwell.map(({ name }) => `${name} serves again`), ...byItself, ...cancelling(update)],
  }
}

function summaryOf({ status, direction, because, control }: Update): string {
  const way = direction === 'back' ? 'It is rolling back' : `It is ${status}`
  const cancelled = control.cancellation ? `, cancelled by ${control.cancellation.by}` : ''
  return `${way}${cancelled}: ${because}.`
}

function cancelling({ id, control }: Update): string[] {
  return control.cancellation ? [] : [`or give it up: drover update cancel ${id}`]
}

function general(what: string, since: EpochMs | null): WaitsFor {
  return { nodeId: null, node: null, what, since }
}

/** `95_000` → `1 min 35 s` */
function spell(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`
  const hours = Math.floor(minutes / 60)
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}
