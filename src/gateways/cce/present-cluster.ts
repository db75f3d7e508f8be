import type { ClusterView } from '../../control/views.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { toTime } from './time.ts'

/** Under which attributes this gateway keeps what has no meaning here. */
export const KEY = 'cce'

/** The spec as it was given; what there is to say of a cluster that another API made. */
export function specOf({ cluster }: Pick<ClusterView, 'cluster'>): JsonObject {
  return (cluster.attributes[KEY]?.['spec'] ?? {}) as JsonObject
}

/**
 * What is not Active here does work there: nodes are missing, or something is being done to them, and neither keeps anybody
 * from working with the cluster.
 */
export function toClusterPhase({ cluster }: Pick<ClusterView, 'cluster'>): string {
  switch (cluster.status) {
    case 'Creating':
      return 'Creating'
    case 'Deleting':
      return 'Deleting'
    case 'Failed':
      return 'Error'
    default:
      return 'Available'
  }
}

export function presentCluster(
  view: ClusterView,
  options: { readonly isDetailed?: boolean; readonly jobId?: string } = {},
): object {
  const { cluster } = view
  const { alias, annotations, labels, timezone } = (cluster.attributes[KEY] ?? {}) as JsonObject
  const phase = toClusterPhase(view)
  const known = { ...((annotations ?? {}) as JsonObject), ...(options.isDetailed && countsOf(view)) }
  return {
    kind: 'Cluster',
    apiVersion: 'v3',
    metadata: {
      name: cluster.name,
      uid: cluster.id,
      alias: alias ?? cluster.name,
      annotations: known,
      labels: labels ?? {},
      creationTimestamp: toTime(cluster.createdAt),
      updateTimestamp: toTime(cluster.updatedAt),
      ...(timezone !== undefined && { timezone }),
    },
    spec: { type: 'VirtualMachine', category: 'CCE', ...specOf(view) },
    status: {
      phase,
      ...(options.jobId !== undefined && { jobID: options.jobId }),
      ...(phase !== 'Available' && { reason: cluster.statusReason, message: cluster.statusReason }),
      endpoints: [],
      isLocked: false,
      conditions: [],
    },
  }
}

function countsOf({ pools }: ClusterView): JsonObject {
  const sum = (count: 'total' | 'available') =>
    String(pools.reduce((total, { nodes }) => total + nodes[count], 0))
  return { totalNodesNumber: sum('total'), activeNodesNumber: sum('available') }
}
