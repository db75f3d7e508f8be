import type { PlatformVersionView } from '../../control/version-verbs.ts'
import { tagsOf } from '../../domain/attributes.ts'
import type { Cluster, ClusterStatus } from '../../domain/cluster.ts'
import type { AwsAsk } from '../aws/service.ts'
import { toEpochSeconds, toOptionalEpochSeconds } from '../aws/values.ts'
import { clusterSettings } from './attributes.ts'
import { allLogTypes } from './logging.ts'

const STATUS: Readonly<Record<ClusterStatus, 'CREATING' | 'ACTIVE' | 'DELETING' | 'FAILED'>> = {
  Creating: 'CREATING',
  Active: 'ACTIVE',
  Warning: 'ACTIVE',
  Critical: 'ACTIVE',
  Updating: 'ACTIVE',
  Resizing: 'ACTIVE',
  Recovering: 'ACTIVE',
  Checking: 'ACTIVE',
  Deleting: 'DELETING',
  Failed: 'FAILED',
}

/** A cluster as this API shows it. @param facts what only a look at its neighbours tells */
export function presentCluster(
  { arn, region }: Pick<AwsAsk, 'arn' | 'region'>,
  cluster: Cluster,
  facts: { readonly isChanging: boolean; readonly version: PlatformVersionView | undefined },
): object {
  const settings = clusterSettings(cluster)
  const status = STATUS[cluster.status]
  const isThere = status !== 'CREATING'
  // Behind a cluster there is no control plane of its own: the name leads nowhere, on purpose.
  const endpoint = `https://${cluster.id}.${region}.eks.invalid`
  const { resourcesVpcConfig, kubernetesNetworkConfig, accessConfig } = settings
  return {
    ...settings,
    name: cluster.name,
    arn: arn(`cluster/${cluster.name}`),
    createdAt: toEpochSeconds(cluster.createdAt),
    version: cluster.platform?.version,
    platformVersion: facts.version?.build,
    status: status === 'ACTIVE' && facts.isChanging ? 'UPDATING' : status,
    ...(isThere && { endpoint, certificateAuthority: { data: '' } }),
    roleArn: settings.roleArn ?? '',
    resourcesVpcConfig: {
      ...{ subnetIds: [], securityGroupIds: [], endpointPublicAccess: true, endpointPrivateAccess: false },
      publicAccessCidrs: ['0.0.0.0/0'],
      ...resourcesVpcConfig,
    },
    kubernetesNetworkConfig: { ipFamily: 'ipv4', ...kubernetesNetworkConfig },
    logging: settings.logging ?? { clusterLogging: [{ types: allLogTypes, enabled: false }] },
    identity: { oidc: { issuer: endpoint } },
    accessConfig: {
      ...{ authenticationMode: 'CONFIG_MAP', bootstrapClusterCreatorAdminPermissions: true },
      ...accessConfig,
    },
    upgradePolicy: settings.upgradePolicy ?? { supportType: 'EXTENDED' },
    deletionProtection: settings.deletionProtection ?? false,
    health: { issues: [] },
    tags: tagsOf(cluster),
  }
}

const VERSION_STATUS = {
  standard: ['standard-support', 'STANDARD_SUPPORT'],
  extended: ['extended-support', 'EXTENDED_SUPPORT'],
  unsupported: ['unsupported', 'UNSUPPORTED'],
} as const

/** A version as this API shows it. Dates that there are none of are left out. */
export function presentVersion(view: PlatformVersionView) {
  const [status, versionStatus] = VERSION_STATUS[view.support]
  return {
    clusterVersion: view.version,
    clusterType: 'eks',
    defaultPlatformVersion: view.build,
    defaultVersion: view.isDefault,
    releaseDate: toEpochSeconds(view.releasedAt),
    endOfStandardSupportDate: toOptionalEpochSeconds(view.standardSupportEndsAt),
    endOfExtendedSupportDate: toOptionalEpochSeconds(view.extendedSupportEndsAt),
    status,
    versionStatus,
    kubernetesPatchVersion: view.patch,
  }
}
