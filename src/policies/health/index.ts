import { InvalidSpecError } from '../../domain/errors.ts'
import type { PolicyTarget, PolicyType } from '../policy.ts'
import { type HealthSpec, parse, properties } from './spec.ts'

const TARGETS: readonly PolicyTarget[] = [
  'CLUSTER_RECOVER',
  'CLUSTER_DEL_NODES',
  'CLUSTER_SCALE_IN',
  'CLUSTER_RESIZE',
  'CLUSTER_UPDATE',
  'CLUSTER_REPLACE_NODES',
  'NODE_DELETE',
]

/**
 * Brings failed nodes back by itself: how they are noticed, and what they are recovered with. While an action that
 * takes nodes away on purpose runs, nobody looks. What the engine does by it is in rules.ts.
 */
export const healthPolicy: PolicyType<HealthSpec> = {
  type: 'health',
  description: 'How failed nodes are noticed and brought back.',
  versions: ['1.0', '1.1', '1.2'],
  properties,
  priority: 600,
  isRepeatable: false,
  unsupportedProfileTypes: ['container.dockerinc.docker'],
  targets: { before: TARGETS, after: TARGETS },
  parse,
  checkLimits({ detection }, { healthMinIntervalSeconds }) {
    if (detection.interval >= healthMinIntervalSeconds) return
    throw new InvalidSpecError(
      'properties.detection.interval',
      `must be at least ${healthMinIntervalSeconds} s on this server, not ${detection.interval}`,
    )
  },
  ask: () => ({
    kind: 'narrow',
    decisions: { suspendsHealth: true },
    because: 'health is not watched over meanwhile',
  }),
}
