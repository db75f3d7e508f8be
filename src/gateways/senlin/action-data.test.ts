import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../domain/ids.ts'
import { presentActionData } from './action-data.ts'

const said = [{ policyId: 'p', policy: 'up', type: 'scaling', because: '5 nodes grow by 2' }]
const shown = {
  status: 'OK',
  reason: '5 nodes grow by 2',
  said: [{ policy_id: 'p', policy: 'up', type: 'scaling', because: '5 nodes grow by 2' }],
}
const deletion = {
  destroyAfterDeletion: true,
  gracePeriodSeconds: 5,
  reduceDesiredCapacity: false,
  hook: { type: 'webhook', url: 'http://bye.example', timeoutSeconds: 60 },
}
const shownDeletion = { destroy_after_deletion: true, grace_period: 5, reduce_desired_capacity: false }
const hooks = { type: 'webhook', params: { url: 'http://bye.example' }, timeout: 60 }

const cases: { name: string; decisions: JsonObject; want: JsonObject }[] = [
  { name: 'nothing', decisions: {}, want: {} },
  { name: 'a number of new nodes', decisions: { count: 2 }, want: { creation: { count: 2 } } },
  { name: 'a number of nodes that go', decisions: { count: -2 }, want: { deletion: { count: 2 } } },
  {
    name: 'which nodes go, and how',
    decisions: { count: -2, remove: ['a', 'b'], deletion },
    want: { deletion: { count: 2, candidates: ['a', 'b'], ...shownDeletion }, hooks },
  },
  {
    name: 'that nodes would be destroyed, where none goes',
    decisions: { deletion: { ...deletion, hook: { type: 'queue', queue: 'q', timeoutSeconds: 0 } } },
    want: { hooks: { type: 'zaqar', params: { queue: 'q' }, timeout: 0 } },
  },
  {
    name: 'the portions of an update',
    decisions: { batch: { size: 2, pauseSeconds: 3 } },
    want: { update: { batch_size: 2, pause_time: 3 } },
  },
  {
    name: 'where new nodes are put',
    decisions: {
      count: 3,
      placements: [{ region: 'r', zone: 'a' }, { region: 'r', zone: 'b' }, { region: 'r' }],
    },
    want: {
      creation: { count: 3, regions: { r: 3 }, zones: { a: 1, b: 1 } },
      placement: {
        count: 3,
        placements: [{ region: 'r', zone: 'a' }, { region: 'r', zone: 'b' }, { region: 'r' }],
      },
    },
  },
  {
    name: 'from where nodes go',
    decisions: { quotas: [{ by: 'region', counts: { r: 1 } }], remove: ['a'] },
    want: { deletion: { count: 1, candidates: ['a'], regions: { r: 1 } } },
  },
]

for (const { name, decisions, want } of cases) {
  test(`what policies decided about an action is told in the words of this API: ${name}`, () => {
    assert.deepEqual(presentActionData({ isAllowed: true, decisions, said }), { ...shown, ...want })
  })
}

test('an action that a policy denied says so, and one that no policy was asked about says nothing', () => {
  const denied = presentActionData({ isAllowed: false, decisions: {}, said })
  assert.deepEqual(denied, { ...shown, status: 'ERROR' })
  assert.deepEqual(presentActionData({}), {})
  assert.deepEqual(presentActionData({ someThing: 1 }), { some_thing: 1 })
})
