import { type Properties, parseProperties, type ValuesOf } from '../../domain/property.ts'
import { place } from '../placement.ts'
import { NOT_SERVERS, type PolicyType } from '../policy.ts'

const properties = {
  zones: {
    type: 'List',
    description: 'The availability zones that nodes are spread over.',
    maxItems: 100,
    items: {
      type: 'Map',
      description: 'A zone.',
      properties: {
        name: { type: 'String', description: 'Name of the zone.' },
        weight: {
          type: 'Integer',
          description: 'Share of the nodes that it gets, relative to the other zones.',
          default: 100,
          min: 0,
        },
      },
    },
  },
} as const satisfies Properties

/**
 * Spreads the nodes of a cluster over availability zones in proportion to their weights: new nodes go where too few
 * are, and when the cluster shrinks, nodes leave where there are too many. Nodes that the caller names leave
 * wherever they are.
 */
export const zonePlacementPolicy: PolicyType<ValuesOf<typeof properties>> = {
  type: 'zone_placement',
  description: 'Over which availability zones nodes are spread.',
  versions: ['1.0'],
  properties,
  priority: 300,
  isRepeatable: false,
  unsupportedProfileTypes: NOT_SERVERS,
  targets: { before: ['CLUSTER_SCALE_OUT', 'CLUSTER_SCALE_IN', 'CLUSTER_RESIZE', 'NODE_CREATE'], after: [] },
  parse: (version, given) => parseProperties(properties, given, { version }),
  ask({ zones }, facts) {
    const places = (zones ?? []).flatMap(({ name, weight }) =>
      name === null ? [] : [{ name, weight, cap: null }],
    )
    return place('zone', places, facts)
  },
}
