import type { ClusterView, PoolView } from '../../control/views.ts'
import { type Cluster, DEFAULT_POOL, type NodePool } from '../../domain/cluster.ts'
import type { JsonObject, RevisionId } from '../../domain/ids.ts'
import type { RevisionSpec } from '../../domain/revision.ts'
import type { AwsAsk } from '../aws/service.ts'
import { toEpochSeconds } from '../aws/values.ts'
import { inConflict, notFound } from './errors.ts'
import { ATTRIBUTES, unlessMissing } from './operation.ts'
import type { CreateCluster } from './shapes.ts'
import { presentSoftware, type Said } from './software.ts'
import {
  fromEnvironmentId,
  type KxClusterStatus,
  type LastAction,
  TELLING_ACTIONS,
  toClusterStatus,
} from './translate.ts'

/** What a cluster was given when it was made and that has no meaning here, and what was said of its software. */
export type Stored = Omit<
  CreateCluster,
  | ('clientToken' | 'environmentId' | 'clusterName' | 'tags')
  | ('code' | 'databases' | 'initializationScript' | 'commandLineArguments')
> &
  Said

/** A cluster as this gateway shows it. */
export interface KxCluster {
  readonly cluster: Cluster
  readonly pool: NodePool
  readonly stored: Stored
  /** What its nodes run, or move to. */
  readonly spec: RevisionSpec
  readonly status: KxClusterStatus
  readonly reason: string | undefined
}

/** Of a page of clusters those that were made through this gateway. Two queries, however many. */
export async function viewKxClusters(ask: AwsAsk, views: readonly ClusterView[]): Promise<KxCluster[]> {
  const ours = views.filter(({ cluster }) => cluster.attributes[ATTRIBUTES] !== undefined)
  if (ours.length === 0) return []
  const ids = ours.map(({ cluster }) => cluster.id)
  const revisions = await ask.control.revisions.load(ask.caller, ours.map(revisionOf))
  const { items } = await ask.control.actions.list(
    ask.caller,
    { clusterIds: ids, targetIds: ids, name: TELLING_ACTIONS },
    { limit: ids.length === 1 ? 1 : MOST_ACTIONS },
  )
  return ours.flatMap((view) => {
    const last: LastAction | undefined = items.find(({ clusterId }) => clusterId === view.cluster.id)
    const revision = revisions.get(revisionOf(view))
    if (!revision) return []
    const { status, reason } = toClusterStatus(view.cluster, view.pools, last)
    const stored = view.cluster.attributes[ATTRIBUTES] as unknown as Stored
    const { cluster } = view
    return [{ cluster, pool: defaultPoolOf(view).pool, stored, spec: revision.spec, status, reason }]
  })
}

/** Newest first: so many tell of a page of clusters that all had some. */
const MOST_ACTIONS = 1000

/** Where its nodes are going, while they are going forward. */
function revisionOf(view: ClusterView): RevisionId {
  const { pool, updateInFlight: update } = defaultPoolOf(view)
  return update?.direction === 'forward' ? update.toRevisionId : pool.committedRevisionId
}

function defaultPoolOf({ pools }: ClusterView): PoolView {
  return pools.find(({ pool }) => pool.name === DEFAULT_POOL)!
}

/** The cluster that clients call so. @throws AwsFault `ResourceNotFoundException` */
export async function requireKxCluster(
  ask: AwsAsk,
  { environmentId, clusterName }: { readonly environmentId: string; readonly clusterName: string },
): Promise<KxCluster> {
  const id = fromEnvironmentId(environmentId)
  const view = id && (await unlessMissing(ask.control.clusters.get(ask.caller, `${id}/${clusterName}`)))
  // The beginning of an id finds it, too, but is not its name.
  const [found] = view && view.cluster.name === clusterName ? await viewKxClusters(ask, [view]) : []
  if (found) return found
  throw notFound(`Cluster ${clusterName} does not exist in environment ${environmentId}`)
}

/** @throws AwsFault `ConflictException` unless it has one of these statuses */
export function requireStatus({ cluster, status }: KxCluster, allowed: readonly KxClusterStatus[]): void {
  if (!allowed.includes(status)) throw inConflict(`Cluster ${cluster.name} is ${status}`, status)
}

/** All that Get answers with. */
export function presentCluster(kx: KxCluster): JsonObject {
  const { cluster, pool, stored, spec, status, reason } = kx
  const { codes: _, databases: __, ...given } = stored
  const nodeCount = pool.desiredCapacity
  const { capacityConfiguration, scalingGroupConfiguration } = given
  return {
    ...given,
    status,
    statusReason: reason,
    clusterName: cluster.name,
    ...(capacityConfiguration && { capacityConfiguration: { ...capacityConfiguration, nodeCount } }),
    ...(scalingGroupConfiguration && {
      scalingGroupConfiguration: { ...scalingGroupConfiguration, nodeCount },
    }),
    volumes: volumesOf(stored),
    ...presentSoftware(stored, spec),
    createdTimestamp: toEpochSeconds(cluster.createdAt),
    lastModifiedTimestamp: toEpochSeconds(Math.max(cluster.updatedAt, pool.updatedAt)),
  } as unknown as JsonObject
}

const SUMMARY = [
  ...([
    'status',
    'statusReason',
    'clusterName',
    'clusterType',
    'clusterDescription',
    'releaseLabel',
  ] as const),
  ...(['volumes', 'initializationScript', 'executionRole', 'azMode', 'availabilityZoneId'] as const),
  ...(['lastModifiedTimestamp', 'createdTimestamp'] as const),
]

/** As much as a list shows. */
export function presentSummary(kx: KxCluster): JsonObject {
  const all = presentCluster(kx)
  return Object.fromEntries(SUMMARY.map((name) => [name, all[name]])) as JsonObject
}

const MOST_VOLUMES = 5

function volumesOf({ savedownStorageConfiguration: savedown, tickerplantLogConfiguration: log }: Stored) {
  const names = [savedown?.volumeName, ...(log?.tickerplantLogVolumes ?? [])].filter(
    (name) => name !== undefined,
  )
  const volumes = [...new Set(names)].map((volumeName) => ({ volumeName, volumeType: 'NAS_1' }))
  return volumes.length > 0 ? volumes.slice(0, MOST_VOLUMES) : undefined
}
