import type { PolicyId } from '../domain/ids.ts'
import { type BoundPolicy, tellEnd } from '../policies/consult.ts'
import { findPolicyType } from '../policies/index.ts'
import type { PolicyTarget } from '../policies/policy.ts'
import type { ClusterState } from './cluster-state.ts'

/** The policies of a cluster as they are consulted, in the order in which they are asked. */
export function boundPolicies(state: ClusterState): BoundPolicy[] {
  return [...state.policies.values()].flatMap(({ policy, binding }) => {
    const type = findPolicyType(policy.type)
    if (!type) return []
    return [
      {
        policyId: policy.id,
        policyName: policy.name,
        type: type.type,
        version: policy.version,
        properties: policy.properties,
        isEnabled: binding.enabled,
        priority: binding.priority,
        memory: { lastOperationAt: binding.lastOperationAt, data: binding.data },
      },
    ]
  })
}

/** Tells the policies of a cluster that an action ended, and has their bindings remember what they want to. */
export function tellPolicies(state: ClusterState, name: PolicyTarget, hasSucceeded: boolean): void {
  const news = tellEnd(boundPolicies(state), { now: state.now, name, hasSucceeded })
  for (const [policyId, { lastOperationAt, data }] of news) {
    const attached = state.policies.get(policyId as PolicyId)
    if (!attached) continue
    const binding = { ...attached.binding, lastOperationAt, data, updatedAt: state.now }
    state.putPolicy({ ...attached, binding })
  }
}
