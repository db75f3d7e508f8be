import { InvalidSpecError } from '../../domain/errors.ts'
import { type Properties, parseProperties, type ValuesOf } from '../../domain/property.ts'
import type { PolicyType } from '../policy.ts'

const properties = {
  minInService: {
    type: 'Integer',
    description: 'Nodes that go on serving while a batch is updated.',
    default: 1,
    min: 0,
  },
  maxBatchSize: {
    type: 'Integer',
    description: 'The most nodes that are updated at once; -1 for any number.',
    default: -1,
    min: -1,
  },
  pauseTime: {
    type: 'Integer',
    description: 'Seconds between the end of a batch and the beginning of the next.',
    default: 60,
    min: 0,
  },
} as const satisfies Properties

/** Updates a cluster in batches: how many nodes at once, and how long to wait in between. */
export const batchPolicy: PolicyType<ValuesOf<typeof properties>> = {
  type: 'batch',
  description: 'In what portions an update goes through the nodes.',
  versions: ['1.0'],
  properties,
  priority: 200,
  isRepeatable: false,
  unsupportedProfileTypes: [],
  targets: { before: ['CLUSTER_UPDATE'], after: [] },
  parse(version, given) {
    const spec = parseProperties(properties, given, { version })
    if (spec.maxBatchSize === 0) {
      throw new InvalidSpecError(
        'properties.maxBatchSize',
        'must be -1 or at least 1: no node could be updated',
      )
    }
    return spec
  },
  ask({ minInService, maxBatchSize, pauseTime }, { members }) {
    const size = batchSize(members.length, minInService, maxBatchSize)
    return {
      kind: 'narrow',
      decisions: { batch: { size, pauseSeconds: pauseTime } },
      because: `${members.length} nodes are updated ${size} at a time, with ${pauseTime} s in between`,
    }
  },
}

/**
 * Nodes in a batch, at least 1: all but those that have to stay in service. If there are not that many, half of
 * them, since nothing would ever be updated otherwise.
 *
 *   nodes  minInService  maxBatchSize  ->  size
 *      10             1            -1         9
 *      10             4             3         3
 *       3             5            -1         2
 *       1             1            -1         1
 */
export function batchSize(nodes: number, minInService: number, maxBatchSize: number): number {
  const free = nodes > minInService ? nodes - minInService : Math.ceil(nodes / 2)
  return Math.max(1, maxBatchSize === -1 ? free : Math.min(free, maxBatchSize))
}
