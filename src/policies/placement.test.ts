import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { NodeId } from '../domain/ids.ts'
import { affinityPolicy } from './affinity/index.ts'
import type { MemberFacts, PolicyFacts, PolicyType } from './policy.ts'
import { regionPlacementPolicy } from './region-placement/index.ts'
import { spreadLeaving, spreadNew } from './spread.ts'
import { facts, members } from './test-facts.ts'
import { zonePlacementPolicy } from './zone-placement/index.ts'

const changing = (count: number, differences: Partial<PolicyFacts> = {}) =>
  facts({ change: { count, isCountGiven: true, nodes: null }, ...differences })
const ask = (type: PolicyType, properties: object, given: PolicyFacts) =>
  type.ask(type.parse('1.0', properties as never), given)
const inRegions = (...regions: string[]): MemberFacts[] =>
  members(regions.length, (index) => ({ placement: { region: regions[index - 1] as string } }))

const spreads = [
  { name: 'evenly', places: 'a:100 b:100', has: '', count: 3, want: 'a b a' },
  { name: 'where fewer are', places: 'a:100 b:100', has: 'a a', count: 3, want: 'b b a' },
  { name: 'by weight', places: 'a:200 b:100', has: '', count: 3, want: 'a a b' },
  { name: 'up to a cap', places: 'a:100:1 b:100', has: '', count: 3, want: 'a b b' },
  { name: 'never to a place without weight', places: 'a:0 b:1', has: '', count: 2, want: 'b b' },
  { name: 'not beyond all caps', places: 'a:100:1 b:100:1', has: 'a', count: 2, want: null },
]
for (const { name, places, has, count, want } of spreads) {
  test(`new nodes are spread ${name}`, () => {
    assert.deepEqual(spreadNew(readPlaces(places), tally(has), count), want?.split(' ') ?? null)
  })
}

test('regions are chosen for new nodes', () => {
  const regions = [{ name: 'east' }, { name: 'west', weight: 200 }]
  const verdict = ask(regionPlacementPolicy, { regions }, changing(3, { members: inRegions('west') }))
  assert.deepEqual(verdict, {
    kind: 'narrow',
    decisions: { placements: [{ region: 'east' }, { region: 'west' }, { region: 'west' }] },
    because: 'new nodes go to east (1), west (2)',
  })
})

test('an action is denied if no region has room', () => {
  const regions = [
    { name: 'east', cap: 1 },
    { name: 'west', cap: 2 },
  ]
  const verdict = ask(regionPlacementPolicy, { regions }, changing(3, { members: inRegions('west') }))
  assert.equal(verdict.kind, 'deny')
  assert.match(verdict.because, /no room for 3 more: east has 0 of 1, west has 1 of 2/)
})

test('nodes leave where too many are, and those that are nowhere first', () => {
  const regions = [{ name: 'east' }, { name: 'west' }]
  const of = inRegions('east', 'east', 'east', 'west', '')
  const verdict = ask(regionPlacementPolicy, { regions }, changing(-3, { members: of }))
  assert.equal(verdict.kind, 'narrow')
  if (verdict.kind !== 'narrow') return
  assert.deepEqual(verdict.decisions, {
    quotas: [{ by: 'region', counts: { '': 1, east: 2 } }],
    remove: ['n5', 'n3', 'n2'],
  })
  assert.equal(verdict.because, 'nodes leave no region (1), east (2)')
})

test('nodes that the caller names leave wherever they are', () => {
  const change = { count: -1, isCountGiven: true, nodes: ['n1' as NodeId] }
  const verdict = ask(regionPlacementPolicy, { regions: [{ name: 'east' }] }, changing(-1, { change }))
  assert.equal(verdict.kind, 'allow')
})

test('zones and groups are added to what others decided', () => {
  const decided = { count: 2, placements: [{ region: 'east' }, { region: 'west' }] }
  const zoned = ask(
    zonePlacementPolicy,
    { zones: [{ name: 'z1' }, { name: 'z2' }] },
    changing(5, { decided }),
  )
  assert.ok(zoned.kind === 'narrow')
  assert.deepEqual(zoned.decisions.placements, [
    { region: 'east', zone: 'z1' },
    { region: 'west', zone: 'z2' },
  ])
  const grouped = ask(affinityPolicy, {}, changing(5, { decided: { ...decided, ...zoned.decisions } }))
  assert.ok(grouped.kind === 'narrow')
  const group = { group: 'p1', groupRule: 'anti-affinity' }
  assert.deepEqual(grouped.decisions.placements, [
    { region: 'east', zone: 'z1', ...group },
    { region: 'west', zone: 'z2', ...group },
  ])
})

test('a group may have a name, a rule and one zone', () => {
  const properties = {
    servergroup: { name: 'web', policies: 'soft-affinity' },
    availabilityZone: 'z1',
  }
  const verdict = ask(affinityPolicy, properties, changing(1))
  assert.ok(verdict.kind === 'narrow')
  assert.deepEqual(verdict.decisions.placements, [{ zone: 'z1', group: 'web', groupRule: 'soft-affinity' }])
  assert.equal(verdict.because, 'new nodes join group web (soft-affinity) in zone z1')
})

test('a policy without places, or an action without nodes, decides nothing', () => {
  assert.equal(ask(regionPlacementPolicy, {}, changing(1)).kind, 'allow')
  assert.equal(ask(zonePlacementPolicy, { zones: [{}] }, changing(1)).kind, 'allow')
  assert.equal(ask(zonePlacementPolicy, { zones: [{ name: 'z' }] }, changing(0)).kind, 'allow')
  assert.equal(ask(affinityPolicy, {}, changing(-1)).kind, 'allow')
})

test('placements sum to the count and respect caps, weights and who is there', () => {
  const place = fc.record({
    weight: fc.nat(5),
    cap: fc.option(fc.nat(10)),
    size: fc.nat(8),
  })
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 5 }), fc.nat(20), (given, count) => {
      const places = given.map(({ weight, cap }, index) => ({ name: `p${index}`, weight, cap }))
      const has = new Map(given.map(({ size }, index) => [`p${index}`, size]))
      const chosen = spreadNew(places, has, count)
      const room = given.reduce(
        (sum, { weight, cap, size }) =>
          sum + (weight === 0 ? 0 : cap === null ? count : Math.max(0, cap - size)),
        0,
      )
      assert.equal(chosen === null, room < count)
      if (chosen) {
        assert.equal(chosen.length, count)
        for (const { name, weight, cap } of places) {
          const added = chosen.filter((one) => one === name).length
          assert.ok(added === 0 || weight > 0)
          assert.ok(added === 0 || cap === null || added + (has.get(name) ?? 0) <= cap)
        }
      }
      const total = given.reduce((sum, { size }) => sum + size, 0)
      const leaving = spreadLeaving(places, has, Math.min(count, total))
      assert.equal(
        [...leaving.values()].reduce((sum, one) => sum + one, 0),
        Math.min(count, total),
      )
      for (const [name, one] of leaving) assert.ok(one <= (has.get(name) ?? 0))
    }),
  )
})

/** `a:100:1 b:50`: name, weight, cap. */
function readPlaces(text: string) {
  return text.split(' ').map((place) => {
    const [name = '', weight, cap] = place.split(':')
    return { name, weight: Number(weight), cap: cap === undefined ? null : Number(cap) }
  })
}

function tally(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of text.split(' ').filter(Boolean)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
