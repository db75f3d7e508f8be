import type { NodeId } from '../domain/ids.ts'
import type { MemberFacts, RemovalQuota } from './policy.ts'

/**
 * Chooses the nodes that leave: those that are of no use first (tainted, failed, not serving), then in the order they
 * are handed in, as far as the quotas allow it. Quotas of two dimensions may contradict each other in detail (the
 * region that has to give up a node has none in the zone that has to): then the number counts more than the quotas.
 */
export function chooseLeavers(
  ordered: readonly MemberFacts[],
  count: number,
  quotas: readonly RemovalQuota[],
): NodeId[] {
  const candidates = ordered
    .map((member, order) => ({ member, order }))
    .sort((a, b) => useOf(a.member) - useOf(b.member) || a.order - b.order)
    .map(({ member }) => member)
  const left = quotas.map(({ by, counts }) => ({ by, counts: new Map(Object.entries(counts)) }))
  const chosen = new Set<NodeId>()
  for (const member of candidates) {
    if (chosen.size >= count) break
    const places = left.map(({ by, counts }) => ({ counts, place: placeOf(member, by) }))
    if (places.some(({ counts, place }) => (counts.get(place) ?? 0) <= 0)) continue
    for (const { counts, place } of places) counts.set(place, (counts.get(place) ?? 0) - 1)
    chosen.add(member.id)
  }
  for (const { id } of candidates) if (chosen.size < count) chosen.add(id)
  return [...chosen]
}

/** The members from the one to go first to the one to stay longest, if no policy says otherwise: the youngest first. */
export function youngestFirst(members: readonly MemberFacts[]): MemberFacts[] {
  return [...members].sort((a, b) => b.createdAt - a.createdAt || b.index - a.index)
}

/** Where a member is, by one dimension; empty if that was never decided. */
export function placeOf({ placement }: MemberFacts, by: RemovalQuota['by']): string {
  return placement[by] ?? ''
}

function useOf({ isTainted, status, isAvailable }: MemberFacts): number {
  if (isTainted) return 0
  if (status === 'Failed') return 1
  return isAvailable ? 3 : 2
}
