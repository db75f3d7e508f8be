import type { PolicyType, PolicyTypeName } from './policy.ts'
import { scalingPolicy } from './scaling/index.ts'

/** Every type of policy. */
export const policyTypes: readonly PolicyType[] = [scalingPolicy]

/** @param type as `policyTypes` have it */
export function findPolicyType(type: PolicyTypeName | string): PolicyType | undefined {
  return policyTypes.find((one) => one.type === type)
}
