import type { DriftKind } from './drift.ts'
import { type Health, isWorking } from './health-check.ts'
import type {
  ActionId,
  ClusterId,
  EpochMs,
  Json,
  JsonObject,
  NodeId,
  PoolId,
  ProjectId,
  RevisionId,
} from './ids.ts'

/**
 * ```
 *  Creating ──► Running ◄──► Updating ──► Stopped ──► Updating
 *     │           │ ▲           │
 *     ▼           ▼ │           ▼
 *   Failed ◄── Recovering ◄── Failed        any ──► Deleting ──► (row gone)
 * ```
 * `Failed`: the last thing asked of it failed, or its process is gone; `statusReason` says which.
 */
export type NodeStatus =
  | 'Creating'
  | 'Running'
  | 'Updating'
  | 'Stopped'
  | 'Recovering'
  | 'Deleting'
  | 'Failed'

/** One running thing. Id, name and index outlive what runs in it. */
export interface Node {
  readonly id: NodeId
  readonly projectId: ProjectId
  readonly clusterId: ClusterId
  readonly poolId: PoolId
  readonly name: string
  readonly index: number
  readonly status: NodeStatus
  readonly statusReason: string
  readonly health: Health
  /** The revision that was last put on it; null before its first start. */
  readonly revisionId: RevisionId | null
  /** Counts starts; part of the key that makes a start idempotent. */
  readonly attempt: number
  /** The action that works on it now: a node does one thing at a time. */
  readonly actionId: ActionId | null
  /** The runtime's own name for the running thing (a pid, a container id), for people. */
  readonly physicalId: string | null
  /** Where it serves, if it asked for a port. */
  readonly endpoint: Endpoint | null
  /** The runtime's, kept without being read. */
  readonly handle: Json
  readonly metadata: JsonObject
  /** What it is for, in its owner's words; may be empty. */
  readonly role: string
  /** Its owner wants it gone before others when its pool shrinks. */
  readonly tainted: boolean
  /** What Drover notes of it: `placement`, where policies want it to run; `balancer`, the one it stands behind; {@link isCodeUnknown}; {@link lastStartOf}; {@link hasStray}; `server`, the second of its names there. */
  readonly data: JsonObject
  /** How what is there differs from its revision; null when nothing is known to. See {@link withDrift}. */
  readonly drift: DriftKind | null
  /** That in words, and since when; null beside no `drift`. */
  readonly driftReason: string | null
  readonly driftAt: EpochMs | null
  /** Since when it is healthy without a break; null when it is not. */
  readonly availableSince: EpochMs | null
  readonly createdAt: EpochMs
  readonly createdBy: string
  /** When it served for the first time; null before. */
  readonly firstReadyAt: EpochMs | null
  readonly updatedAt: EpochMs
  /**
   * How often it was handed from one cluster to another, or a call about it that may still be carried out was given up. Each time
   * what follows is fenced off from what was before, whatever the terms of its clusters' leases are.
   */
  readonly moves: number
  /**
   * Somebody else than its cluster's engine last wrote it with this request of the cluster: the engine reads it again.
   * 0: never.
   */
  readonly writtenAtIntent: number
}

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Whether a node runs and works, whether or not it wants requests: nothing is gained by starting it anew. */
export function isWell(node: Pick<Node, 'status' | 'health'>): boolean {
  return node.status === 'Running' && isWorking(node.health)
}

/** Whether a node serves: it runs, nothing is being done to it that takes it away, and it is healthy. */
export function isAvailable(node: Pick<Node, 'status' | 'health'>): boolean {
  return node.status === 'Running' && node.health === 'Healthy'
}

/** Whether a node was started and does not work, and nothing is being done about it. */
export function isIll({ status, health, actionId }: Node): boolean {
  return actionId === null && (status === 'Failed' || (status === 'Running' && health === 'Unhealthy'))
}

/**
 * The zone, or update domain, that a node is in: where a policy put it or, if none has, what its owner wrote into its
 * metadata as `zone`. Empty when nobody said.
 */
export function zoneOf({ data, metadata }: Pick<Node, 'data' | 'metadata'>): string {
  const { zone } = (data['placement'] ?? {}) as { readonly zone?: string }
  if (zone !== undefined) return zone
  const named = metadata['zone']
  return typeof named === 'string' ? named : ''
}

/** Whether placing code under it broke off half way, so that it may run another revision than it is said to. */
export function isCodeUnknown({ data }: Pick<Node, 'data'>): boolean {
  return data['codeUnknown'] === true
}

/** The node with that noted, or noted no more. */
export function withCodeUnknown(node: Node, isUnknown: boolean): Node {
  if (isCodeUnknown(node) === isUnknown) return node
  const { codeUnknown: _, ...data } = node.data
  return { ...node, data: isUnknown ? { ...data, codeUnknown: true } : data }
}

/** Whether something else may live in it beside what runs: a replacement that is being started, or that nobody could end. */
export function hasStray({ data }: Pick<Node, 'data'>): boolean {
  return data['stray'] === true
}

/** The node with that noted, or noted no more. */
export function withStray(node: Node, has: boolean): Node {
  if (hasStray(node) === has) return node
  const { stray: _, ...data } = node.data
  return { ...node, data: has ? { ...data, stray: true } : data }
}

/**
 * The attempt by which what runs was started: the node's last one, unless later ones failed before they touched it. Its key
 * has that one in it.
 */
export function lastStartOf({ attempt, data }: Pick<Node, 'attempt' | 'data'>): number {
  const { lastStart } = data
  return typeof lastStart === 'number' ? lastStart : attempt
}

/** The node with that noted. */
export function withLastStart(node: Node, attempt: number): Node {
  const { lastStart, ...data } = node.data
  if (attempt === node.attempt) return lastStart === undefined ? node : { ...node, data }
  return { ...node, data: { ...data, lastStart: attempt } }
}
