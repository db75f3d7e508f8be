import { affinityPolicy } from './affinity/index.ts'
import { batchPolicy } from './batch/index.ts'
import { deletionPolicy } from './deletion/index.ts'
import { healthPolicy } from './health/index.ts'
import { loadbalancePolicy } from './loadbalance/index.ts'
import type { PolicyType, PolicyTypeName } from './policy.ts'
import { regionPlacementPolicy } from './region-placement/index.ts'
import { scalingPolicy } from './scaling/index.ts'
import { zonePlacementPolicy } from './zone-placement/index.ts'

/** Every type of policy, in the order in which they are asked. */
export const policyTypes: readonly PolicyType[] = [
  scalingPolicy,
  batchPolicy,
  regionPlacementPolicy,
  zonePlacementPolicy,
  affinityPolicy,
  deletionPolicy,
  loadbalancePolicy,
  healthPolicy,
]

/** @param type as `policyTypes` have it */
export function findPolicyType(type: PolicyTypeName | string): PolicyType | undefined {
  return policyTypes.find((one) => one.type === type)
}
