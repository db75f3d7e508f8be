import type { PoolView } from '../../control/views.ts'
import type { JsonObject, PoolId } from '../../domain/ids.ts'
import { idOfPool, isDefault } from './find.ts'
import { KEY } from './present-cluster.ts'
import { toTime } from './time.ts'

/** What of a pool only a look beside it tells. */
export interface Beside {
  /** Pools that are being deleted. */
  readonly deleting: ReadonlySet<PoolId>
  /** The job of what was done last to this pool; default: that of the update in flight. */
  readonly jobId?: string
}

/** The spec as it was given, with nothing in it that nobody may see, and without sizes. */
export function specOfPool({ pool }: Pick<PoolView, 'pool'>): JsonObject {
  return (pool.attributes[KEY]?.['spec'] ?? {}) as JsonObject
}

export function templateOfPool(view: Pick<PoolView, 'pool'>): JsonObject {
  return (specOfPool(view)['nodeTemplate'] ?? {}) as JsonObject
}

export function presentPool(view: PoolView, { deleting, jobId }: Beside): object {
  const { pool, nodes, updateInFlight } = view
  const isDeleting = deleting.has(pool.id)
  const isScaling = nodes.total !== pool.desiredCapacity || nodes.creating > 0
  const job = jobId ?? updateInFlight?.actionId
  const phase = isDeleting ? 'Deleting' : isScaling ? 'Synchronizing' : ''
  return {
    kind: 'NodePool',
    apiVersion: 'v3',
    metadata: {
      name: pool.name,
      uid: idOfPool(view),
      annotations: {},
      creationTimestamp: toTime(pool.createdAt),
      updateTimestamp: toTime(pool.updatedAt),
      resourceVersion: pool.updatedAt,
    },
    spec: { type: 'vm', nodeTemplate: {}, ...specOfPool(view), initialNodeCount: pool.desiredCapacity },
    status: {
      currentNode: nodes.total - nodes.deleting,
      creatingNode: nodes.creating,
      deletingNode: nodes.deleting,
      activeNode: nodes.available,
      configurationSyncedNodeCount: syncedNodes(view),
      phase,
      ...(job !== undefined && { jobId: job }),
      conditions: conditionsOf(view),
      scaleGroupStatuses: [scaleGroupOf(view, phase)],
    },
  }
}

/** Nodes of the default pool have no template to differ from, but for one that is being put on them. */
function syncedNodes(view: PoolView): number {
  const { nodes, updateInFlight } = view
  if (!isDefault(view)) return nodes.upToDate
  if (!updateInFlight) return nodes.total
  const { selected, updated } = updateInFlight.progress
  return Math.max(0, nodes.total - selected + updated)
}

function conditionsOf({ pool, updateInFlight }: PoolView): readonly object[] {
  const condition = (type: string, isTrue: boolean, reason: string, at: number) => ({
    type,
    status: isTrue ? 'True' : 'False',
    lastProbeTime: toTime(at),
    lastTransitTime: toTime(at),
    reason,
    message: reason,
  })
  const { updatedAt } = pool
  return [
    condition(
      'ConfigurationSynchronizing',
      updateInFlight !== null,
      updateInFlight?.because ?? '',
      updateInFlight?.createdAt ?? updatedAt,
    ),
    condition('Scalable', true, '', updatedAt),
  ]
}

function scaleGroupOf({ pool, nodes }: PoolView, phase: string): object {
  const count = (total: number) => ({ postPaid: total, prePaid: 0, total })
  return {
    name: 'default',
    uid: pool.id,
    creationTimestamp: toTime(pool.createdAt),
    updateTimestamp: toTime(pool.updatedAt),
    phase,
    desiredNodeCount: pool.desiredCapacity,
    unpaidScaleNodeCount: 0,
    activeNodeCount: nodes.available,
    existingNodeCount: count(nodes.total - nodes.creating),
    upcomingNodeCount: count(nodes.creating),
    scaleDownDisabledNodeCount: 0,
    conditions: [],
  }
}
