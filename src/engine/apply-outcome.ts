import type { Action } from '../domain/action.ts'
import { withDrift } from '../domain/drift.ts'
import { type Health, isWorking } from '../domain/health-check.ts'
import type { JsonObject, NodeId, RevisionId } from '../domain/ids.ts'
import { lastStartOf, type Node, withCodeUnknown, withLastStart, withStray } from '../domain/node.ts'
import { afterSurge } from './after-surge.ts'
import { isSurge } from './begin-step.ts'
import type { ClusterState } from './cluster-state.ts'
import type { HealthNews } from './health-monitor.ts'
import { noteChange } from './recovery.ts'
import type { StepOutcome } from './step-order.ts'
import { driftAfter, tellOfSync, withoutProcessDrift } from './sync.ts'
import type { UpdateInFlight } from './update-in-flight.ts'

/** Errors that an update keeps in full; of the others it keeps the number. */
const MAX_ERRORS = 100

const PAST_TENSE: Readonly<Record<string, string>> = {
  NODE_CREATE: 'created',
  NODE_UPDATE: 'updated',
  NODE_START: 'started',
  NODE_STOP: 'stopped',
  NODE_PLACE_CODE: 'updated',
  NODE_CHECK: 'checked',
  NODE_RECOVER: 'recovered',
  NODE_OPERATION: 'operated',
  NODE_DELETE: 'deleted',
}

/** Takes note of how a node action ended: the node's new state, the action's end, the update's counts, an event. */
export function applyOutcome(state: ClusterState, action: Action, outcome: StepOutcome): void {
  const node = state.nodes.get(action.nodeId as NodeId)
  if (!node) {
    state.endAction(action, 'CANCELLED', 'the node is gone')
    return
  }
  const reason = outcome.ok ? describeSuccess(action, outcome) : outcome.message
  const because = `${node.name}: ${reason}`
  const data: JsonObject = { action: action.name, revision: revisionNumber(state, action) }
  if (outcome.ok) {
    state.endAction(action, 'SUCCEEDED', because)
    const verb = action.inputs['direction'] === 'back' ? 'rolledBack' : PAST_TENSE[action.name]
    const level = outcome.givenUp === undefined ? 'info' : 'warning'
    state.event(`node.${verb}`, because, { ...about(action), level, data })
  } else {
    const { phase, code } = outcome
    const brokenOff = wasBrokenOff(outcome)
    state.endAction(action, brokenOff ? 'CANCELLED' : 'FAILED', because, { phase, code })
    const level = brokenOff ? 'info' : 'error'
    const type = brokenOff ? 'node.cancelled' : 'node.failed'
    state.event(type, because, { ...about(action), level, data: { ...data, phase } })
  }
  noteInUpdate(state, action, node, outcome)
  if (action.name === 'NODE_DELETE' && outcome.ok) state.removeNode(node)
  else {
    const ended = noteCode(action, nodeAfter(state, action, node, outcome, reason), outcome)
    const alone = endsStrays(action, outcome) ? withStray(ended, false) : ended
    const after = { ...driftAfter(action, alone, outcome, state.now), actionId: null }
    tellOfSync(state, node, after, about(action))
    state.putNode(noteChange(state, action, after, outcome.ok))
  }
  const replaced = action.inputs['replaces']
  if (outcome.ok && typeof replaced === 'string') deleteReplaced(state, action, replaced as NodeId)
}

/** What a node is after its action. What was asked for and did not happen shows as `Failed`. */
function nodeAfter(
  state: ClusterState,
  action: Action,
  node: Node,
  outcome: StepOutcome,
  because: string,
): Node {
  const health = outcome.health
  const observed = health
    ? { health: health.health, availableSince: health.availableSince }
    : { health: node.health, availableSince: node.availableSince }
  const started = outcome.started
    ? {
        handle: outcome.started.handle,
        physicalId: outcome.started.physicalId,
        endpoint: outcome.started.endpoint,
      }
    : {}
  const target = { revisionId: action.inputs['revisionId'] as RevisionId }
  switch (action.name) {
    case 'NODE_OPERATION':
    case 'NODE_CHECK': {
      const status = health && isWorking(health.health) ? 'Running' : node.status
      return { ...node, ...observed, status, statusReason: health?.detail ?? because }
    }
    case 'NODE_STOP':
      if (outcome.ok) {
        return { ...node, status: 'Stopped', statusReason: because, health: 'Unknown', availableSince: null }
      }
      return backAsItWas(state, action, node, because, isUntouched(outcome.phase))
    case 'NODE_PLACE_CODE':
      if (!outcome.ok && outcome.phase === 'place') return backAsItWas(state, action, node, because, true)
      return { ...node, ...observed, ...target, status: 'Running', statusReason: because }
    case 'NODE_DELETE':
      // Whether it still serves is not known: the watch that follows tells, and only tells what differs.
      return { ...node, status: 'Failed', statusReason: because, health: 'Unknown', availableSince: null }
    default: {
      if (isSurge(action)) return afterSurge(node, target, outcome, because)
      // It was looked at first and served, or failed before it was touched: what runs is what ran before, and keeps the name
      // of its start. By another name it would be taken for what should not run.
      const before = withLastStart(node, lastStartOf({ ...node, attempt: node.attempt - 1 }))
      if (wasLeftAlone(action, outcome))
        return { ...before, ...observed, status: 'Running', statusReason: because }
      if (!outcome.ok && isUntouched(outcome.phase))
        return backAsItWas(state, action, before, because, node.handle !== null)
      const begun = withLastStart(node, node.attempt)
      if (outcome.ok)
        return { ...begun, ...observed, ...started, ...target, status: 'Running', statusReason: because }
      // Nobody waited for its health any more: it runs, and will be watched, or moved on.
      const status = wasBrokenOff(outcome) ? 'Running' : 'Failed'
      const unhealthy = { health: 'Unhealthy' as const, availableSince: null }
      return {
        ...begun,
        ...(wasBrokenOff(outcome) ? observed : unhealthy),
        ...started,
        ...target,
        status,
        statusReason: because,
      }
    }
  }
}

/** Whether nothing else can be left in the node: what starts, stops or takes over a node alone ends whatever else is there. */
function endsStrays(action: Action, outcome: StepOutcome): boolean {
  if (isSurge(action)) return false
  return outcome.started !== null || (action.name === 'NODE_STOP' && outcome.ok)
}

const PUTS_CODE_IN_PLACE = ['NODE_CREATE', 'NODE_UPDATE', 'NODE_START', 'NODE_PLACE_CODE', 'NODE_RECOVER']

/**
 * Notes whether it is known which code the node has. A call that placed code and whose answer was lost may have done it;
 * which revision the row then names is a guess, that must not outlive the next step that is sure.
 */
function noteCode(action: Action, after: Node, outcome: StepOutcome): Node {
  const { name } = action
  if (!PUTS_CODE_IN_PLACE.includes(name) || wasLeftAlone(action, outcome)) return after
  if (isSurge(action) && !outcome.ok) return after
  // Nobody waited for its health any more: by then the code was in place.
  const isInPlace = outcome.ok || (wasBrokenOff(outcome) && outcome.phase === 'gate')
  if (isInPlace) return withCodeUnknown(after, false)
  return name === 'NODE_PLACE_CODE' ? withCodeUnknown(after, true) : after
}

/** Whether a step that failed there has not touched what runs. */
function isUntouched(phase: string): boolean {
  return phase === 'prepare' || phase === 'drain'
}

/** The step failed before it touched what runs. */
function backAsItWas(
  state: ClusterState,
  action: Action,
  node: Node,
  statusReason: string,
  untouched: boolean,
): Node {
  if (untouched && action.inputs['wasAvailable'] === true) {
    return { ...node, status: 'Running', statusReason, health: 'Healthy', availableSince: state.now }
  }
  return { ...node, status: 'Failed', statusReason, health: 'Unhealthy', availableSince: null }
}

function noteInUpdate(state: ClusterState, action: Action, node: Node, outcome: StepOutcome): void {
  const inFlight = state.updates.get(node.poolId)
  if (!inFlight || inFlight.update.id !== action.updateId) return
  const brokenOff = wasBrokenOff(outcome)
  const status = outcome.ok ? 'SUCCEEDED' : brokenOff ? 'CANCELLED' : 'FAILED'
  const outputs = outcome.ok ? action.outputs : { phase: outcome.phase, code: outcome.code }
  inFlight.noteEnd({ ...action, status, outputs, endedAt: state.now })
  if (brokenOff) return
  state.patchUpdate(inFlight, { lastProgressAt: state.now })
  if (!outcome.ok) noteError(state, inFlight, node, outcome)
}

function noteError(
  state: ClusterState,
  inFlight: UpdateInFlight,
  node: Node,
  { code, message }: { readonly code: string; readonly message: string },
): void {
  const { errors } = inFlight.update
  if (errors.length >= MAX_ERRORS) {
    state.patchUpdate(inFlight, { errorsLeftOut: inFlight.update.errorsLeftOut + 1 })
    return
  }
  const error = { code, message: `${node.name}: ${message}`, nodeIds: [node.id], at: state.now }
  state.patchUpdate(inFlight, { errors: [...errors, error] })
}

/** The node that a new one took the place of goes once the new one serves. */
function deleteReplaced(state: ClusterState, action: Action, replaced: NodeId): void {
  const old = state.nodes.get(replaced)
  if (!old) return
  const { parentId, poolId, createdBy } = action
  // Who called it off wants nothing more to begin: both stay.
  if (parentId !== null && state.actions.get(parentId)?.control?.cancellation) return
  state.putAction(
    state.newAction({ name: 'NODE_DELETE', inputs: {}, createdBy, parentId, poolId, nodeId: old.id }),
  )
}

const NEWS: Readonly<Record<Health, string>> = {
  Healthy: 'node.healthy',
  NotReady: 'node.notReady',
  Unhealthy: 'node.unhealthy',
  Starting: 'node.unhealthy',
  Unknown: 'node.unhealthy',
}

/** Takes note of a change of health that a watch saw. */
export function applyHealthNews(state: ClusterState, id: NodeId, { running, health }: HealthNews): void {
  const node = state.nodes.get(id)
  if (!node || node.actionId !== null) return
  const status = isWorking(health.health) ? 'Running' : running ? node.status : 'Failed'
  const inFlight = state.updates.get(node.poolId)
  const hadFailed = inFlight?.hasFailed(id) ?? false
  const after = running
    ? withoutProcessDrift(node, state.now)
    : withDrift(node, [{ kind: 'process', because: health.detail }], state.now)
  state.putNode({
    ...after,
    status,
    statusReason: health.detail,
    health: health.health,
    availableSince: health.availableSince,
  })
  // It passed its gate and fell over since.
  if (inFlight && !hadFailed && inFlight.hasFailed(id)) {
    noteError(state, inFlight, node, {
      code: 'runtime_failed',
      message: `after it was updated: ${health.detail}`,
    })
  }
  const updateId = inFlight?.update.id ?? null
  tellOfSync(state, node, after, { nodeId: id, updateId })
  const type = running ? NEWS[health.health] : 'node.died'
  state.event(type, `${node.name}: ${health.detail}`, {
    nodeId: id,
    updateId,
    level: health.health === 'Healthy' ? 'info' : 'warning',
  })
}

function wasLeftAlone({ name, inputs }: Action, outcome: StepOutcome): boolean {
  return name === 'NODE_RECOVER' && inputs['check'] === true && outcome.ok && outcome.started === null
}

/** Somebody did not want it any more: neither a success nor a failure. */
function wasBrokenOff(outcome: StepOutcome): boolean {
  return !outcome.ok && outcome.code === 'cancelled'
}

function describeSuccess(action: Action, outcome: StepOutcome & { readonly ok: true }): string {
  if (action.name === 'NODE_CHECK') return outcome.health?.detail ?? 'checked'
  if (action.name === 'NODE_OPERATION') return `${action.inputs['operation']} is done`
  if (action.name === 'NODE_DELETE') return outcome.givenUp ?? 'stopped and removed'
  if (action.name === 'NODE_STOP') return 'stopped'
  if (wasLeftAlone(action, outcome)) return `it serves, nothing was done: ${outcome.health?.detail}`
  return outcome.health?.detail ?? 'code is in place'
}

function revisionNumber(state: ClusterState, action: Action): number | null {
  const id = action.inputs['revisionId']
  return typeof id === 'string' ? (state.revisions.get(id as RevisionId)?.number ?? null) : null
}

function about(action: Action) {
  return {
    nodeId: action.nodeId,
    actionId: action.id,
    updateId: action.updateId,
    principal: action.createdBy,
  }
}
