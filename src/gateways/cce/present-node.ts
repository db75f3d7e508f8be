import type { ClusterView, NodeView, PoolView } from '../../control/views.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { isAvailable, type Node } from '../../domain/node.ts'
import { idOfPool, isDefault } from './find.ts'
import { KEY } from './present-cluster.ts'
import { templateOfPool } from './present-pool.ts'
import { toTime } from './time.ts'

/** What this gateway keeps with a node that was made by itself. */
export interface NodeRecord {
  readonly spec?: JsonObject
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
}

function recordOf({ metadata }: Pick<Node, 'metadata'>): NodeRecord {
  return (metadata[KEY] ?? {}) as NodeRecord
}

/** @param jobId of what was asked of it just now */
export function presentNode(view: NodeView, { pools }: Pick<ClusterView, 'pools'>, jobId?: string): object {
  const { node } = view
  const pool = pools.find((one) => one.pool.id === node.poolId)
  const { spec, labels = {}, annotations = {} } = recordOf(node)
  const { count: _, ...template } = spec ?? (pool ? templateOfPool(pool) : {})
  const job = jobId ?? node.actionId ?? undefined
  return {
    kind: 'Node',
    apiVersion: 'v3',
    metadata: {
      name: node.name,
      uid: node.id,
      labels,
      annotations,
      creationTimestamp: toTime(node.createdAt),
      updateTimestamp: toTime(node.updatedAt),
      ...(pool && !isDefault(pool) && ownerOf(pool)),
    },
    spec: template,
    status: {
      phase: toNodePhase(node),
      lastProbeTime: toTime(node.updatedAt),
      ...(job !== undefined && { jobID: job }),
      serverId: node.physicalId ?? node.id,
      ...(node.endpoint && { privateIP: node.endpoint.host }),
      configurationUpToDate: pool ? isUpToDate(node, pool) : true,
    },
  }
}

/** Under two names: releases of the clients until 3.1.169 know the singular alone. */
function ownerOf(view: PoolView): object {
  const owner = { nodepoolName: view.pool.name, nodepoolID: idOfPool(view) }
  return { ownerReferences: owner, ownerReference: owner }
}

/**
 * `Installing` is what a node shows while it is made, made again or comes back, `Upgrading` while it is synchronised. One
 * that served before and failed is `Abnormal`, one that never did is in `Error`.
 */
function toNodePhase(node: Pick<Node, 'status' | 'health' | 'firstReadyAt'>): string {
  switch (node.status) {
    case 'Creating':
      return 'Build'
    case 'Updating':
      return 'Upgrading'
    case 'Recovering':
      return 'Installing'
    case 'Deleting':
      return 'Deleting'
    case 'Failed':
      return node.firstReadyAt === null ? 'Error' : 'Abnormal'
    case 'Stopped':
      return 'Abnormal'
    case 'Running':
      return isAvailable(node) ? 'Active' : 'Abnormal'
  }
}

/** Nodes of the default pool have nothing to be up to date with, but what is being put on them. */
function isUpToDate(node: Node, view: PoolView): boolean {
  if (!isDefault(view)) return node.revisionId === view.pool.committedRevisionId
  const { updateInFlight: update } = view
  if (!update) return true
  const isChosen = update.selection === null || update.selection.includes(node.id)
  return !isChosen || node.revisionId === update.toRevisionId
}
