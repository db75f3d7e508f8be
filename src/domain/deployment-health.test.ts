import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DeploymentFacts, type DeploymentHealth, judgeDeployment } from './deployment-health.ts'

const v1 = { bundleVersion: 'v1', enabled: true }
const v2 = { bundleVersion: 'v2', enabled: true }
const off = { bundleVersion: 'v1', enabled: false }
const done = { ...v1, kind: 'Create', status: 'Successful', because: 'done' } as const
const serving: NonNullable<DeploymentFacts['cluster']> = {
  status: 'Active',
  statusReason: 'all nodes serve',
  bundle: 'CHURN@v1',
  isAsDeployed: true,
  isUpdating: false,
  desiredCapacity: 3,
  nodes: { available: 3, unknown: 0, differing: 0 },
  differences: '',
  otherProfile: null,
}
const nodes = (patch: Partial<(typeof serving)['nodes']>) => ({
  ...serving,
  nodes: { ...serving.nodes, ...patch },
})
const well: DeploymentFacts = { wanted: v1, deployed: v1, last: done, cluster: serving }

const cases: readonly {
  readonly name: string
  readonly facts: Partial<DeploymentFacts>
  readonly want: readonly [DeploymentHealth, ...string[]]
}[] = [
  { name: 'all agrees and serves', facts: {}, want: ['HEALTHY'] },
  {
    name: 'it was never updated',
    facts: { deployed: null, last: null, cluster: null },
    want: ['OUT_OF_SYNC', 'DEPLOYMENT_NEVER_UPDATED'],
  },
  {
    name: 'its first update runs',
    facts: { deployed: null, last: { ...done, status: 'Running' } },
    want: ['OUT_OF_SYNC', 'DEPLOYMENT_UPDATE_RUNNING'],
  },
  {
    name: 'an update runs, and takes a node away',
    facts: { wanted: v2, last: { ...done, ...v2, status: 'Running' }, cluster: nodes({ available: 2 }) },
    want: ['HEALTHY', 'DEPLOYMENT_UPDATE_RUNNING'],
  },
  {
    name: 'an update runs, and nothing serves',
    facts: { last: { ...done, status: 'Running' }, cluster: nodes({ available: 0 }) },
    want: ['UNHEALTHY', 'DEPLOYMENT_UPDATE_RUNNING', 'NODES_UNAVAILABLE'],
  },
  {
    name: 'other settings were saved',
    facts: { wanted: v2 },
    want: ['OUT_OF_SYNC', 'DEPLOYMENT_SETTINGS_CHANGED'],
  },
  {
    name: 'it was disabled, and not updated',
    facts: { wanted: off },
    want: ['OUT_OF_SYNC', 'DEPLOYMENT_SETTINGS_CHANGED'],
  },
  {
    name: 'it is disabled',
    facts: { wanted: off, deployed: off, last: { ...done, ...off }, cluster: null },
    want: ['HEALTHY', 'DEPLOYMENT_DISABLED'],
  },
  {
    name: 'it is disabled with another bundle than the last',
    facts: { wanted: { ...off, bundleVersion: 'v2' }, deployed: off, cluster: null },
    want: ['HEALTHY', 'DEPLOYMENT_DISABLED'],
  },
  {
    name: 'its update failed',
    facts: { wanted: v2, last: { ...done, ...v2, status: 'Failed' } },
    want: ['ERROR', 'DEPLOYMENT_UPDATE_FAILED'],
  },
  {
    name: 'its first update failed',
    facts: { deployed: null, last: { ...done, status: 'Failed' } },
    want: ['ERROR', 'DEPLOYMENT_UPDATE_FAILED'],
  },
  {
    name: 'its update failed, and a third bundle is wanted now',
    facts: { wanted: { ...v1, bundleVersion: 'v3' }, last: { ...done, ...v2, status: 'Failed' } },
    want: ['OUT_OF_SYNC', 'DEPLOYMENT_SETTINGS_CHANGED'],
  },
  {
    name: 'its update failed, and what is deployed is wanted again',
    facts: { last: { ...done, ...v2, status: 'Failed' } },
    want: ['HEALTHY'],
  },
  {
    name: 'its update was cancelled',
    facts: { wanted: v2, last: { ...done, ...v2, status: 'Cancelled' } },
    want: ['OUT_OF_SYNC', 'DEPLOYMENT_UPDATE_CANCELLED'],
  },
  {
    name: 'its cluster was committed to something else',
    facts: { cluster: { ...serving, isAsDeployed: false, bundle: 'CHURN@v9' } },
    want: ['OUT_OF_SYNC', 'CLUSTER_CHANGED_DIRECTLY'],
  },
  {
    name: 'somebody else updates its cluster',
    facts: { cluster: { ...nodes({ differing: 1 }), isUpdating: true } },
    want: ['OUT_OF_SYNC', 'CLUSTER_UPDATE_RUNNING'],
  },
  {
    name: 'nodes run another revision',
    facts: { cluster: nodes({ differing: 1 }) },
    want: ['OUT_OF_SYNC', 'NODES_DIFFER'],
  },
  { name: 'its cluster is gone', facts: { cluster: null }, want: ['OUT_OF_SYNC', 'CLUSTER_MISSING'] },
  {
    name: 'a node does not serve',
    facts: { cluster: nodes({ available: 2 }) },
    want: ['WARNING', 'NODES_UNAVAILABLE'],
  },
  {
    name: 'too few nodes serve',
    facts: { cluster: { ...nodes({ available: 1 }), status: 'Critical' } },
    want: ['UNHEALTHY', 'NODES_UNAVAILABLE'],
  },
  {
    name: 'no node serves',
    facts: { cluster: nodes({ available: 0 }) },
    want: ['UNHEALTHY', 'NODES_UNAVAILABLE'],
  },
  {
    name: 'nobody knows of any node',
    facts: { cluster: nodes({ available: 0, unknown: 3 }) },
    want: ['UNKNOWN', 'NODES_UNKNOWN'],
  },
  {
    name: 'its infra has another profile since',
    facts: { cluster: { ...serving, otherProfile: 'big' } },
    want: ['HEALTHY', 'INFRA_CHANGED'],
  },
  {
    name: 'its cluster is to have no nodes',
    facts: { cluster: { ...nodes({ available: 0 }), desiredCapacity: 0 } },
    want: ['HEALTHY', 'NO_NODES'],
  },
]

for (const { name, facts, want } of cases) {
  test(`the health of a deployment when ${name}`, () => {
    const { health, messages } = judgeDeployment({ ...well, ...facts })
    assert.deepEqual([health, ...messages.map(({ code }) => code)], want)
  })
}

test('whatever is true of a deployment, it is healthy only if what is wanted is deployed and serves, or an update runs', () => {
  const target = fc.record({ bundleVersion: fc.constantFrom('v1', 'v2'), enabled: fc.boolean() })
  const last = fc
    .tuple(target, fc.constantFrom('Running', 'Successful', 'Failed', 'Cancelled'))
    .map(([what, status]) => ({ ...what, status, kind: 'Update' as const, because: 'x' }))
  const cluster = fc.record({
    status: fc.constantFrom('Active', 'Warning', 'Critical'),
    statusReason: fc.constant('x'),
    bundle: fc.constant('CHURN@v1'),
    isAsDeployed: fc.boolean(),
    isUpdating: fc.boolean(),
    desiredCapacity: fc.nat(3),
    nodes: fc.record({ available: fc.nat(3), unknown: fc.nat(1), differing: fc.nat(1) }),
    differences: fc.constant('x'),
    otherProfile: fc.constantFrom(null, 'big'),
  })
  const anything = fc.record({
    wanted: target,
    deployed: fc.option(target),
    last: fc.option(last),
    cluster: fc.option(cluster),
  })
  fc.assert(
    fc.property(anything, (facts) => {
      const { health, messages } = judgeDeployment(facts)
      const { wanted, deployed } = facts
      if (facts.last?.status === 'Running') return
      if (health === 'HEALTHY') {
        assert.equal(deployed?.enabled, wanted.enabled)
        if (!wanted.enabled) return
        assert.equal(deployed?.bundleVersion, wanted.bundleVersion)
        assert.ok(facts.cluster?.isAsDeployed && facts.cluster.nodes.differing === 0)
        assert.ok(facts.cluster.nodes.available >= facts.cluster.desiredCapacity)
      } else {
        assert.ok(messages.length > 0, 'whatever is not healthy says why')
      }
    }),
  )
})
