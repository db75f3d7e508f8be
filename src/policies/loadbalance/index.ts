import { NOT_SERVERS, type PolicyType } from '../policy.ts'
import { type LoadbalanceSpec, parse, properties } from './spec.ts'

/**
 * Puts the nodes of a cluster behind a load balancer: they get connections once they serve, and no new ones before
 * they are touched. What it decides is only that; what drives the load balancer reads the policy's properties.
 */
export const loadbalancePolicy: PolicyType<LoadbalanceSpec> = {
  type: 'loadbalance',
  description: 'Which load balancer the nodes serve behind.',
  versions: ['1.0', '1.1', '1.2', '1.3'],
  properties,
  priority: 500,
  isRepeatable: false,
  unsupportedProfileTypes: NOT_SERVERS,
  targets: {
    before: [
      'CLUSTER_DEL_NODES',
      'CLUSTER_SCALE_IN',
      'CLUSTER_RESIZE',
      'CLUSTER_REPLACE_NODES',
      'NODE_DELETE',
    ],
    after: [
      'CLUSTER_ADD_NODES',
      'CLUSTER_SCALE_OUT',
      'CLUSTER_RESIZE',
      'CLUSTER_REPLACE_NODES',
      'NODE_RECOVER',
      'NODE_CREATE',
    ],
  },
  parse,
  ask: () => ({
    kind: 'narrow',
    decisions: { loadBalance: true },
    because: 'nodes get no new connections before they leave',
  }),
}
