import type { Caller, Control } from '../src/control/control.ts'
import type { CreatePolicyInput } from '../src/control/policy-verbs.ts'
import type { Asker, Request } from './requests.ts'

/** What is attached to clusters: of each type, and two of some, so that one is refused. */
export const SIM_POLICIES: readonly CreatePolicyInput[] = [
  { name: 'out', type: 'scaling', properties: { event: 'CLUSTER_SCALE_OUT', adjustment: { number: 2 } } },
  {
    name: 'in',
    type: 'scaling',
    properties: { event: 'CLUSTER_SCALE_IN', adjustment: { bestEffort: true, cooldown: 5 } },
  },
  { name: 'slowly', type: 'batch', properties: { maxBatchSize: 2, pauseTime: 1 } },
  { name: 'oldest', type: 'deletion', properties: { criteria: 'OLDEST_FIRST' } },
  { name: 'any', type: 'deletion', properties: { reduceDesiredCapacity: false } },
  {
    name: 'regions',
    type: 'region_placement',
    properties: { regions: [{ name: 'east', cap: 5 }, { name: 'west' }] },
  },
  {
    name: 'zones',
    type: 'zone_placement',
    properties: { zones: [{ name: 'a', weight: 50 }, { name: 'b' }] },
  },
  { name: 'apart', type: 'affinity', properties: {} },
  {
    name: 'behind',
    type: 'loadbalance',
    properties: {
      haproxy: { socket: '/run/haproxy.sock', backend: 'web', drainSeconds: 2 },
      lbStatusTimeout: 5,
    },
  },
]

/** What is asked about the policies of clusters. */
export const POLICY_WEIGHTS = {
  attachPolicy: 5,
  detachPolicy: 2,
  switchPolicy: 3,
}

/** Draws such a request; undefined when there is no cluster to ask it of. */
export const POLICY_MAKERS: Readonly<
  Record<keyof typeof POLICY_WEIGHTS, (asker: Asker) => Request | undefined>
> = {
  attachPolicy: (asker) => {
    const enabled = asker.random.chance(0.8)
    return about(asker, `attach ${enabled ? '' : 'disabled '}`, (control, caller, cluster, policy) =>
      control.clusterPolicies.attach(caller, cluster, { policy, enabled }),
    )
  },
  detachPolicy: (asker) =>
    about(asker, 'detach ', (control, caller, cluster, policy) =>
      control.clusterPolicies.detach(caller, cluster, policy),
    ),
  switchPolicy: (asker) => {
    const enabled = asker.random.chance(0.5)
    return about(asker, enabled ? 'enable ' : 'disable ', (control, caller, cluster, policy) =>
      control.clusterPolicies.update(caller, cluster, policy, { enabled }),
    )
  },
}

function about(
  { random, ledger }: Asker,
  what: string,
  send: (control: Control, caller: Caller, cluster: string, policy: string) => Promise<unknown>,
): Request | undefined {
  const rows = [...ledger.clusters.values()].filter(({ cluster }) => cluster.kind === 'cluster')
  const { name: policy } = random.pick(SIM_POLICIES)
  if (rows.length === 0) return undefined
  const { name } = random.pick(rows).cluster
  return {
    text: `clusterPolicies.${what}${policy} ${name}`,
    send: (control, caller) => send(control, caller, name, policy),
  }
}
