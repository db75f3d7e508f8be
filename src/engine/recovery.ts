import { type Action, hasBegun } from '../domain/action.ts'
import type { EpochMs, JsonObject, NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Policy } from '../domain/policy.ts'
import { NO_RECOVERIES, planRecovery, type RecoveryHistory } from '../planner/plan-recovery.ts'
import { type HealthRules, healthRules } from '../policies/health/rules.ts'
import { beginNewStep } from './begin-step.ts'
import { type ClusterState, isIll } from './cluster-state.ts'
import { decisionsOf } from './consultation.ts'

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
 * reason. Costs nothing while no node is ill, and a look at each ill node when its time has come.
 */
export function recoverNodes(state: ClusterState): void {
  const found = healthPolicyOf(state)
  if (found?.policy.id !== state.healthPolicyId) {
    state.healthPolicyId = found?.policy.id ?? null
    if (found)
      for (const node of state.nodes.values()) if (isIll(node)) state.recoveries.set(node.id, state.now)
  }
  const due = state.recoveries.take(state.now)
  if (found) for (const id of due) recover(state, found, id)
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

function recover(state: ClusterState, { policy, rules }: Found, id: NodeId): void {
  const node = state.nodes.get(id)
  if (!node || !isIll(node) || node.actionId !== null || state.waitingByNode.has(id)) return
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
  const because = `${node.name}: ${node.statusReason}`
  if (plan.kind === 'wait') state.recoveries.set(id, plan.until)
  else if (plan.kind === 'giveUp') {
    state.putNode(withRecord(node, { ...record, history: plan.history }))
    state.recoveries.drop(id)
    state.event('node.recoveryGivenUp', `${because}; ${plan.because}`, { nodeId: id, level: 'error' })
  } else if (plan.kind === 'recover') {
    const { operation, params } = rules.recovery
    const reason = `policy ${policy.name}: ${operation}, ${plan.because}`
    state.event('node.recovering', `${because}; ${reason}`, { nodeId: id, level: 'warning' })
    const inputs = { operation, params, policyId: policy.id }
    const fields = { name: 'NODE_RECOVER', createdBy: 'engine', inputs } as const
    beginNewStep(state, withRecord(node, { ...record, history: plan.history }), fields, reason)
  }
}

function healthPolicyOf(state: ClusterState): Found | undefined {
  for (const { policy, binding } of state.policies.values()) {
    if (policy.type !== 'health' || !binding.enabled) continue
    const rules = rulesOf.get(policy) ?? healthRules(policy.version, policy.properties)
    rulesOf.set(policy, rules)
    return { policy, rules }
  }
  return undefined
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
