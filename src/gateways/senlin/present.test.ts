import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActionView, ClusterWithNodes, NodeView } from '../../control/views.ts'
import { type Action, NEW_ACTION } from '../../domain/action.ts'
import type { ActionId, JsonObject } from '../../domain/ids.ts'
import { presentAction, presentCluster, presentNode } from './present.ts'

const viewer = { caller: { principal: { name: 'ada', grants: [] }, project: 'demo' }, minor: 14 } as never

const action = (fields: Partial<ActionView>): ActionView => ({
  ...NEW_ACTION,
  ...({ id: 'a', projectId: 'p', clusterId: 'c', createdBy: 'ada', createdAt: 0 } as unknown as Action),
  ...{ name: 'CLUSTER_SCALE_OUT', inputs: {}, dependsOn: [], dependedBy: [], ...fields },
})

const size = { what: 'capacity', value: 6, relation: 'above', bound: 'maxSize', limit: 5, isGiven: false }

test('an action that failed over a size tells it as refusals do', () => {
  const text = "The target capacity (6) is greater than the cluster's max_size (5)."
  const reasonOf = (outputs: JsonObject) => presentAction(action({ outputs }), viewer)['status_reason']
  assert.equal(reasonOf({ refused: { size } }), text)
  assert.equal(
    reasonOf({ refused: { size, policy: 'up' } }),
    `Policy check failure: Failed policy 'up': ${text}`,
  )
  assert.equal(reasonOf({}), 'Initializing')
})

test('a recovery shows how it was asked for, in the names that ask for it', () => {
  const inputs = { operation: 'REBOOT', params: { type: 'SOFT' } }
  assert.deepEqual(presentAction(action({ name: 'NODE_RECOVER', inputs }), viewer)['inputs'], {
    operation: 'REBOOT',
    operation_params: { type: 'SOFT' },
  })
})

test('a cluster in which nothing is wrong, but that has fewer nodes than it should, is told with a warning', () => {
  const statusOf = (desiredCapacity: number, nodeIds: string[]) => {
    const pool = { name: 'DefaultPool', minSize: 0, maxSize: null, desiredCapacity }
    const times = { createdAt: 0, updatedAt: 0, firstReadyAt: null }
    const cluster = { status: 'Active', createdBy: 'ada', statusReason: 'x', ...times }
    const view = {
      cluster: { ...cluster, config: {} },
      pools: [{ pool, profile: {} }],
      nodeIds,
      policyIds: [],
    }
    return presentCluster(view as unknown as ClusterWithNodes, viewer)['status']
  }
  assert.deepEqual(
    [statusOf(2, ['a', 'b']), statusOf(2, ['a']), statusOf(0, [])],
    ['ACTIVE', 'WARNING', 'ACTIVE'],
  )
})

test('an action that others carry on waits for them', () => {
  const statusOf = (fields: Partial<ActionView>) => presentAction(action(fields), viewer)['status']
  const dependsOn = ['b' as ActionId]
  assert.equal(statusOf({ status: 'RUNNING', dependsOn }), 'WAITING')
  assert.equal(statusOf({ status: 'RUNNING' }), 'RUNNING')
  assert.equal(statusOf({ status: 'SUSPENDED', dependsOn }), 'SUSPENDED')
})

test('a node tells where policies put it', () => {
  const node = {
    id: 'n',
    createdBy: 'ada',
    createdAt: 0,
    updatedAt: 0,
    firstReadyAt: null,
    status: 'Running',
    health: 'Healthy',
    statusReason: 'runs',
  }
  const dataOf = (data: JsonObject) =>
    presentNode({ node: { ...node, data }, profile: null, cluster: null } as unknown as NodeView, viewer)[
      'data'
    ]
  const balancer = {
    socket: null,
    backend: 'web',
    timeoutSeconds: 1,
    drainSeconds: 1,
    whenUnreachable: 'FAIL',
  }
  assert.deepEqual(dataOf({ health: { changedAt: 1 } }), {})
  assert.deepEqual(dataOf({ balancer, placement: { groupRule: 'affinity' } }), {
    placement: { group_rule: 'affinity' },
    lb_member: 'drover-n',
  })
  assert.deepEqual(dataOf({ balancer: { ...balancer, isLeaving: true } }), {})
})
