import type { Cluster } from '../domain/cluster.ts'
import { ConflictError, InvalidStateError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'
import { findOpenAction } from '../store/actions.ts'
import { patchCluster, patchPool } from '../store/clusters.ts'
import { findUpdateInFlight, loadOpenUpdates } from '../store/updates.ts'
import { type AttributesPatch, attributesAfter } from './attributes.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool } from './find.ts'
import { canonicalJson } from './idempotency.ts'
import type { PoolChanges } from './inputs.ts'
import { limitsOf } from './limits.ts'
import { performInProject, type Scope } from './perform.ts'
import { checkUpdateDefaults, checkUpdateParams } from './update-params.ts'
import { checkSizes } from './validate.ts'
import type { ClusterAction, PoolAction } from './views.ts'

/**
 * A change of settings through an API that keeps a list of them: beside the settings an action is written, over as soon
 * as it is there, that says in that API's words what was asked.
 */
export interface Configuration extends AttributesPatch {
  /** Kept among the action's inputs, under `key`. */
  readonly asked: JsonObject
}

export interface PoolConfiguration extends Configuration, Pick<PoolChanges, 'minSize' | 'maxSize'> {
  readonly desiredCapacity?: number
  /** Laid over what the pool's updates use when they do not say. */
  readonly updateDefaults?: PoolChanges['updateDefaults']
}

export function configureCluster(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: Configuration,
): Promise<ClusterAction> {
  return performInProject(deps, caller, {
    verb: 'clusters.configure',
    input: [ref, input],
    work: async (scope) => {
      const found = await requireLiveCluster(scope.tx, scope.project.id, ref)
      await checkNoVersionChange(scope, found)
      const attributes = attributesAfter(found, input)
      checkDiffers(found.attributes, attributes)
      const patch = { attributes, updatedAt: scope.now, version: found.version + 1 }
      await patchCluster(scope.tx, found.id, patch)
      await scope.ask(found.id)
      const action = await scope.record(
        { name: 'CLUSTER_UPDATE', clusterId: found.id, inputs: { [input.key]: input.asked } },
        'its settings are changed; no node had to be moved',
      )
      scope.event({
        type: 'cluster.changed',
        clusterId: found.id,
        actionId: action.id,
        because: `${caller.principal.name} changed the settings of cluster "${found.name}"`,
        data: input.asked,
      })
      return { cluster: { ...found, ...patch }, action }
    },
  })
}

export function configurePool(
  deps: ControlDeps,
  caller: Caller,
  refs: { readonly cluster: string; readonly pool: string },
  input: PoolConfiguration,
): Promise<PoolAction> {
  return performInProject(deps, caller, {
    verb: 'pools.configure',
    input: [refs, input],
    work: async (scope) => {
      const cluster = await requireLiveCluster(scope.tx, scope.project.id, refs.cluster)
      const found = await requireLivePool(scope.tx, cluster.id, refs.pool)
      const inFlight = await findUpdateInFlight(scope.tx, found.id)
      if (inFlight) throw new ConflictError(inFlight.id)
      const { minSize, maxSize, desiredCapacity, updateDefaults } = input
      const sizes = {
        minSize: minSize ?? found.minSize,
        maxSize: maxSize === undefined ? found.maxSize : maxSize,
        desiredCapacity: desiredCapacity ?? found.desiredCapacity,
      }
      const settings = {
        ...checkSizes(sizes, 'desiredCapacity', limitsOf(deps).maxNodesPerPool),
        attributes: attributesAfter(found, input),
        updateDefaults: checkUpdateDefaults('updateDefaults', {
          ...found.updateDefaults,
          ...checkUpdateParams('updateDefaults', updateDefaults),
        }),
      }
      const before = Object.fromEntries(
        Object.keys(settings).map((name) => [name, found[name as keyof typeof settings]]),
      )
      checkDiffers(before, settings)
      const patch = { ...settings, updatedAt: scope.now, version: found.version + 1 }
      await patchPool(scope.tx, found.id, patch)
      const what = { clusterId: cluster.id, poolId: found.id }
      const inputs = { poolId: found.id, [input.key]: input.asked }
      const reason = 'its settings are changed; nodes come and go by an action of their own'
      const action = await scope.record({ name: 'CLUSTER_UPDATE', ...what, inputs }, reason)
      if (sizes.desiredCapacity === found.desiredCapacity) await scope.ask(cluster.id)
      else await scope.act({ name: 'CLUSTER_RESIZE', ...what, inputs: { poolId: found.id } })
      scope.event({
        type: 'pool.changed',
        clusterId: cluster.id,
        actionId: action.id,
        because: `${caller.principal.name} changed the settings of pool "${found.name}" of cluster "${cluster.name}"`,
        data: { pool: found.name, ...input.asked },
      })
      return { cluster, pool: { ...found, ...patch }, action }
    },
  })
}

/** @throws ConflictError with the update of one of its pools */
async function checkNoVersionChange({ tx }: Scope, { id }: Cluster): Promise<void> {
  if (!(await findOpenAction(tx, id, 'CLUSTER_CHANGE_VERSION'))) return
  const [update] = await loadOpenUpdates(tx, id)
  if (update) throw new ConflictError(update.id)
}

/** @throws InvalidStateError */
function checkDiffers(before: unknown, after: unknown): void {
  if (canonicalJson(before) !== canonicalJson(after)) return
  throw new InvalidStateError('nothing of what was asked differs from what is there')
}
