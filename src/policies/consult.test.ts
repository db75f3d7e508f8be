import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BoundPolicy, consult, tellEnd } from './consult.ts'
import { facts } from './test-facts.ts'

const bound = (
  policyId: string,
  properties: object,
  differences: Partial<BoundPolicy> = {},
): BoundPolicy => ({
  policyId,
  policyName: `policy-${policyId}`,
  type: 'scaling',
  version: '1.0',
  properties: properties as BoundPolicy['properties'],
  isEnabled: true,
  priority: 100,
  memory: { lastOperationAt: null, data: {} },
  ...differences,
})
const byThree = bound('three', { event: 'CLUSTER_SCALE_OUT', adjustment: { number: 3 } })
const byTwo = bound('two', { event: 'CLUSTER_SCALE_OUT', adjustment: { number: 2 } }, { priority: 50 })
const cooling = bound(
  'cooling',
  { event: 'CLUSTER_SCALE_OUT', adjustment: { cooldown: 60 } },
  { memory: { lastOperationAt: 999_999, data: {} } },
)

test('policies are asked in ascending priority, and each says why', () => {
  const { isAllowed, decisions, said } = consult([byThree, byTwo], facts())
  assert.equal(isAllowed, true)
  assert.deepEqual(decisions, { count: 2 })
  assert.deepEqual(said, [
    { policyId: 'two', policy: 'policy-two', type: 'scaling', because: '3 nodes grow by 2' },
    { policyId: 'three', policy: 'policy-three', type: 'scaling', because: '3 nodes grow by 2' },
  ])
})

test('the first that denies ends it, and nothing is decided', () => {
  const { isAllowed, decisions, said } = consult([byTwo, cooling, byThree], facts())
  assert.equal(isAllowed, false)
  assert.deepEqual(decisions, {})
  assert.deepEqual(
    said.map(({ policyId }) => policyId),
    ['two', 'cooling'],
  )
})

test('a disabled policy, and one about other actions, is not asked', () => {
  const disabled = { ...cooling, isEnabled: false }
  assert.deepEqual(consult([disabled], facts()), { isAllowed: true, decisions: {}, said: [] })
  const resize = facts({ action: { name: 'CLUSTER_RESIZE', inputs: {} } })
  assert.deepEqual(consult([cooling], resize), { isAllowed: true, decisions: {}, said: [] })
})

test('those with news for their bindings are told from those without', () => {
  const shrink = bound('in', { event: 'CLUSTER_SCALE_IN' })
  const news = tellEnd([byTwo, shrink, { ...byThree, isEnabled: false }], {
    now: 5,
    name: 'CLUSTER_SCALE_OUT',
    hasSucceeded: true,
  })
  assert.deepEqual([...news], [['two', { lastOperationAt: 5, data: {} }]])
})
