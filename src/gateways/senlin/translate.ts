import type { Cluster } from '../../domain/cluster.ts'
import type { Json, JsonObject } from '../../domain/ids.ts'
import type { Node } from '../../domain/node.ts'

/** Statuses of clusters, in the words of this API. */
export const CLUSTER_STATUSES = [
  ...['INIT', 'ACTIVE', 'CREATING', 'UPDATING', 'RESIZING', 'DELETING'],
  ...['CHECKING', 'RECOVERING', 'CRITICAL', 'ERROR', 'WARNING', 'OPERATING'],
] as const

const CLUSTER_STATUS: Readonly<Record<Cluster['status'], string>> = {
  Creating: 'CREATING',
  Active: 'ACTIVE',
  Warning: 'WARNING',
  // Fewer than its smallest size: this API has no better word for it.
  Critical: 'ERROR',
  Updating: 'UPDATING',
  Resizing: 'RESIZING',
  Recovering: 'RECOVERING',
  Checking: 'CHECKING',
  Deleting: 'DELETING',
  Failed: 'ERROR',
}

/** A cluster nobody has begun to work on is INIT. */
export function toClusterStatus({ status, statusReason }: Pick<Cluster, 'status' | 'statusReason'>): string {
  return status === 'Creating' && statusReason === ACCEPTED ? 'INIT' : CLUSTER_STATUS[status]
}

/** The reason, in the words that clients know for what has just been accepted. */
export function toStatusReason(reason: string): string {
  return reason === ACCEPTED ? 'Initializing' : reason
}

const ACCEPTED = 'accepted'

/** Which of our statuses show as these. */
export function fromClusterStatuses(statuses: readonly string[]): string[] {
  const wanted = new Set(statuses.map((status) => (status === 'INIT' ? 'CREATING' : status)))
  return Object.entries(CLUSTER_STATUS).flatMap(([ours, theirs]) => (wanted.has(theirs) ? [ours] : []))
}

/** Statuses of nodes, in the words of this API. */
export const NODE_STATUSES = [
  ...['INIT', 'ACTIVE', 'ERROR', 'WARNING', 'CREATING', 'UPDATING'],
  ...['DELETING', 'RECOVERING', 'OPERATING'],
] as const

const NODE_STATUS: Readonly<Record<Node['status'], string>> = {
  Creating: 'CREATING',
  Running: 'ACTIVE',
  Updating: 'UPDATING',
  Stopped: 'WARNING',
  Recovering: 'RECOVERING',
  Deleting: 'DELETING',
  Failed: 'ERROR',
}

/** A node that runs and fails its checks is in ERROR; one that nobody has begun to make is INIT. */
export function toNodeStatus(node: Pick<Node, 'status' | 'health' | 'attempt' | 'actionId'>): string {
  if (node.status === 'Creating' && node.attempt === 0 && node.actionId === null) return 'INIT'
  return node.status === 'Running' && node.health === 'Unhealthy' ? 'ERROR' : NODE_STATUS[node.status]
}

/** Which of our statuses, with which health, show as these. */
export function fromNodeStatuses(
  statuses: readonly string[],
): { readonly status: string; readonly health?: readonly string[] }[] {
  const wanted = new Set(statuses.map((status) => (status === 'INIT' ? 'CREATING' : status)))
  return Object.entries(NODE_STATUS).flatMap(([ours, theirs]) => {
    if (ours !== 'Running') return wanted.has(theirs) ? [{ status: ours }] : []
    return [
      ...(wanted.has('ACTIVE')
        ? [{ status: ours, health: ['Unknown', 'Starting', 'Healthy', 'NotReady'] }]
        : []),
      ...(wanted.has('ERROR') ? [{ status: ours, health: ['Unhealthy'] }] : []),
    ]
  })
}

/** `minSize` as `min_size`. */
export function toSnakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `minSize` and all that is inside it as `min_size`. */
export function toSnakeCase(value: Json): Json {
  if (Array.isArray(value)) return value.map(toSnakeCase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, inner]) => [toSnakeName(name), toSnakeCase(inner)]),
  )
}
