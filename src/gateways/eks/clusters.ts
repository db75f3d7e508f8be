import type { ClusterView } from '../../control/views.ts'
import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import { clusterSettings, EKS, newAttributes } from './attributes.ts'
import { changeOfConfig } from './cluster-config.ts'
import { FAULTS, invalidParameter, invalidRequest } from './faults.ts'
import { findCluster, pageOf } from './find.ts'
import { operation, repeatable } from './operation.ts'
import { presentCluster, presentVersion } from './present-cluster.ts'
import * as shapes from './shapes.ts'
import { answerUpdate } from './updates.ts'

const MIN_SUBNETS = 2
const MAX_SECURITY_GROUPS = 5

export const clusterOperations: readonly AwsOperation[] = [
  operation('CreateCluster', {
    route: 'POST /clusters',
    shape: shapes.createCluster,
    async run({ ask, input }) {
      checkVpcConfig(input)
      const { name, version: wanted, tags, clientRequestToken: _token, ...settings } = input
      const versions = await ask.control.versions.catalogue(ask.caller)
      const version = wanted ?? versions.find(({ isDefault }) => isDefault)?.version
      if (version === undefined) throw invalidRequest('This server has no versions: see platform.versions.')
      const { cluster } = await ask.control.clusters.create(repeatable(ask, input), {
        ...{ name, platformVersion: version, size: 0 },
        attributes: newAttributes(settings, tags),
      })
      return await answer(ask, await ask.control.clusters.get(ask.caller, cluster.id))
    },
  }),
  operation('DescribeCluster', {
    route: 'GET /clusters/:name',
    shape: shapes.nothing,
    run: async ({ ask, cluster }) => await answer(ask, await findCluster(ask, cluster)),
  }),
  operation('ListClusters', {
    route: 'GET /clusters',
    shape: shapes.listClusters,
    async run({ ask, input: { maxResults: limit = 100, nextToken: cursor } }) {
      const page = { limit, ...(cursor !== undefined && { cursor }) }
      const filter = { isVersioned: true, environment: null } as const
      const { items, nextCursor } = await ask.control.clusters.list(ask.caller, filter, page)
      return {
        clusters: items.map((view) => view.cluster.name),
        ...(nextCursor !== null && { nextToken: nextCursor }),
      }
    },
  }),
  operation('DeleteCluster', {
    route: 'DELETE /clusters/:name',
    shape: shapes.nothing,
    async run({ ask, cluster }) {
      const view = await findCluster(ask, cluster)
      if (clusterSettings(view.cluster).deletionProtection) {
        throw invalidRequest(`Cluster ${cluster} has deletion protection: switch that off first.`)
      }
      const deleted = await ask.control.clusters.delete(ask.caller, view.cluster.id, { ifEmpty: true })
      return await answer(ask, { ...view, cluster: deleted.cluster })
    },
  }),
  operation('UpdateClusterConfig', {
    route: 'POST /clusters/:name/update-config',
    shape: shapes.updateClusterConfig,
    async run({ ask, input, cluster }) {
      const { cluster: found } = await findCluster(ask, cluster)
      const { patch, asked } = changeOfConfig(clusterSettings(found), input)
      const caller = repeatable(ask, input, { clusterName: cluster })
      const change = { key: EKS, patch, asked }
      const { action } = await ask.control.clusters.configure(caller, found.id, change)
      return await answerUpdate(ask, action)
    },
  }),
  operation('UpdateClusterVersion', {
    route: 'POST /clusters/:name/updates',
    shape: shapes.updateClusterVersion,
    async run({ ask, input, cluster }) {
      const { cluster: found } = await findCluster(ask, cluster)
      const { version, force, rollbackConfig } = input
      const minutes = rollbackConfig?.timeoutMinutes
      const caller = repeatable(ask, input, { clusterName: cluster })
      const { action } = await ask.control.versions.change(caller, found.id, {
        version,
        ...(force !== undefined && { force }),
        ...(minutes !== undefined && { nodePhaseSeconds: minutes * 60 }),
      })
      return await answerUpdate(ask, action)
    },
  }),
  operation('DescribeClusterVersions', {
    route: 'GET /cluster-versions',
    shape: shapes.describeClusterVersions,
    faults: { not_found: FAULTS.invalidRequest },
    async run({ ask, input }) {
      const versions = await ask.control.versions.catalogue(ask.caller)
      const shown = versions.map(presentVersion).filter((version) => isWanted(version, input))
      const { page, nextToken } = pageOf(shown, ({ clusterVersion }) => keyOf(clusterVersion), input)
      return { clusterVersions: page, ...(nextToken !== undefined && { nextToken }) }
    },
  }),
]

async function answer(ask: AwsAsk, { cluster }: ClusterView): Promise<object> {
  const versions = await ask.control.versions.catalogue(ask.caller)
  const version = versions.find((one) => one.version === cluster.platform?.version)
  const newest = await ask.control.versions.list(ask.caller, cluster.id, { limit: 1 })
  const isChanging = newest.items.some(({ action }) => action.endedAt === null)
  return { cluster: presentCluster(ask, cluster, { isChanging, version }) }
}

function checkVpcConfig({ name, resourcesVpcConfig }: shapes.CreateCluster): void {
  const { subnetIds = [], securityGroupIds = [] } = resourcesVpcConfig
  const subject = { clusterName: name }
  if (subnetIds.length < MIN_SUBNETS) {
    throw invalidParameter('Subnets specified must be in at least two different AZs', subject)
  }
  if (securityGroupIds.length > MAX_SECURITY_GROUPS) {
    throw invalidParameter(`At most ${MAX_SECURITY_GROUPS} security groups can be specified`, subject)
  }
}

function isWanted(
  version: ReturnType<typeof presentVersion>,
  input: shapes.DescribeClusterVersions,
): boolean {
  const { clusterVersions, defaultOnly, includeAll, status, versionStatus, clusterType } = input
  if (clusterVersions && !clusterVersions.includes(version.clusterVersion)) return false
  if (defaultOnly && !version.defaultVersion) return false
  if (clusterType !== undefined && clusterType !== version.clusterType) return false
  if (status !== undefined && status !== version.status) return false
  if (versionStatus !== undefined && versionStatus !== version.versionStatus) return false
  const isNamed = clusterVersions !== undefined || status !== undefined || versionStatus !== undefined
  return includeAll === true || isNamed || version.versionStatus !== 'UNSUPPORTED'
}

/** Of versions in their order texts in theirs. */
function keyOf(version: string): string {
  return version
    .split('.')
    .map((part) => part.padStart(6, '0'))
    .join('.')
}
