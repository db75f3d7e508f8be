import type { Action } from '../domain/action.ts'
import type { JsonObject, PolicyId } from '../domain/ids.ts'
import type { AttachedPolicy, PolicyBinding } from '../domain/policy.ts'
import { findPolicyType } from '../policies/index.ts'
import type { ClusterState } from './cluster-state.ts'

/** How one of these actions ends. */
type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly because: string; readonly eventType: string | null }
  | { readonly status: 'FAILED'; readonly because: string }

const CARRY_OUT = {
  CLUSTER_ATTACH_POLICY: attach,
  CLUSTER_DETACH_POLICY: detach,
  CLUSTER_UPDATE_POLICY: update,
} as const

type PolicyAction = Action & { readonly name: keyof typeof CARRY_OUT }

export function isPolicyAction(action: Action): action is PolicyAction {
  return Object.hasOwn(CARRY_OUT, action.name)
}

/**
 * Attaches, detaches, enables or disables a policy: at once, in the look that begins the action, so that each action
 * that begins after it meets the policies as they then are.
 */
export function carryOutPolicyAction(state: ClusterState, action: PolicyAction): void {
  const running = state.startAction(action, 'running')
  const outcome = CARRY_OUT[action.name](state, running, running.inputs)
  state.endAction(running, outcome.status, outcome.because)
  const subject = { actionId: action.id, principal: action.createdBy }
  const data = { policyId: action.inputs['policyId'] as string }
  if (outcome.status === 'FAILED') {
    state.event('action.ended', `${action.name}: ${outcome.because}`, { ...subject, data, level: 'error' })
  } else if (outcome.eventType) {
    state.event(outcome.eventType, outcome.because, { ...subject, data })
  }
}

function attach(state: ClusterState, action: Action, inputs: JsonObject): Outcome {
  const policyId = inputs['policyId'] as PolicyId
  const already = state.policies.get(policyId)
  if (already) {
    return {
      status: 'SUCCEEDED',
      because: `policy ${already.policy.name} was attached already`,
      eventType: null,
    }
  }
  const policy = state.attachable.get(policyId)
  if (!policy) return failed(`policy ${policyId} was deleted meanwhile`)
  const type = findPolicyType(policy.type)
  if (!type) return failed(`policy ${policy.name} is of type ${policy.type}, which this engine does not know`)
  const same = [...state.policies.values()].find((other) => other.policy.type === policy.type)
  if (same && !type.isRepeatable) {
    return failed(
      `policy ${policy.name} is of type ${policy.type}, as is ${same.policy.name}: a cluster has one of them; detach that one first`,
    )
  }
  const unsupported = profileTypesOf(state).find((name) => type.unsupportedProfileTypes.includes(name))
  if (unsupported !== undefined) {
    return failed(`policies of type ${policy.type} can do nothing for nodes of profile type ${unsupported}`)
  }
  const enabled = inputs['enabled'] === true
  const binding: PolicyBinding = {
    id: state.nextId(),
    projectId: state.cluster.projectId,
    clusterId: state.cluster.id,
    policyId,
    enabled,
    priority: type.priority,
    data: {},
    lastOperationAt: null,
    createdBy: action.createdBy,
    createdAt: state.now,
    updatedAt: state.now,
  }
  state.putPolicy({ policy, binding })
  return {
    status: 'SUCCEEDED',
    because: `policy ${policy.name} is attached${enabled ? '' : ', and disabled'}`,
    eventType: 'policy.attached',
  }
}

function detach(state: ClusterState, _action: Action, inputs: JsonObject): Outcome {
  const attached = attachedOf(state, inputs)
  if (!attached) return notAttached(inputs)
  state.removePolicy(attached)
  return {
    status: 'SUCCEEDED',
    because: `policy ${attached.policy.name} is detached`,
    eventType: 'policy.detached',
  }
}

function update(state: ClusterState, _action: Action, inputs: JsonObject): Outcome {
  const attached = attachedOf(state, inputs)
  if (!attached) return notAttached(inputs)
  const { policy, binding } = attached
  const enabled = inputs['enabled'] === true
  const word = enabled ? 'enabled' : 'disabled'
  if (binding.enabled === enabled) {
    return { status: 'SUCCEEDED', because: `policy ${policy.name} was ${word} already`, eventType: null }
  }
  state.putPolicy({ policy, binding: { ...binding, enabled, updatedAt: state.now } })
  return {
    status: 'SUCCEEDED',
    because: `policy ${policy.name} is ${word}`,
    eventType: `policy.${word}`,
  }
}

function attachedOf(state: ClusterState, inputs: JsonObject): AttachedPolicy | undefined {
  return state.policies.get(inputs['policyId'] as PolicyId)
}

function notAttached(inputs: JsonObject): Outcome {
  return failed(`policy ${inputs['policyId']} is not attached any more`)
}

function failed(because: string): Outcome {
  return { status: 'FAILED', because }
}

function profileTypesOf(state: ClusterState): string[] {
  const types = [...state.pools.values()].map(
    (pool) => state.revisions.get(pool.committedRevisionId)?.spec.profile.type,
  )
  return types.filter((type) => type !== undefined)
}
