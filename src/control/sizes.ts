import type { NodePool } from '../domain/cluster.ts'
import { InvalidRequestError } from '../domain/errors.ts'
import type { ClusterId } from '../domain/ids.ts'
import { patchPool } from '../store/clusters.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool } from './find.ts'
import { limitsOf } from './limits.ts'
import { performInProject, type Scope } from './perform.ts'
import { adjustSize, askToScale, findScalingPolicies } from './scaling.ts'
import { timeLimitOf } from './time-limit.ts'
import { checkInteger, checkSizes, type Sizes } from './validate.ts'
import type { ClusterVerbs } from './verbs.ts'
import type { PoolAction } from './views.ts'

type SizeVerbs = Pick<ClusterVerbs, 'resize' | 'adjust' | 'scaleOut' | 'scaleIn'>

/** The verbs that say how many nodes a pool is to have; the engine sees to it that it has them. */
export function createSizeVerbs(deps: ControlDeps): SizeVerbs {
  return {
    resize: (caller, ref, input) => {
      const { desiredCapacity, minSize, maxSize } = input
      return resize(deps, caller, {
        verb: 'clusters.resize',
        input: [ref, input],
        cluster: ref,
        pool: input.pool,
        field: 'desiredCapacity',
        sizesFrom(pool) {
          if (desiredCapacity === undefined && minSize === undefined && maxSize === undefined) {
            throw new InvalidRequestError('desiredCapacity', 'give it, or minSize or maxSize')
          }
          return {
            desiredCapacity: desiredCapacity ?? pool.desiredCapacity,
            minSize: minSize ?? pool.minSize,
            maxSize: maxSize === undefined ? pool.maxSize : maxSize,
          }
        },
      })
    },
    adjust: (caller, ref, input) => adjustSize(deps, caller, ref, input),
    scaleOut: (caller, ref, input) => scale(deps, caller, ref, input, 'clusters.scaleOut', 1),
    scaleIn: (caller, ref, input) => scale(deps, caller, ref, input, 'clusters.scaleIn', -1),
  }
}

function scale(
  deps: ControlDeps,
  caller: Caller,
  cluster: string,
  input: Parameters<SizeVerbs['scaleOut']>[2],
  verb: string,
  sign: 1 | -1,
): Promise<PoolAction> {
  const name = sign === 1 ? 'CLUSTER_SCALE_OUT' : 'CLUSTER_SCALE_IN'
  return resize(deps, caller, {
    verb,
    input: [cluster, input],
    cluster,
    pool: input.pool,
    field: 'count',
    sizesFrom: (pool) => ({
      minSize: pool.minSize,
      maxSize: pool.maxSize,
      desiredCapacity: pool.desiredCapacity + sign * checkInteger('count', input.count ?? 1, 1),
    }),
    async instead(scope, clusterId) {
      const isLater = input.atRunTime || (await findScalingPolicies(scope.tx, clusterId, name)).length > 0
      return isLater ? askToScale(scope, cluster, input, name) : undefined
    },
  })
}

interface Resize {
  readonly verb: string
  readonly input: unknown
  readonly cluster: string
  readonly pool: string | undefined
  /** The request field to blame when the size is out of bounds. */
  readonly field: string
  sizesFrom(pool: NodePool): Sizes
  /** Another way to go about it, for some clusters. */
  instead?(scope: Scope, cluster: ClusterId): Promise<PoolAction | undefined>
}

function resize(deps: ControlDeps, caller: Caller, request: Resize): Promise<PoolAction> {
  return performInProject(deps, caller, {
    verb: request.verb,
    input: request.input,
    work: async (scope) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, request.cluster)
      const other = await request.instead?.(scope, cluster.id)
      if (other) return other
      const before = await requireLivePool(scope.tx, cluster.id, request.pool)
      const pool = await writeSizes(deps, scope, before, request.sizesFrom(before), request.field)
      const action = await scope.act({
        name: 'CLUSTER_RESIZE',
        clusterId: cluster.id,
        poolId: pool.id,
        inputs: { poolId: pool.id },
        ...timeLimitOf(cluster),
      })
      scope.event({
        type: 'pool.resizeRequested',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} asked for ${pool.desiredCapacity} nodes in pool "${pool.name}" of cluster "${cluster.name}", after ${before.desiredCapacity}`,
        data: {
          pool: pool.name,
          desiredCapacity: pool.desiredCapacity,
          minSize: pool.minSize,
          maxSize: pool.maxSize,
        },
      })
      return { cluster, pool, action }
    },
  })
}

/**
 * @param field the request field to blame when the size is out of bounds
 * @throws InvalidRequestError, LimitExceededError
 */
export async function writeSizes(
  deps: ControlDeps,
  scope: Scope,
  pool: NodePool,
  sizes: Sizes,
  field: string,
): Promise<NodePool> {
  const patch = {
    ...checkSizes(sizes, field, limitsOf(deps).maxNodesPerPool),
    updatedAt: scope.now,
    version: pool.version + 1,
  }
  await patchPool(scope.tx, pool.id, patch)
  return { ...pool, ...patch }
}
