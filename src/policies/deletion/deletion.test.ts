import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { NodeId } from '../../domain/ids.ts'
import type { MemberFacts, PolicyFacts } from '../policy.ts'
import { facts, members } from '../test-facts.ts'
import { deletionPolicy } from './index.ts'

const shrinking = (count: number, differences: Partial<PolicyFacts> = {}) =>
  facts({
    action: { name: 'CLUSTER_SCALE_IN', inputs: {} },
    change: { count: -count, isCountGiven: true, nodes: null },
    ...differences,
  })
const ask = (properties: object, given: PolicyFacts) =>
  deletionPolicy.ask(deletionPolicy.parse('1.1', properties as never), given)
const leaving = (properties: object, given: PolicyFacts) => {
  const verdict = ask(properties, given)
  return verdict.kind === 'narrow' ? verdict.decisions.remove : undefined
}

const profiles = members(3, (index) => ({ revisionCreatedAt: [30, 10, 20][index - 1] as number }))
const cases: readonly {
  readonly name: string
  readonly criteria: string
  readonly of: readonly MemberFacts[]
  readonly want: readonly string[]
}[] = [
  { name: 'the oldest', criteria: 'OLDEST_FIRST', of: members(3), want: ['n1', 'n2'] },
  { name: 'the youngest', criteria: 'YOUNGEST_FIRST', of: members(3), want: ['n3', 'n2'] },
  { name: 'those of the oldest profile', criteria: 'OLDEST_PROFILE_FIRST', of: profiles, want: ['n2', 'n3'] },
  {
    name: 'a tainted node, then a failed one',
    criteria: 'OLDEST_FIRST',
    of: members(4, (index) => ({
      isTainted: index === 4,
      status: index === 3 ? 'Failed' : 'Running',
      isAvailable: index !== 3,
    })),
    want: ['n4', 'n3'],
  },
]
for (const { name, criteria, of, want } of cases) {
  test(`${name} leaves first`, () => {
    assert.deepEqual(leaving({ criteria }, shrinking(2, { members: of })), want)
  })
}

test('by default chance decides, and the same facts decide the same', () => {
  const of = members(50)
  const first = leaving({}, shrinking(5, { members: of, seed: 1 }))
  assert.deepEqual(leaving({}, shrinking(5, { members: of, seed: 1 })), first)
  assert.notDeepEqual(leaving({}, shrinking(5, { members: of, seed: 2 })), first)
})

test('nodes that the caller names leave, whatever the criterion', () => {
  const nodes = ['n2', 'gone'] as NodeId[]
  const given = shrinking(2, { change: { count: -2, isCountGiven: true, nodes } })
  assert.deepEqual(leaving({ criteria: 'OLDEST_FIRST' }, given), ['n2'])
})

test('what placement decided is kept to', () => {
  const of = members(4, (index) => ({ placement: { region: index <= 2 ? 'east' : 'west' } }))
  const decided = { quotas: [{ by: 'region', counts: { east: 1, west: 1 } }] as const }
  assert.deepEqual(leaving({ criteria: 'OLDEST_FIRST' }, shrinking(2, { members: of, decided })), [
    'n1',
    'n3',
  ])
})

test('a resize that grows is none of its business', () => {
  const given = facts({ action: { name: 'CLUSTER_RESIZE', inputs: {} } })
  assert.equal(ask({}, given).kind, 'allow')
})

test('how nodes leave is handed on', () => {
  const hooks = { type: 'webhook', params: { url: 'https://hooks.example/leave' }, timeout: '30' }
  const verdict = ask(
    { destroyAfterDeletion: false, gracePeriod: 5, reduceDesiredCapacity: 'no', hooks },
    shrinking(1),
  )
  assert.deepEqual(verdict.kind === 'narrow' && verdict.decisions.deletion, {
    destroyAfterDeletion: false,
    gracePeriodSeconds: 5,
    reduceDesiredCapacity: false,
    hook: { type: 'webhook', url: 'https://hooks.example/leave', timeoutSeconds: 30 },
  })
  assert.match(verdict.because, /go on outside of the cluster after 5 s once the webhook hook agrees/)
})

test('a hook has to say where to, and came with version 1.1', () => {
  assert.equal(deletionPolicy.parse('1.1', { hooks: {} })['hook' as never], null)
  assert.throws(() => deletionPolicy.parse('1.1', { hooks: { type: 'webhook' } }), /hooks\.params\.url: must/)
  assert.throws(() => deletionPolicy.parse('1.1', { hooks: { timeout: 5 } }), /params\.queue: is missing/)
  assert.throws(() => deletionPolicy.parse('1.0', { hooks: {} }), /hooks: is known from version 1\.1 on/)
})

test('it never names a node that is no member, one twice, or more than are to go', () => {
  const arbitrary = fc.record({
    criteria: fc.constantFrom('OLDEST_FIRST', 'YOUNGEST_FIRST', 'OLDEST_PROFILE_FIRST', 'RANDOM'),
    size: fc.nat(20),
    count: fc.integer({ min: 1, max: 25 }),
    seed: fc.integer(),
    east: fc.nat(25),
    tainted: fc.array(fc.nat(20)),
  })
  fc.assert(
    fc.property(arbitrary, ({ criteria, size, count, seed, east, tainted }) => {
      const of = members(size, (index) => ({
        isTainted: tainted.includes(index),
        placement: index % 2 === 0 ? { region: 'east' } : {},
      }))
      const decided = { quotas: [{ by: 'region', counts: { east, '': Math.max(0, count - east) } }] as const }
      const remove = leaving({ criteria }, shrinking(count, { members: of, seed, decided })) ?? []
      assert.equal(remove.length, Math.min(count, size))
      assert.equal(new Set(remove).size, remove.length)
      for (const id of remove) assert.ok(of.some((member) => member.id === id))
    }),
  )
})
