import { chooseLeavers, placeOf, youngestFirst } from './choose-leavers.ts'
import type { Placement, PolicyFacts, RemovalQuota, Verdict } from './policy.ts'
import { type Place, spreadLeaving, spreadNew } from './spread.ts'

/**
 * What a placement policy says: which place each new node gets, or how many nodes leave which place.
 * @param by the dimension that the policy decides; what others decided is kept
 */
export function place(by: RemovalQuota['by'], places: readonly Place[], facts: PolicyFacts): Verdict {
  const count = facts.decided.count ?? facts.change.count
  if (places.length === 0) return { kind: 'allow', because: `it names no ${by}` }
  if (count === 0) return { kind: 'allow', because: 'no node comes or goes' }
  const has = new Map<string, number>()
  for (const member of facts.members) {
    const name = placeOf(member, by)
    has.set(name, (has.get(name) ?? 0) + 1)
  }
  return count > 0 ? placeNew(by, places, has, count, facts) : placeLeaving(by, places, has, -count, facts)
}

function placeNew(
  by: RemovalQuota['by'],
  places: readonly Place[],
  has: ReadonlyMap<string, number>,
  count: number,
  { decided }: PolicyFacts,
): Verdict {
  const chosen = spreadNew(places, has, count)
  if (chosen === null) {
    return { kind: 'deny', because: `its ${by}s have no room for ${count} more: ${describe(places, has)}` }
  }
  const placements = chosen.map((name, index): Placement => ({ ...decided.placements?.[index], [by]: name }))
  return {
    kind: 'narrow',
    decisions: { placements },
    because: `new nodes go to ${listed(by, tally(chosen))}`,
  }
}

function placeLeaving(
  by: RemovalQuota['by'],
  places: readonly Place[],
  has: ReadonlyMap<string, number>,
  count: number,
  { change, decided, members }: PolicyFacts,
): Verdict {
  if (change.nodes !== null) return { kind: 'allow', because: 'the caller named the nodes that go' }
  const leaving = spreadLeaving(places, has, count)
  const quotas = [...(decided.quotas ?? []), { by, counts: Object.fromEntries(leaving) }]
  return {
    kind: 'narrow',
    decisions: { quotas, remove: chooseLeavers(youngestFirst(members), count, quotas) },
    because: `nodes leave ${listed(by, leaving)}`,
  }
}

function tally(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function listed(by: string, counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name === '' ? `no ${by}` : name} (${count})`).join(', ')
}

function describe(places: readonly Place[], has: ReadonlyMap<string, number>): string {
  const one = ({ name, cap }: Place) => `${name} has ${has.get(name) ?? 0} of ${cap ?? 'any number'}`
  return places.map(one).join(', ')
}
