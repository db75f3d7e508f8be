import { type Properties, parseProperties, type ValuesOf } from '../../domain/property.ts'
import { place } from '../placement.ts'
import type { PolicyType } from '../policy.ts'

const properties = {
  regions: {
    type: 'List',
    description: 'The regions that nodes are spread over.',
    maxItems: 100,
    items: {
      type: 'Map',
      description: 'A region.',
      properties: {
        name: { type: 'String', description: 'Name of the region.' },
        weight: {
          type: 'Integer',
          description: 'Share of the nodes that it gets, relative to the other regions.',
          default: 100,
          min: 0,
        },
        cap: {
          type: 'Integer',
          description: 'The most nodes it may have; -1 for any number.',
          default: -1,
          min: -1,
        },
      },
    },
  },
} as const satisfies Properties

/**
 * Spreads the nodes of a cluster over regions in proportion to their weights, with an upper bound for each. It
 * chooses the regions of new nodes, refuses those that no region has room for, and when the cluster shrinks, has
 * them leave where there are too many. Nodes that the caller names leave wherever they are.
 */
export const regionPlacementPolicy: PolicyType<ValuesOf<typeof properties>> = {
  type: 'region_placement',
  description: 'Over which regions nodes are spread.',
  versions: ['1.0'],
  properties,
  priority: 200,
  isRepeatable: false,
  unsupportedProfileTypes: [],
  targets: { before: ['CLUSTER_SCALE_OUT', 'CLUSTER_SCALE_IN', 'CLUSTER_RESIZE', 'NODE_CREATE'], after: [] },
  parse: (version, given) => parseProperties(properties, given, { version }),
  ask({ regions }, facts) {
    const places = (regions ?? []).flatMap(({ name, weight, cap }) =>
      name === null ? [] : [{ name, weight, cap: cap === -1 ? null : cap }],
    )
    return place('region', places, facts)
  },
}
