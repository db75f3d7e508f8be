import type { JsonObject } from '../../domain/ids.ts'
import { type Asked, type ClusterSettings, patchOf } from './attributes.ts'
import { invalidParameter, invalidRequest } from './faults.ts'
import { mergeLogging } from './logging.ts'
import type { UpdateClusterConfig } from './shapes.ts'

type Input = UpdateClusterConfig

/** A kind of change, its parameters, and what is kept from then on. */
interface Kind {
  readonly type: string
  /** Undefined: the request does not ask for it. */
  read(
    input: Input,
    before: ClusterSettings,
  ): { readonly patch: ClusterSettings; readonly params: Readonly<Record<string, unknown>> } | undefined
}

/** The service makes one kind of change with one request. */
const KINDS: readonly Kind[] = [
  {
    type: 'LoggingUpdate',
    read: ({ logging }, before) =>
      logging && {
        patch: { logging: mergeLogging(before.logging, logging) },
        params: { ClusterLogging: logging },
      },
  },
  {
    type: 'EndpointAccessUpdate',
    read({ resourcesVpcConfig: given = {} }, { resourcesVpcConfig }) {
      const { endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs } = given
      const change = known({ endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs })
      if (change === undefined) return undefined
      const params = {
        EndpointPublicAccess: endpointPublicAccess,
        EndpointPrivateAccess: endpointPrivateAccess,
        PublicAccessCidrs: publicAccessCidrs,
      }
      return { patch: { resourcesVpcConfig: { ...resourcesVpcConfig, ...change } }, params }
    },
  },
  {
    type: 'VpcConfigUpdate',
    read({ resourcesVpcConfig: given = {} }, { resourcesVpcConfig }) {
      const { subnetIds, securityGroupIds } = given
      const change = known({ subnetIds, securityGroupIds })
      if (change === undefined) return undefined
      const params = { Subnets: subnetIds, SecurityGroups: securityGroupIds }
      return { patch: { resourcesVpcConfig: { ...resourcesVpcConfig, ...change } }, params }
    },
  },
  {
    type: 'ControlPlaneEgressUpdate',
    read({ resourcesVpcConfig: given = {} }, { resourcesVpcConfig }) {
      const { controlPlaneEgressMode } = given
      if (controlPlaneEgressMode === undefined) return undefined
      return {
        patch: { resourcesVpcConfig: { ...resourcesVpcConfig, controlPlaneEgressMode } },
        params: { ControlPlaneEgressMode: controlPlaneEgressMode },
      }
    },
  },
  {
    type: 'AccessConfigUpdate',
    read: ({ accessConfig }, before) =>
      accessConfig && {
        patch: { accessConfig: { ...before.accessConfig, ...accessConfig } },
        params: { AuthenticationMode: accessConfig.authenticationMode },
      },
  },
  {
    type: 'UpgradePolicyUpdate',
    read: ({ upgradePolicy }) =>
      upgradePolicy && { patch: { upgradePolicy }, params: { UpgradePolicy: upgradePolicy } },
  },
  {
    type: 'ZonalShiftConfigUpdate',
    read: ({ zonalShiftConfig }) =>
      zonalShiftConfig && { patch: { zonalShiftConfig }, params: { ZonalShiftConfig: zonalShiftConfig } },
  },
  {
    type: 'AutoModeUpdate',
    read({ computeConfig, storageConfig, kubernetesNetworkConfig }, before) {
      const change = known({ computeConfig, storageConfig, kubernetesNetworkConfig })
      if (change === undefined) return undefined
      const network = { ...before.kubernetesNetworkConfig, ...kubernetesNetworkConfig }
      return {
        patch: { ...change, ...(kubernetesNetworkConfig && { kubernetesNetworkConfig: network }) },
        params: {
          ComputeConfig: computeConfig,
          StorageConfig: storageConfig,
          KubernetesNetworkConfig: kubernetesNetworkConfig,
        },
      }
    },
  },
  {
    type: 'RemoteNetworkConfigUpdate',
    read: ({ remoteNetworkConfig }) =>
      remoteNetworkConfig && {
        patch: { remoteNetworkConfig },
        params: { RemoteNetworkConfig: remoteNetworkConfig },
      },
  },
  {
    type: 'DeletionProtectionUpdate',
    read: ({ deletionProtection }) =>
      deletionProtection === undefined
        ? undefined
        : { patch: { deletionProtection }, params: { DeletionProtection: deletionProtection } },
  },
  {
    type: 'ControlPlaneScalingConfigUpdate',
    read: ({ controlPlaneScalingConfig }, before) =>
      controlPlaneScalingConfig && {
        patch: { controlPlaneScalingConfig },
        params: {
          PreviousTier: before.controlPlaneScalingConfig?.tier ?? 'standard',
          UpdatedTier: controlPlaneScalingConfig.tier,
        },
      },
  },
]

/**
 * What a request to change a cluster's settings comes to.
 * @throws AwsFault when it asks for nothing, or for several kinds of change
 */
export function changeOfConfig(
  before: ClusterSettings,
  input: Input,
): { readonly patch: JsonObject; readonly asked: Asked & JsonObject } {
  const found = KINDS.flatMap(({ type, read }) => {
    const change = read(input, before)
    return change ? [{ type, ...change }] : []
  })
  const [first] = found
  if (first === undefined) throw invalidRequest('No changes needed for the request: nothing is named in it.')
  if (found.length > 1) {
    const types = found.map(({ type }) => type).join(' and ')
    throw invalidParameter(`Only one type of update can be allowed; these are ${types}.`)
  }
  return { patch: patchOf(first.patch), asked: toAsked(first.type, first.params) }
}

/** Params as the service lists them: texts, JSON for what has a structure; what was not given is left out. */
export function toAsked(type: string, params: Readonly<Record<string, unknown>>): Asked & JsonObject {
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  const listed = given.map(([name, value]) => ({
    type: name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }))
  return { type, params: listed }
}

/** The members that there are; undefined if there are none. */
function known<Members extends object>(members: Members): Partial<Members> | undefined {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<Members>)
}
