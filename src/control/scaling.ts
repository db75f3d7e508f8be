import type { ActionName } from '../domain/action.ts'
import { ADJUSTMENT_TYPES } from '../domain/adjustment.ts'
import { CooldownError, DroverError, InvalidRequestError, LimitExceededError } from '../domain/errors.ts'
import type { ClusterId, JsonObject } from '../domain/ids.ts'
import { planSizes, type SizeAdjustment } from '../planner/adjust-size.ts'
import { secondsToCooldown } from '../policies/scaling/cooldown.ts'
import { scalingPolicy } from '../policies/scaling/index.ts'
import { loadOpenActionsNamed } from '../store/actions.ts'
import { countNodesByPool } from '../store/node-counts.ts'
import { loadAttachedPolicies } from '../store/policies.ts'
import type { Tx } from '../store/store.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool } from './find.ts'
import type { AdjustInput, ScaleInput } from './inputs.ts'
import { limitsOf } from './limits.ts'
import { performInProject, type Scope } from './perform.ts'
import { timeLimitOf } from './time-limit.ts'
import { checkInteger, checkOneOf } from './validate.ts'
import type { PoolAction } from './views.ts'

type ScalingName = 'CLUSTER_SCALE_OUT' | 'CLUSTER_SCALE_IN'

const SCALING: readonly ActionName[] = ['CLUSTER_SCALE_OUT', 'CLUSTER_SCALE_IN', 'CLUSTER_RESIZE']

/** The scaling policies of a cluster that have to do with such an action. */
export async function findScalingPolicies(tx: Tx, clusterId: ClusterId, name: ScalingName) {
  const attached = await loadAttachedPolicies(tx, [clusterId])
  return attached
    .filter(({ policy, binding }) => policy.type === scalingPolicy.type && binding.enabled)
    .map(({ policy, binding }) => ({
      policy,
      binding,
      spec: scalingPolicy.parse(policy.version, policy.properties),
    }))
    .filter(({ spec }) => spec.event === name)
}

/**
 * Asks for a scaling whose size is worked out when the action runs: then the policies are asked, and a size outside the
 * pool's bounds fails the action.
 */
export async function askToScale(
  scope: Scope,
  clusterRef: string,
  input: ScaleInput,
  name: ScalingName,
): Promise<PoolAction> {
  const count = input.count == null ? null : checkInteger('count', input.count, 1)
  const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
  const pool = await requireLivePool(scope.tx, cluster.id, input.pool)
  const policies = await findScalingPolicies(scope.tx, cluster.id, name)
  if (policies.length > 0 || input.exclusive) await refuseBesides(scope.tx, cluster.id)
  for (const { policy, binding, spec } of policies) {
    const rest = secondsToCooldown(spec.adjustment.cooldown, binding.lastOperationAt, scope.now)
    if (rest > 0) throw new CooldownError(policy.name, rest)
  }
  const action = await scope.act({
    name,
    clusterId: cluster.id,
    poolId: pool.id,
    inputs: { poolId: pool.id, count },
    ...timeLimitOf(cluster),
  })
  const much = count === null ? '' : ` by ${count}`
  const way = name === 'CLUSTER_SCALE_OUT' ? 'out' : 'in'
  scope.event({
    type: 'pool.scaleRequested',
    clusterId: cluster.id,
    actionId: action.id,
    because: `${scope.principal.name} asked to scale ${way} pool "${pool.name}" of cluster "${cluster.name}"${much}`,
    data: { pool: pool.name, count },
  })
  return { cluster, pool, action }
}

/** The verb `clusters.adjust`. */
export function adjustSize(
  deps: ControlDeps,
  caller: Caller,
  clusterRef: string,
  input: AdjustInput,
): Promise<PoolAction> {
  return performInProject(deps, caller, {
    verb: 'clusters.adjust',
    input: [clusterRef, input],
    work: async (scope) => {
      const wanted = checkAdjustment(input)
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, clusterRef)
      const pool = await requireLivePool(scope.tx, cluster.id, input.pool)
      if (input.exclusive) await refuseBesides(scope.tx, cluster.id)
      const counts = await countNodesByPool(scope.tx, [cluster.id])
      const size = counts.get(pool.id)?.total ?? 0
      const limit = Math.min(input.mostNodes ?? Infinity, limitsOf(deps).maxNodesPerPool)
      const plan = planSizes(wanted, { ...pool, size, limit })
      if (plan.kind === 'refuse') {
        const { field, isLimit, because, size: refused } = plan
        throw isLimit
          ? new LimitExceededError(`${field}: ${because}`, { field, size: refused })
          : new InvalidRequestError(field, because, { size: refused })
      }
      const adjustment = { ...wanted } as unknown as JsonObject
      const action = await scope.act({
        name: 'CLUSTER_RESIZE',
        clusterId: cluster.id,
        poolId: pool.id,
        inputs: { poolId: pool.id, adjustment },
        ...timeLimitOf(cluster),
      })
      const { desiredCapacity } = plan.sizes
      scope.event({
        type: 'pool.resizeRequested',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} asked to adjust pool "${pool.name}" of cluster "${cluster.name}" from ${size} nodes, now to ${desiredCapacity}`,
        data: { pool: pool.name, adjustment },
      })
      return { cluster, pool, action }
    },
  })
}

function checkAdjustment(input: AdjustInput): SizeAdjustment {
  const { adjustmentType = null, number = null, minSize = null, maxSize = null, minStep = null } = input
  if (adjustmentType !== null) checkOneOf('adjustmentType', adjustmentType, ADJUSTMENT_TYPES)
  if (adjustmentType !== null && number === null)
    throw new InvalidRequestError('number', 'is needed beside adjustmentType')
  if (adjustmentType === null && number !== null)
    throw new InvalidRequestError('adjustmentType', 'is needed beside number')
  if (adjustmentType === 'EXACT_CAPACITY') checkInteger('number', number, 0)
  if (adjustmentType === 'CHANGE_IN_CAPACITY' && !Number.isInteger(number))
    throw new InvalidRequestError('number', `must be a whole number, not ${number}`)
  if (number !== null && !Number.isFinite(number)) throw new InvalidRequestError('number', 'must be a number')
  if (minSize !== null) checkInteger('minSize', minSize, 0)
  if (maxSize !== null) checkInteger('maxSize', maxSize, -1)
  if (minStep !== null) checkInteger('minStep', minStep, 0)
  if (adjustmentType === null && minSize === null && maxSize === null)
    throw new InvalidRequestError('adjustmentType', 'give it with a number, or minSize or maxSize')
  return { adjustmentType, number, minSize, maxSize, minStep, strict: input.strict ?? true }
}

/** @throws DroverError `conflict` while another action changes the cluster's size */
async function refuseBesides(tx: Tx, clusterId: ClusterId): Promise<void> {
  for (const name of SCALING) {
    const [other] = await loadOpenActionsNamed(tx, clusterId, name)
    if (other) {
      throw new DroverError(
        'conflict',
        `${name} (action ${other.id}) changes the size of this cluster; wait for it, or cancel it`,
      )
    }
  }
}
