import { type Action, hasBegun } from '../domain/action.ts'
import type { EpochMs, JsonObject, NodeId, PoolId } from '../domain/ids.ts'
import { isIll, type Node } from '../domain/node.ts'
import type { Policy } from '../domain/policy.ts'
import { NO_RECOVERIES, planRecovery, type RecoveryHistory } from '../planner/plan-recovery.ts'
import { pollAddress } from '../policies/health/poll.ts'
import { type Finding, type HealthRules, healthRules, judgeFindings } from '../policies/health/rules.ts'
import { beginNewStep } from './begin-step.ts'
import type { ClusterState } from './cluster-state.ts'
import { decisionsOf } from './consultation.ts'
import { canBeWatched } from './orders.ts'
import type { PollOrder } from './url-poller.ts'

/** What is kept with a node, in its `data`, for who looks after its health. */
interface HealthRecord {
  readonly changedAt: EpochMs
  readonly history: RecoveryHistory
  /** It was to be deleted, and that failed: nobody wants it back. */
  readonly isUnwanted: boolean
}

/** A policy never changes, so its rules are read once. */
const rulesOf = new WeakMap<Policy, HealthRules>()

/**
 * Brings nodes back that failed, if a health policy of the cluster is enabled: as the policy wants it, each with its
 * reason. Costs nothing while nothing speaks against a node, and a look at each such node when its time has come.
 *
 * @param percent of a pool's nodes that are brought back at once, at least one; others wait for their turn
 */
export function recoverNodes(state: ClusterState, percent: number): void {
  const found = healthPolicyOf(state)
  if (found?.policy.id !== state.healthPolicyId) {
    state.healthPolicyId = found?.policy.id ?? null
    state.polled.clear()
    if (found)
      for (const node of state.nodes.values()) if (isIll(node)) state.recoveries.set(node.id, state.now)
  }
  const due = state.recoveries.take(state.now)
  if (!found) return
  const most = (poolId: PoolId) => Math.max(1, Math.floor((state.poolSize(poolId) * percent) / 100))
  const hasRoom = (poolId: PoolId) => state.recoveryQueue.running(poolId) < most(poolId)
  for (const id of state.recoveryQueue.take(hasRoom)) recover(state, found, id, most)
  for (const id of due) recover(state, found, id, most)
}

/** What is to be asked about a node at an address, if an enabled health policy wants that and the node can be asked. */
export function pollOrderOf(state: ClusterState, node: Node): PollOrder | undefined {
  const attached = state.healthPolicyId === null ? undefined : state.policies.get(state.healthPolicyId)
  if (!attached || !canBeWatched(node)) return undefined
  const { policy } = attached
  const { detections, intervalSeconds, nodeUpdateTimeoutSeconds } = readRules(policy)
  const rules = detections.find(({ by }) => by === 'url')
  const address = rules?.by === 'url' ? pollAddress(rules, node) : null
  if (rules?.by !== 'url' || address === null) return undefined
  const notBefore = recordOf(node).changedAt + nodeUpdateTimeoutSeconds * 1000
  return { policyId: policy.id, address, rules, intervalMs: intervalSeconds * 1000, notBefore }
}

/** Takes note of what polled addresses say, of nodes that nothing has been done to since. */
export function notePolled(state: ClusterState, polled: ReadonlyMap<NodeId, string | null>): void {
  for (const [id, against] of polled) {
    if (against === null) state.polled.delete(id)
    else if (state.nodes.get(id)?.actionId === null) {
      state.polled.set(id, against)
      state.recoveries.set(id, state.now)
    }
  }
}

/** Takes note, for the health policy, that something was done to a node. */
export function noteChange(state: ClusterState, action: Action, after: Node, succeeded: boolean): Node {
  if (state.healthPolicyId === null || action.name === 'NODE_CHECK') return after
  const { history } = recordOf(after)
  const record: HealthRecord = {
    changedAt: state.now,
    history: action.cause === 'engine' ? history : NO_RECOVERIES,
    isUnwanted: action.name === 'NODE_DELETE' && !succeeded,
  }
  return withRecord(after, record)
}

interface Found {
  readonly policy: Policy
  readonly rules: HealthRules
}

function recover(
  state: ClusterState,
  { policy, rules }: Found,
  id: NodeId,
  mostOf: (poolId: PoolId) => number,
): void {
  const node = state.nodes.get(id)
  if (!node || node.actionId !== null || state.waitingByNode.has(id)) return
  const failure = judgeFindings(rules, findingsOf(state, node, rules))
  if (failure === null) return
  const record = recordOf(node)
  if (record.isUnwanted) return
  const plan = planRecovery({
    now: state.now,
    intervalSeconds: rules.intervalSeconds,
    nodeUpdateTimeoutSeconds: rules.nodeUpdateTimeoutSeconds,
    changedAt: record.changedAt,
    suspendedBy: whatSuspends(state, node),
    history: record.history,
  })
  const because = `${node.name}: ${failure}`
  if (plan.kind === 'wait') state.recoveries.set(id, plan.until)
  else if (plan.kind === 'giveUp') {
    state.putNode(withRecord(node, { ...record, history: plan.history }))
    state.recoveries.drop(id)
    state.event('node.recoveryGivenUp', `${because}; ${plan.because}`, { nodeId: id, level: 'error' })
  } else if (plan.kind === 'recover') {
    const { operation, params } = rules.recovery
    const [running, most] = [state.recoveryQueue.running(node.poolId), mostOf(node.poolId)]
    const atOnce = `${most} of ${state.poolSize(node.poolId)} nodes at once`
    if (running >= most) {
      const isFirst = state.recoveryQueue.wait(node.poolId, id)
      const waits = `${because}; policy ${policy.name} brings back ${atOnce}: this one waits, as others may that follow`
      if (isFirst) state.event('node.recoveryWaits', waits, { nodeId: id, level: 'warning' })
      return
    }
    const bounded = running + 1 === most ? `, ${atOnce}` : ''
    const reason = `policy ${policy.name}: ${operation}, ${plan.because}${bounded}`
    state.event('node.recovering', `${because}; ${reason}`, { nodeId: id, level: 'warning' })
    const inputs = { operation, params, policyId: policy.id }
    const fields = { name: 'NODE_RECOVER', createdBy: 'engine', inputs } as const
    beginNewStep(state, withRecord(node, { ...record, history: plan.history }), fields, reason)
  }
}

function healthPolicyOf(state: ClusterState): Found | undefined {
  for (const { policy, binding } of state.policies.values()) {
    if (policy.type !== 'health' || !binding.enabled) continue
    return { policy, rules: readRules(policy) }
  }
  return undefined
}

function readRules(policy: Policy): HealthRules {
  const rules = rulesOf.get(policy) ?? healthRules(policy.version, policy.properties)
  rulesOf.set(policy, rules)
  return rules
}

/** A node that there is no address to ask for, as one that never came up, is judged by what is known of it. */
function findingsOf(state: ClusterState, node: Node, rules: HealthRules): Finding[] {
  const known: Finding = { hasFailed: isIll(node), because: node.statusReason }
  return rules.detections.map((detection) => {
    if (detection.by !== 'url' || !canBeWatched(node) || pollAddress(detection, node) === null) return known
    const against = state.polled.get(node.id)
    return { hasFailed: against !== undefined, because: against ?? '' }
  })
}

/** While nodes are taken away on purpose, one that is away is no failure. */
function whatSuspends(state: ClusterState, { poolId }: Node): string | null {
  const inFlight = state.updates.get(poolId)
  if (inFlight) return `update ${inFlight.update.id} is in flight`
  for (const id of state.fanouts.keys()) {
    const action = state.actions.get(id)
    if (!action || !hasBegun(action) || !decisionsOf(action).suspendsHealth) continue
    if (action.poolId === null || action.poolId === poolId) return `${action.name} (action ${id}) runs`
  }
  return null
}

function recordOf({ data, firstReadyAt, createdAt }: Node): HealthRecord {
  const known = data['health'] as unknown as HealthRecord | undefined
  return known ?? { changedAt: firstReadyAt ?? createdAt, history: NO_RECOVERIES, isUnwanted: false }
}

function withRecord(node: Node, record: HealthRecord): Node {
  return { ...node, data: { ...node.data, health: record as unknown as JsonObject } }
}
