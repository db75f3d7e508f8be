import { type Properties, parseProperties, type ValuesOf } from '../../domain/property.ts'
import { NOT_SERVERS, type Placement, type PolicyFacts, type PolicyType, type Verdict } from '../policy.ts'

const properties = {
  servergroup: {
    type: 'Map',
    description: 'The group that new nodes become part of.',
    properties: {
      name: { type: 'String', description: 'Name of the group; the id of the policy if there is none.' },
      policies: {
        type: 'String',
        description: 'Whether nodes of the group are kept on one host or on different ones.',
        default: 'anti-affinity',
        allowed: ['affinity', 'soft-affinity', 'anti-affinity', 'soft-anti-affinity'],
      },
    },
  },
  availabilityZone: { type: 'String', description: 'The availability zone that new nodes are put into.' },
  enableDrsExtension: {
    type: 'Boolean',
    description: 'Whether a scheduler of the hypervisor keeps the rule; handed to the runtime.',
    default: false,
  },
} as const satisfies Properties

type AffinitySpec = ValuesOf<typeof properties>

/**
 * Puts new nodes into a group whose nodes are kept together or apart, and into one availability zone if it names
 * one. Drover hands group and rule to the runtime, which has to know what a host is; nodes that exist stay as they
 * are.
 */
export const affinityPolicy: PolicyType<AffinitySpec> = {
  type: 'affinity',
  description: 'Whether nodes are kept on one host or on different ones.',
  versions: ['1.0'],
  properties,
  priority: 300,
  isRepeatable: false,
  unsupportedProfileTypes: NOT_SERVERS,
  targets: { before: ['CLUSTER_SCALE_OUT', 'CLUSTER_RESIZE', 'NODE_CREATE'], after: [] },
  parse: (version, given) => parseProperties(properties, given, { version }),
  ask,
}

function ask({ servergroup, availabilityZone }: AffinitySpec, facts: PolicyFacts): Verdict {
  const { change, decided, policy } = facts
  const count = decided.count ?? change.count
  if (count <= 0) return { kind: 'allow', because: 'no node comes' }
  const own: Placement = {
    ...(availabilityZone !== null && { zone: availabilityZone }),
    // Not the policy's name, which may change: nodes made before and after would not be of one group.
    group: servergroup.name ?? policy.id,
    groupRule: servergroup.policies,
  }
  const placements = Array.from({ length: count }, (_, index) => ({ ...decided.placements?.[index], ...own }))
  const zone = availabilityZone === null ? '' : ` in zone ${availabilityZone}`
  return {
    kind: 'narrow',
    decisions: { placements },
    because: `new nodes join group ${own.group} (${own.groupRule})${zone}`,
  }
}
