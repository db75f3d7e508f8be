import type { PoolView } from '../../control/views.ts'
import type { Action } from '../../domain/action.ts'
import type { Cluster } from '../../domain/cluster.ts'
import type { EnvironmentId } from '../../domain/ids.ts'
import type { Node } from '../../domain/node.ts'

/** Ids of environments are ours in another notation: 26 letters and digits hold the 128 bits of a UUID. */
const ID_LENGTH = 26
const ID_BASE = 32

/** `e7f3…`, as clients call an environment. */
export function toEnvironmentId(id: EnvironmentId): string {
  return BigInt(`0x${id.replaceAll('-', '')}`)
    .toString(ID_BASE)
    .padStart(ID_LENGTH, '0')
}

/** Undefined for what cannot be the id of one. */
export function fromEnvironmentId(id: string): EnvironmentId | undefined {
  if (!/^[0-7][0-9a-v]{25}$/.test(id)) return undefined
  let bits = 0n
  for (const digit of id) bits = bits * BigInt(ID_BASE) + BigInt(Number.parseInt(digit, ID_BASE))
  const hex = bits.toString(16).padStart(32, '0')
  const parts = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex)
  return parts?.slice(1).join('-') as EnvironmentId | undefined
}

export type KxClusterStatus =
  | 'PENDING'
  | 'CREATING'
  | 'CREATE_FAILED'
  | 'RUNNING'
  | 'UPDATING'
  | 'DELETING'
  | 'DELETE_FAILED'

/** What of the last action on a cluster tells how it ended. */
export type LastAction = Pick<Action, 'name' | 'status' | 'statusReason'>

/** Those whose end is part of a cluster's status. */
export const TELLING_ACTIONS = ['CLUSTER_CREATE', 'CLUSTER_UPDATE', 'CLUSTER_DELETE'] as const

/**
 * @param last the newest of the cluster's {@link TELLING_ACTIONS}; undefined when none is kept
 * @returns the reason as clients may be told it, for what failed and for what waits for somebody
 */
export function toClusterStatus(
  cluster: Pick<Cluster, 'status' | 'statusReason' | 'firstReadyAt'>,
  pools: readonly Pick<PoolView, 'nodes' | 'updateInFlight'>[],
  last: LastAction | undefined,
): { readonly status: KxClusterStatus; readonly reason?: string } {
  const withReason = (status: KxClusterStatus, reason: string) => {
    const text = toReason(reason)
    return text === '' ? { status } : { status, reason: text }
  }
  const hasFailed = last?.status === 'FAILED' || last?.status === 'CANCELLED'
  if (cluster.status === 'Deleting') return { status: 'DELETING' }
  if (last?.name === 'CLUSTER_DELETE' && hasFailed) return withReason('DELETE_FAILED', last.statusReason)
  const inFlight = pools.find(({ updateInFlight }) => updateInFlight)?.updateInFlight
  if (inFlight) {
    return inFlight.status === 'Paused' ? withReason('UPDATING', inFlight.because) : { status: 'UPDATING' }
  }
  if (cluster.status === 'Creating') {
    return { status: pools.some(({ nodes }) => nodes.total > 0) ? 'CREATING' : 'PENDING' }
  }
  if (cluster.firstReadyAt === null) {
    const because = last?.name === 'CLUSTER_CREATE' ? last.statusReason : cluster.statusReason
    return withReason('CREATE_FAILED', because)
  }
  if (cluster.status === 'Updating' || cluster.status === 'Resizing') return { status: 'UPDATING' }
  if (last?.name === 'CLUSTER_UPDATE' && hasFailed) return withReason('RUNNING', last.statusReason)
  return cluster.status === 'Active' ? { status: 'RUNNING' } : withReason('RUNNING', cluster.statusReason)
}

const LONGEST_REASON = 250

/** A reason in the letters that the model allows in one. */
export function toReason(text: string): string {
  return text
    .replace(/[^a-zA-Z0-9_\-.\s]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_REASON)
}

/** Those that are listed: one that is being replaced has gone from the list, and comes back when it starts. */
export const LISTED_NODES = ['Creating', 'Running', 'Updating', 'Recovering'] as const

export function toNodeStatus(isAvailable: boolean): 'RUNNING' | 'PROVISIONING' {
  return isAvailable ? 'RUNNING' : 'PROVISIONING'
}

const ZONE = /^[a-zA-Z0-9-]{8,12}$/

/** The zone a node was placed in, else the cluster's. */
export function zoneOf({ data }: Pick<Node, 'data'>, clusterZone: string | undefined): string | undefined {
  const { zone } = (data['placement'] ?? {}) as { readonly zone?: unknown }
  return typeof zone === 'string' && ZONE.test(zone) ? zone : clusterZone
}

/** What a tag operation is about. */
export type Tagged =
  | { readonly kind: 'environment'; readonly environmentId: string }
  | { readonly kind: 'cluster'; readonly environmentId: string; readonly clusterName: string }
  | { readonly kind: 'other' }

/** @param resource what an ARN has after the account */
export function toTagged(resource: string): Tagged {
  const [kind, environmentId = '', below, name = '', ...more] = resource.split('/')
  if (kind !== 'kxEnvironment' && kind !== 'environment') return { kind: 'other' }
  if (below === undefined) return { kind: 'environment', environmentId }
  if (below === 'kxCluster' && more.length === 0) return { kind: 'cluster', environmentId, clusterName: name }
  return { kind: 'other' }
}
