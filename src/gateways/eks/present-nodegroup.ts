import type { PoolView } from '../../control/views.ts'
import { type Action, hasBegun } from '../../domain/action.ts'
import { tagsOf } from '../../domain/attributes.ts'
import type { Cluster } from '../../domain/cluster.ts'
import { compareVersions, type PlatformVersion } from '../../domain/platform-version.ts'
import type { AwsAsk } from '../aws/service.ts'
import { toEpochSeconds } from '../aws/values.ts'
import { nodegroupSettings } from './attributes.ts'
import { presentUpdateConfig } from './update-config.ts'

/** What only a look at a node group's neighbours tells. */
export interface NodegroupFacts {
  readonly cluster: Cluster
  readonly view: PoolView
  /** Of the revision that its nodes run. */
  readonly version: string | null
  readonly versions: readonly PlatformVersion[]
  /** The action that made its first nodes, if it is kept, and its newest deletion. */
  readonly creation: Action | undefined
  readonly deletion: Action | undefined
}

type NodegroupStatus =
  | 'CREATING'
  | 'ACTIVE'
  | 'UPDATING'
  | 'DELETING'
  | 'CREATE_FAILED'
  | 'DELETE_FAILED'
  | 'DEGRADED'

/** What a node group is doing, the most pressing first. */
function nodegroupStatus({ view, creation, deletion }: NodegroupFacts): NodegroupStatus {
  if (deletion && isOpen(deletion)) return 'DELETING'
  if (deletion?.status === 'FAILED') return 'DELETE_FAILED'
  if (creation && isOpen(creation)) return 'CREATING'
  if (creation?.status === 'FAILED') return 'CREATE_FAILED'
  if (view.updateInFlight) return 'UPDATING'
  return view.nodes.available < view.nodes.total ? 'DEGRADED' : 'ACTIVE'
}

export function presentNodegroup({ arn }: Pick<AwsAsk, 'arn'>, facts: NodegroupFacts): object {
  const { cluster, view, creation, deletion } = facts
  const { pool } = view
  const { updateStrategy, releaseVersion, ...settings } = nodegroupSettings(pool)
  const status = nodegroupStatus(facts)
  return {
    ...settings,
    nodegroupName: pool.name,
    nodegroupArn: nodegroupArn(arn, cluster, view),
    clusterName: cluster.name,
    version: facts.version ?? undefined,
    releaseVersion: releaseVersion ?? releaseOf(facts),
    createdAt: toEpochSeconds(pool.createdAt),
    modifiedAt: toEpochSeconds(pool.updatedAt),
    status,
    capacityType: settings.capacityType ?? 'ON_DEMAND',
    scalingConfig: {
      minSize: pool.minSize,
      maxSize: pool.maxSize ?? Math.max(1, pool.desiredCapacity),
      desiredSize: pool.desiredCapacity,
    },
    instanceTypes: settings.instanceTypes ?? ['t3.medium'],
    subnets: settings.subnets ?? [],
    nodeRole: settings.nodeRole ?? '',
    amiType: settings.amiType ?? 'AL2023_x86_64_STANDARD',
    ...(settings.launchTemplate === undefined && { diskSize: settings.diskSize ?? 20 }),
    labels: settings.labels ?? {},
    taints: settings.taints ?? [],
    resources: { autoScalingGroups: [{ name: `eks-${pool.name}-${pool.id}` }] },
    health: { issues: issuesOf(status, creation, deletion, view) },
    updateConfig: presentUpdateConfig(pool.updateDefaults, updateStrategy),
    tags: tagsOf(pool),
  }
}

function nodegroupArn(arn: AwsAsk['arn'], cluster: Cluster, { pool }: PoolView): string {
  return arn(`nodegroup/${cluster.name}/${pool.name}/${pool.id}`)
}

/** Of a cluster's versions the highest that is not above its own: what nodes without a version are taken for. */
function releaseOf({ version, versions }: NodegroupFacts): string | undefined {
  const known = versions.find((one) => version !== null && compareVersions(one.version, version) === 0)
  if (!known) return undefined
  return `${known.patch}-${new Date(known.releasedAt).toISOString().slice(0, 10).replaceAll('-', '')}`
}

function issuesOf(
  status: NodegroupStatus,
  creation: Action | undefined,
  deletion: Action | undefined,
  { pool, nodes }: PoolView,
): object[] {
  const issue = (code: string, message: string) => [{ code, message, resourceIds: [pool.id] }]
  switch (status) {
    case 'CREATE_FAILED':
      return issue('NodeCreationFailure', creation?.statusReason ?? '')
    case 'DELETE_FAILED':
      return issue('NodeTerminationFailure', deletion?.statusReason ?? '')
    case 'DEGRADED':
      return issue(
        'NodeCreationFailure',
        `${nodes.total - nodes.available} of ${nodes.total} nodes do not serve`,
      )
    default:
      return []
  }
}

function isOpen(action: Action): boolean {
  return action.endedAt === null || hasBegun(action)
}
