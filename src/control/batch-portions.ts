import type { Cluster } from '../domain/cluster.ts'
import type { UpdateParams } from '../domain/update.ts'
import { inBatches } from '../planner/limits.ts'
import { batchPolicy, batchSize } from '../policies/batch/index.ts'
import { loadAttachedPolicies } from '../store/policies.ts'
import type { Tx } from '../store/store.ts'

/** An update's parameters as an attached batch policy changes them when the update begins. */
export interface Portioned {
  readonly params: UpdateParams
  /** Name of the policy that decides; null if none does. */
  readonly policy: string | null
}

/** FORCE knows no batches, and no policy gives it any. */
export async function portion(
  tx: Tx,
  cluster: Pick<Cluster, 'id'>,
  params: UpdateParams,
  poolSize: number,
): Promise<Portioned> {
  if (params.strategy === 'FORCE') return { params, policy: null }
  const attached = await loadAttachedPolicies(tx, [cluster.id])
  const found = attached.find(({ policy, binding }) => binding.enabled && policy.type === batchPolicy.type)
  if (!found) return { params, policy: null }
  const { policy } = found
  const spec = batchPolicy.parse(policy.version, policy.properties)
  const size = batchSize(poolSize, spec.minInService, spec.maxBatchSize)
  return { params: inBatches(params, { size, pauseSeconds: spec.pauseTime }), policy: policy.name }
}
