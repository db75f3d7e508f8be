import {
  anything,
  boolean,
  type Checked,
  integer,
  list,
  map,
  oneOf,
  string,
  structure,
} from '../aws/shape.ts'

const text = string()
const texts = list(text)
const tags = map(string({ min: 1, max: 128 }), string({ max: 256 }), { min: 1, max: 50 })
const labels = map(string({ min: 1, max: 63 }), string({ min: 1, max: 63 }))
const taint = structure(
  {},
  {
    key: string({ min: 1, max: 63 }),
    value: string({ max: 63 }),
    effect: oneOf(['NO_SCHEDULE', 'NO_EXECUTE', 'PREFER_NO_SCHEDULE']),
  },
)
const supportType = oneOf(['STANDARD', 'EXTENDED'])
const authenticationMode = oneOf(['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP'])
const networks = list(structure({}, { cidrs: texts }), { max: 1 })
const spread = structure({}, { groupName: text, spreadLevel: oneOf(['host', 'rack']) })

const vpcConfig = structure(
  {},
  {
    subnetIds: texts,
    securityGroupIds: texts,
    endpointPublicAccess: boolean(),
    endpointPrivateAccess: boolean(),
    publicAccessCidrs: texts,
    controlPlaneEgressMode: oneOf(['AWS_MANAGED', 'CUSTOMER_ROUTED', 'CUSTOMER_ISOLATED']),
  },
)
const networkConfig = structure(
  {},
  {
    serviceIpv4Cidr: text,
    ipFamily: oneOf(['ipv4', 'ipv6']),
    elasticLoadBalancing: structure({}, { enabled: boolean() }),
  },
)
const logType = oneOf(['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'])
const logging = structure(
  {},
  { clusterLogging: list(structure({}, { types: list(logType), enabled: boolean() })) },
)
const upgradePolicy = structure({}, { supportType })
const zonalShiftConfig = structure({}, { enabled: boolean() })
const remoteNetworkConfig = structure({}, { remoteNodeNetworks: networks, remotePodNetworks: networks })
const computeConfig = structure({}, { enabled: boolean(), nodePools: texts, nodeRoleArn: text })
const storageConfig = structure({}, { blockStorage: structure({}, { enabled: boolean() }) })
const scalingTier = structure(
  {},
  { tier: oneOf(['standard', 'tier-xl', 'tier-2xl', 'tier-4xl', 'tier-8xl']) },
)

/** Requests of the service's model, by operation. Members that the model has and that are only stored are checked, too. */
export const createCluster = structure(
  { name: string({ min: 1, max: 100 }), roleArn: text, resourcesVpcConfig: vpcConfig },
  {
    version: text,
    kubernetesNetworkConfig: networkConfig,
    logging,
    clientRequestToken: text,
    tags,
    encryptionConfig: list(structure({}, { resources: texts, provider: structure({}, { keyArn: text }) }), {
      max: 1,
    }),
    outpostConfig: structure(
      { outpostArns: texts, controlPlaneInstanceType: text },
      { controlPlanePlacement: spread, etcdInstanceType: text, etcdPlacement: spread },
    ),
    accessConfig: structure({}, { bootstrapClusterCreatorAdminPermissions: boolean(), authenticationMode }),
    bootstrapSelfManagedAddons: boolean(),
    upgradePolicy,
    zonalShiftConfig,
    remoteNetworkConfig,
    computeConfig,
    storageConfig,
    deletionProtection: boolean(),
    controlPlaneScalingConfig: scalingTier,
  },
)

export const updateClusterConfig = structure(
  {},
  {
    resourcesVpcConfig: vpcConfig,
    logging,
    clientRequestToken: text,
    accessConfig: structure({}, { authenticationMode }),
    upgradePolicy,
    zonalShiftConfig,
    computeConfig,
    kubernetesNetworkConfig: networkConfig,
    storageConfig,
    remoteNetworkConfig,
    deletionProtection: boolean(),
    controlPlaneScalingConfig: scalingTier,
  },
)

export const updateClusterVersion = structure(
  { version: text },
  {
    clientRequestToken: text,
    force: boolean(),
    rollbackConfig: structure({}, { timeoutMinutes: integer({ min: 120, max: 10_080 }) }),
  },
)

export const cancelUpdate = structure({}, { clientRequestToken: text })

const scalingConfig = structure(
  {},
  { minSize: integer({ min: 0 }), maxSize: integer({ min: 1 }), desiredSize: integer({ min: 0 }) },
)
const updateConfig = structure(
  {},
  {
    maxUnavailable: integer({ min: 1, max: 100 }),
    maxUnavailablePercentage: integer({ min: 1, max: 100 }),
    updateStrategy: oneOf(['DEFAULT', 'MINIMAL']),
  },
)
const launchTemplate = structure({}, { name: text, version: text, id: text })
const count = integer({ min: 1 })
const percentage = integer({ min: 1, max: 100 })
const nodeRepairConfig = structure(
  {},
  {
    enabled: boolean(),
    maxUnhealthyNodeThresholdCount: count,
    maxUnhealthyNodeThresholdPercentage: percentage,
    maxParallelNodesRepairedCount: count,
    maxParallelNodesRepairedPercentage: percentage,
    nodeRepairConfigOverrides: list(
      structure(
        {},
        {
          nodeMonitoringCondition: text,
          nodeUnhealthyReason: text,
          minRepairWaitTimeMins: count,
          repairAction: oneOf(['Replace', 'Reboot', 'NoAction']),
        },
      ),
    ),
  },
)
const warmPoolConfig = structure(
  {},
  {
    enabled: boolean(),
    minSize: integer({ min: 0 }),
    maxGroupPreparedCapacity: integer(),
    poolState: oneOf(['STOPPED', 'RUNNING', 'HIBERNATED']),
    reuseOnScaleIn: boolean(),
  },
)

export const createNodegroup = structure(
  { nodegroupName: string({ min: 1, max: 63 }), subnets: texts, nodeRole: text },
  {
    scalingConfig,
    diskSize: integer(),
    instanceTypes: list(text, { max: 20 }),
    amiType: text,
    remoteAccess: structure({}, { ec2SshKey: text, sourceSecurityGroups: texts }),
    labels,
    taints: list(taint),
    tags,
    clientRequestToken: text,
    launchTemplate,
    updateConfig,
    nodeRepairConfig,
    capacityType: oneOf(['ON_DEMAND', 'SPOT', 'CAPACITY_BLOCK']),
    version: text,
    releaseVersion: text,
    warmPoolConfig,
  },
)

export const updateNodegroupConfig = structure(
  {},
  {
    labels: structure({}, { addOrUpdateLabels: labels, removeLabels: texts }),
    taints: structure({}, { addOrUpdateTaints: list(taint), removeTaints: list(taint) }),
    scalingConfig,
    updateConfig,
    nodeRepairConfig,
    warmPoolConfig,
    clientRequestToken: text,
  },
)

export const updateNodegroupVersion = structure(
  {},
  {
    version: text,
    releaseVersion: text,
    launchTemplate,
    force: boolean(),
    clientRequestToken: text,
  },
)

export const tagResource = structure({ tags })
export const untagResource = structure({ tagKeys: list(string({ min: 1, max: 128 }), { min: 1, max: 50 }) })

const page = { maxResults: integer({ min: 1, max: 100 }), nextToken: text }

export const listClusters = structure({}, { ...page, include: list(oneOf(['all'])) })
export const listNodegroups = structure({}, page)

const ofPart = { nodegroupName: text, addonName: text, capabilityName: text }

export const listUpdates = structure({}, { ...page, ...ofPart })
export const describeUpdate = structure({}, ofPart)

export const describeClusterVersions = structure(
  {},
  {
    ...page,
    clusterType: text,
    defaultOnly: boolean(),
    includeAll: boolean(),
    clusterVersions: texts,
    status: oneOf(['unsupported', 'standard-support', 'extended-support']),
    versionStatus: oneOf(['UNSUPPORTED', 'STANDARD_SUPPORT', 'EXTENDED_SUPPORT']),
  },
)

/** For operations without a body. */
export const nothing = anything()

export type CreateCluster = Checked<typeof createCluster>
export type UpdateClusterConfig = Checked<typeof updateClusterConfig>
export type CreateNodegroup = Checked<typeof createNodegroup>
export type UpdateNodegroupConfig = Checked<typeof updateNodegroupConfig>
export type DescribeClusterVersions = Checked<typeof describeClusterVersions>
