import type { Action } from '../domain/action.ts'
import { type Drift, withDrift } from '../domain/drift.ts'
import type { ActionId, EpochMs, NodeId, UpdateId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import { isStart, isSurge } from './begin-step.ts'
import type { ClusterState } from './cluster-state.ts'
import { withoutRepairs } from './drift-repair.ts'
import type { StepOutcome } from './step-order.ts'

/** Whether a look at a node's real state found anything else than what is noted of it. */
export function isNews(state: ClusterState | null, id: NodeId, found: readonly Drift[]): boolean {
  const node = state?.nodes.get(id)
  return node !== undefined && withDrift(node, found, node.updatedAt) !== node
}

/** Takes note of what a look at a node's real state found; nothing if it is what its revision says. */
export function applyFindings(state: ClusterState, id: NodeId, found: readonly Drift[]): void {
  const node = state.nodes.get(id)
  if (!node || node.actionId !== null) return
  const after = withDrift(node, found, state.now)
  if (after === node) return
  state.putNode(after)
  tellOfSync(state, node, after, { nodeId: id })
}

/**
 * What is left of a node's drift after an action. What was started anew is what its revision says, and what was stopped is
 * nothing at all; where a step did less than that, the next look tells.
 */
export function driftAfter(action: Action, node: Node, outcome: StepOutcome, now: EpochMs): Node {
  const { name } = action
  // A replacement that did not pass leaves what ran before as it was.
  if (node.drift === null || (isSurge(action) && !outcome.ok)) return node
  const wasStarted = isStart(name) && outcome.started !== null
  const isGone = name === 'NODE_STOP' && outcome.ok
  const isPlaced = name === 'NODE_PLACE_CODE' && outcome.ok && node.drift === 'files'
  if (wasStarted || isGone || isPlaced) {
    const right = withDrift(node, [], now)
    return action.createdBy === 'engine' ? right : withoutRepairs(right)
  }
  return outcome.health?.health === 'Healthy' ? withoutProcessDrift(node, now) : node
}

/** The node when its process was seen to run. */
export function withoutProcessDrift(node: Node, now: EpochMs): Node {
  return node.drift === 'process' ? withDrift(node, [], now) : node
}

/** The event of a difference that was found, or is gone. */
export function tellOfSync(
  state: ClusterState,
  before: Node,
  after: Node,
  about: {
    readonly nodeId: NodeId | null
    readonly actionId?: ActionId
    readonly updateId?: UpdateId | null
  },
): void {
  if (after.drift !== null && after.driftReason !== before.driftReason) {
    const data = { kind: after.drift }
    const because = `${after.name}: ${after.driftReason}`
    state.event('node.outOfSync', because, { ...about, level: 'warning', data })
  } else if (after.drift === null && before.drift !== null) {
    state.event('node.inSync', `${after.name}: it is what its revision says again`, about)
  }
}
