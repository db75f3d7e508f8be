import type { ActionView, ClusterWithNodes, NodeView } from '../../control/views.ts'
import { placeOf, serverNameOf } from '../../domain/balancer-place.ts'
import { isStandaloneClusterId } from '../../domain/cluster.ts'
import type { Engine } from '../../domain/engine.ts'
import type { SizeRefusal } from '../../domain/errors.ts'
import type { ClusterId, JsonObject, NodeId } from '../../domain/ids.ts'
import type { Node } from '../../domain/node.ts'
import type { Profile } from '../../domain/profile.ts'
import { presentActionData } from './action-data.ts'
import { actionNameOf, toActionName, toInputs } from './action-names.ts'
import type { Ask } from './ask.ts'
import { givenConfig } from './naming.ts'
import { sizeText } from './sizes.ts'
import { presentVersion } from './spec-version.ts'
import { toSeconds, toTime } from './time.ts'
import { toClusterStatus, toNodeStatus, toSnakeCase, toStatusReason } from './translate.ts'

type Viewer = Pick<Ask, 'caller' | 'minor'>

/** Whose something is: this API tells users by id, and what is not the caller's own by name. */
export function userOf(createdBy: string, { caller }: Pick<Ask, 'caller'>): string {
  const { name, login } = caller.principal
  return createdBy === name && login ? login.userId : createdBy.replace(/^user:/, '')
}

export function presentProfile(profile: Profile, viewer: Viewer): JsonObject {
  const { id, name, type, version, properties, metadata, projectId, createdBy } = profile
  return {
    id,
    name,
    type: `${type}-${version}`,
    spec: { type, version: presentVersion(profile), properties },
    metadata,
    user: userOf(createdBy, viewer),
    project: projectId,
    domain: null,
    created_at: toTime(profile.createdAt),
    updated_at: toTime(profile.updatedAt),
  }
}

export function presentCluster(view: ClusterWithNodes, viewer: Viewer): JsonObject {
  const { cluster, pools, nodeIds, policyIds } = view
  // This API knows one pool a cluster: its sizes are the sums, its profile that of the pool all clusters have.
  const [main] = pools.filter(({ pool }) => pool.name === DEFAULT_POOL).concat(pools)
  const sum = (size: 'minSize' | 'desiredCapacity') =>
    pools.reduce((total, { pool }) => total + pool[size], 0)
  const maxSizes = pools.map(({ pool }) => pool.maxSize)
  const maxSize = maxSizes.includes(null)
    ? -1
    : maxSizes.reduce<number>((total, size) => total + (size ?? 0), 0)
  return {
    id: cluster.id,
    name: cluster.name,
    profile_id: main?.profile.id ?? null,
    profile_name: main?.profile.name ?? null,
    user: userOf(cluster.createdBy, viewer),
    project: cluster.projectId,
    domain: null,
    init_at: toTime(cluster.createdAt),
    created_at: toTime(cluster.firstReadyAt),
    updated_at: cluster.updatedAt === cluster.createdAt ? null : toTime(cluster.updatedAt),
    min_size: sum('minSize'),
    max_size: maxSize,
    desired_capacity: sum('desiredCapacity'),
    timeout: cluster.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    status: isBelowDesired(view) ? 'WARNING' : toClusterStatus(cluster),
    status_reason: toStatusReason(cluster.statusReason),
    metadata: cluster.metadata,
    data: {},
    dependents: {},
    ...(viewer.minor >= 7 && { config: givenConfig(cluster.config) }),
    nodes: nodeIds,
    policies: policyIds,
  }
}

/** Nothing is the matter with any node, but there are fewer than wanted: a deletion policy may say that it stays so. */
function isBelowDesired({ cluster, pools, nodeIds }: ClusterWithNodes): boolean {
  const desired = pools.reduce((total, { pool }) => total + pool.desiredCapacity, 0)
  return cluster.status === 'Active' && nodeIds.length < desired
}

/** What the clients of this API expect when nobody said how long an action may take. */
const DEFAULT_TIMEOUT_SECONDS = 3600

const DEFAULT_POOL = 'DefaultPool'

export function presentNode({ node, profile, cluster }: NodeView, viewer: Viewer): JsonObject {
  const isOrphan = cluster === null
  return {
    id: node.id,
    name: node.name,
    cluster_id: isOrphan ? '' : node.clusterId,
    physical_id: node.physicalId,
    profile_id: profile?.id ?? null,
    profile_name: profile?.name ?? null,
    user: userOf(node.createdBy, viewer),
    project: node.projectId,
    domain: null,
    index: isOrphan ? -1 : node.index,
    role: node.role,
    init_at: toTime(node.createdAt),
    created_at: toTime(node.firstReadyAt),
    updated_at: node.updatedAt === node.createdAt ? null : toTime(node.updatedAt),
    status: toNodeStatus(node),
    status_reason: toStatusReason(node.statusReason),
    data: presentNodeData(node),
    metadata: node.metadata,
    dependents: {},
    ...(viewer.minor >= 13 && { tainted: node.tainted }),
  }
}

/** What policies put down about a node: where it was placed, and what it is called by its load balancer. */
function presentNodeData(node: Node): JsonObject {
  const { placement } = node.data
  const place = placeOf(node)
  return {
    ...(placement !== undefined && { placement: toSnakeCase(placement) }),
    ...(place && !place.isLeaving && { lb_member: serverNameOf(node) }),
  }
}

/** Empty for what is about a node without a cluster. */
export function shownCluster(id: ClusterId): string {
  return isStandaloneClusterId(id) ? '' : id
}

/** What a runtime tells about a node beside what all have; from those that know more, in their own words. */
export function presentDetails(
  { node, profile }: NodeView,
  details: ReadonlyMap<NodeId, JsonObject>,
): JsonObject {
  const own = details.get(node.id)
  if (own) return own
  return {
    id: node.physicalId,
    name: node.name,
    status: toNodeStatus(node),
    health: node.health.toLowerCase(),
    endpoint: node.endpoint && { host: node.endpoint.host, port: node.endpoint.port },
    profile: profile && { name: profile.name, type: profile.type, version: profile.version },
  }
}

/** What made an action, in the words of this API: a call, by whomever, or another action. */
function causeOf({ cause }: Pick<ActionView, 'cause'>): string {
  return cause === 'request' || cause.startsWith('receiver:') ? 'RPC Request' : 'Derived Action'
}

/** One that others carry on shows as waiting for them. */
function toActionStatus({ status, dependsOn }: ActionView): string {
  return status === 'RUNNING' && dependsOn.length > 0 ? 'WAITING' : status
}

/** Sizes that could not be are told as they are when a request is refused over them. */
function toActionReason({ statusReason, outputs }: ActionView): string {
  const { size, policy } = (outputs['refused'] ?? {}) as Partial<Refused>
  if (policy !== undefined && size)
    return `Policy check failure: Failed policy '${policy}': ${sizeText(size)}`
  return size ? sizeText(size) : toStatusReason(statusReason)
}

/** What the engine keeps of an action that must not begin. */
interface Refused {
  readonly size: SizeRefusal
  readonly policy: string
}

export function presentAction(action: ActionView, viewer: Viewer): JsonObject {
  return {
    id: action.id,
    name: actionNameOf(action),
    target: action.nodeId ?? action.clusterId,
    action: toActionName(action),
    cause: causeOf(action),
    owner: action.ownerId,
    interval: -1,
    start_time: toSeconds(action.startedAt),
    end_time: toSeconds(action.endedAt),
    timeout: action.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    status: toActionStatus(action),
    status_reason: toActionReason(action),
    inputs: toInputs(action),
    outputs: toSnakeCase(action.outputs),
    data: presentActionData(action.data),
    depends_on: action.dependsOn,
    depended_by: action.dependedBy,
    user: userOf(action.createdBy, viewer),
    project: action.projectId,
    created_at: toTime(action.createdAt),
    updated_at: toTime(action.endedAt ?? action.startedAt),
    ...(viewer.minor >= 14 && { cluster_id: shownCluster(action.clusterId) }),
  }
}

export function presentService(engine: Engine, now: number): JsonObject {
  return {
    id: engine.id,
    binary: 'senlin-engine',
    host: engine.host,
    topic: 'senlin-engine',
    status: 'enabled',
    state: engine.leaseUntil > now ? 'up' : 'down',
    disabled_reason: null,
    updated_at: toTime(engine.heartbeatAt),
  }
}
