import { boolean, type Checked, integer, list, map, number, oneOf, string, structure } from '../aws/shape.ts'
import { PATTERN } from './patterns.ts'

const CLUSTER_TYPES = ['HDB', 'RDB', 'GATEWAY', 'GP', 'TICKERPLANT'] as const

const name = string({ min: 3, max: 63, pattern: PATTERN.name })
const changesetId = string({ min: 1, max: 26, pattern: PATTERN.changesetId })
const dbPath = string({ min: 1, max: 1025, pattern: PATTERN.dbPath })
const environmentId = string({ min: 1, max: 32, pattern: PATTERN.environmentId })
const idType = string({ min: 1, max: 26, pattern: PATTERN.idType })
const resourceArn = string({ min: 20, max: 2048, pattern: PATTERN.taggableArn })
const tagKey = string({ min: 1, max: 128, pattern: PATTERN.tagKey })
const tags = map(tagKey, string({ min: 1, max: 256, pattern: PATTERN.tagValue }), { min: 1, max: 50 })
const description = string({ min: 1, max: 1000, pattern: PATTERN.description })
/** Of operations on environments and of CreateKxCluster. */
const token = string({ min: 1, max: 36, pattern: PATTERN.clientToken })
/** Of the other operations on clusters. */
const tokenString = string({ min: 1, max: 64, pattern: PATTERN.clientTokenString })
const page = { nextToken: string({ min: 1, max: 1000 }), maxResults: integer({ min: 0, max: 100 }) }
const ofCluster = { environmentId, clusterName: name }

const code = structure(
  {},
  {
    s3Bucket: string({ min: 3, max: 255, pattern: PATTERN.s3Bucket }),
    s3Key: string({ min: 1, max: 1024, pattern: PATTERN.s3Key }),
    s3ObjectVersion: string({ min: 1, max: 1000 }),
  },
)

const commandLineArguments = list(
  structure(
    {},
    {
      key: string({ min: 1, max: 1024, pattern: PATTERN.argumentKey }),
      value: string({ min: 1, max: 1024, pattern: PATTERN.argumentValue }),
    },
  ),
)

const initializationScript = string({ min: 1, max: 255, pattern: PATTERN.initializationScript })

const databases = list(
  structure(
    { databaseName: name },
    {
      cacheConfigurations: list(
        structure({ cacheType: string({ min: 8, max: 10 }), dbPaths: list(dbPath) }, { dataviewName: name }),
      ),
      changesetId,
      dataviewName: name,
      dataviewConfiguration: structure(
        {},
        {
          dataviewName: name,
          dataviewVersionId: string({ min: 1, max: 26 }),
          changesetId,
          segmentConfigurations: list(
            structure(
              { dbPaths: list(dbPath, { min: 1, max: 30 }), volumeName: name },
              { onDemand: boolean() },
            ),
            { min: 0, max: 50 },
          ),
        },
      ),
    },
  ),
)

const vpcConfiguration = structure(
  {},
  {
    vpcId: string({ min: 1, max: 1024, pattern: PATTERN.vpc }),
    securityGroupIds: list(string({ min: 1, max: 1024, pattern: PATTERN.securityGroup })),
    subnetIds: list(string({ min: 1, max: 1024, pattern: PATTERN.subnet })),
    ipAddressType: oneOf(['IP_V4']),
  },
)

const capacityConfiguration = structure(
  {},
  {
    nodeType: string({ min: 1, max: 32, pattern: PATTERN.nodeType }),
    nodeCount: integer({ min: 1 }),
  },
)

const scalingGroupConfiguration = structure(
  {
    scalingGroupName: name,
    memoryReservation: integer({ min: 6 }),
    nodeCount: integer({ min: 1 }),
  },
  { memoryLimit: integer({ min: 6 }), cpu: number({ min: 0.1 }) },
)

const autoScalingConfiguration = structure(
  {},
  {
    minNodeCount: integer({ min: 1 }),
    maxNodeCount: integer({ min: 1 }),
    autoScalingMetric: oneOf(['CPU_UTILIZATION_PERCENTAGE']),
    metricTarget: number({ min: 1, max: 100 }),
    scaleInCooldownSeconds: number({ min: 0, max: 100_000 }),
    scaleOutCooldownSeconds: number({ min: 0, max: 100_000 }),
  },
)

/** What clients have to send, by operation: members of the path, the query and the body together. */
export const SHAPE = {
  createEnvironment: structure(
    { name, kmsKeyId: string({ min: 1, max: 1000, pattern: PATTERN.kmsKeyArn }) },
    { description, tags, clientToken: token },
  ),
  environment: structure({ environmentId: idType }),
  updateEnvironment: structure({ environmentId: idType }, { name, description, clientToken: token }),
  deleteEnvironment: structure({ environmentId: idType }, { clientToken: token }),
  environments: structure({}, { ...page, maxResults: integer({ min: 0 }) }),
  createCluster: structure(
    {
      ...ofCluster,
      clusterType: oneOf(CLUSTER_TYPES),
      releaseLabel: string({ min: 1, max: 16, pattern: PATTERN.releaseLabel }),
      vpcConfiguration,
      azMode: oneOf(['SINGLE', 'MULTI']),
    },
    {
      clientToken: token,
      tickerplantLogConfiguration: structure({}, { tickerplantLogVolumes: list(name) }),
      databases,
      cacheStorageConfigurations: list(structure({ type: string({ min: 8, max: 10 }), size: integer() })),
      autoScalingConfiguration,
      clusterDescription: string({ min: 1, max: 1000, pattern: PATTERN.clusterDescription }),
      capacityConfiguration,
      initializationScript,
      commandLineArguments,
      code,
      executionRole: string({ min: 1, max: 1024, pattern: PATTERN.executionRole }),
      savedownStorageConfiguration: structure(
        {},
        { type: oneOf(['SDS01']), size: integer({ min: 10, max: 16_000 }), volumeName: name },
      ),
      availabilityZoneId: string({ min: 8, max: 12, pattern: PATTERN.availabilityZoneId }),
      tags,
      scalingGroupConfiguration,
    },
  ),
  cluster: structure(ofCluster),
  clusters: structure({ environmentId }, { ...page, clusterType: oneOf(CLUSTER_TYPES) }),
  deleteCluster: structure(ofCluster, { clientToken: tokenString }),
  updateCode: structure(
    { ...ofCluster, code },
    {
      clientToken: tokenString,
      initializationScript,
      commandLineArguments,
      deploymentConfiguration: structure({
        deploymentStrategy: oneOf(['NO_RESTART', 'ROLLING', 'FORCE']),
      }),
    },
  ),
  updateDatabases: structure(
    { ...ofCluster, databases },
    {
      clientToken: tokenString,
      deploymentConfiguration: structure({ deploymentStrategy: oneOf(['NO_RESTART', 'ROLLING']) }),
    },
  ),
  nodes: structure(ofCluster, page),
  node: structure({ ...ofCluster, nodeId: string({ min: 1, max: 40 }) }),
  connection: structure({
    environmentId: idType,
    userArn: string({ min: 20, max: 2048, pattern: PATTERN.userArn }),
    clusterName: name,
  }),
  tag: structure({ resourceArn, tags }),
  untag: structure({ resourceArn, tagKeys: list(tagKey, { min: 1, max: 50 }) }),
  tags: structure({ resourceArn }),
} as const

export type CreateCluster = Checked<typeof SHAPE.createCluster>
export type Databases = Checked<typeof databases>
export type CodeLocation = Checked<typeof code>
