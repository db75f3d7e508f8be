import type { ControlDeps, ControlLimits } from './control.ts'

const DEFAULT_CONTROL_LIMITS: ControlLimits = {
  maxClustersPerProject: 100,
  maxEnvironmentsPerProject: 100,
  maxNodesPerPool: 100_000,
  maxPoolsPerCluster: 100,
  maxBucketsPerProject: 100,
  maxVersionsPerBucket: 10_000,
  maxBucketBytesPerProject: 10 * 1024 ** 3,
  maxBundleBytes: 512 * 1024 ** 2,
  tokenLifetimeSeconds: 3600,
  maxReceiversPerProject: 1000,
  maxTriggersPerMinute: 120,
  maxWaitingMessages: 1000,
  maxPoliciesPerCluster: 100,
  healthMinIntervalSeconds: 60,
}

export function limitsOf(deps: Pick<ControlDeps, 'limits'>): ControlLimits {
  return { ...DEFAULT_CONTROL_LIMITS, ...deps.limits }
}
